/* state/bootset: the text for GRUB, its quoting, and what GRUB's own parser says of it. */
#include "state/bootset.h"

#include "base/spawn.h"
#include "folder.h"
#include "state/bls.h"

static GPtrArray *
parse_entries (const char *const *texts)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_bls_entry_free);
  for (; *texts != NULL; texts++)
    {
      g_autoptr (GError) error = NULL;
      HdBlsEntry *entry = hd_bls_parse ("test", *texts, &error);
      g_assert_no_error (error);
      g_ptr_array_add (entries, entry);
    }
  return entries;
}

static const char *const two_entries[]
    = { "title It's Debian; \"13\" {$x}\nlinux /o/d-1/vmlinuz-6\ninitrd /o/d-1/i.img\n"
        "initrd /o/d-1/j.img\noptions root=UUID=1 a=\"b c\" \"d=e f\" $HOME;{} #x\n",
        "linux /o/d-2/vmlinuz-5\noptions ostree=/ostree/boot.1/d/2/0\n", NULL };

static const char expected[] = "# Boot set 1, written by hostd-worker; do not edit.\n"
                               "set atomic_kernel='/o/d-1/vmlinuz-6'\n"
                               "menuentry 'It'\\''s Debian; \"13\" {$x}' --id atomic-0 {\n"
                               "  linux '/o/d-1/vmlinuz-6' 'root=UUID=1' 'a=b c' 'd=e f' '$HOME;{}'"
                               " '#x'\n"
                               "  initrd '/o/d-1/i.img' '/o/d-1/j.img'\n"
                               "}\n"
                               "menuentry 'Linux' --id atomic-1 {\n"
                               "  linux '/o/d-2/vmlinuz-5' 'ostree=/ostree/boot.1/d/2/0'\n"
                               "}\n";

static void
test_text (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = parse_entries (two_entries);
  g_autofree char *text = hd_bootset_format (1, entries, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

/* grub-script-check, of grub-common, parses without running. */
static void
test_grub_agrees (void)
{
  static const char *const argv[] = { "grub-script-check", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refused = NULL;
  HdSpawn good = { .stdin_text = expected };
  HdSpawn bad = { .stdin_text = "menuentry 'It's Debian' --id atomic-0 {\n" };
  gboolean ok = hd_spawn_run (argv, &good, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  ok = hd_spawn_run (argv, &bad, NULL, NULL, &refused);
  g_assert_false (ok);
}

/* A title is for people: what would break a line is left out of it. */
static void
test_control_characters (void)
{
  static const char *const texts[] = { "linux /k\noptions a\ntitle b\x01\x1b[1m\n", NULL };
  g_autoptr (GPtrArray) entries = parse_entries (texts);
  g_autofree char *text = hd_bootset_format (0, entries, NULL);
  g_assert_nonnull (strstr (text, "menuentry 'b[1m' --id atomic-0 {\n"));
}

static void
test_safe_kargs (void)
{
  static const struct
  {
    const char *karg;
    gboolean safe;
  } cases[] = {
    { "quiet", TRUE },       { "a=\"b c\"", TRUE },  { "\"a=b c\"", TRUE }, { "", TRUE },
    { "a=$b;{c}|d&", TRUE }, { "a=\303\244", TRUE }, { "a=\"b", FALSE },    { "a=\"b\"\"", FALSE },
    { "a=b\\c", FALSE },     { "a='b'", FALSE },     { "a=\tb", FALSE },    { "a\n", FALSE },
    { "a=\x7f", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].karg);
      g_assert_cmpint (hd_bootset_karg_is_safe (cases[i].karg), ==, cases[i].safe);
    }
}

static void
test_refused (void)
{
  static const char *const backslash[]
      = { "linux /k\noptions a\n", "linux /k\noptions b c=\\d\n", NULL };
  g_autoptr (GError) none = NULL;
  g_autoptr (GError) unsafe = NULL;
  g_autoptr (GPtrArray) no_entries = parse_entries (&two_entries[2]);
  g_autoptr (GPtrArray) entries = parse_entries (backslash);
  char *text = hd_bootset_format (1, no_entries, &none);
  g_assert_null (text);
  assert_refused (none, HD_BOOTLOADER, "boot set 1 would have no entry");
  text = hd_bootset_format (1, entries, &unsafe);
  g_assert_null (text);
  assert_refused (unsafe, HD_BOOTLOADER, "kernel argument c=\\d");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bootset/text", test_text);
  g_test_add_func ("/bootset/grub-agrees", test_grub_agrees);
  g_test_add_func ("/bootset/control-characters", test_control_characters);
  g_test_add_func ("/bootset/safe-kargs", test_safe_kargs);
  g_test_add_func ("/bootset/refused", test_refused);
  return g_test_run ();
}
