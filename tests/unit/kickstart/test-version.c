/* Names of versions, and what belongs to which. */
#include "kickstart/version.h"

static const struct
{
  const char *name;
  HdKsVersion version; /* -1: unknown */
  const char *text;    /* its name; of an unknown one the nearest, or NULL */
} names[] = {
  { "DEVEL", HD_KS_ANY, "any" },
  { "devel", HD_KS_ANY, "any" },
  { "F34", HD_KS_FEDORA (34), "Fedora 34" },
  { "f7", HD_KS_FEDORA (7), "Fedora 7" },
  { "FC3", HD_KS_FEDORA (3), "Fedora 3" },
  { "Fedora 40", HD_KS_FEDORA (40), "Fedora 40" },
  { "Fedora Core 4", HD_KS_FEDORA (4), "Fedora 4" },
  { "RHEL7", HD_KS_RHEL7, "RHEL 7" },
  { "rhel10", HD_KS_RHEL10, "RHEL 10" },
  { "RHEL5", 650, "RHEL 5" },
  { "Red Hat Enterprise Linux 8", HD_KS_RHEL8, "RHEL 8" },
  { "red hat enterprise linux server 7.9", HD_KS_RHEL7, "RHEL 7" },
  { "RHEL77", -1, "RHEL7" },
  { "F99", -1, NULL },
  { "F", -1, NULL },
  { "F1", -1, NULL },
  { "", -1, NULL },
  { "F34x", -1, "F34" },
  { "DEVL", -1, "DEVEL" },
};

static void
test_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      HdKsVersion version = -1;
      const char *nearest = NULL;
      gboolean known = hd_ks_version_parse (names[i].name, &version, &nearest);
      g_autofree char *text = known ? hd_ks_version_name (version) : g_strdup (nearest);
      g_assert_cmpint (version, ==, names[i].version);
      g_assert_cmpint (known, ==, names[i].version >= 0);
      if (names[i].version >= 0 || names[i].text != NULL)
        g_assert_cmpstr (text, ==, names[i].text);
    }
}

static const HdKsSpan always = { 0 };
static const HdKsSpan later = { .since = HD_KS_FEDORA (23), .also = HD_KS_IN_RHEL7 };
static const HdKsSpan gone = { .deprecated = HD_KS_FEDORA (9), .removed = HD_KS_FEDORA (14) };
static const HdKsSpan going = { .deprecated = HD_KS_FEDORA (29), .removed = HD_KS_FEDORA (34) };

static const struct
{
  const HdKsSpan *span;
  HdKsVersion version;
  HdKsAge age;
} ages[] = {
  { &always, HD_KS_ANY, HD_KS_CURRENT },        { &always, HD_KS_FEDORA (3), HD_KS_CURRENT },
  { &later, HD_KS_ANY, HD_KS_CURRENT },         { &later, HD_KS_FEDORA (22), HD_KS_TOO_NEW },
  { &later, HD_KS_FEDORA (23), HD_KS_CURRENT }, { &later, HD_KS_RHEL7, HD_KS_CURRENT },
  { &later, HD_KS_RHEL6, HD_KS_TOO_NEW },       { &gone, HD_KS_ANY, HD_KS_REMOVED },
  { &gone, HD_KS_FEDORA (8), HD_KS_CURRENT },   { &gone, HD_KS_RHEL6, HD_KS_DEPRECATED },
  { &gone, HD_KS_FEDORA (14), HD_KS_REMOVED },  { &going, HD_KS_ANY, HD_KS_DEPRECATED },
  { &going, HD_KS_RHEL7, HD_KS_CURRENT },       { &going, HD_KS_FEDORA (33), HD_KS_DEPRECATED },
  { &going, HD_KS_RHEL9, HD_KS_REMOVED },
};

static void
test_ages (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ages); i++)
    g_assert_cmpint (hd_ks_age (ages[i].span, ages[i].version), ==, ages[i].age);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/version/names", test_names);
  g_test_add_func ("/kickstart/version/ages", test_ages);
  return g_test_run ();
}
