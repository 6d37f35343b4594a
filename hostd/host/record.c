/* History and origins, written on behalf of the verbs. */
#include "host/record.h"

#include "state/commit.h"
#include "state/history.h"

void
hd_record_event (HdOperation *operation, const char *event, const char *stateroot,
                 const char *commit, const char *detail)
{
  g_autoptr (GError) error = NULL;
  const int sysroot_fd = operation->sysroot->fd;
  g_autoptr (HdCommit) info = hd_commit_read (sysroot_fd, commit, NULL);
  const HdHistoryEntry entry = {
    .time = g_get_real_time () / G_USEC_PER_SEC,
    .event = event,
    .stateroot = stateroot,
    .version = info != NULL ? info->version : NULL,
    .commit = commit,
    .detail = detail,
  };
  if (!hd_history_append (sysroot_fd, &entry, &error))
    hd_report_message (operation->report, "the history lacks this: %s", error->message);
}

GKeyFile *
hd_record_copy_origin (OstreeDeployment *deployment)
{
  GKeyFile *copy = g_key_file_new ();
  GKeyFile *origin = ostree_deployment_get_origin (deployment);
  if (origin != NULL)
    {
      g_autofree char *text = g_key_file_to_data (origin, NULL, NULL);
      (void)g_key_file_load_from_data (copy, text, -1, G_KEY_FILE_NONE, NULL);
    }
  return copy;
}

gboolean
hd_record_boot_state (HdSysroot *sysroot, OstreeDeployment *deployment, HdBootState state,
                      GCancellable *cancellable, GError **error)
{
  g_autoptr (GKeyFile) origin = hd_record_copy_origin (deployment);
  g_autoptr (HdOrigin) known = hd_origin_from_key_file (origin);
  if (known->boot_state == state)
    return TRUE;
  hd_origin_set_boot_state (origin, state);
  return ostree_sysroot_write_origin_file (sysroot->ostree, deployment, origin, cancellable, error);
}
