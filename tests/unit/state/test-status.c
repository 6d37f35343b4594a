/* state/status: what the next boot starts, what has failed, whether there is something newer. The
 * sysroot of these tests is a folder, so nothing is booted. */
#include "state/status.h"

#include <string.h>

#include "sample-sysroot.h"
#include "state/check.h"
#include "state/paths.h"

#define ENV "# GRUB Environment Block\n"
#define ORIGIN "[origin]\nrefspec=r:b\n"
#define CHECKSUMS "commit=" SAMPLE_C "\nboot-checksum=" SAMPLE_B "\n"
#define RECORD "[staged]\nstateroot=d\nserial=0\nkargs=quiet;\n" CHECKSUMS

static HdStatus *
read_status (const Folder *f)
{
  g_autoptr (GError) error = NULL;
  HdStatus *status = hd_status_read (f->path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (status->sysroot, ==, f->path);
  g_assert_false (status->booted_here);
  g_assert_cmpstr (status->health, ==, "unknown");
  g_assert_null (hd_status_booted (status));
  return status;
}

/* Each deployment as a letter, with N for next, F for fallback, S for staged. */
static void
assert_deployments (const HdStatus *status, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < status->deployments->len; i++)
    {
      const HdDeployment *deployment = g_ptr_array_index (status->deployments, i);
      g_string_append_printf (text, "%s%c%s%s%s", i > 0 ? " " : "", deployment->commit[0],
                              deployment->staged ? "S" : "", deployment->next ? "N" : "",
                              deployment->fallback ? "F" : "");
    }
  g_assert_cmpstr (text->str, ==, expected);
}

/* A newer in set 1, B alone in set 0. */
static void
two_sets (const Folder *f)
{
  folder_make (f, HD_PATH_REPO);
  sample_deployment (f, 0, 1, SAMPLE_B, ORIGIN);
  sample_deployment (f, 1, 2, SAMPLE_A, ORIGIN);
  sample_deployment (f, 1, 1, SAMPLE_B, ORIGIN);
}

static void
test_sets (Folder *f, gconstpointer data)
{
  static const struct
  {
    const char *env; /* NULL: none */
    const char *link;
    const char *deployments;
    int tries;
  } cases[] = {
    { ENV "atomic_set=1\n", "loader.0", "aN bF", -1 },
    { ENV "atomic_set=0\n", "loader.1", "bN", -1 },
    { ENV "atomic_set=1\natomic_tries=3\n", "loader.1", "aN bF", 3 },
    { ENV "atomic_set=1\natomic_tries=1\n", "loader.1", "aN bF", 1 },
    { ENV "atomic_set=1\natomic_tries=0\n", "loader.1", "a bN", 0 },
    { ENV "atomic_set=0\natomic_tries=0\n", "loader.1", "bN", 0 },
    { NULL, "loader.1", "aN bF", -1 },
    { "unreadable", "loader.0", "bN", -1 },
  };
  two_sets (f);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      folder_remove (f, "boot/atomic");
      folder_remove (f, "boot/loader");
      if (cases[i].env != NULL)
        folder_write (f, "boot/atomic/env", cases[i].env);
      folder_link (f, cases[i].link, "boot/loader");
      g_autoptr (HdStatus) status = read_status (f);
      assert_deployments (status, cases[i].deployments);
      g_assert_cmpint (status->tries_left, ==, cases[i].tries);
      g_assert_true (hd_status_next (status)->next);
    }
}

/* The environment names a set that libostree has cleaned up: its own link counts. */
static void
test_set_without_entries (Folder *f, gconstpointer data)
{
  two_sets (f);
  folder_remove (f, "boot/loader.0");
  folder_write (f, "boot/atomic/env", ENV "atomic_set=0\n");
  folder_link (f, "loader.1", "boot/loader");
  g_autoptr (HdStatus) status = read_status (f);
  assert_deployments (status, "aN bF");
}

static void
test_staged (Folder *f, gconstpointer data)
{
  two_sets (f);
  folder_link (f, "loader.1", "boot/loader");
  folder_write (f, "boot/atomic/env", ENV "atomic_set=1\natomic_tries=0\n");
  folder_write (f, HD_PATH_STAGED, RECORD);
  sample_commit (f, SAMPLE_C, "{'version': <'3'>}", 3);
  g_autoptr (HdStatus) status = read_status (f);
  assert_deployments (status, "cSN aF b");
  g_assert_cmpstr (hd_status_next (status)->version, ==, "3");
  /* A record that cannot be read is no deployment; the verbs tell of it. */
  folder_write (f, HD_PATH_STAGED, "[staged]\n");
  g_autoptr (HdStatus) malformed = read_status (f);
  assert_deployments (malformed, "a bN");
}

