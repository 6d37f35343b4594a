/* Functions of templates, and how values are printed. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/format-internal.h"

/* A result is not longer than this: pads and joins of joins. */
#define RESULT_MAX (16u << 20)

typedef hd_json *(*Function) (const hd_json *const *args, gsize n, GError **error);

static hd_json *
refuse (const char *text, GError **error)
{
  hd_throw (error, HD_USAGE, NULL, "the template: %s", text);
  return NULL;
}

/* Printing */

static int
note_key (const char *key, const hd_json *value, void *data)
{
  g_ptr_array_add (data, g_strdup (key));
  return 0;
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

static void
print_inner (const hd_json *value, GString *out)
{
  if (hd_json_get_type (value) == HD_JSON_NULL)
    g_string_append (out, "<nil>");
  else
    hd_format_print (value, out);
}

static void
print_object (const hd_json *value, GString *out)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  hd_json_each (value, note_key, keys);
  g_ptr_array_sort (keys, compare_keys);
  g_string_append (out, "map[");
  for (guint i = 0; i < keys->len; i++)
    {
      const char *key = g_ptr_array_index (keys, i);
      g_string_append_printf (out, "%s%s:", i > 0 ? " " : "", key);
      print_inner (hd_json_get (value, key), out);
    }
  g_string_append_c (out, ']');
}

static void
print_array (const hd_json *value, GString *out)
{
  g_string_append_c (out, '[');
  for (gsize i = 0; i < hd_json_length (value); i++)
    {
      if (i > 0)
        g_string_append_c (out, ' ');
      print_inner (hd_json_at (value, i), out);
    }
  g_string_append_c (out, ']');
}

void
hd_format_print (const hd_json *value, GString *out)
{
  const char *text;
  switch (hd_json_get_type (value))
    {
    case HD_JSON_NULL:
      g_string_append (out, "<no value>");
      break;
    case HD_JSON_STRING:
      if (hd_json_as_string (value, &text))
        g_string_append (out, text);
      break;
    case HD_JSON_OBJECT:
      print_object (value, out);
      break;
    case HD_JSON_ARRAY:
      print_array (value, out);
      break;
    default:
      {
        hd_autofree char *plain = hd_json_to_text (value, false);
        g_string_append (out, plain);
      }
    }
}

gboolean
hd_format_is_true (const hd_json *value)
{
  const char *text;
  bool flag;
  double number;
  switch (hd_json_get_type (value))
    {
    case HD_JSON_STRING:
      return hd_json_as_string (value, &text) && *text != '\0';
    case HD_JSON_BOOL:
      return hd_json_as_bool (value, &flag) && flag;
    case HD_JSON_NULL:
      return FALSE;
    case HD_JSON_ARRAY:
    case HD_JSON_OBJECT:
      return hd_json_length (value) > 0;
    default:
      return hd_json_as_double (value, &number) && number != 0;
    }
}

static char *
text_of (const hd_json *value)
{
  GString *text = g_string_new (NULL);
  hd_format_print (value, text);
  return g_string_free (text, FALSE);
}

/* Strings */

static hd_json *
to_json_text (const hd_json *const *args, gsize n, GError **error)
{
  hd_autofree char *text = hd_json_to_text (args[0], false);
  return hd_json_new_string (text);
}

static hd_json *
to_lower (const hd_json *const *args, gsize n, GError **error)
{
  g_autofree char *text = text_of (args[0]);
  g_autofree char *result = g_utf8_strdown (text, -1);
  return hd_json_new_string (result);
}

static hd_json *
to_upper (const hd_json *const *args, gsize n, GError **error)
{
  g_autofree char *text = text_of (args[0]);
  g_autofree char *result = g_utf8_strup (text, -1);
  return hd_json_new_string (result);
}

static hd_json *
to_title (const hd_json *const *args, gsize n, GError **error)
{
  g_autofree char *text = text_of (args[0]);
  gboolean start = TRUE;
  for (char *p = text; *p != '\0'; p++)
    {
      if (start)
        *p = g_ascii_toupper (*p);
      start = *p == ' ' || *p == '\t' || *p == '\n' || *p == '-';
    }
  return hd_json_new_string (text);
}

