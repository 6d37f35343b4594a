/* state/debversion: cases of deb-version(7), and dpkg as the judge of these and of random ones. */
#include "state/debversion.h"

#include <glib.h>

#include "base/spawn.h"

#define N_RANDOM 400

static int
sign (int number)
{
  return (number > 0) - (number < 0);
}

/* In each row the first is the older one, or (`order` 0) both are the same. */
static const struct
{
  const char *a;
  const char *b;
  int order;
} cases[] = {
  { "1.0-1", "1.0-2", -1 },
  { "1.2", "1.10", -1 },
  { "1.0", "1:0.1", -1 },
  { "9:1", "10:0", -1 },
  { "0:1.0", "1.0", 0 },
  { "00:1", "1", 0 },
  { "1.0", "1.0-0", 0 },
  { "1.0-0", "1.0-00", 0 },
  { "1.00", "1.0", 0 },
  { "1.01", "1.1", 0 },
  { "1.0~rc1", "1.0", -1 },
  { "1.0~~", "1.0~", -1 },
  { "1.0~~a", "1.0~", -1 },
  { "1.0~", "1.0-1", -1 },
  { "1.0-1~deb13u1", "1.0-1", -1 },
  { "1.0-1~bpo12+1", "1.0-1", -1 },
  { "1.0-1", "1.0-1+b1", -1 },
  { "1.0-1+deb13u1", "1.0-1+deb13u2", -1 },
  { "1.0-1+deb13u9", "1.0-1+deb13u10", -1 },
  { "1.0", "1.0a", -1 },
  { "1.0a", "1.0+", -1 },
  { "1.0A", "1.0a", -1 },
  { "1.0a", "1.0b", -1 },
  { "1.0.", "1.0+", 1 },
  { "1.0", "1.0.0", -1 },
  { "1.2-3-4", "1.2-4", 1 },
  { "1-1", "1.0-1", -1 },
  { "1:2:3", "1:2:4", -1 },
  { "6.12.41-1", "6.12.43-1", -1 },
  { "6.12.9-1", "6.12.10-1", -1 },
  { "2:9.1.1230-2", "2:9.1.0967-1", 1 },
  { "20240203~deb12u1", "20240203", -1 },
  { "1.99999999999999999999998", "1.99999999999999999999999", -1 },
  { "1.99999999999999999999999", "1.100000000000000000000000", -1 },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s %s", cases[i].a, cases[i].b);
      g_assert_cmpint (sign (hd_debversion_compare (cases[i].a, cases[i].b)), ==, cases[i].order);
      g_assert_cmpint (sign (hd_debversion_compare (cases[i].b, cases[i].a)), ==, -cases[i].order);
      g_assert_cmpint (hd_debversion_compare (cases[i].a, cases[i].a), ==, 0);
    }
}

/* What is no version has a place in the order too. */
static void
test_no_versions (void)
{
  g_assert_cmpint (hd_debversion_compare ("", ""), ==, 0);
  g_assert_cmpint (hd_debversion_compare ("", "0"), ==, 0);
  g_assert_cmpint (hd_debversion_compare ("", "1"), <, 0);
  g_assert_cmpint (hd_debversion_compare ("", "~"), >, 0);
  g_assert_cmpint (hd_debversion_compare ("-", "-1"), <, 0);
  g_assert_cmpint (hd_debversion_compare (":", ""), ==, 0);
  g_assert_cmpint (hd_debversion_compare ("\303\244", "z"), >, 0);
  g_assert_cmpint (hd_debversion_compare ("99999999999999999999999:1", "1:1"), >, 0);
}

/* dpkg's answers to lines of two versions: -1, 0 or 1 for each. The shell only forks for dpkg. */
static char **
ask_dpkg (const char *pairs)
{
  static const char script[] = "while read -r a b; do\n"
                               "  if dpkg --compare-versions \"$a\" lt \"$b\"; then echo -1\n"
                               "  elif dpkg --compare-versions \"$a\" eq \"$b\"; then echo 0\n"
                               "  else echo 1; fi\n"
                               "done\n";
  static const char *const argv[] = { "sh", "-c", script, NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *answers = NULL;
  HdSpawn options = { .stdin_text = pairs, .capture_stdout = TRUE };
  gboolean ok = hd_spawn_run (argv, &options, &answers, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  return g_strsplit (answers, "\n", -1);
}

static void
test_dpkg_on_cases (void)
{
  g_autoptr (GString) pairs = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_string_append_printf (pairs, "%s %s\n", cases[i].a, cases[i].b);
  g_auto (GStrv) answers = ask_dpkg (pairs->str);
  g_assert_cmpuint (g_strv_length (answers), ==, G_N_ELEMENTS (cases) + 1);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *order = g_strdup_printf ("%d", cases[i].order);
      g_test_message ("%s %s", cases[i].a, cases[i].b);
      g_assert_cmpstr (answers[i], ==, order);
    }
}

static void
append_random (GString *text, const char *alphabet, int max_length)
{
  int length = g_test_rand_int_range (0, max_length + 1);
  int n = (int)strlen (alphabet);
  for (int i = 0; i < length; i++)
    g_string_append_c (text, alphabet[g_test_rand_int_range (0, n)]);
}

/* Of few characters, so that versions are often alike at the beginning. */
static char *
random_version (void)
{
  GString *text = g_string_new (NULL);
  if (g_test_rand_int_range (0, 4) == 0)
    g_string_append_printf (text, "%d:", g_test_rand_int_range (0, 3));
  g_string_append_printf (text, "%d", g_test_rand_int_range (0, 3));
  append_random (text, "0019aZ.+~~-", 6);
  if (g_test_rand_int_range (0, 2) == 0)
    {
      g_string_append (text, "-");
      g_string_append_printf (text, "%d", g_test_rand_int_range (0, 3));
      append_random (text, "0019aZ.+~", 4);
    }
  else if (text->str[text->len - 1] == '-')
    g_string_append_c (text, '0'); /* dpkg refuses an empty revision */
  return g_string_free (text, FALSE);
}

static void
test_dpkg_on_random (void)
{
  g_autoptr (GPtrArray) versions = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) pairs = g_string_new (NULL);
  for (int i = 0; i < N_RANDOM; i++)
    {
      char *a = random_version ();
      char *b = random_version ();
      g_ptr_array_add (versions, a);
      g_ptr_array_add (versions, b);
      g_string_append_printf (pairs, "%s %s\n", a, b);
    }
  g_auto (GStrv) answers = ask_dpkg (pairs->str);
  g_assert_cmpuint (g_strv_length (answers), ==, N_RANDOM + 1);
  for (guint i = 0; i < N_RANDOM; i++)
    {
      const char *a = g_ptr_array_index (versions, 2 * i);
      const char *b = g_ptr_array_index (versions, 2 * i + 1);
      g_autofree char *order = g_strdup_printf ("%d", sign (hd_debversion_compare (a, b)));
      g_test_message ("%s %s", a, b);
      g_assert_cmpstr (order, ==, answers[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/debversion/cases", test_cases);
  g_test_add_func ("/debversion/no-versions", test_no_versions);
  g_test_add_func ("/debversion/dpkg-on-cases", test_dpkg_on_cases);
  g_test_add_func ("/debversion/dpkg-on-random", test_dpkg_on_random);
  return g_test_run ();
}
