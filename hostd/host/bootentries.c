/* Deployments -> /boot/loader.N/entries, /ostree/boot.N and what it leads through. */
#include "host/bootentries.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "host/kernel.h"
#include "state/bls.h"
#include "state/commit.h"
#include "state/kargs.h"
#include "state/paths.h"

#define OS_RELEASE "usr/lib/os-release"
#define MAX_OS_RELEASE_BYTES (64u << 10)

gboolean
hd_bootentries_other_set (HdSysroot *sysroot, int *ret_set, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  int current = 0;
  if (!hd_bls_current_set (sysroot->boot_fd, &current, &local_error)
      && hd_error_code (local_error) != HD_NOT_FOUND)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  *ret_set = 1 - current;
  return TRUE;
}

/* The links of boot.N: one for each deployment, in one of two folders that take turns. */

static gboolean
add_link (int links_fd, OstreeDeployment *deployment, GError **error)
{
  const char *stateroot = ostree_deployment_get_osname (deployment);
  g_autofree char *folder
      = g_strdup_printf ("%s/%s", stateroot, ostree_deployment_get_bootcsum (deployment));
  g_autofree char *path
      = g_strdup_printf ("%s/%d", folder, ostree_deployment_get_bootserial (deployment));
  g_autofree char *target = g_strdup_printf ("../../../deploy/%s/deploy/%s.%d", stateroot,
                                             ostree_deployment_get_csum (deployment),
                                             ostree_deployment_get_deployserial (deployment));
  int r = hd_fs_mkdirs (links_fd, folder, 0755);
  if (r < 0)
    return hd_throw_errno (error, -r, "making the folder of the boot link %s", path);
  return symlinkat (target, links_fd, path) == 0
         || hd_throw_errno (error, errno, "making the boot link %s", path);
}

/* Put the link `name` in the place of what has this name; `temporary` is in the same folder. */
static gboolean
replace_link (int fd, const char *target, const char *temporary, const char *name, GError **error)
{
  if ((unlinkat (fd, temporary, 0) < 0 && errno != ENOENT) || symlinkat (target, fd, temporary) < 0
      || renameat (fd, temporary, fd, name) < 0)
    return hd_throw_errno (error, errno, "making the link %s", name);
  return TRUE;
}

