/* base/output: widths, sizes, ages, and text that may not steer the terminal. */
#include <stdlib.h>
#include "base/output.h"

/* What `print` writes to a stream. */
static char *
capture (void (*print) (FILE *out))
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream (&text, &size);

  print (out);
  fclose (out);
  return text;
}

static void
print_table (FILE *out)
{
  g_autoptr (HdTable) table = hd_table_new ((const char *const[]){ "NAME", "VERSION", "X", NULL });

  hd_table_row (table, (const char *const[]){ "Grüße", "1", "last", NULL });
  hd_table_row (table, (const char *const[]){ "日本", "1.2.3-long", "", NULL });
  hd_table_row (table, (const char *const[]){ "a\033[2Jb\n", "\xff", "z", NULL });
  hd_table_print (table, out);
}

static void
test_table (void)
{
  char *text = capture (print_table);

  g_assert_cmpstr (text, ==,
                   "NAME     VERSION     X\n"
                   "Grüße    1           last\n"
                   "日本     1.2.3-long  \n"
                   "a�[2Jb�  �           z\n");
  free (text);
}

static void
print_bare_table (FILE *out)
{
  g_autoptr (HdTable) table = hd_table_new (NULL);

  hd_table_print (table, out);
  hd_table_row (table, (const char *const[]){ "a", "b", NULL });
  hd_table_print (table, out);
}

static void
test_bare_table (void)
{
  char *text = capture (print_bare_table);

  g_assert_cmpstr (text, ==, "a  b\n");
  free (text);
}

static void
print_keys (FILE *out)
{
  hd_print_key (out, 10, "Version", "1.0");
  hd_print_key (out, 10, "Absent", NULL);
  hd_print_key (out, 3, "Longer", "x\ry");
}

static void
test_keys (void)
{
  char *text = capture (print_keys);

  g_assert_cmpstr (text, ==, "   Version: 1.0\nLonger: x�y\n");
  free (text);
}

static void
test_size (void)
{
  static const struct
  {
    guint64 bytes;
    const char *text;
  } cases[] = {
    { 0, "0 B" },
    { 999, "999 B" },
    { 1000, "1.0 kB" },
    { 1049, "1.0 kB" },
    { 1050, "1.1 kB" },
    { 999949, "999.9 kB" },
    { 999950, "1.0 MB" },
    { 12345678, "12.3 MB" },
    { G_GUINT64_CONSTANT (5000000000), "5.0 GB" },
    { G_MAXUINT64, "18.4 EB" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = hd_format_size (cases[i].bytes);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_age (void)
{
  static const struct
  {
    gint64 age;
    const char *text;
  } cases[] = {
    { 0, "just now" },
    { 4, "just now" },
    { -4, "just now" },
    { 5, "5 seconds ago" },
    { 60, "1 minute ago" },
    { 119, "1 minute ago" },
    { 3 * 3600, "3 hours ago" },
    { -2 * 86400, "in 2 days" },
    { 8 * 86400, "1 week ago" },
    { 45 * 86400, "1 month ago" },
    { 800 * 86400, "2 years ago" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = hd_format_age (1000000000 - cases[i].age, 1000000000);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_time (void)
{
  g_autofree char *text = hd_format_time (1767323045);
  g_autofree char *early = hd_format_time (-61346580955);
  g_autofree char *late = hd_format_time (253402300800);
  g_autofree char *far = hd_format_time (G_MAXINT64);

  g_assert_cmpstr (text, ==, "2026-01-02T03:04:05Z");
  g_assert_cmpstr (early, ==, "0026-01-02T03:04:05Z");
  g_assert_cmpstr (late, ==, "@253402300800");
  g_assert_cmpstr (far, ==, "@9223372036854775807");
}

/* A stream that is no terminal gets no escapes. */
static void
test_style (void)
{
  FILE *out = fopen ("/dev/null", "w");

  g_assert_cmpstr (hd_style (out, "bold"), ==, "");
  g_assert_cmpstr (hd_style (out, "reset"), ==, "");
  fclose (out);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/output/table", test_table);
  g_test_add_func ("/output/bare-table", test_bare_table);
  g_test_add_func ("/output/keys", test_keys);
  g_test_add_func ("/output/size", test_size);
  g_test_add_func ("/output/age", test_age);
  g_test_add_func ("/output/time", test_time);
  g_test_add_func ("/output/style", test_style);
  return g_test_run ();
}