static hd_json *
join (const hd_json *const *args, gsize n, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *separator = text_of (args[1]);
  if (hd_json_get_type (args[0]) != HD_JSON_ARRAY && hd_json_get_type (args[0]) != HD_JSON_NULL)
    return refuse ("join wants a list", error);
  for (gsize i = 0; i < hd_json_length (args[0]); i++)
    {
      if (i > 0)
        g_string_append (out, separator);
      hd_format_print (hd_json_at (args[0], i), out);
      if (out->len > RESULT_MAX)
        return refuse ("join makes too much", error);
    }
  return hd_json_new_string (out->str);
}

static hd_json *
split (const hd_json *const *args, gsize n, GError **error)
{
  g_autofree char *text = text_of (args[0]);
  g_autofree char *separator = text_of (args[1]);
  hd_json *list = hd_json_new_array ();
  if (*separator == '\0')
    {
      hd_json_append (list, hd_json_new_string (text));
      return list;
    }
  g_auto (GStrv) parts = g_strsplit (text, separator, -1);
  for (char **part = parts; *part != NULL; part++)
    hd_json_append (list, hd_json_new_string (*part));
  if (*text == '\0')
    hd_json_append (list, hd_json_new_string (""));
  return list;
}

static hd_json *
truncate_text (const hd_json *const *args, gsize n, GError **error)
{
  g_autofree char *text = text_of (args[0]);
  gint64 length;
  if (!hd_json_as_int64 (args[1], &length) || length < 0)
    return refuse ("truncate wants a number", error);
  if (g_utf8_strlen (text, -1) > length)
    *g_utf8_offset_to_pointer (text, length) = '\0';
  return hd_json_new_string (text);
}

static hd_json *
pad (const hd_json *const *args, gsize n, GError **error)
{
  g_autofree char *text = text_of (args[0]);
  gint64 left, right;
  if (!hd_json_as_int64 (args[1], &left) || !hd_json_as_int64 (args[2], &right) || left < 0
      || right < 0 || left > 4096 || right > 4096)
    return refuse ("pad wants two numbers", error);
  g_autofree char *result = g_strdup_printf ("%*s%s%*s", (int)left, "", text, (int)right, "");
  return hd_json_new_string (result);
}

/* Spaces between values when neither is a string, as fmt.Print has it; always, as fmt.Println. */
static hd_json *
print_all (const hd_json *const *args, gsize n, gboolean line)
{
  g_autoptr (GString) out = g_string_new (NULL);
  for (gsize i = 0; i < n; i++)
    {
      if (i > 0
          && (line
              || (hd_json_get_type (args[i]) != HD_JSON_STRING
                  && hd_json_get_type (args[i - 1]) != HD_JSON_STRING)))
        g_string_append_c (out, ' ');
      print_inner (args[i], out);
    }
  if (line)
    g_string_append_c (out, '\n');
  return hd_json_new_string (out->str);
}

static hd_json *
print (const hd_json *const *args, gsize n, GError **error)
{
  return print_all (args, n, FALSE);
}

static hd_json *
println (const hd_json *const *args, gsize n, GError **error)
{
  return print_all (args, n, TRUE);
}

/* "%-10.3s": flags, width and precision are ours again. */
static gboolean
take_spec (const char **format, char ret[16])
{
  gsize n = 0;
  ret[n++] = '%';
  const char *p = *format;
  while (*p != '\0' && strchr ("-+ 0#123456789.", *p) != NULL && n < 8)
    ret[n++] = *p++;
  ret[n] = '\0';
  *format = p;
  return *p != '\0';
}

/* Numbers of a specification are two digits at most: no result is long. */
static gboolean
is_small (const char *spec)
{
  int digits = 0;
  for (; *spec != '\0'; spec++)
    {
      digits = g_ascii_isdigit (*spec) ? digits + 1 : 0;
      if (digits > 3)
        return FALSE;
    }
  return TRUE;
}

