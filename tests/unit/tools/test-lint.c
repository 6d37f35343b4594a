/* The rules' table, and the readers of strangers' archives and descriptions. */
#include "tools/lint.h"

#include <string.h>

#include "tools/lint-ova.h"
#include "tools/ova.h"

static HdBytes
bytes_of (const void *data, gsize length)
{
  return (HdBytes){ .fd = -1, .data = data, .size_bytes = length };
}

static void
test_rules (void)
{
  for (const HdLintRule *rule = hd_lint_rules; rule->id != NULL; rule++)
    {
      g_assert_true (hd_lint_rule (rule->id) == rule);
      g_assert_cmpuint (strlen (rule->title), >, 5);
      g_assert_cmpuint (strlen (rule->who), >, 5);
      g_assert_false (g_str_has_suffix (rule->title, "."));
    }
  g_assert_null (hd_lint_rule ("Z9"));
}

static void
test_findings (void)
{
  g_autoptr (HdLint) lint = hd_lint_new ();
  hd_lint_add (lint, "Q2", "one\x1b[31m%s", "\xff");
  const HdLintFinding *finding = g_ptr_array_index (lint->findings, 0);
  g_assert_true (g_utf8_validate (finding->detail, -1, NULL));
  g_assert_null (strchr (finding->detail, '\x1b'));
  g_assert_false (hd_lint_is_refused (lint));
  for (guint i = 0; i < 2 * HD_LINT_MAX_FINDINGS; i++)
    hd_lint_add (lint, "V4", "again");
  g_assert_cmpuint (lint->findings->len, ==, HD_LINT_MAX_FINDINGS);
  g_assert_true (hd_lint_has (lint, "V4") && hd_lint_is_refused (lint));
}

static void
test_bytes (void)
{
  const HdBytes all = bytes_of ("0123456789", 10);
  const HdBytes part = hd_bytes_part (&all, 4, 100);
  char to[4];
  g_assert_cmpuint (part.size_bytes, ==, 6);
  g_assert_true (hd_bytes_read (&part, 2, to, 4));
  g_assert_cmpmem (to, 4, "6789", 4);
  g_assert_false (hd_bytes_read (&part, 3, to, 4));
  g_assert_false (hd_bytes_read (&part, G_MAXUINT64, to, 4));
  g_assert_cmpuint (hd_bytes_part (&all, 11, 1).size_bytes, ==, 0);
}

/* Two members; then a header that lies. */
static void
test_tar (void)
{
  guint8 archive[6 * HD_TAR_BLOCK] = { 0 };
  hd_tar_header (archive, "a.ovf", 3, 0, NULL);
  memcpy (archive + HD_TAR_BLOCK, "one", 3);
  hd_tar_header (archive + 2 * HD_TAR_BLOCK, "b", 100, 0, NULL);
  const HdBytes bytes = bytes_of (archive, sizeof archive);
  g_autoptr (HdTar) tar = hd_tar_read (&bytes);
  g_assert_cmpuint (tar->members->len, ==, 2);
  g_assert_true (tar->ended && !tar->broken);
  const HdTarMember *first = hd_tar_find (tar, ".ovf");
  g_assert_true (first->plain && first->readable);
  g_autofree char *text = hd_tar_text (first);
  g_assert_cmpstr (text, ==, "one");
  g_assert_null (hd_tar_member (tar, "c"));
  g_assert_null (hd_tar_member (tar, NULL));

  hd_tar_header (archive + 2 * HD_TAR_BLOCK, "b", 1 << 20, 0, NULL);
  g_autoptr (HdTar) broken = hd_tar_read (&bytes);
  g_assert_cmpuint (broken->members->len, ==, 1);
  g_assert_true (broken->broken);
}

static HdOvf *
parsed (const char *text, GError **error)
{
  return hd_ovf_parse (text, strlen (text), error);
}

static void
test_ovf (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdOvf) ovf = parsed (
      "<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1' "
      "xmlns:o='http://schemas.dmtf.org/ovf/envelope/1' xmlns:v='urn:v'>"
      "<References><File o:href='d' o:id='f'/></References>"
      "<DiskSection><Disk o:capacity='8' o:capacityAllocationUnits='byte * 2^30'/></DiskSection>"
      "<VirtualSystem><v:Odd><v:Odder/></v:Odd></VirtualSystem><NetworkSection/></Envelope>",
      &error);
  g_assert_no_error (error);
  guint64 capacity;
  g_assert_true (ovf->is_envelope && !ovf->ovirt && !ovf->old);
  g_assert_cmpstr (((HdOvfFile *)ovf->files->pdata[0])->href, ==, "d");
  g_assert_true (hd_ova_capacity_bytes (ovf->disks->pdata[0], &capacity));
  g_assert_cmpuint (capacity, ==, G_GUINT64_CONSTANT (8) << 30);
  g_assert_cmpuint (ovf->foreign->len, ==, 1);
  g_assert_cmpstr (ovf->first_problem, ==, "NetworkSection comes too late in the envelope");
}

static void
test_capacities (void)
{
  static const struct
  {
    const char *capacity, *units;
    gboolean right;
  } cases[] = {
    { "5", NULL, TRUE },
    { "5", "byte", TRUE },
    { "5", "byte * 2^20", TRUE },
    { "5", "MegaBytes", FALSE },
    { "5", "byte * 2^99", FALSE },
    { "x", "byte", FALSE },
    { NULL, "byte", FALSE },
    { "-1", "byte", FALSE },
    { "9000000000000000000", "byte * 2^20", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint64 bytes;
      const HdOvfDisk disk
          = { .capacity = (char *)cases[i].capacity, .units = (char *)cases[i].units };
      g_assert_cmpint (hd_ova_capacity_bytes (&disk, &bytes), ==, cases[i].right);
    }
}

/* Deep, many, twice, none: each an error, none a crash. */
static void
test_bad_ovf (void)
{
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autoptr (GString) many = g_string_new ("<Envelope>");
  for (guint i = 0; i < 2 * HD_OVF_MAX_DEPTH; i++)
    g_string_append (deep, "<a>");
  for (guint i = 0; i < HD_OVF_MAX_ELEMENTS; i++)
    g_string_append (many, "<a/>");
  g_string_append (many, "</Envelope>");
  const char *const texts[] = { "", "text", "<a>", "<a/><b/>", "<?xml?>", deep->str, many->str };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (parsed (texts[i], &error));
      g_assert_nonnull (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lint/rules", test_rules);
  g_test_add_func ("/lint/findings", test_findings);
  g_test_add_func ("/lint/bytes", test_bytes);
  g_test_add_func ("/lint/tar", test_tar);
  g_test_add_func ("/lint/ovf", test_ovf);
  g_test_add_func ("/lint/capacities", test_capacities);
  g_test_add_func ("/lint/bad-ovf", test_bad_ovf);
  return g_test_run ();
}