static void
test_failed (Folder *f, gconstpointer data)
{
  folder_make (f, HD_PATH_REPO);
  folder_link (f, "loader.0", "boot/loader");
  sample_deployment (f, 0, 2, SAMPLE_A, "[atomic]\nboot-state=good\n");
  sample_deployment (f, 0, 1, SAMPLE_B, "[atomic]\nboot-state=failed\n");
  g_autoptr (HdStatus) without_commit = read_status (f);
  g_assert_cmpstr (without_commit->failed_version, ==, SAMPLE_B);
  sample_commit (f, SAMPLE_B, "{'version': <'2'>}", 2);
  g_autoptr (HdStatus) status = read_status (f);
  g_assert_cmpstr (status->failed_version, ==, "2");
  assert_deployments (status, "aN bF");
}

static void
note_check (const Folder *f, const char *refspec, const char *commit, const char *message)
{
  HdCheck check = { 1767323045, (char *)refspec, (char *)commit, (char *)"9", (char *)message };
  gboolean ok = hd_check_write (f->fd, &check, NULL);
  g_assert_true (ok);
}

static void
assert_currency (const Folder *f, const char *currency, gint64 checked_at, const char *available,
                 const char *message)
{
  g_autoptr (HdStatus) status = read_status (f);
  g_assert_cmpstr (status->currency, ==, currency);
  g_assert_cmpint (status->checked_at, ==, checked_at);
  g_assert_cmpstr (status->available_commit, ==, available);
  g_assert_cmpstr (status->available_version, ==, available != NULL ? "9" : NULL);
  g_assert_cmpstr (status->check_error, ==, message);
}

static void
test_currency (Folder *f, gconstpointer data)
{
  two_sets (f);
  folder_make (f, HD_PATH_ATOMIC);
  folder_link (f, "loader.1", "boot/loader");
  assert_currency (f, "unknown", 0, NULL, NULL);
  note_check (f, "r:b", SAMPLE_A, NULL);
  assert_currency (f, "current", 1767323045, NULL, NULL);
  note_check (f, "r:b", SAMPLE_C, NULL);
  assert_currency (f, "behind", 1767323045, SAMPLE_C, NULL);
  note_check (f, "r:b", NULL, "server is away");
  assert_currency (f, "unknown", 1767323045, NULL, "server is away");
  /* The default was given up; what the next boot starts is what the server has. */
  folder_write (f, "boot/atomic/env", ENV "atomic_set=1\natomic_tries=0\n");
  note_check (f, "r:b", SAMPLE_B, NULL);
  assert_currency (f, "current", 1767323045, NULL, NULL);
  /* A check of another branch says nothing of this one. */
  note_check (f, "r:other", SAMPLE_C, NULL);
  assert_currency (f, "unknown", 0, NULL, NULL);
  /* What is newer is staged already. */
  note_check (f, "r:b", SAMPLE_C, NULL);
  folder_write (f, HD_PATH_STAGED, RECORD);
  folder_write (f, HD_PATH_TREES "/" SAMPLE_C ".0.origin", ORIGIN);
  assert_currency (f, "current", 1767323045, NULL, NULL);
}

static void
test_no_deployment (Folder *f, gconstpointer data)
{
  folder_make (f, HD_PATH_REPO);
  folder_make (f, "boot");
  g_autoptr (HdStatus) status = read_status (f);
  g_assert_cmpuint (status->deployments->len, ==, 0);
  g_assert_null (hd_status_next (status));
  g_assert_cmpstr (status->currency, ==, "unknown");
}

static void
assert_read_refused (const Folder *f, hd_code code, const char *part)
{
  g_autoptr (GError) error = NULL;
  HdStatus *status = hd_status_read (f->path, &error);
  g_assert_null (status);
  assert_refused (error, code, part);
}

static void
test_refused (Folder *f, gconstpointer data)
{
  assert_read_refused (f, HD_NO_SYSROOT, "is no OSTree sysroot");
  folder_make (f, HD_PATH_REPO);
  assert_read_refused (f, HD_NOT_FOUND, "opening /boot of");
  folder_link (f, "loader.7", "boot/loader");
  assert_read_refused (f, HD_BOOTLOADER, "points to loader.7");
  folder_remove (f, "boot/loader");
  folder_link (f, "loader.0", "boot/loader");
  folder_write (f, "boot/loader.0/entries/ostree-1-d.conf", "linux /x\noptions quiet\n");
  assert_read_refused (f, HD_BOOTLOADER, "leads nowhere");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_test ("/status/sets", test_sets);
  folder_test ("/status/set-without-entries", test_set_without_entries);
  folder_test ("/status/staged", test_staged);
  folder_test ("/status/failed", test_failed);
  folder_test ("/status/currency", test_currency);
  folder_test ("/status/no-deployment", test_no_deployment);
  folder_test ("/status/refused", test_refused);
  return g_test_run ();
}