#pragma GCC diagnostic push
/* The format is ours: take_spec() has put it together. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void
print_spec (char verb, char spec[16], const hd_json *value, GString *out)
{
  gint64 number;
  double real;
  g_autofree char *text = text_of (value);
  if ((verb == 'd' || verb == 'x' || verb == 'X' || verb == 'o')
      && hd_json_as_int64 (value, &number))
    {
      const char tail[] = { 'l', 'l', verb, '\0' };
      g_strlcat (spec, tail, 16);
      g_string_append_printf (out, spec, (long long)number);
    }
  else if ((verb == 'f' || verb == 'g' || verb == 'e') && hd_json_as_double (value, &real))
    {
      const char tail[] = { verb, '\0' };
      g_strlcat (spec, tail, 16);
      g_string_append_printf (out, spec, real);
    }
  else if (verb == 'q')
    {
      hd_autojson string = hd_json_new_string (text);
      hd_autofree char *quoted = hd_json_to_text (string, false);
      g_string_append (out, quoted);
    }
  else if (verb == 's' || verb == 'v')
    {
      g_strlcat (spec, "s", 16);
      g_string_append_printf (out, spec, text);
    }
  else
    g_string_append_printf (out, "%%!%c(%s)", verb, text);
}
#pragma GCC diagnostic pop

static hd_json *
print_format (const hd_json *const *args, gsize n, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *format = text_of (args[0]);
  gsize next = 1;
  for (const char *p = format; *p != '\0'; p++)
    {
      char spec[16];
      if (*p != '%')
        {
          g_string_append_c (out, *p);
          continue;
        }
      p++;
      if (*p == '%')
        {
          g_string_append_c (out, '%');
          continue;
        }
      if (!take_spec (&p, spec) || !is_small (spec))
        return refuse ("printf: the format is not understood", error);
      if (next < n)
        print_spec (*p, spec, args[next++], out);
      else
        g_string_append_printf (out, "%%!%c(MISSING)", *p);
    }
  return hd_json_new_string (out->str);
}

/* Lists and maps */

static hd_json *
length_of (const hd_json *const *args, gsize n, GError **error)
{
  const char *text;
  if (hd_json_as_string (args[0], &text))
    return hd_json_new_int ((gint64)strlen (text));
  return hd_json_new_int ((gint64)hd_json_length (args[0]));
}

static const hd_json *
index_one (const hd_json *value, const hd_json *key, GError **error)
{
  gint64 place;
  const char *name;
  if (hd_json_get_type (value) == HD_JSON_ARRAY && hd_json_as_int64 (key, &place))
    {
      if (place >= 0 && (gsize)place < hd_json_length (value))
        return hd_json_at (value, (gsize)place);
      return (const hd_json *)refuse ("index out of range", error);
    }
  if (hd_json_get_type (value) == HD_JSON_OBJECT && hd_json_as_string (key, &name))
    return hd_json_get (value, name);
  return (const hd_json *)refuse ("index of something that has none", error);
}

static hd_json *
index_of (const hd_json *const *args, gsize n, GError **error)
{
  GError *local = NULL;
  const hd_json *value = args[0];
  for (gsize i = 1; i < n && value != NULL; i++)
    value = index_one (value, args[i], &local);
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return NULL;
    }
  return value != NULL ? hd_json_copy (value) : hd_json_new_null ();
}

static hd_json *
slice (const hd_json *const *args, gsize n, GError **error)
{
  gint64 from = 0, to;
  const char *text = NULL;
  gsize length = hd_json_as_string (args[0], &text) ? strlen (text) : hd_json_length (args[0]);
  to = (gint64)length;
  if ((n > 1 && !hd_json_as_int64 (args[1], &from)) || (n > 2 && !hd_json_as_int64 (args[2], &to))
      || from < 0 || to < from || to > (gint64)length)
    return refuse ("slice out of range", error);
  if (text != NULL)
    {
      g_autofree char *part = g_strndup (text + from, (gsize)(to - from));
      g_autofree char *valid = g_utf8_make_valid (part, -1);
      return hd_json_new_string (valid);
    }
  hd_json *list = hd_json_new_array ();
  for (gint64 i = from; i < to; i++)
    hd_json_append (list, hd_json_copy (hd_json_at (args[0], (gsize)i)));
  return list;
}

