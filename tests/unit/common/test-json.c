/* common/json: what is accepted, what is refused and where, and that values survive the way out and
 * back in. */
#include <glib.h>
#include <math.h>
#include <string.h>
#include "common/cleanup.h"
#include "common/json.h"

static hd_json *
parse (const char *text)
{
  hd_err err = { HD_OK };
  hd_json *value = hd_json_parse (text, strlen (text), &err);

  if (value == NULL)
    g_error ("%s: %s", text, err.message);
  return value;
}

static void
test_accepted (void)
{
  /* Text, and how it is written again. */
  static const char *const cases[][2] = {
    { " { } ", "{}" },
    { "[]", "[]" },
    { "null", "null" },
    { "[null]", "[null]" },
    { "true", "true" },
    { "12", "12" },
    { "12\n", "12" },
    { "-9223372036854775808", "-9223372036854775808" },
    { "18446744073709551615", "18446744073709551615" },
    { "0.1", "0.1" },
    { "1e5", "1e5" },
    { "{\"b\": 1, \"a\": [true, \"x/y\"]}", "{\"b\":1,\"a\":[true,\"x/y\"]}" },
    { "\"\\u00e9\\ud83d\\ude00\\n\\\"\"", "\"é😀\\n\\\"\"" },
    { "\"Grüße\"", "\"Grüße\"" },
    { "{\"a\":{\"a\":1},\"b\":{\"a\":1}}", "{\"a\":{\"a\":1},\"b\":{\"a\":1}}" },
    { "{\"a:b\":\"a\",\"c\":\"a\"}", "{\"a:b\":\"a\",\"c\":\"a\"}" },
    { "{\"\":1}", "{\"\":1}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      hd_autojson value = parse (cases[i][0]);
      hd_autofree char *text = hd_json_to_text (value, false);
      g_assert_cmpstr (text, ==, cases[i][1]);
    }
}

static void
test_refused (void)
{
  /* Text, the place, and a part of the message. */
  static const char *const cases[][3] = {
    { "", "line 1, column 1:", "ends too early" },
    { "[1,\n 2", "line 2, column 3:", "ends too early" },
    { "\"abc", "line 1, column 5:", "ends too early" },
    { "[\n 1,\n x]", "line 3, column 2:", "a value was expected" },
    { "[\"Grüße\", x]", "line 1, column 11:", "a value was expected" },
    { "tru", "line 1, column 1:", "a value was expected" },
    { "TRUE", "line 1, column 1:", "a value was expected" },
    { "[1,]", "line 1, column 4:", "a value was expected" },
    { "[1 2]", "line 1, column 4:", "\",\" or \"]\"" },
    { "{\"a\":1 \"b\":2}", "line 1, column 8:", "\",\" or \"}\"" },
    { "{\"a\":1,}", "line 1, column 8:", "a key in quotes" },
    { "{\"a\" 1}", "line 1, column 6:", "\":\" was expected" },
    { "{a:1}", "line 1, column 2:", "a key in quotes" },
    { "{'a':1}", "line 1, column 2:", "a key in quotes" },
    { "'a'", "line 1, column 1:", "a value was expected" },
    { "/**/1", "line 1, column 1:", "a value was expected" },
    { "[1] x", "line 1, column 5:", "nothing more" },
    { "{}{}", "line 1, column 3:", "nothing more" },
    { "nullx", "line 1, column 5:", "nothing more" },
    { "+1", "line 1, column 1:", "a value was expected" },
    { ".5", "line 1, column 1:", "a value was expected" },
    { "[01]", "line 1, column 3:", "may not begin with 0" },
    { "[-]", "line 1, column 3:", "digits" },
    { "[1e]", "line 1, column 4:", "digits" },
    { "[1.]", "line 1, column 4:", "digits" },
    { "1.", "line 1, column 3:", "ends too early" },
    { "1e999", "line 1, column 1:", "too large" },
    { "NaN", "line 1, column 1:", "a value was expected" },
    { "[1, Infinity]", "line 1, column 5:", "a value was expected" },
    { "[-Infinity]", "line 1, column 3:", "digits" },
    { "18446744073709551616", "line 1, column 1:", "64 bits" },
    { "-9223372036854775809", "line 1, column 1:", "64 bits" },
    { "{\"a\":1,\n\"a\":2}", "line 2, column 1:", "duplicate key \"a\"" },
    { "{\"a\":1,\"\\u0061\":2}", "line 1, column 8:", "duplicate key \"a\"" },
    { "[{\"x\":{\"b\":[],\"b\" : 1}}]", "line 1, column 15:", "duplicate key \"b\"" },
    { "\"a\\u0000b\"", "line 1, column 3:", "\\u0000" },
    { "{\"a\\u0000b\":1}", "line 1, column 4:", "\\u0000" },
    { "\"\\ud800\"", "line 1, column 2:", "surrogate" },
    { "\"\\ud800\\u0061\"", "line 1, column 2:", "surrogate" },
    { "\"\\udc00\"", "line 1, column 2:", "surrogate" },
    { "\"\\u12g4\"", "line 1, column 6:", "hexadecimal" },
    { "\"\\x\"", "line 1, column 3:", "unknown escape" },
    { "\"a\tb\"", "line 1, column 3:", "control character" },
    { "\"a\nb\"", "line 1, column 3:", "control character" },
    { "\"\xff\"", "line 1, column 2:", "UTF-8" },
    { "\"\xc0\x80\"", "line 1, column 2:", "UTF-8" },
    { "\"\xed\xa0\x80\"", "line 1, column 2:", "UTF-8" },
    { "\"\xf4\x90\x80\x80\"", "line 1, column 2:", "UTF-8" },
    { "\xef\xbb\xbf{}", "line 1, column 1:", "a value was expected" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      hd_err err = { HD_OK };
      hd_json *value = hd_json_parse (cases[i][0], strlen (cases[i][0]), &err);
      g_autofree char *shown = g_strescape (cases[i][0], NULL);

      g_test_message ("%s: %s", shown, err.message);
      g_assert_null (value);
      g_assert_cmpint (err.code, ==, HD_CONFIG);
      g_assert_true (g_str_has_prefix (err.message, cases[i][1]));
      g_assert_nonnull (strstr (err.message, cases[i][2]));
    }
}

/* The length counts, not a NUL: neither is text behind it read, nor a NUL inside passed over. */
static void
test_length (void)
{
  static const char with_nul[] = "[1]\0";
  hd_err err = { HD_OK };
  hd_json *value = hd_json_parse ("12345", 2, &err);

  g_assert_cmpint (hd_json_get_type (value), ==, HD_JSON_INT);
  hd_json_free (value);
  g_assert_null (hd_json_parse (with_nul, sizeof with_nul, &err));
  g_assert_null (hd_json_parse ("\"a\0b\"", 5, &err));
}

static char *
nest (guint depth)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append (text, i % 2 == 0 ? "{\"a\":" : "[");
  g_string_append_c (text, '1');
  for (guint i = depth; i-- > 0;)
    g_string_append_c (text, i % 2 == 0 ? '}' : ']');
  return g_strdup (text->str);
}

static void
test_limits (void)
{
  g_autofree char *deep = nest (HD_JSON_MAX_DEPTH);
  g_autofree char *deeper = nest (HD_JSON_MAX_DEPTH + 1);
  g_autofree char *brackets = g_strnfill (100000, '[');
  g_autofree char *large = g_malloc (HD_JSON_MAX_BYTES + 1);
  hd_autojson value = parse (deep);
  hd_err err = { HD_OK };

  g_assert_cmpint (hd_json_get_type (value), ==, HD_JSON_OBJECT);
  g_assert_null (hd_json_parse (deeper, strlen (deeper), &err));
  g_assert_nonnull (strstr (err.message, "nested too deeply"));
  g_assert_null (hd_json_parse (brackets, strlen (brackets), &err));
  memset (large, ' ', HD_JSON_MAX_BYTES + 1);
  large[0] = '1';
  g_assert_null (hd_json_parse (large, HD_JSON_MAX_BYTES + 1, &err));
  g_assert_nonnull (strstr (err.message, "larger than"));
}

static void
test_readers (void)
{
  hd_autojson value
      = parse ("{\"s\":\"text\",\"b\":true,\"i\":-5,\"u\":18446744073709551615,\"d\":1.5,"
               "\"n\":null,\"a\":[1,\"two\",null]}");
  const char *string = "as it was";
  int64_t number = 42;
  uint64_t positive = 42;
  double real = 42;
  bool flag = false;

  g_assert_true (hd_json_as_string (hd_json_get (value, "s"), &string));
  g_assert_cmpstr (string, ==, "text");
  g_assert_true (hd_json_as_bool (hd_json_get (value, "b"), &flag));
  g_assert_true (flag);
  g_assert_true (hd_json_as_int64 (hd_json_get (value, "i"), &number));
  g_assert_cmpint (number, ==, -5);
  g_assert_false (hd_json_as_uint64 (hd_json_get (value, "i"), &positive));
  g_assert_cmpuint (positive, ==, 42);
  g_assert_false (hd_json_as_int64 (hd_json_get (value, "u"), &number));
  g_assert_cmpint (number, ==, -5);
  g_assert_true (hd_json_as_uint64 (hd_json_get (value, "u"), &positive));
  g_assert_cmpuint (positive, ==, UINT64_MAX);
  g_assert_true (hd_json_as_double (hd_json_get (value, "d"), &real));
  g_assert_cmpfloat (real, ==, 1.5);
  g_assert_false (hd_json_as_int64 (hd_json_get (value, "d"), &number));
  g_assert_false (hd_json_as_int64 (hd_json_get (value, "s"), &number));
  g_assert_false (hd_json_as_string (hd_json_get (value, "i"), &string));
  g_assert_false (hd_json_as_string (NULL, &string));
  g_assert_cmpstr (hd_json_get_string (value, "absent", "fallback"), ==, "fallback");
  g_assert_cmpint (hd_json_get_int (value, "i", 0), ==, -5);
  g_assert_cmpint (hd_json_get_int (value, "s", 7), ==, 7);
  g_assert_true (hd_json_get_bool (value, "absent", true));
}

static void
test_structure (void)
{
  hd_autojson value = parse ("{\"n\":null,\"a\":[1,\"two\",null]}");
  const hd_json *array = hd_json_get (value, "a");

  g_assert_cmpuint (hd_json_length (value), ==, 2);
  g_assert_cmpuint (hd_json_length (array), ==, 3);
  g_assert_cmpuint (hd_json_length (NULL), ==, 0);
  g_assert_cmpint (hd_json_get_type (hd_json_at (array, 1)), ==, HD_JSON_STRING);
  /* null is there, the absent is not. */
  g_assert_nonnull (hd_json_get (value, "n"));
  g_assert_cmpint (hd_json_get_type (hd_json_get (value, "n")), ==, HD_JSON_NULL);
  g_assert_nonnull (hd_json_at (array, 2));
  g_assert_null (hd_json_at (array, 3));
  g_assert_null (hd_json_get (value, "absent"));
  g_assert_null (hd_json_get (array, "a"));
  g_assert_null (hd_json_get (NULL, "a"));
  g_assert_null (hd_json_at (value, 0));
  g_assert_cmpstr (hd_json_type_name (HD_JSON_OBJECT), ==, "object");
}

static int
collect (const char *key, const hd_json *value, void *data)
{
  g_string_append_printf (data, "%s=%s;", key, hd_json_type_name (hd_json_get_type (value)));
  return strcmp (key, "stop") == 0 ? 9 : 0;
}

static void
test_each (void)
{
  hd_autojson value = parse ("{\"z\":1,\"n\":null,\"stop\":\"\",\"never\":2}");
  hd_autojson array = parse ("[1]");
  g_autoptr (GString) seen = g_string_new (NULL);

  g_assert_cmpint (hd_json_each (value, collect, seen), ==, 9);
  g_assert_cmpstr (seen->str, ==, "z=integer;n=null;stop=string;");
  g_assert_cmpint (hd_json_each (array, collect, seen), ==, 0);
  g_assert_cmpint (hd_json_each (NULL, collect, seen), ==, 0);
}

static hd_json *
build (void)
{
  hd_json *object = hd_json_new_object ();
  hd_json *array = hd_json_new_array ();

  hd_json_set_string (object, "text", "a \"quoted\"\tword");
  hd_json_set_string (object, "left-out", NULL);
  hd_json_set_int (object, "least", INT64_MIN);
  hd_json_set_uint (object, "most", UINT64_MAX);
  hd_json_set_bool (object, "flag", true);
  hd_json_append (array, hd_json_new_double (0.1));
  hd_json_append (array, hd_json_new_double (3));
  hd_json_append (array, hd_json_new_null ());
  hd_json_set (object, "array", array);
  return object;
}

static void
test_builders (void)
{
  hd_autojson object = build ();
  hd_autofree char *line = hd_json_to_text (object, false);
  hd_autofree char *pretty = hd_json_to_text (object, true);
  hd_autojson again = parse (pretty);
  hd_autofree char *line_again = hd_json_to_text (again, false);

  g_assert_cmpstr (line, ==,
                   "{\"text\":\"a \\\"quoted\\\"\\tword\",\"least\":-9223372036854775808,"
                   "\"most\":18446744073709551615,\"flag\":true,\"array\":[0.1,3.0,null]}");
  g_assert_true (g_str_has_prefix (pretty, "{\n  \"text\": \"a "));
  g_assert_nonnull (strstr (pretty, "\n    0.1,\n"));
  g_assert_cmpstr (line_again, ==, line);
}

static void
test_copy (void)
{
  hd_autojson object = build ();
  hd_autojson copy = hd_json_copy (object);
  hd_autojson null = hd_json_new_null ();
  hd_autojson null_copy = hd_json_copy (null);
  hd_autofree char *before = hd_json_to_text (object, false);
  hd_autofree char *text = NULL;

  hd_json_set_bool (object, "flag", false);
  text = hd_json_to_text (copy, false);
  g_assert_cmpstr (text, ==, before);
  g_assert_cmpint (hd_json_get_type (null_copy), ==, HD_JSON_NULL);
}

/* Enough members for the table of their places, in what is read and in what is built. */
static void
test_many_members (void)
{
  hd_autojson built = hd_json_new_object ();
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i);
      hd_json_set_int (built, key, i);
    }
  hd_json_set_string (built, "key 17", "changed");
  hd_autofree char *text = hd_json_to_text (built, false);
  hd_autojson value = parse (text);

  g_assert_cmpuint (hd_json_length (value), ==, 1000);
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i);
      if (i != 17)
        g_assert_cmpint (hd_json_get_int (value, key, -1), ==, i);
    }
  g_assert_cmpstr (hd_json_get_string (value, "key 17", NULL), ==, "changed");
  g_assert_null (hd_json_get (value, "key 1000"));
  hd_autofree char *again = hd_json_to_text (value, false);
  g_assert_cmpstr (again, ==, text);

  /* The last key once more. */
  g_autofree char *twice = g_strdup_printf ("%.*s,\"key 999\":1}", (int)strlen (text) - 1, text);
  hd_err err = { HD_OK };
  g_assert_null (hd_json_parse (twice, strlen (twice), &err));
  g_assert_nonnull (strstr (err.message, "duplicate key \"key 999\""));
}

