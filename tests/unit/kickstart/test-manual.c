/* Help and man page are made from the tables, and leave nothing out. */
#include "kickstart/manual.h"

#include <string.h>

static char *
described (const char *name)
{
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream (&text, &length);
  const HdKsCommand *row = name[0] == '%' ? hd_ks_section_find (name) : hd_ks_command_find (name);

  hd_ks_describe (row, out);
  fclose (out);
  return text;
}

static void
test_command (void)
{
  g_autofree char *text = described ("partition");

  g_assert_true (g_str_has_prefix (text, "usage: part [OPTION...] MOUNTPOINT"));
  g_assert_nonnull (strstr (text, "       partition [OPTION...] MOUNTPOINT"));
  g_assert_nonnull (strstr (text, "  --ondisk, --ondrive=DISK\n"));
  g_assert_nonnull (strstr (text, "(deprecated since Fedora 29)")
                        ?: strstr (text, "(removed in Fedora 34)"));
  g_assert_nonnull (strstr (text, "Not done: keys are not escrowed"));
}

static void
test_forms (void)
{
  g_autofree char *mount = described ("mount");
  g_autofree char *source = described ("ostreecontainer");
  g_autofree char *post = described ("%post");
  g_autofree char *autopart = described ("autopart");

  g_assert_nonnull (strstr (mount, "  --reformat[=TYPE]\n"));
  g_assert_nonnull (strstr (source, "Cannot be carried out: "));
  g_assert_nonnull (strstr (source, "(since Fedora 38, in RHEL 9 too)"));
  g_assert_nonnull (strstr (source, "; needed"));
  g_assert_nonnull (strstr (post, "--nochroot"));
  g_assert_nonnull (strstr (autopart, "one of: lvm btrfs plain partition thinp"));
}

static void
assert_named (const char *page, const char *names, const char *prefix)
{
  g_auto (GStrv) words = g_strsplit (names, " ", -1);

  for (char **word = words; *word != NULL; word++)
    {
      g_auto (GStrv) parts = g_strsplit (*word, "-", -1);
      g_autofree char *escaped = g_strjoinv ("\\-", parts);
      g_autofree char *text = g_strconcat (prefix, escaped, NULL);
      if (strstr (page, text) == NULL)
        g_test_message ("%s", text);
      g_assert_nonnull (strstr (page, text));
    }
}

static void
test_man (void)
{
  static const HdOption options[] = { { "check", 'c', HD_OPT_FLAG, NULL, "Check it" }, { NULL } };
  char *page = NULL;
  size_t length;
  FILE *out = open_memstream (&page, &length);

  hd_ks_write_man (options, "1.2-3", out);
  fclose (out);
  g_assert_true (
      g_str_has_prefix (page, ".TH ATOMIC\\-INSTALL 8 \"\" \"atomic\\-install 1.2\\-3\""));
  g_assert_nonnull (strstr (page, "\\fB\\-c\\fR, \\fB\\-\\-check\\fR\nCheck it\n"));
  for (const HdKsCommand *const *table = hd_ks_commands; *table != NULL; table++)
    for (const HdKsCommand *row = *table; row->names != NULL; row++)
      {
        assert_named (page, row->names, "");
        for (const HdKsOption *option = row->options; option->names != NULL; option++)
          assert_named (page, option->names, "\\-\\-");
      }
  for (const HdKsCommand *row = hd_ks_sections; row->names != NULL; row++)
    assert_named (page, row->names, ".SS \"");
  free (page);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/manual/command", test_command);
  g_test_add_func ("/kickstart/manual/forms", test_forms);
  g_test_add_func ("/kickstart/manual/man", test_man);
  return g_test_run ();
}
