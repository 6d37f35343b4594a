/* Lists of sums and of packages, and the statement of provenance. */
#include "tools/sums.h"

#include <string.h>

#include "base/error.h"
#include "common/json.h"
#include "tools/sums-list.h"

#define DIGEST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static GPtrArray *
parsed (const char *text, GError **error)
{
  return hd_sums_parse (text, strlen (text), error);
}

static void
test_list (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = parsed (DIGEST "  b.raw\n" DIGEST " *a b\n", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (entries->len, ==, 2);
  g_autofree char *text = hd_sums_format (entries);
  g_assert_cmpstr (text, ==, DIGEST "  a b\n" DIGEST "  b.raw\n");
}

/* Names that lead elsewhere, and lines that are none. */
static void
test_bad_lists (void)
{
  static const char *const bad[] = {
    DIGEST "  ../etc/passwd\n",
    DIGEST "  /etc/passwd\n",
    DIGEST "  .hidden\n",
    DIGEST "  \n",
    DIGEST " b\n",
    DIGEST "\n",
    "AAAA  b\n",
    "bb  b\n",
    DIGEST "  a\x1b[31m\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (parsed (bad[i], &error));
      g_assert_error (error, HD_ERROR, HD_CORRUPT);
      g_assert_nonnull (strstr (error->message, "line 1"));
    }
  g_autoptr (GError) error = NULL;
  g_assert_null (hd_sums_parse ("a\0b", 3, &error));
  g_assert_error (error, HD_ERROR, HD_CORRUPT);
}

static void
test_purl (void)
{
  g_autofree char *one = hd_sums_purl ("libstdc++6", "1:14.2.0-19~x", "amd64", "trixie");
  g_assert_cmpstr (one, ==, "pkg:deb/debian/libstdc%2B%2B6@1:14.2.0-19~x?arch=amd64&distro=trixie");
}

static HdSums
sample (GVariant **packages, HdFormatMachine *machine)
{
  *packages = g_variant_ref_sink (
      g_variant_new_parsed ("[('bash', '5.2', 'amd64'), ('g++', '4:14', 'amd64')]"));
  hd_format_machine_init (machine);
  return (HdSums){
    .base = "host-7",
    .name = "host",
    .version = "7",
    .suite = "trixie",
    .epoch = 1700000000,
    .identity = DIGEST,
    .packages = *packages,
    .machine = machine,
  };
}

static hd_json *
parse (char *text)
{
  hd_err problem = { 0 };
  hd_json *value = hd_json_parse (text, strlen (text), &problem);
  g_assert_cmpstr (problem.message, ==, "");
  g_assert_nonnull (value);
  g_free (text);
  return value;
}

static void
test_packages (void)
{
  g_autoptr (GVariant) packages = NULL;
  HdFormatMachine machine;
  const HdSums sums = sample (&packages, &machine);
  hd_autojson spdx = parse (hd_sums_spdx (&sums));
  hd_autojson cdx = parse (hd_sums_cyclonedx (&sums));
  const hd_json *list = hd_json_get (spdx, "packages");
  g_assert_cmpuint (hd_json_length (list), ==, 3);
  g_assert_cmpstr (hd_json_get_string (hd_json_at (list, 2), "SPDXID", ""), ==,
                   "SPDXRef-Package-1-g--");
  g_assert_cmpstr (hd_json_get_string (hd_json_get (spdx, "creationInfo"), "created", ""), ==,
                   "2023-11-14T22:13:20Z");
  g_assert_cmpuint (hd_json_length (hd_json_get (cdx, "components")), ==, 2);
  g_assert_cmpstr (hd_json_get_string (spdx, "documentNamespace", ""), !=,
                   hd_json_get_string (cdx, "serialNumber", ""));
}

static void
test_provenance (void)
{
  g_autoptr (GVariant) packages = NULL;
  HdFormatMachine machine;
  const HdSums sums = sample (&packages, &machine);
  HdFormatOutput image = { hd_format_find ("vhdx"), (char *)"/out/host-7.vhdx", 5, (char *)DIGEST };
  g_autoptr (GPtrArray) images = g_ptr_array_new ();
  g_ptr_array_add (images, &image);
  g_autofree char *text = hd_sums_provenance (&sums, images);
  g_assert_null (strstr (text, "/out"));
  hd_autojson statement = parse (g_strdup (text));
  const hd_json *subject = hd_json_at (hd_json_get (statement, "subject"), 0);
  g_assert_cmpstr (hd_json_get_string (subject, "name", ""), ==, "host-7.vhdx");
  const hd_json *build = hd_json_get (hd_json_get (statement, "predicate"), "buildDefinition");
  /* The disk and two packages. */
  g_assert_cmpuint (hd_json_length (hd_json_get (build, "resolvedDependencies")), ==, 3);
  g_assert_nonnull (strstr (text, "libdeflate "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sums/list", test_list);
  g_test_add_func ("/sums/bad-lists", test_bad_lists);
  g_test_add_func ("/sums/purl", test_purl);
  g_test_add_func ("/sums/packages", test_packages);
  g_test_add_func ("/sums/provenance", test_provenance);
  return g_test_run ();
}
