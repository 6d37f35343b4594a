/* Boot entry -> link -> tree, origin, commit -> value. */
#include "state/deployment.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/parse.h"
#include "state/bls.h"
#include "state/commit.h"
#include "state/kargs.h"
#include "state/paths.h"

void
hd_deployment_free (HdDeployment *deployment)
{
  if (deployment == NULL)
    return;
  g_free (deployment->id);
  g_free (deployment->stateroot);
  g_free (deployment->commit);
  g_free (deployment->version);
  g_free (deployment->origin);
  g_free (deployment->kernel);
  g_strfreev (deployment->kargs);
  g_free (deployment->signature_key);
  g_free (deployment->signature_uid);
  g_free (deployment);
}

/* Where the ostree= link of an entry leads: "../../../deploy/OS/deploy/COMMIT.SERIAL" -> *ret. */
static gboolean
parse_link_target (const char *target, HdDeployment *ret)
{
  g_auto (GStrv) parts = g_strsplit (target, "/", -1);
  guint n = g_strv_length (parts);
  if (n < 4 || strcmp (parts[n - 2], "deploy") != 0 || strcmp (parts[n - 4], "deploy") != 0)
    return FALSE;
  char *dot = strchr (parts[n - 1], '.');
  gint64 serial;
  if (dot == NULL || hd_parse_int64 (dot + 1, &serial) < 0 || serial < 0 || serial > G_MAXINT)
    return FALSE;
  *dot = '\0';
  if (!hd_parse_is_checksum (parts[n - 1]))
    return FALSE;
  ret->stateroot = g_strdup (parts[n - 3]);
  ret->commit = g_strdup (parts[n - 1]);
  ret->serial = (int)serial;
  ret->id = g_strdup_printf ("%s-%s.%d", ret->stateroot, ret->commit, ret->serial);
  return TRUE;
}

static void
fill_from_origin (HdDeployment *deployment, int sysroot_fd, const char *origin_path)
{
  g_autoptr (HdOrigin) origin = hd_origin_read (sysroot_fd, origin_path);
  deployment->origin = g_steal_pointer (&origin->refspec);
  deployment->pinned = origin->pinned;
  deployment->boot_state = origin->boot_state;
  deployment->signature_key = g_steal_pointer (&origin->signature_key);
  deployment->signature_uid = g_steal_pointer (&origin->signature_uid);
  deployment->verified_at = origin->verified_at;
}

/* What the commit says; it may have been pruned or damaged, which is not for status to mend. */
static void
fill_from_commit (HdDeployment *deployment, int sysroot_fd)
{
  g_autoptr (HdCommit) commit = hd_commit_read (sysroot_fd, deployment->commit, NULL);
  if (commit == NULL)
    return;
  deployment->version = g_steal_pointer (&commit->version);
  deployment->timestamp = commit->timestamp;
  if (deployment->kernel == NULL)
    deployment->kernel = g_steal_pointer (&commit->kernel);
}

char *
hd_deployment_path (const HdDeployment *deployment)
{
  return g_strdup_printf (HD_PATH_DEPLOY "/%s/deploy/%s.%d", deployment->stateroot,
                          deployment->commit, deployment->serial);
}

static HdDeployment *
from_entry (int sysroot_fd, const HdBlsEntry *entry, GError **error)
{
  const char *link = hd_kargs_get ((const char *const *)entry->options, "ostree");
  char target[PATH_MAX];
  gssize length = -1;
  if (link != NULL && link[0] == '/')
    length = readlinkat (sysroot_fd, link + 1, target, sizeof target - 1);
  if (length < 0)
    {
      hd_throw (error, HD_BOOTLOADER, NULL, "a boot entry leads nowhere: ostree=%s",
                link != NULL ? link : "");
      return NULL;
    }
  target[length] = '\0';

  g_autoptr (HdDeployment) deployment = g_new0 (HdDeployment, 1);
  if (!parse_link_target (target, deployment))
    {
      hd_throw (error, HD_BOOTLOADER, NULL, "%s points to %s, which is no deployment", link,
                target);
      return NULL;
    }
  deployment->kargs = hd_kargs_visible ((const char *const *)entry->options);
  deployment->kernel = g_strdup (hd_bls_kernel_release (entry));
  g_autofree char *path = hd_deployment_path (deployment);
  g_autofree char *origin_path = g_strconcat (path, ".origin", NULL);
  fill_from_origin (deployment, sysroot_fd, origin_path);
  fill_from_commit (deployment, sysroot_fd);
  return g_steal_pointer (&deployment);
}

GPtrArray *
hd_deployment_read_set (int sysroot_fd, int boot_fd, int set, GError **error)
{
  g_autoptr (GPtrArray) entries = hd_bls_read_set (boot_fd, set, error);
  if (entries == NULL)
    return NULL;
  g_autoptr (GPtrArray) deployments
      = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_deployment_free);
  for (guint i = 0; i < entries->len; i++)
    {
      HdDeployment *deployment = from_entry (sysroot_fd, g_ptr_array_index (entries, i), error);
      if (deployment == NULL)
        return NULL;
      g_ptr_array_add (deployments, deployment);
    }
  return g_steal_pointer (&deployments);
}

HdDeployment *
hd_deployment_from_staged (int sysroot_fd, const HdStaged *staged)
{
  HdDeployment *deployment = g_new0 (HdDeployment, 1);
  deployment->staged = TRUE;
  deployment->id = hd_staged_id (staged);
  deployment->stateroot = g_strdup (staged->stateroot);
  deployment->commit = g_strdup (staged->commit);
  deployment->serial = staged->serial;
  deployment->kargs = hd_kargs_visible ((const char *const *)staged->kargs);
  g_autofree char *origin_path = hd_staged_origin_path (staged);
  fill_from_origin (deployment, sysroot_fd, origin_path);
  fill_from_commit (deployment, sysroot_fd);
  return deployment;
}
