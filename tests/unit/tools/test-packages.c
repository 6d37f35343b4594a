/* dpkg's status file to the list of a commit. */
#include "tools/packages.h"

#include <string.h>

#include "base/error.h"

static const char status[] = "Package: zlib1g\n"
                             "Status: install ok installed\n"
                             "Architecture: amd64\n"
                             "Version: 1:1.3-1\n"
                             "Description: compression\n"
                             " Package: not a field, but a continuation\n"
                             "\n"
                             "Package: gone\n"
                             "Status: deinstall ok config-files\n"
                             "Architecture: amd64\n"
                             "Version: 9\n"
                             "\n"
                             "Package: bash\n"
                             "Status: install ok installed\n"
                             "Architecture: amd64\n"
                             "Version: 5.2-1\n"
                             "\n"
                             "Package: bash\n"
                             "Status: install ok installed\n"
                             "Architecture: all\n"
                             "Version: 5.2-2\n";

static void
test_sorted (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) packages = hd_packages_parse (status, &error);
  g_assert_no_error (error);
  g_variant_ref_sink (packages);
  g_autofree char *text = g_variant_print (packages, FALSE);
  g_assert_cmpstr (text, ==,
                   "[('bash', '5.2-2', 'all'), ('bash', '5.2-1', 'amd64'), "
                   "('zlib1g', '1:1.3-1', 'amd64')]");
}

static void
test_incomplete (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (hd_packages_parse ("Package: bash\nStatus: install ok installed\n", &error));
  g_assert_error (error, HD_ERROR, HD_CORRUPT);
  g_assert_nonnull (strstr (error->message, "bash"));
}

static void
test_empty (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) packages = hd_packages_parse ("", &error);
  g_assert_no_error (error);
  g_variant_ref_sink (packages);
  g_assert_cmpuint (g_variant_n_children (packages), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/packages/sorted", test_sorted);
  g_test_add_func ("/packages/incomplete", test_incomplete);
  g_test_add_func ("/packages/empty", test_empty);
  return g_test_run ();
}
