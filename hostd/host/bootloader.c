/* Boot entries of libostree -> boot set -> boot environment, in an order that a power cut at any
 * moment leaves with the old or the new set, whole. */
#include "host/bootloader.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "host/bootentries.h"
#include "host/disksync.h"
#include "state/bls.h"
#include "state/bootenv.h"
#include "state/bootset.h"
#include "state/deployment.h"
#include "state/paths.h"

#define MAX_SET_BYTES (1u << 20)

static char *
set_path (int set)
{
  return g_strdup_printf (HD_BOOT_ATOMIC "/set-%d.cfg", set);
}

/* Whether the file of boot set `set` holds exactly `text`. */
static gboolean
set_holds (int boot_fd, int set, const char *text)
{
  g_autofree char *path = set_path (set);
  hd_autofree char *held = NULL;
  return hd_fs_read (boot_fd, path, MAX_SET_BYTES, &held, NULL) == 0 && strcmp (held, text) == 0;
}

static gboolean
write_set (int boot_fd, int set, const char *text, GError **error)
{
  if (set_holds (boot_fd, set, text))
    return TRUE;
  g_autofree char *path = set_path (set);
  int r = hd_fs_replace (boot_fd, path, text, strlen (text), 0644);
  return r == 0 || hd_throw_errno (error, -r, "writing the boot set /boot/%s", path);
}

static gboolean
kernel_exists (int boot_fd, const char *path, GError **error)
{
  const char *relative = path + strspn (path, "/");
  if (faccessat (boot_fd, relative, F_OK, 0) == 0)
    return TRUE;
  if (errno == ENOENT)
    return hd_throw (error, HD_BOOTLOADER, NULL, "a boot entry needs /boot/%s, which is not there",
                     relative);
  return hd_throw_errno (error, errno, "looking for /boot/%s", relative);
}

/* What GRUB is to read for the entries of generation `set`. */
static char *
format_set (HdSysroot *sysroot, int set, guint *ret_n_entries, GError **error)
{
  g_autoptr (GPtrArray) entries = hd_bls_read_set (sysroot->boot_fd, set, error);
  if (entries == NULL)
    return NULL;
  for (guint i = 0; i < entries->len; i++)
    {
      const HdBlsEntry *entry = g_ptr_array_index (entries, i);
      if (!kernel_exists (sysroot->boot_fd, entry->kernel, error))
        return NULL;
      for (guint j = 0; j < entry->initrd->len; j++)
        if (!kernel_exists (sysroot->boot_fd, g_ptr_array_index (entry->initrd, j), error))
          return NULL;
    }
  *ret_n_entries = entries->len;
  return hd_bootset_format (set, entries, error);
}

/* Three tries for a default that has never been up, when there is something to fall back to. */
static gboolean
first_tries (HdSysroot *sysroot, int set, guint n_entries, int *ret_tries, GError **error)
{
  *ret_tries = HD_BOOTENV_NOT_COUNTING;
  if (n_entries < 2)
    return TRUE;
  g_autoptr (GPtrArray) deployments
      = hd_deployment_read_set (sysroot->fd, sysroot->boot_fd, set, error);
  if (deployments == NULL)
    return FALSE;
  const HdDeployment *first = g_ptr_array_index (deployments, 0);
  if (first->boot_state == HD_BOOT_NEW)
    *ret_tries = HD_BOOTENV_TRIES;
  return TRUE;
}

/* Everything that the new set refers to must stand in its place before the flip. */
static gboolean
settle (HdSysroot *sysroot, GError **error)
{
  struct stat root, boot;
  if (fstat (sysroot->fd, &root) < 0 || fstat (sysroot->boot_fd, &boot) < 0)
    return hd_throw_errno (error, errno, "looking at the sysroot");
  if (root.st_dev != boot.st_dev && syncfs (sysroot->fd) < 0)
    return hd_throw_errno (error, errno, "bringing the sysroot to the disk");
  return hd_disksync_settle (sysroot->boot_fd, "/boot", error);
}

/* Write the file of `set`, whose generation of entries holds, and bring all that it refers to to
 * the disk. */
static gboolean
prepare_set (HdSysroot *sysroot, int set, const char *text, GError **error)
{
  if (mkdirat (sysroot->boot_fd, HD_BOOT_ATOMIC, 0755) < 0 && errno != EEXIST)
    return hd_throw_errno (error, errno, "making /boot/" HD_BOOT_ATOMIC);
  return write_set (sysroot->boot_fd, set, text, error) && settle (sysroot, error);
}

/* The flip. */
static gboolean
make_set_count (HdSysroot *sysroot, int set, int tries, const char *text, GError **error)
{
  const HdBootEnv env = { .set = set, .tries = tries };
  /* The other set is history from then on: whichever number is read, it is whole. */
  return hd_bootenv_write (sysroot->boot_fd, &env, error)
         && write_set (sysroot->boot_fd, 1 - set, text, error);
}

gboolean
hd_bootloader_commit (HdSysroot *sysroot, GError **error)
{
  int set, tries;
  guint n_entries = 0;
  HdBootEnv env;
  if (!hd_bls_current_set (sysroot->boot_fd, &set, error))
    return FALSE;
  g_autofree char *text = format_set (sysroot, set, &n_entries, error);
  if (text == NULL)
    return FALSE;
  if (hd_bootenv_read (sysroot->boot_fd, &env, NULL) && env.set == set
      && set_holds (sysroot->boot_fd, set, text))
    return write_set (sysroot->boot_fd, 1 - set, text, error);
  return first_tries (sysroot, set, n_entries, &tries, error)
         && prepare_set (sysroot, set, text, error)
         && make_set_count (sysroot, set, tries, text, error);
}

gboolean
hd_bootloader_write (HdSysroot *sysroot, GPtrArray *deployments, GCancellable *cancellable,
                     GError **error)
{
  int set, tries;
  guint n_entries = 0;
  HdBootEnv env;
  if (!hd_bootentries_other_set (sysroot, &set, error))
    return FALSE;
  /* After a power cut just before the flip, the boot loader uses the one that is to be written. */
  if (hd_bootenv_read (sysroot->boot_fd, &env, NULL) && env.set == set
      && !hd_bootloader_commit (sysroot, error))
    return FALSE;
  if (!hd_bootentries_write (sysroot, set, deployments, cancellable, error))
    return FALSE;
  g_autofree char *text = format_set (sysroot, set, &n_entries, error);
  /* The link before the environment: when the power goes between them, recovery goes on. */
  return text != NULL && first_tries (sysroot, set, n_entries, &tries, error)
         && prepare_set (sysroot, set, text, error) && hd_bootentries_switch (sysroot, set, error)
         && make_set_count (sysroot, set, tries, text, error)
         && ostree_sysroot_load (sysroot->ostree, cancellable, error);
}

gboolean
hd_bootloader_stop_counting (HdSysroot *sysroot, GError **error)
{
  HdBootEnv env;
  if (!hd_bootenv_read (sysroot->boot_fd, &env, error))
    return FALSE;
  if (env.tries == HD_BOOTENV_NOT_COUNTING)
    return TRUE;
  env.tries = HD_BOOTENV_NOT_COUNTING;
  return hd_bootenv_write (sysroot->boot_fd, &env, error);
}
