/* Staged record or deployment -> basis. */
#include "host/basis.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "host/record.h"
#include "state/commit.h"
#include "state/kargs.h"
#include "state/paths.h"

#define MAX_ORIGIN_BYTES (64 * 1024)

void
hd_basis_free (HdBasis *basis)
{
  if (basis == NULL)
    return;
  g_free (basis->stateroot);
  g_free (basis->commit);
  g_free (basis->kernel);
  g_strfreev (basis->kargs);
  g_clear_pointer (&basis->origin, g_key_file_unref);
  g_free (basis->refspec);
  g_clear_object (&basis->merge);
  g_free (basis);
}

static void
fill_from_staged (HdBasis *basis, HdSysroot *sysroot, const HdStaged *staged)
{
  basis->is_staged = TRUE;
  basis->commit = g_strdup (staged->commit);
  basis->kargs = hd_kargs_visible ((const char *const *)staged->kargs);
  basis->origin = g_key_file_new ();
  g_autofree char *path = hd_staged_origin_path (staged);
  hd_autofree char *text = NULL;
  gsize length_bytes = 0;
  if (hd_fs_read (sysroot->fd, path, MAX_ORIGIN_BYTES, &text, &length_bytes) == 0)
    (void)g_key_file_load_from_data (basis->origin, text, length_bytes, G_KEY_FILE_NONE, NULL);
}

static void
fill_from_merge (HdBasis *basis)
{
  basis->commit = g_strdup (ostree_deployment_get_csum (basis->merge));
  basis->kargs = hd_sysroot_deployment_kargs (basis->merge);
  basis->origin = hd_record_copy_origin (basis->merge);
}

/* A stateroot that exists (os-init) but has no deployment yet takes arguments of the first one. */
static gboolean
fill_new_stateroot (HdBasis *basis, HdSysroot *sysroot, GError **error)
{
  const char *name = basis->stateroot;
  g_autofree char *path = g_strconcat (HD_PATH_DEPLOY "/", name, "/var", NULL);
  gboolean is_name = name[0] != '\0' && name[0] != '.' && strchr (name, '/') == NULL;
  if (!is_name || faccessat (sysroot->fd, path, F_OK, 0) < 0)
    return hd_throw (error, HD_NOT_FOUND, "make it with: ostree admin os-init NAME",
                     "there is no stateroot %s", name);
  g_autoptr (OstreeDeployment) other = hd_sysroot_merge_deployment (sysroot, NULL);
  basis->kargs = other != NULL ? hd_sysroot_deployment_kargs (other) : g_new0 (char *, 1);
  basis->origin = g_key_file_new ();
  return TRUE;
}

HdBasis *
hd_basis_load (HdSysroot *sysroot, const char *stateroot, GError **error)
{
  g_autoptr (HdBasis) basis = g_new0 (HdBasis, 1);
  basis->merge = hd_sysroot_merge_deployment (sysroot, stateroot);
  if (basis->merge == NULL && stateroot == NULL)
    {
      hd_throw (error, HD_NOT_FOUND, "deploy a first version with: atomic-image disk",
                "the sysroot %s has no deployment", sysroot->path);
      return NULL;
    }
  basis->stateroot
      = g_strdup (stateroot != NULL ? stateroot : ostree_deployment_get_osname (basis->merge));
  g_autoptr (HdStaged) staged = hd_staged_read (sysroot->fd, NULL);
  if (staged != NULL && strcmp (staged->stateroot, basis->stateroot) == 0)
    fill_from_staged (basis, sysroot, staged);
  else if (basis->merge != NULL)
    fill_from_merge (basis);
  else if (!fill_new_stateroot (basis, sysroot, error))
    return NULL;
  basis->refspec = g_key_file_get_string (basis->origin, "origin", "refspec", NULL);
  if (basis->commit != NULL)
    {
      g_autoptr (HdCommit) info = hd_commit_read (sysroot->fd, basis->commit, NULL);
      basis->kernel = info != NULL ? g_strdup (info->kernel) : NULL;
    }
  return g_steal_pointer (&basis);
}
