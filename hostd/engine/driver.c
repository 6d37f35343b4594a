/* Storage drivers. */
#include "engine/driver.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <linux/magic.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define MAX_BYTES (4u << 20)

/* Subvolumes of btrfs have devices of their own, which mountinfo does not know. */
static const char *
name_of_magic (int fd)
{
  struct statfs st;
  return fstatfs (fd, &st) == 0 && st.f_type == BTRFS_SUPER_MAGIC ? "btrfs" : "unknown";
}

/* The line of /proc/self/mountinfo whose device (third field) holds the store; its type is the
 * first word behind " - " (proc(5)). */
char *
hd_driver_backing (HdStore *store)
{
  struct stat st;
  hd_autofree char *text = NULL;
  char *found = NULL;
  if (fstat (hd_store_root_fd (store), &st) < 0
      || hd_fs_read (AT_FDCWD, "/proc/self/mountinfo", MAX_BYTES, &text, NULL) < 0)
    return g_strdup ("unknown");
  g_autofree char *device = g_strdup_printf (" %u:%u ", major (st.st_dev), minor (st.st_dev));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; found == NULL && *line != NULL; line++)
    {
      const char *dash = strstr (*line, " - ");
      const char *at = strstr (*line, device);
      if (dash != NULL && at != NULL && at < dash)
        found = g_strndup (dash + 3, strcspn (dash + 3, " "));
    }
  return found != NULL ? found : g_strdup (name_of_magic (hd_store_root_fd (store)));
}

static gboolean
kernel_has (const char *type)
{
  hd_autofree char *text = NULL;
  if (hd_fs_read (AT_FDCWD, "/proc/filesystems", MAX_BYTES, &text, NULL) < 0)
    return FALSE;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      const char *tab = strrchr (*line, '\t');
      if (tab != NULL && g_str_equal (tab + 1, type))
        return TRUE;
    }
  /* A module that is not loaded yet is not listed. */
  return g_file_test ("/sys/module/overlay", G_FILE_TEST_EXISTS)
         || g_file_test ("/proc/sys/kernel/modprobe", G_FILE_TEST_EXISTS);
}

/* File systems that cannot be overlayfs' upper layer (overlayfs of the kernel's documentation,
 * "Upper and Lower"). */
static char *
refuse_overlay (HdStore *store)
{
  static const char *const bad[] = { "overlay", "nfs",  "nfs4", "cifs",     "smb3", "vfat",
                                     "exfat",   "fuse", "9p",   "ecryptfs", NULL };
  g_autofree char *backing = hd_driver_backing (store);
  if (!kernel_has ("overlay"))
    return g_strdup ("the kernel has no overlayfs");
  if (g_strv_contains (bad, backing))
    return g_strdup_printf ("overlayfs cannot write on %s, where %s is", backing,
                            hd_store_root (store));
  return NULL;
}

static char *
refuse_btrfs (HdStore *store)
{
  return g_strdup ("not built: overlay is used on btrfs, too");
}

static char *
refuse_copy (HdStore *store)
{
  return g_strdup ("not built: each container would take the space of its image");
}

static char *
refuse_aufs (HdStore *store)
{
  return g_strdup ("never became a part of the kernel");
}

static char *
refuse_lvm (HdStore *store)
{
  return g_strdup ("wants a volume group of its own, and shares no page between containers");
}

static char *
refuse_devicemapper (HdStore *store)
{
  return g_strdup ("wants a pool of its own, and docker has dropped it, too");
}

const HdDriver hd_drivers[] = {
  { "overlay", "layers are folders, overlayfs joins them", refuse_overlay },
  { "btrfs", "snapshots of subvolumes", refuse_btrfs },
  { "copy", "a whole copy for each container", refuse_copy },
  { "aufs", "a union file system", refuse_aufs },
  { "lvm", "thin volumes", refuse_lvm },
  { "devicemapper", "thin volumes of a pool", refuse_devicemapper },
  { NULL },
};

const HdDriver *
hd_driver_choose (HdStore *store, GError **error)
{
  g_autoptr (GString) reasons = g_string_new (NULL);
  for (const HdDriver *driver = hd_drivers; driver->name != NULL; driver++)
    {
      g_autofree char *reason = driver->refuse (store);
      if (reason == NULL)
        return driver;
      g_string_append_printf (reasons, "%s%s: %s", reasons->len > 0 ? "; " : "", driver->name,
                              reason);
    }
  hd_throw (error, HD_CONFIG, "put the folder on ext4, xfs or btrfs ($ATOMIC_ROOT)",
            "no storage driver can be used in %s (%s)", hd_store_root (store), reasons->str);
  return NULL;
}
