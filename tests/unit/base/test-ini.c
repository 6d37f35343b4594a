/* base/ini: the dialect, the places in messages, drop-ins, and typed values. */
#include <glib/gstdio.h>
#include <string.h>
#include "base/error.h"
#include "base/ini.h"

static const HdIniKey keys[] = {
  { "Image", "Suite", "name of the suite" }, { "Image", "Package", "packages" },
  { "Image", "Reproducible", "a boolean" },  { "Disk", "Size", "size of the disk" },
  { "Disk", "Tries", "a number" },           { NULL },
};

static HdIni *
parse (const char *text)
{
  g_autoptr (HdIni) ini = hd_ini_new (keys);
  g_autoptr (GError) error = NULL;
  gboolean good = hd_ini_parse (ini, "test.conf", text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_true (good);
  return g_steal_pointer (&ini);
}

static void
assert_values (const HdIni *ini, const char *section, const char *key, const char *expected)
{
  g_autofree char *joined = g_strjoinv ("|", (char **)hd_ini_values (ini, section, key));

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_values (void)
{
  g_autoptr (HdIni) ini = parse ("# a comment\n"
                                 "; another\n"
                                 "\n"
                                 "[Image]\n"
                                 "Suite=trixie\n"
                                 "Package = one two \n"
                                 "  Package=three # no comment\n"
                                 "[Disk]\r\n"
                                 "Size=4G\r\n"
                                 "[Image]\n"
                                 "Package=four=5");

  g_assert_cmpstr (hd_ini_string (ini, "Image", "Suite"), ==, "trixie");
  assert_values (ini, "Image", "Package", "one two|three # no comment|four=5");
  g_assert_cmpstr (hd_ini_string (ini, "Image", "Package"), ==, "four=5");
  g_assert_cmpstr (hd_ini_place (ini, "Image", "Package"), ==, "test.conf:11");
  g_assert_cmpstr (hd_ini_string (ini, "Disk", "Size"), ==, "4G");
  g_assert_null (hd_ini_string (ini, "Disk", "Tries"));
  g_assert_null (hd_ini_place (ini, "Disk", "Tries"));
  assert_values (ini, "Disk", "Tries", "");
}

static void
test_emptied (void)
{
  g_autoptr (HdIni) ini = parse ("[Image]\nPackage=one\nSuite=a\nPackage=\nPackage=two\nSuite=\n");

  assert_values (ini, "Image", "Package", "two");
  g_assert_null (hd_ini_string (ini, "Image", "Suite"));
  g_assert_null (hd_ini_place (ini, "Image", "Suite"));
}

static void
test_continued (void)
{
  g_autoptr (HdIni) ini = parse ("[Image]\n"
                                 "Package=one \\\n"
                                 "# passed over\n"
                                 "  two\\\n"
                                 "three\n"
                                 "# no continuation \\\n"
                                 "Suite=x\\\n");

  assert_values (ini, "Image", "Package", "one    two three");
  g_assert_cmpstr (hd_ini_place (ini, "Image", "Package"), ==, "test.conf:2");
  g_assert_cmpstr (hd_ini_string (ini, "Image", "Suite"), ==, "x");
}

static void
test_words (void)
{
  g_autoptr (HdIni) ini = parse ("[Image]\nPackage=one  'a b'\nPackage=\\\n  two\n");
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = hd_ini_words (ini, "Image", "Package", &error);
  g_auto (GStrv) none = hd_ini_words (ini, "Disk", "Size", &error);
  g_autofree char *joined = g_strjoinv ("|", words);

  g_assert_no_error (error);
  g_assert_cmpstr (joined, ==, "one|a b|two");
  g_assert_null (none[0]);
}

static void
test_words_refused (void)
{
  static const struct
  {
    const char *text;
    const char *place;
  } cases[] = {
    { "[Image]\nPackage=one 'two\n", "test.conf:2:13:" },
    { "[Image]\nPackage=don't stop\n", "test.conf:2:12:" },
    { "[Image]\n  Package = \303\244 'a b' \"c'\n", "test.conf:2:21:" },
    { "[Image]\nPackage='one'\nPackage=two\"\n", "test.conf:3:12:" },
    { "[Image]\nPackage=a \\\n# passed over: '\n  b \\\n\303\244 'c\n", "test.conf:5:3:" },
    { "[Image]\nPackage=\\\n\\\n 'a\n", "test.conf:4:2:" },
    { "[Image]\nPackage='a \\\nb\nSuite='x'\n", "test.conf:2:9:" },
    { "[Image]\nPackage=\"a\\\"b\n", "test.conf:2:9:" },
    { "[Image]\nPackage=\303\244 \\\n'a\n", "test.conf:3:1:" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdIni) ini = parse (cases[i].text);
      g_autoptr (GError) error = NULL;
      g_autofree char *message
          = g_strconcat (cases[i].place, " a quote that is never closed in Package=", NULL);
      char **words = hd_ini_words (ini, "Image", "Package", &error);

      g_assert_null (words);
      g_assert_error (error, HD_ERROR, (int)HD_CONFIG);
      g_assert_cmpstr (error->message, ==, message);
      g_assert_nonnull (strstr (hd_error_hint (error), "close it"));
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *text;
    const char *message;
    const char *hint;
  } cases[] = {
    { "[Imgae]\n", "test.conf:1:2: unknown section [Imgae]", "did you mean [Image]?" },
    { "\n[Image]\n  Siute=x\n", "test.conf:3:3: unknown key Siute= in [Image]",
      "did you mean Suite=?" },
    { "[Disk]\nSuite=x\n", "test.conf:2:1: unknown key Suite= in [Disk]",
      "Suite= belongs in [Image]" },
    { "[Disk]\nColour=x\n", "test.conf:2:1: unknown key Colour= in [Disk]", NULL },
    { "Suite=x\n", "test.conf:1:1: Suite= stands before the first section",
      "begin with a line like [Section]" },
    { "[Image\n", "test.conf:1:1: a section ends with ]", "write [Section]" },
    { "[]\n", "test.conf:1:1: a section ends with ]", "write [Section]" },
    { "[Image]\nSuite\n", "test.conf:2:1: no \"=\" in this line",
      "write Key=value, or begin a comment with #" },
    { "[Image]\nSuite=\303\244\377\n", "test.conf:2:8: not UTF-8", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdIni) ini = hd_ini_new (keys);
      g_autoptr (GError) error = NULL;
      const char *text = cases[i].text;

      g_assert_false (hd_ini_parse (ini, "test.conf", text, strlen (text), &error));
      g_assert_error (error, HD_ERROR, (int)HD_CONFIG);
      g_assert_cmpstr (error->message, ==, cases[i].message);
      g_assert_cmpstr (hd_error_hint (error), ==, cases[i].hint);
    }
}

/* A NUL is no text, and what lies behind the given length is not read. */
static void
test_length (void)
{
  g_autoptr (HdIni) ini = hd_ini_new (keys);
  g_autoptr (GError) error = NULL;

  g_assert_true (hd_ini_parse (ini, "x", "[Image]nonsense", 7, &error));
  g_assert_no_error (error);
  g_assert_false (hd_ini_parse (ini, "x", "[Image]\nSuite=a\0b\n", 18, &error));
  g_assert_cmpstr (error->message, ==, "x:2:8: not UTF-8");
}

static void
test_typed (void)
{
  g_autoptr (HdIni) ini = parse ("[Image]\nReproducible=On\n[Disk]\nSize=2G\nTries=-3\n");
  g_autoptr (HdIni) empty = parse ("");
  g_autoptr (GError) error = NULL;
  gboolean flag = FALSE;
  guint64 size = 0;
  gint64 number = 0;

  g_assert_true (hd_ini_bool (ini, "Image", "Reproducible", FALSE, &flag, &error));
  g_assert_true (flag);
  g_assert_true (hd_ini_size (ini, "Disk", "Size", 7, &size, &error));
  g_assert_cmpuint (size, ==, G_GUINT64_CONSTANT (2) << 30);
  g_assert_true (hd_ini_int (ini, "Disk", "Tries", 7, &number, &error));
  g_assert_cmpint (number, ==, -3);
  g_assert_true (hd_ini_bool (empty, "Image", "Reproducible", FALSE, &flag, &error));
  g_assert_false (flag);
  g_assert_true (hd_ini_size (empty, "Disk", "Size", 7, &size, &error));
  g_assert_cmpuint (size, ==, 7);
  g_assert_true (hd_ini_int (empty, "Disk", "Tries", 8, &number, &error));
  g_assert_cmpint (number, ==, 8);
  g_assert_no_error (error);
}

static void
test_typed_refused (void)
{
  g_autoptr (HdIni) ini = parse ("[Image]\nReproducible=maybe\n[Disk]\nSize=2 G\nTries=x\n");
  g_autoptr (GError) flag_error = NULL;
  g_autoptr (GError) size_error = NULL;
  g_autoptr (GError) int_error = NULL;
  gboolean flag = TRUE;
  guint64 size = 42;
  gint64 number = 42;

  g_assert_false (hd_ini_bool (ini, "Image", "Reproducible", FALSE, &flag, &flag_error));
  g_assert_cmpstr (flag_error->message, ==, "test.conf:2: bad value of Reproducible=: \"maybe\"");
  g_assert_cmpstr (hd_error_hint (flag_error), ==, "write yes or no");
  g_assert_false (hd_ini_size (ini, "Disk", "Size", 7, &size, &size_error));
  g_assert_error (size_error, HD_ERROR, (int)HD_CONFIG);
  g_assert_false (hd_ini_int (ini, "Disk", "Tries", 7, &number, &int_error));
  g_assert_error (int_error, HD_ERROR, (int)HD_CONFIG);
  g_assert_true (flag);
  g_assert_cmpuint (size, ==, 42);
  g_assert_cmpint (number, ==, 42);
}

/* A folder with a.conf and its drop-ins. */
typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
put (Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *drop_ins = NULL;

  f->folder = g_dir_make_tmp ("test-ini-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "a.conf", NULL);
  drop_ins = g_build_filename (f->folder, "a.conf.d", NULL);
  g_assert_cmpint (g_mkdir (drop_ins, 0755), ==, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  static const char *const names[]
      = { "a.conf", "a.conf.d/10-first.conf", "a.conf.d/20-second.conf", "a.conf.d/.hidden.conf",
          "a.conf.d/30-other.txt" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (f->folder, names[i], NULL);
      g_unlink (path);
    }
  g_autofree char *drop_ins = g_build_filename (f->folder, "a.conf.d", NULL);
  g_rmdir (drop_ins);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->folder);
  g_free (f->path);
}

static void
test_load (Fixture *f, gconstpointer data)
{
  g_autoptr (HdIni) ini = hd_ini_new (keys);
  g_autoptr (GError) error = NULL;

  put (f, "a.conf", "[Image]\nPackage=main\nSuite=main\n");
  put (f, "a.conf.d/20-second.conf", "[Image]\nPackage=second\n");
  put (f, "a.conf.d/10-first.conf", "[Image]\nPackage=first\nSuite=first\n");
  put (f, "a.conf.d/.hidden.conf", "nonsense\n");
  put (f, "a.conf.d/30-other.txt", "nonsense\n");
  g_assert_true (hd_ini_load (ini, f->path, &error));
  g_assert_no_error (error);
  assert_values (ini, "Image", "Package", "main|first|second");
  g_assert_cmpstr (hd_ini_string (ini, "Image", "Suite"), ==, "first");
  g_assert_true (g_str_has_suffix (hd_ini_place (ini, "Image", "Suite"), "/10-first.conf:3"));
}

static void
test_load_fails (Fixture *f, gconstpointer data)
{
  g_autoptr (HdIni) ini = hd_ini_new (keys);
  g_autoptr (GError) absent = NULL;
  g_autoptr (GError) drop_in = NULL;
  g_autoptr (GError) large = NULL;
  g_autofree char *spaces = g_strnfill ((1 << 20) + 1, ' ');

  g_assert_false (hd_ini_load (ini, f->path, &absent));
  g_assert_error (absent, HD_ERROR, (int)HD_NOT_FOUND);
  g_assert_nonnull (strstr (absent->message, f->path));
  put (f, "a.conf", "");
  put (f, "a.conf.d/10-first.conf", "x\n");
  g_assert_false (hd_ini_load (ini, f->path, &drop_in));
  g_assert_nonnull (strstr (drop_in->message, "/10-first.conf:1:1: no \"=\""));
  put (f, "a.conf", spaces);
  g_assert_false (hd_ini_load (ini, f->path, &large));
  g_assert_error (large, HD_ERROR, (int)HD_CONFIG);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ini/values", test_values);
  g_test_add_func ("/ini/emptied", test_emptied);
  g_test_add_func ("/ini/continued", test_continued);
  g_test_add_func ("/ini/words", test_words);
  g_test_add_func ("/ini/words-refused", test_words_refused);
  g_test_add_func ("/ini/refused", test_refused);
  g_test_add_func ("/ini/length", test_length);
  g_test_add_func ("/ini/typed", test_typed);
  g_test_add_func ("/ini/typed-refused", test_typed_refused);
  g_test_add ("/ini/load", Fixture, NULL, set_up, test_load, tear_down);
  g_test_add ("/ini/load-fails", Fixture, NULL, set_up, test_load_fails, tear_down);
  return g_test_run ();
}