/* What was read may be changed, and may become part of what is built. */
static void
test_changes (void)
{
  hd_autojson object = hd_json_new_object ();
  hd_json *part = parse ("{\"a\":{\"deep\":[1]},\"b\":2.50}");
  hd_json_set_string (part, "b", "now a word");
  hd_json_set (part, "c", parse ("[true,null]"));
  hd_json_append ((hd_json *)(void *)hd_json_get (hd_json_get (part, "a"), "deep"),
                  hd_json_new_string ("more\x01"));
  hd_json_set (object, "part", part);
  hd_autofree char *text = hd_json_to_text (object, false);
  g_assert_cmpstr (text, ==,
                   "{\"part\":{\"a\":{\"deep\":[1,\"more\\u0001\"]},\"b\":\"now a word\","
                   "\"c\":[true,null]}}");
  hd_autojson empty = parse ("{\"o\":{},\"a\":[],\"n\":-0.5e3}");
  hd_autofree char *pretty = hd_json_to_text (empty, true);
  g_assert_cmpstr (pretty, ==, "{\n  \"o\": {},\n  \"a\": [],\n  \"n\": -0.5e3\n}");
}

/* A document whose parts need no memory of their own, beside one that was read. */
static void
test_document (void)
{
  hd_autojson other = parse ("{\"a\":1}");
  hd_autojson document = hd_json_new_document ();
  char buffer[123], short_one[8] = "";

  hd_json_set_string (document, "text", "w\xffrd");
  hd_json_set_int (document, "number", -7);
  hd_json_set_uint (document, "most", UINT64_MAX);
  hd_json_set_bool (document, "flag", false);
  hd_json_append_string (hd_json_add_array (document, "list"), "one");
  hd_json_set_string (hd_json_add_object (document, "inner"), "key", "value");
  hd_json_set (document, "copy", hd_json_copy (other));
  hd_json_set_int (document, "number", 8);
  hd_autofree char *text = hd_json_to_text (document, false);
  g_assert_cmpstr (text, ==,
                   "{\"text\":\"w\xef\xbf\xbdrd\",\"number\":8,\"most\":18446744073709551615,"
                   "\"flag\":false,\"list\":[\"one\"],\"inner\":{\"key\":\"value\"},"
                   "\"copy\":{\"a\":1}}");
  g_assert_cmpuint (hd_json_to_buffer (document, buffer, sizeof buffer), ==, strlen (text));
  g_assert_cmpuint (strlen (text), >=, sizeof buffer);
  g_assert_cmpuint (hd_json_to_buffer (document, short_one, sizeof short_one), ==, strlen (text));
  g_assert_cmpint (short_one[sizeof short_one - 1], ==, '\0');
  g_assert_cmpuint (hd_json_to_buffer (other, short_one, sizeof short_one), ==, 7);
  g_assert_cmpstr (short_one, ==, "{\"a\":1}");
  g_assert_cmpuint (hd_json_to_buffer (other, short_one, 7), ==, 7);
}

/* Text that is no UTF-8 may come from files; what is written must be JSON all the same. */
static void
test_repair (void)
{
  hd_autojson object = hd_json_new_object ();
  hd_autofree char *text = NULL;
  hd_json *again;

  hd_json_set_string (object, "k\xff", "a\xe2\x82z\xed\xa0\x80");
  text = hd_json_to_text (object, false);
  again = parse (text);
  g_assert_cmpstr (hd_json_get_string (again, "k\xef\xbf\xbd", NULL), ==,
                   "a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  hd_json_free (again);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/accepted", test_accepted);
  g_test_add_func ("/json/refused", test_refused);
  g_test_add_func ("/json/length", test_length);
  g_test_add_func ("/json/limits", test_limits);
  g_test_add_func ("/json/readers", test_readers);
  g_test_add_func ("/json/structure", test_structure);
  g_test_add_func ("/json/each", test_each);
  g_test_add_func ("/json/builders", test_builders);
  g_test_add_func ("/json/copy", test_copy);
  g_test_add_func ("/json/many-members", test_many_members);
  g_test_add_func ("/json/changes", test_changes);
  g_test_add_func ("/json/document", test_document);
  g_test_add_func ("/json/repair", test_repair);
  return g_test_run ();
}
