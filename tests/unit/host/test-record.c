/* host/record: lines of the history, copies of origins, boot-states that are written once. */
#include "host/record.h"

#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "sample-host.h"
#include "sample-sysroot.h"
#include "state/history.h"

static void
test_event (SampleHost *host, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64 before = g_get_real_time () / G_USEC_PER_SEC;
  HdOperation operation = { .sysroot = host->sysroot };
  hd_record_event (&operation, "staged", "d", host->commits[1], "upgrade");
  hd_record_event (&operation, "failed", "d", SAMPLE_A, NULL);
  hd_autojson history = hd_history_read (host->sysroot->fd, &error);
  g_assert_cmpuint (hd_json_length (history), ==, 2);
  const hd_json *first = hd_json_at (history, 0);
  g_assert_cmpstr (hd_json_get_string (first, "event", NULL), ==, "staged");
  g_assert_cmpstr (hd_json_get_string (first, "version", NULL), ==, "1");
  g_assert_cmpstr (hd_json_get_string (first, "commit", NULL), ==, host->commits[1]);
  g_assert_cmpstr (hd_json_get_string (first, "detail", NULL), ==, "upgrade");
  g_autoptr (GDateTime) time
      = g_date_time_new_from_iso8601 (hd_json_get_string (first, "time", ""), NULL);
  g_assert_cmpint (g_date_time_to_unix (time), >=, before);
  /* A commit that is not here any more has no version. */
  g_assert_null (hd_json_get (hd_json_at (history, 1), "version"));
}

static void
keep_message (const char *text, gpointer data)
{
  g_string_append (data, text);
}

/* What is noted has happened: a note that cannot be made fails nothing. */
static void
test_event_that_cannot_be_noted (SampleHost *host, gconstpointer data)
{
  g_autoptr (GString) said = g_string_new (NULL);
  const HdReport report = { .message = keep_message, .data = said };
  HdOperation operation = { .sysroot = host->sysroot, .report = &report };
  g_assert_cmpint (hd_fs_mkdirs (host->sysroot->fd, "ostree/atomic/history", 0755), ==, 0);
  hd_record_event (&operation, "staged", "d", host->commits[1], NULL);
  g_assert_true (g_str_has_prefix (said->str, "the history lacks this: "));
}

static OstreeDeployment *
only_deployment (SampleHost *host)
{
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (host->sysroot);
  g_assert_cmpuint (deployments->len, ==, 1);
  return g_object_ref (g_ptr_array_index (deployments, 0));
}

static void
test_copy_origin (SampleHost *host, gconstpointer data)
{
  g_autoptr (OstreeDeployment) deployment = only_deployment (host);
  g_autoptr (OstreeDeployment) bare = ostree_deployment_new (0, "d", SAMPLE_A, 0, NULL, -1);
  g_autoptr (GKeyFile) copy = hd_record_copy_origin (deployment);
  g_autoptr (GKeyFile) none = hd_record_copy_origin (bare);
  g_autofree char *refspec = g_key_file_get_string (copy, "origin", "refspec", NULL);
  gsize n_groups = 42;
  g_assert_cmpstr (refspec, ==, SAMPLE_REFSPEC);
  g_key_file_set_string (copy, "origin", "refspec", "changed");
  g_autofree char *original = g_key_file_get_string (ostree_deployment_get_origin (deployment),
                                                     "origin", "refspec", NULL);
  g_assert_cmpstr (original, ==, SAMPLE_REFSPEC);
  g_strfreev (g_key_file_get_groups (none, &n_groups));
  g_assert_cmpuint (n_groups, ==, 0);
}

static ino_t
inode_of_origin (SampleHost *host, OstreeDeployment *deployment)
{
  struct stat st;
  g_autofree char *tree = ostree_sysroot_get_deployment_dirpath (host->sysroot->ostree, deployment);
  g_autofree char *path = g_strconcat (tree, ".origin", NULL);
  int r = fstatat (host->sysroot->fd, path, &st, 0);
  g_assert_cmpint (r, ==, 0);
  return st.st_ino;
}

static HdBootState
state_in_file (SampleHost *host)
{
  sample_host_reopen (host);
  g_autoptr (OstreeDeployment) deployment = only_deployment (host);
  g_autoptr (GKeyFile) file = hd_record_copy_origin (deployment);
  g_autoptr (HdOrigin) origin = hd_origin_from_key_file (file);
  g_assert_cmpstr (origin->refspec, ==, SAMPLE_REFSPEC);
  return origin->boot_state;
}

static void
test_boot_state (SampleHost *host, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OstreeDeployment) deployment = only_deployment (host);
  ino_t first = inode_of_origin (host, deployment);
  gboolean ok = hd_record_boot_state (host->sysroot, deployment, HD_BOOT_GOOD, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpuint (inode_of_origin (host, deployment), ==, first);
  ok = hd_record_boot_state (host->sysroot, deployment, HD_BOOT_FAILED, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (state_in_file (host), ==, HD_BOOT_FAILED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/record/event", test_event);
  sample_host_test ("/record/event-that-cannot-be-noted", test_event_that_cannot_be_noted);
  sample_host_test ("/record/copy-origin", test_copy_origin);
  sample_host_test ("/record/boot-state", test_boot_state);
  return g_test_run ();
}