static gboolean
write_links (HdSysroot *sysroot, int set, GPtrArray *deployments, GError **error)
{
  char current[64] = "";
  hd_autofd ostree_fd = openat (sysroot->fd, "ostree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (ostree_fd < 0)
    return hd_throw_errno (error, errno, "opening /ostree");
  g_autofree char *name = g_strdup_printf ("boot.%d", set);
  g_autofree char *temporary = g_strdup_printf ("boot.%d.tmp", set);
  g_autofree char *folder = g_strdup_printf ("boot.%d.1", set);
  if (readlinkat (ostree_fd, name, current, sizeof current - 1) > 0
      && strcmp (current, folder) == 0)
    folder[strlen (folder) - 1] = '0';
  int r = hd_fs_remove_tree (ostree_fd, folder);
  if (r < 0 || mkdirat (ostree_fd, folder, 0755) < 0)
    return hd_throw_errno (error, r < 0 ? -r : errno, "making /ostree/%s", folder);
  hd_autofd links_fd = openat (ostree_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (links_fd < 0)
    return hd_throw_errno (error, errno, "opening /ostree/%s", folder);
  for (guint i = 0; i < deployments->len; i++)
    if (!add_link (links_fd, g_ptr_array_index (deployments, i), error))
      return FALSE;
  return replace_link (ostree_fd, folder, temporary, name, error);
}

/* The entries. */

/* The value of KEY in the lines of an os-release(5), unquoted, or NULL; free with g_free. */
static char *
find_value (char **lines, const char *key)
{
  for (; *lines != NULL; lines++)
    if (hd_karg_has_key (*lines, key) && strchr (*lines, '=') != NULL)
      return g_shell_unquote (strchr (*lines, '=') + 1, NULL);
  return NULL;
}

/* What the tree's system is called. */
static char *
read_name (int tree_fd)
{
  hd_autofree char *text = NULL;
  char *name = NULL;
  hd_autofd fd = hd_fs_open_in (tree_fd, OS_RELEASE, O_RDONLY, 0, 0);
  if (fd >= 0 && hd_fs_read_fd (fd, MAX_OS_RELEASE_BYTES, &text, NULL) == 0)
    {
      g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
      name = find_value (lines, "PRETTY_NAME");
      if (name == NULL)
        name = find_value (lines, "ID");
    }
  return name != NULL ? name : g_strdup ("Linux");
}

/* "NAME VERSION (ostree:INDEX)", with the stateroot where there are several. */
static char *
make_title (HdSysroot *sysroot, OstreeDeployment *deployment, int tree_fd, gboolean show_stateroot)
{
  g_autofree char *name = read_name (tree_fd);
  g_autoptr (HdCommit) commit
      = hd_commit_read (sysroot->fd, ostree_deployment_get_csum (deployment), NULL);
  const char *version = commit != NULL ? commit->version : NULL;
  gboolean show_version = version != NULL && version[0] != '\0' && strstr (name, version) == NULL;
  return g_strdup_printf ("%s%s%s (ostree%s%s:%d)", name, show_version ? " " : "",
                          show_version ? version : "", show_stateroot ? ":" : "",
                          show_stateroot ? ostree_deployment_get_osname (deployment) : "",
                          ostree_deployment_get_index (deployment));
}

/* Name kernel and initramfs in the entry of a deployment that has none yet. */
static gboolean
name_kernel (OstreeDeployment *deployment, int tree_fd, GError **error)
{
  OstreeBootconfigParser *config = ostree_deployment_get_bootconfig (deployment);
  const char *stateroot = ostree_deployment_get_osname (deployment);
  const char *checksum = ostree_deployment_get_bootcsum (deployment);
  g_autofree char *release = hd_kernel_release (tree_fd);
  if (release == NULL)
    return hd_throw (error, HD_NOT_FOUND, NULL, "deployment of commit %s has no kernel",
                     ostree_deployment_get_csum (deployment));
  g_autofree char *kernel
      = g_strdup_printf ("/ostree/%s-%s/vmlinuz-%s", stateroot, checksum, release);
  g_autofree char *initramfs
      = g_strdup_printf ("/ostree/%s-%s/initramfs-%s.img", stateroot, checksum, release);
  g_autofree char *source = g_strdup_printf ("usr/lib/modules/%s/initramfs.img", release);
  ostree_bootconfig_parser_set (config, "linux", kernel);
  if (faccessat (tree_fd, source, F_OK, 0) == 0)
    ostree_bootconfig_parser_set (config, "initrd", initramfs);
  return TRUE;
}

static gboolean
is_in_boot (HdSysroot *sysroot, const char *path)
{
  return path == NULL
         || faccessat (sysroot->boot_fd, path + strspn (path, "/"), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Have kernel and initramfs in the entry and in /boot, where they mostly are. */
static gboolean
add_kernel (HdSysroot *sysroot, OstreeDeployment *deployment, int tree_fd, GError **error)
{
  OstreeBootconfigParser *config = ostree_deployment_get_bootconfig (deployment);
  if (ostree_bootconfig_parser_get (config, "linux") == NULL
      && !name_kernel (deployment, tree_fd, error))
    return FALSE;
  return (is_in_boot (sysroot, ostree_bootconfig_parser_get (config, "linux"))
          && is_in_boot (sysroot, ostree_bootconfig_parser_get (config, "initrd")))
         || hd_kernel_install (tree_fd, sysroot->boot_fd, ostree_deployment_get_osname (deployment),
                               ostree_deployment_get_bootcsum (deployment), error);
}

/* The deployment's arguments and two of ours: whose they are, and the link through which
 * ostree-prepare-root(1) finds the tree. The first one makes each deployment's arguments its own,
 * so that libostree, should it ever write entries here, takes the other generation and does not
 * swap the links of the one in use. */
static void
add_options (OstreeDeployment *deployment, int set)
{
  OstreeBootconfigParser *config = ostree_deployment_get_bootconfig (deployment);
  g_auto (GStrv) kargs = hd_sysroot_deployment_kargs (deployment);
  g_autofree char *own = g_strjoinv (" ", kargs);
  g_autofree char *options = g_strdup_printf (
      "%s%s" HD_KARG_DEPLOYMENT "=%.8s.%d ostree=/ostree/boot.%d/%s/%s/%d", own,
      own[0] != '\0' ? " " : "", ostree_deployment_get_csum (deployment),
      ostree_deployment_get_deployserial (deployment), set,
      ostree_deployment_get_osname (deployment), ostree_deployment_get_bootcsum (deployment),
      ostree_deployment_get_bootserial (deployment));
  ostree_bootconfig_parser_set (config, "options", options);
}

/* `version`: the higher, the earlier in the boot loader's order. */
static gboolean
write_entry (HdSysroot *sysroot, int set, OstreeDeployment *deployment, guint version,
             gboolean show_stateroot, int entries_fd, GCancellable *cancellable, GError **error)
{
  OstreeBootconfigParser *config = ostree_deployment_get_bootconfig (deployment);
  g_autofree char *path = ostree_sysroot_get_deployment_dirpath (sysroot->ostree, deployment);
  hd_autofd tree_fd = openat (sysroot->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tree_fd < 0)
    return hd_throw_errno (error, errno, "opening the deployment /%s", path);
  if (!add_kernel (sysroot, deployment, tree_fd, error))
    return FALSE;
  add_options (deployment, set);
  g_autofree char *title = make_title (sysroot, deployment, tree_fd, show_stateroot);
  g_autofree char *number = g_strdup_printf ("%u", version);
  g_autofree char *name
      = g_strdup_printf ("ostree-%u-%s.conf", version, ostree_deployment_get_osname (deployment));
  ostree_bootconfig_parser_set (config, "title", title);
  ostree_bootconfig_parser_set (config, "version", number);
  return ostree_bootconfig_parser_write_at (config, entries_fd, name, cancellable, error);
}

static gboolean
write_entries (HdSysroot *sysroot, int set, GPtrArray *deployments, GCancellable *cancellable,
               GError **error)
{
  g_autofree char *folder = g_strdup_printf ("loader.%d/entries", set);
  int r = hd_fs_remove_tree (sysroot->boot_fd, folder);
  if (r == 0)
    r = hd_fs_mkdirs (sysroot->boot_fd, folder, 0755);
  if (r < 0)
    return hd_throw_errno (error, -r, "making /boot/%s", folder);
  hd_autofd entries_fd = openat (sysroot->boot_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (entries_fd < 0)
    return hd_throw_errno (error, errno, "opening /boot/%s", folder);
  gboolean several = FALSE;
  for (guint i = 1; i < deployments->len; i++)
    several = several
              || strcmp (ostree_deployment_get_osname (g_ptr_array_index (deployments, i)),
                         ostree_deployment_get_osname (g_ptr_array_index (deployments, 0)))
                     != 0;
  for (guint i = 0; i < deployments->len; i++)
    if (!write_entry (sysroot, set, g_ptr_array_index (deployments, i), deployments->len - i,
                      several, entries_fd, cancellable, error))
      return FALSE;
  return TRUE;
}

/* Number the deployments, and those that share kernel and initramfs (the link's last part). */
static void
number (GPtrArray *deployments)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < deployments->len; i++)
    {
      OstreeDeployment *deployment = g_ptr_array_index (deployments, i);
      const char *checksum = ostree_deployment_get_bootcsum (deployment);
      int count = GPOINTER_TO_INT (g_hash_table_lookup (counts, checksum));
      ostree_deployment_set_index (deployment, (int)i);
      ostree_deployment_set_bootserial (deployment, count);
      g_hash_table_replace (counts, (char *)checksum, GINT_TO_POINTER (count + 1));
    }
}

gboolean
hd_bootentries_write (HdSysroot *sysroot, int set, GPtrArray *deployments,
                      GCancellable *cancellable, GError **error)
{
  number (deployments);
  if (write_entries (sysroot, set, deployments, cancellable, error)
      && write_links (sysroot, set, deployments, error))
    return TRUE;
  g_prefix_error (error, "writing the boot entries: ");
  return FALSE;
}

gboolean
hd_bootentries_switch (HdSysroot *sysroot, int set, GError **error)
{
  g_autofree char *target = g_strdup_printf ("loader.%d", set);
  if (!replace_link (sysroot->boot_fd, target, "loader.tmp", "loader", error))
    return FALSE;
  if (fsync (sysroot->boot_fd) < 0)
    return hd_throw_errno (error, errno, "bringing the link /boot/loader to the disk");
  /* By this time libostree, and whoever watches, tells that deployments have changed. */
  if (utimensat (sysroot->fd, HD_PATH_DEPLOY, NULL, 0) < 0)
    return hd_throw_errno (error, errno, "touching /" HD_PATH_DEPLOY);
  return TRUE;
}