/* Logic */

static hd_json *
last_of (const hd_json *const *args, gsize n, GError **error)
{
  return hd_json_copy (args[n - 1]);
}

static hd_json *
negate (const hd_json *const *args, gsize n, GError **error)
{
  return hd_json_new_bool (!hd_format_is_true (args[0]));
}

/* -2: they cannot be compared. */
static int
compare (const hd_json *a, const hd_json *b)
{
  double x, y;
  const char *s, *t;
  bool p, q;
  if (hd_json_as_double (a, &x) && hd_json_as_double (b, &y))
    return x < y ? -1 : x > y;
  if (hd_json_as_string (a, &s) && hd_json_as_string (b, &t))
    {
      int order = strcmp (s, t);
      return order < 0 ? -1 : order > 0;
    }
  if (hd_json_as_bool (a, &p) && hd_json_as_bool (b, &q))
    return p == q ? 0 : p ? 1 : -1;
  if (hd_json_get_type (a) == HD_JSON_NULL && hd_json_get_type (b) == HD_JSON_NULL)
    return 0;
  return -2;
}

static hd_json *
equal (const hd_json *const *args, gsize n, GError **error)
{
  for (gsize i = 1; i < n; i++)
    if (compare (args[0], args[i]) == 0)
      return hd_json_new_bool (true);
  return hd_json_new_bool (false);
}

static hd_json *
not_equal (const hd_json *const *args, gsize n, GError **error)
{
  return hd_json_new_bool (compare (args[0], args[1]) != 0);
}

static hd_json *
order (const hd_json *const *args, gboolean less, gboolean same, GError **error)
{
  int result = compare (args[0], args[1]);
  if (result == -2)
    return refuse ("values of different kinds cannot be compared", error);
  return hd_json_new_bool (result == 0 ? same : (result < 0) == less);
}

static hd_json *
less (const hd_json *const *args, gsize n, GError **error)
{
  return order (args, TRUE, FALSE, error);
}

static hd_json *
less_or_equal (const hd_json *const *args, gsize n, GError **error)
{
  return order (args, TRUE, TRUE, error);
}

static hd_json *
greater (const hd_json *const *args, gsize n, GError **error)
{
  return order (args, FALSE, FALSE, error);
}

static hd_json *
greater_or_equal (const hd_json *const *args, gsize n, GError **error)
{
  return order (args, FALSE, TRUE, error);
}

static const struct
{
  const char *name;
  gsize least;
  gsize most;
  Function call;
} functions[] = {
  { "json", 1, 1, to_json_text },
  { "lower", 1, 1, to_lower },
  { "upper", 1, 1, to_upper },
  { "title", 1, 1, to_title },
  { "join", 2, 2, join },
  { "split", 2, 2, split },
  { "truncate", 2, 2, truncate_text },
  { "pad", 3, 3, pad },
  { "print", 0, 64, print },
  { "println", 0, 64, println },
  { "printf", 1, 64, print_format },
  { "len", 1, 1, length_of },
  { "index", 1, 16, index_of },
  { "slice", 1, 3, slice },
  { "and", 1, 64, last_of },
  { "or", 1, 64, last_of },
  { "not", 1, 1, negate },
  { "eq", 2, 64, equal },
  { "ne", 2, 2, not_equal },
  { "lt", 2, 2, less },
  { "le", 2, 2, less_or_equal },
  { "gt", 2, 2, greater },
  { "ge", 2, 2, greater_or_equal },
};

gboolean
hd_format_is_function (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (functions); i++)
    if (strcmp (functions[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

hd_json *
hd_format_call (const char *name, const hd_json *const *args, gsize n, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (functions); i++)
    if (strcmp (functions[i].name, name) == 0)
      {
        if (n >= functions[i].least && n <= functions[i].most)
          return functions[i].call (args, n, error);
        hd_throw (error, HD_USAGE, NULL, "the template: %s with %" G_GSIZE_FORMAT " values", name,
                  n);
        return NULL;
      }
  hd_throw (error, HD_USAGE, NULL, "the template: there is no function %s", name);
  return NULL;
}
