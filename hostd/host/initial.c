/* An empty folder -> a sysroot with one deployment, ready for a disk. */
#include "host/initial.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "host/bootloader.h"
#include "host/prune.h"
#include "host/sysroot.h"
#include "state/origin.h"

/* Our worker gets around it, stock tools meet the image's refusing grub-mkconfig. */
#define BOOTLOADER "grub2"

static gboolean
make_sysroot (const HdInitial *initial, GCancellable *cancellable, GError **error)
{
  g_autofree char *ostree = g_build_filename (initial->sysroot, "ostree", NULL);
  g_autofree char *boot = g_build_filename (initial->sysroot, "boot", NULL);
  if (access (ostree, F_OK) == 0)
    return hd_throw (error, HD_CONFIG, "name an empty folder", "%s exists already", ostree);
  if (g_mkdir_with_parents (boot, 0755) < 0)
    return hd_throw_errno (error, errno, "making %s", boot);
  g_autoptr (GFile) file = g_file_new_for_path (initial->sysroot);
  g_autoptr (OstreeSysroot) sysroot = ostree_sysroot_new (file);
  return ostree_sysroot_ensure_initialized (sysroot, cancellable, error);
}

/* "group.key=value" into the key file. */
static gboolean
set_option (GKeyFile *config, const char *text, GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *name = equals != NULL ? g_strndup (text, equals - text) : NULL;
  char *dot = name != NULL ? strchr (name, '.') : NULL;
  if (dot == NULL)
    return hd_throw (error, HD_CONFIG, "write it as group.key=value",
                     "malformed option of the repository: %s", text);
  *dot = '\0';
  g_key_file_set_string (config, name, dot + 1, equals + 1);
  return TRUE;
}

static gboolean
configure (HdSysroot *sysroot, const HdInitial *initial, GError **error)
{
  g_autoptr (GKeyFile) config = ostree_repo_copy_config (sysroot->repo);
  g_key_file_set_string (config, "sysroot", "bootloader", BOOTLOADER);
  for (const char *const *option = initial->repo_options; option != NULL && *option != NULL;
       option++)
    if (!set_option (config, *option, error))
      return FALSE;
  return ostree_repo_write_config (sysroot->repo, config, error)
         && ostree_repo_reload_config (sysroot->repo, NULL, error);
}

static gboolean
add_remote (HdSysroot *sysroot, const HdInitial *initial, GCancellable *cancellable, GError **error)
{
  GVariantDict dict;
  if (initial->url == NULL)
    return TRUE;
  g_variant_dict_init (&dict, NULL);
  for (const char *const *option = initial->remote_options; option != NULL && *option != NULL;
       option++)
    {
      const char *equals = strchr (*option, '=');
      g_autofree char *key = g_strndup (*option, equals != NULL ? equals - *option : 0);
      if (equals != NULL)
        g_variant_dict_insert (&dict, key, "s", equals + 1);
    }
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_dict_end (&dict));
  return ostree_repo_remote_change (sysroot->repo, NULL, OSTREE_REPO_REMOTE_CHANGE_ADD,
                                    initial->remote, initial->url, options, cancellable, error);
}

static gboolean
pull (HdSysroot *sysroot, const HdInitial *initial, GCancellable *cancellable, GError **error)
{
  const char *const refs[] = { initial->commit, NULL };
  g_autofree char *path = realpath (initial->repo, NULL);
  if (path == NULL)
    return hd_throw_errno (error, errno, "opening the repository %s", initial->repo);
  g_autofree char *url = g_filename_to_uri (path, NULL, error);
  if (url == NULL)
    return FALSE;
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "refs", g_variant_new_strv (refs, -1));
  g_variant_dict_insert (&dict, "flags", "i", OSTREE_REPO_PULL_FLAGS_UNTRUSTED);
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_dict_end (&dict));
  /* The whole disk is synced when it is written. */
  ostree_repo_set_disable_fsync (sysroot->repo, TRUE);
  if (!ostree_repo_pull_with_options (sysroot->repo, url, options, NULL, cancellable, error))
    {
      g_prefix_error (error, "pulling commit %s from %s: ", initial->commit, initial->repo);
      return FALSE;
    }
  return initial->remote == NULL || initial->ref == NULL
         || ostree_repo_set_ref_immediate (sysroot->repo, initial->remote, initial->ref,
                                           initial->commit, cancellable, error);
}

static GKeyFile *
make_origin (const HdInitial *initial)
{
  GKeyFile *origin = g_key_file_new ();
  if (initial->remote != NULL && initial->ref != NULL)
    {
      g_autofree char *refspec = g_strdup_printf ("%s:%s", initial->remote, initial->ref);
      g_key_file_set_string (origin, "origin", "refspec", refspec);
    }
  /* A first version has nothing to fall back to: it is taken for good. */
  hd_origin_set_boot_state (origin, HD_BOOT_GOOD);
  hd_origin_set_signature (origin, initial->signature_key, initial->signature_uid, 0);
  return origin;
}

static gboolean
deploy (HdSysroot *sysroot, const HdInitial *initial, GCancellable *cancellable, GError **error)
{
  g_autoptr (GKeyFile) origin = make_origin (initial);
  g_autoptr (OstreeDeployment) deployment = NULL;
  g_autoptr (GPtrArray) deployments = g_ptr_array_new ();
  if (!ostree_sysroot_init_osname (sysroot->ostree, initial->stateroot, cancellable, error)
      || !ostree_sysroot_deploy_tree (sysroot->ostree, initial->stateroot, initial->commit, origin,
                                      NULL, NULL, &deployment, cancellable, error))
    return FALSE;
  g_autofree char *options = g_strjoinv (" ", (char **)initial->kargs);
  ostree_bootconfig_parser_set (ostree_deployment_get_bootconfig (deployment), "options", options);
  g_ptr_array_add (deployments, deployment);
  /* A file system made from this folder does not inherit the immutable flag, which would only keep
   * root from removing the folder; the machine sets it at boot, see recover.c. */
  return hd_bootloader_write (sysroot, deployments, cancellable, error)
         && hd_prune_deployments (sysroot, cancellable, error)
         && ostree_sysroot_deployment_set_mutable (sysroot->ostree, deployment, TRUE, cancellable,
                                                   error);
}

gboolean
hd_deploy_initial (const HdInitial *initial, const HdReport *report, GCancellable *cancellable,
                   GError **error)
{
  if (!make_sysroot (initial, cancellable, error))
    return FALSE;
  g_autoptr (HdSysroot) sysroot = hd_sysroot_open (initial->sysroot, cancellable, error);
  if (sysroot == NULL || !configure (sysroot, initial, error)
      || !add_remote (sysroot, initial, cancellable, error))
    return FALSE;
  hd_report_phase (report, "pull");
  if (!pull (sysroot, initial, cancellable, error))
    return FALSE;
  hd_report_phase (report, "commit");
  return deploy (sysroot, initial, cancellable, error);
}
