/* state/staged: what is written is read, and a stranger's record leads to no other folder. */
#include "state/staged.h"

#include <string.h>

#include "base/error.h"
#include "sample-sysroot.h"
#include "state/paths.h"

#define HEAD "[staged]\nstateroot=d\ncommit=" SAMPLE_A "\nboot-checksum=" SAMPLE_B "\n"
#define GOOD HEAD "serial=0\nkargs=quiet;\n"

static HdStaged *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  HdStaged *staged = hd_staged_parse (text, strlen (text), &error);
  g_assert_no_error (error);
  return staged;
}

static HdStaged *
sample (void)
{
  static const char *const kargs[] = { "root=UUID=1", "a=\"b; c\"", "d=\\;", " e", NULL };
  HdStaged *staged = g_new0 (HdStaged, 1);
  staged->stateroot = g_strdup ("my-host.2");
  staged->commit = g_strdup (SAMPLE_A);
  staged->serial = 3;
  staged->boot_checksum = g_strdup (SAMPLE_B);
  staged->merge = g_strdup ("my-host.2-" SAMPLE_C ".12");
  staged->kargs = g_strdupv ((char **)kargs);
  staged->created = 1767323045;
  return staged;
}

static void
test_round (void)
{
  g_autoptr (HdStaged) staged = sample ();
  g_autofree char *text = hd_staged_format (staged);
  g_autoptr (HdStaged) again = parse (text);
  g_assert_cmpstr (again->stateroot, ==, staged->stateroot);
  g_assert_cmpstr (again->commit, ==, staged->commit);
  g_assert_cmpint (again->serial, ==, 3);
  g_assert_cmpstr (again->boot_checksum, ==, staged->boot_checksum);
  g_assert_cmpstr (again->merge, ==, staged->merge);
  g_assert_true (
      g_strv_equal ((const char *const *)again->kargs, (const char *const *)staged->kargs));
  g_assert_cmpint (again->created, ==, 1767323045);
  g_assert_nonnull (strstr (text, "\ncreated=2026-01-02T03:04:05Z\n"));
}

/* The first deployment of a stateroot takes no /etc over, and may have no arguments. */
static void
test_least (void)
{
  g_autoptr (HdStaged) staged = parse (HEAD "serial=2147483647\nkargs=\nunknown=x\n");
  g_assert_null (staged->merge);
  g_assert_null (staged->kargs[0]);
  g_assert_cmpint (staged->serial, ==, G_MAXINT);
  g_assert_cmpint (staged->created, ==, 0);
  g_autofree char *text = hd_staged_format (staged);
  g_autoptr (HdStaged) again = parse (text);
  g_assert_null (again->merge);
  g_assert_null (again->kargs[0]);
}

static void
test_refused (void)
{
  static const char *const texts[] = {
    "",
    "nonsense",
    "[other]\nstateroot=d\n",
    HEAD "serial=0\n", /* no kargs */
    HEAD "kargs=\n",   /* no serial */
    HEAD "serial=x\nkargs=\n",
    HEAD "serial=-1\nkargs=\n",
    HEAD "serial=2147483648\nkargs=\n",
    GOOD "stateroot=\n",
    GOOD "stateroot=..\n",
    GOOD "stateroot=.d\n",
    GOOD "stateroot=a/b\n",
    GOOD "commit=../../../etc\n",
    GOOD "commit=aaaa\n",
    GOOD "boot-checksum=x\n",
    GOOD "merge=\n",
    GOOD "merge=" SAMPLE_A ".0\n",
    GOOD "merge=-" SAMPLE_A ".0\n",
    GOOD "merge=d-" SAMPLE_A "\n",
    GOOD "merge=d-" SAMPLE_A ".\n",
    GOOD "merge=d-" SAMPLE_A ".x\n",
    GOOD "merge=d-" SAMPLE_A ".-1\n",
    GOOD "merge=d-" SAMPLE_A ".0/../..\n",
    GOOD "merge=d." SAMPLE_A ".0\n",
    GOOD "merge=d-a" SAMPLE_A ".0\n",
    GOOD "merge=d-aaaa.0\n",
    GOOD "merge=../d-" SAMPLE_A ".0\n",
    GOOD "merge=.d-" SAMPLE_A ".0\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_test_message ("%s", texts[i]);
      HdStaged *staged = hd_staged_parse (texts[i], strlen (texts[i]), &error);
      g_assert_null (staged);
      assert_refused (error, HD_CONFIG, "the record of the staged deployment is malformed");
      g_assert_nonnull (strstr (hd_error_hint (error), "cleanup --pending"));
    }
}

static void
test_merge_accepted (void)
{
  static const char *const texts[]
      = { GOOD "merge=d-" SAMPLE_A ".0\n", GOOD "merge=a-b.c-" SAMPLE_A ".10\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (HdStaged) staged = parse (texts[i]);
      g_assert_nonnull (staged->merge);
    }
}

static void
test_files (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStaged) staged = sample ();
  HdStaged *none = hd_staged_read (f->fd, &error);
  g_assert_no_error (error);
  g_assert_null (none);
  folder_make (f, HD_PATH_ATOMIC);
  gboolean ok = hd_staged_write (f->fd, staged, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_autoptr (HdStaged) again = hd_staged_read (f->fd, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->merge, ==, staged->merge);
  for (int i = 0; i < 2; i++)
    {
      ok = hd_staged_remove (f->fd, &error);
      g_assert_no_error (error);
      g_assert_true (ok);
      g_assert_false (folder_has (f, HD_PATH_STAGED));
    }
}

static void
test_files_refused (Folder *f, gconstpointer data)
{
  g_autoptr (GError) malformed = NULL;
  g_autoptr (GError) unreadable = NULL;
  g_autoptr (GError) unremovable = NULL;
  folder_write (f, HD_PATH_STAGED, "[staged]\n");
  HdStaged *staged = hd_staged_read (f->fd, &malformed);
  g_assert_null (staged);
  assert_refused (malformed, HD_CONFIG, "is malformed");
  folder_remove (f, HD_PATH_STAGED);
  folder_make (f, HD_PATH_STAGED);
  staged = hd_staged_read (f->fd, &unreadable);
  g_assert_null (staged);
  assert_refused (unreadable, HD_FAILED, "reading /ostree/atomic/staged");
  gboolean ok = hd_staged_remove (f->fd, &unremovable);
  g_assert_false (ok);
  assert_refused (unremovable, HD_FAILED, "removing /ostree/atomic/staged");
}

static void
test_paths (void)
{
  g_autoptr (HdStaged) staged = sample ();
  g_autofree char *tree = hd_staged_tree_path (staged);
  g_autofree char *origin = hd_staged_origin_path (staged);
  g_autofree char *id = hd_staged_id (staged);
  g_assert_cmpstr (tree, ==, "ostree/atomic/trees/" SAMPLE_A ".3");
  g_assert_cmpstr (origin, ==, "ostree/atomic/trees/" SAMPLE_A ".3.origin");
  g_assert_cmpstr (id, ==, "my-host.2-" SAMPLE_A ".3");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/staged/round", test_round);
  g_test_add_func ("/staged/least", test_least);
  g_test_add_func ("/staged/refused", test_refused);
  g_test_add_func ("/staged/merge-accepted", test_merge_accepted);
  folder_test ("/staged/files", test_files);
  folder_test ("/staged/files-refused", test_files_refused);
  g_test_add_func ("/staged/paths", test_paths);
  return g_test_run ();
}
