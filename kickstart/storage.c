/* Lines to volumes. */
#include "kickstart/storage.h"

#include <string.h>

/* Sizes of what nobody gave a size, as images/atomic-host.conf has them. */
#define BIOS_MIB 1
#define EFI_MIB 64
#define BOOT_MIB 512
#define ROOT_MIB 3072
#define DEFAULT_FSTYPE "ext4"
#define AUTO_GROUP "atomic"

static void
volume_free (gpointer pointer)
{
  HdKsVolume *volume = pointer;

  g_free (volume->id);
  g_free (volume->name);
  g_free (volume->mount);
  g_free (volume->fstype);
  g_strfreev (volume->members);
  g_free (volume);
}

/* Folders that are links into /var on such a host (tools/layout.c makes them). */
static const struct
{
  const char *path;
  const char *host;
} moved[] = {
  { "/home", "/var/home" }, { "/root", "/var/roothome" },      { "/srv", "/var/srv" },
  { "/opt", "/var/opt" },   { "/usr/local", "/var/usrlocal" }, { "/mnt", "/var/mnt" },
};

char *
hd_ks_mount_on_host (const char *mount)
{
  for (gsize i = 0; i < G_N_ELEMENTS (moved); i++)
    {
      gsize length = strlen (moved[i].path);
      if (strncmp (mount, moved[i].path, length) == 0
          && (mount[length] == '\0' || mount[length] == '/'))
        return g_strconcat (moved[i].host, mount + length, NULL);
    }
  return g_strdup (mount);
}

static HdKsVolume *
add (GPtrArray *volumes, HdKsVolumeKind kind, HdKsUse use, const HdKsEntry *entry)
{
  HdKsVolume *volume = g_new0 (HdKsVolume, 1);

  volume->kind = kind;
  volume->use = use;
  volume->entry = entry;
  volume->size_mib = volume->max_mib = volume->percent = HD_KS_NO_SIZE;
  volume->format = TRUE;
  volume->members = g_new0 (char *, 1);
  g_ptr_array_add (volumes, volume);
  return volume;
}

/* The operands behind the first. */
static char **
members_of (const HdKsEntry *entry)
{
  guint n = hd_ks_n_operands (entry);
  char **members = g_new0 (char *, n);

  for (guint i = 1; i < n; i++)
    members[i - 1] = g_strdup (hd_ks_operand (entry, i));
  return members;
}

/* What the first operand makes of a volume, and the type of its file system. */
static void
take_target (HdKsVolume *volume, const char *target, const char *fstype)
{
  static const struct
  {
    const char *prefix;
    HdKsUse use;
  } uses[] = {
    { "pv.", HD_KS_USE_PV },        { "raid.", HD_KS_USE_RAID },    { "btrfs.", HD_KS_USE_BTRFS },
    { "biosboot", HD_KS_USE_BIOS }, { "prepboot", HD_KS_USE_PREP }, { "appleboot", HD_KS_USE_NONE },
    { "none", HD_KS_USE_NONE },
  };
  gboolean efi = g_strcmp0 (fstype, "efi") == 0 || strcmp (target, "/boot/efi") == 0;

  if (target[0] == '/')
    {
      volume->use = efi ? HD_KS_USE_EFI : HD_KS_USE_FS;
      volume->mount = hd_ks_mount_on_host (target);
      volume->fstype = g_strdup (efi ? "vfat" : fstype != NULL ? fstype : DEFAULT_FSTYPE);
      return;
    }
  if (g_str_has_prefix (target, "swap"))
    {
      volume->use = HD_KS_USE_SWAP;
      volume->fstype = g_strdup ("swap");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (uses); i++)
    if (g_str_has_prefix (target, uses[i].prefix))
      {
        volume->use = uses[i].use;
        volume->id = target[strlen (uses[i].prefix)] != '\0' ? g_strdup (target) : NULL;
        break;
      }
  if (volume->use == HD_KS_USE_NONE && fstype != NULL)
    volume->fstype = g_strdup (fstype);
}

/* The options that partitions, arrays and logical volumes share. */
static void
take_format (HdKsVolume *volume)
{
  const HdKsEntry *entry = volume->entry;

  volume->format = !hd_ks_given (entry, "noformat");
  volume->encrypted = hd_ks_given (entry, "encrypted");
  if (!volume->format && !hd_ks_given (entry, "fstype"))
    g_clear_pointer (&volume->fstype, g_free);
}

static void
take_size (HdKsVolume *volume)
{
  const HdKsEntry *entry = volume->entry;

  volume->size_mib = hd_ks_number (entry, "size", HD_KS_NO_SIZE);
  volume->max_mib = hd_ks_number (entry, "maxsize", HD_KS_NO_SIZE);
  volume->grow = hd_ks_given (entry, "grow");
  volume->recommended = hd_ks_given (entry, "recommended");
  volume->hibernation = hd_ks_given (entry, "hibernation");
}

static void
add_partition (GPtrArray *volumes, const HdKsEntry *entry)
{
  HdKsVolume *volume = add (volumes, HD_KS_PARTITION, HD_KS_USE_FS, entry);

  take_target (volume, hd_ks_operand (entry, 0), hd_ks_text (entry, "fstype"));
  take_format (volume);
  take_size (volume);
  volume->existing = hd_ks_given (entry, "onpart");
}

static void
add_raid (GPtrArray *volumes, const HdKsEntry *entry)
{
  HdKsVolume *volume = add (volumes, HD_KS_RAID, HD_KS_USE_FS, entry);

  take_target (volume, hd_ks_operand (entry, 0), hd_ks_text (entry, "fstype"));
  take_format (volume);
  volume->name = g_strdup (hd_ks_text (entry, "device"));
  volume->existing = !volume->format || hd_ks_given (entry, "useexisting");
  g_strfreev (volume->members);
  volume->members = members_of (entry);
}

static void
add_group (GPtrArray *volumes, const HdKsEntry *entry)
{
  HdKsVolume *volume = add (volumes, HD_KS_GROUP, HD_KS_USE_NONE, entry);

  volume->name = g_strdup (hd_ks_operand (entry, 0));
  volume->existing = hd_ks_given (entry, "noformat") || hd_ks_given (entry, "useexisting");
  g_strfreev (volume->members);
  volume->members = members_of (entry);
}

static void
add_logical (GPtrArray *volumes, const HdKsEntry *entry)
{
  HdKsVolume *volume = add (volumes, HD_KS_LOGICAL, HD_KS_USE_FS, entry);

  take_target (volume, hd_ks_operand (entry, 0), hd_ks_text (entry, "fstype"));
  take_format (volume);
  take_size (volume);
  volume->percent = hd_ks_number (entry, "percent", HD_KS_NO_SIZE);
  volume->existing = !volume->format || hd_ks_given (entry, "useexisting");
  if (hd_ks_given (entry, "thinpool"))
    volume->use = HD_KS_USE_POOL;
  volume->name
      = g_strdup_printf ("%s/%s", hd_ks_text (entry, "vgname"), hd_ks_text (entry, "name"));
}

static void
add_btrfs (GPtrArray *volumes, const HdKsEntry *entry)
{
  gboolean subvolume = hd_ks_given (entry, "subvol");
  const char *target = hd_ks_operand (entry, 0);
  HdKsVolume *volume
      = add (volumes, subvolume ? HD_KS_SUBVOLUME : HD_KS_BTRFS, HD_KS_USE_FS, entry);

  if (target[0] == '/')
    volume->mount = hd_ks_mount_on_host (target);
  else
    volume->use = HD_KS_USE_NONE;
  volume->fstype = g_strdup ("btrfs");
  volume->name = g_strdup (hd_ks_text (entry, subvolume ? "name" : "label"));
  volume->existing = hd_ks_given (entry, "noformat") || hd_ks_given (entry, "useexisting");
  volume->format = !volume->existing;
  g_strfreev (volume->members);
  volume->members = members_of (entry);
}

static void
add_mount (GPtrArray *volumes, const HdKsEntry *entry)
{
  HdKsVolume *volume = add (volumes, HD_KS_MOUNT, HD_KS_USE_FS, entry);
  const char *target = hd_ks_operand (entry, 1);
  const char *type = hd_ks_text (entry, "reformat");

  volume->name = g_strdup (hd_ks_operand (entry, 0));
  volume->existing = TRUE;
  volume->format = hd_ks_given (entry, "reformat");
  volume->fstype = g_strdup (type);
  if (target[0] == '/')
    volume->mount = hd_ks_mount_on_host (target);
  else
    volume->use = strcmp (target, "swap") == 0 || g_strcmp0 (type, "swap") == 0 ? HD_KS_USE_SWAP
                                                                                : HD_KS_USE_NONE;
}

/* ---- Automatic partitioning ---- */

static HdKsVolume *
add_auto (GPtrArray *volumes, HdKsVolumeKind kind, const char *target, const char *fstype,
          gint64 size_mib, const HdKsEntry *entry)
{
  HdKsVolume *volume = add (volumes, kind, HD_KS_USE_FS, entry);

  take_target (volume, target, fstype);
  volume->size_mib = size_mib;
  return volume;
}

static void
add_boot (GPtrArray *volumes, const char *fstype, const HdKsEntry *entry)
{
  add_auto (volumes, HD_KS_PARTITION, "/boot", fstype, BOOT_MIB, entry);
}

static HdKsVolume *
add_auto_logical (GPtrArray *volumes, const char *target, const char *name, const char *fstype,
                  const HdKsEntry *entry)
{
  HdKsVolume *volume = add_auto (volumes, HD_KS_LOGICAL, target, fstype, HD_KS_NO_SIZE, entry);

  volume->name = g_strdup_printf ("%s/%s", AUTO_GROUP, name);
  return volume;
}

static void
add_auto_lvm (GPtrArray *volumes, const HdKsEntry *entry, const char *fstype, gboolean thin)
{
  HdKsVolume *pv = add_auto (volumes, HD_KS_PARTITION, "pv.auto", NULL, ROOT_MIB, entry);
  HdKsVolume *group = add (volumes, HD_KS_GROUP, HD_KS_USE_NONE, entry);
  HdKsVolume *volume;

  pv->grow = TRUE;
  pv->encrypted = hd_ks_given (entry, "encrypted");
  group->name = g_strdup (AUTO_GROUP);
  g_strfreev (group->members);
  group->members = g_strsplit ("pv.auto", " ", -1);
  if (!hd_ks_given (entry, "noswap"))
    {
      volume = add_auto_logical (volumes, "swap", "swap", NULL, entry);
      volume->recommended = !hd_ks_given (entry, "hibernation");
      volume->hibernation = !volume->recommended;
    }
  if (thin)
    {
      volume = add_auto_logical (volumes, "none", "pool", NULL, entry);
      volume->use = HD_KS_USE_POOL;
      volume->size_mib = ROOT_MIB;
      volume->grow = TRUE;
    }
  volume = add_auto_logical (volumes, "/", "root", fstype, entry);
  volume->size_mib = ROOT_MIB;
  volume->grow = TRUE;
}

static void
add_auto_plain (GPtrArray *volumes, const HdKsEntry *entry, const char *fstype)
{
  HdKsVolume *volume;

  if (!hd_ks_given (entry, "noswap"))
    {
      volume = add_auto (volumes, HD_KS_PARTITION, "swap", NULL, HD_KS_NO_SIZE, entry);
      volume->recommended = !hd_ks_given (entry, "hibernation");
      volume->hibernation = !volume->recommended;
      volume->encrypted = hd_ks_given (entry, "encrypted");
    }
  volume = add_auto (volumes, HD_KS_PARTITION, "/", fstype, ROOT_MIB, entry);
  volume->grow = TRUE;
  volume->encrypted = hd_ks_given (entry, "encrypted");
}

static void
add_autopart (GPtrArray *volumes, const HdKsEntry *entry)
{
  const char *type = hd_ks_text (entry, "type");
  const char *fstype = hd_ks_text (entry, "fstype");

  if (type == NULL || hd_ks_given (entry, "nolvm"))
    type = "plain";
  add_boot (volumes, fstype, entry);
  if (strcmp (type, "lvm") == 0 || strcmp (type, "thinp") == 0)
    add_auto_lvm (volumes, entry, fstype, type[0] == 't');
  else
    add_auto_plain (volumes, entry, strcmp (type, "btrfs") == 0 ? "btrfs" : fstype);
}

static void
add_reqpart (GPtrArray *volumes, const HdKsEntry *entry)
{
  if (hd_ks_given (entry, "add-boot"))
    add_boot (volumes, NULL, entry);
}

/* ---- What booting needs ---- */

static gboolean
has_use (const GPtrArray *volumes, HdKsUse use)
{
  for (guint i = 0; i < volumes->len; i++)
    if (((const HdKsVolume *)g_ptr_array_index (volumes, i))->use == use)
      return TRUE;
  return FALSE;
}

/* The volume that was added last becomes the first. */
static void
move_to_front (GPtrArray *volumes)
{
  g_ptr_array_insert (volumes, 0, g_ptr_array_steal_index (volumes, volumes->len - 1));
}

/* Added in front, and only to what makes partitions: a file that mounts what is there brings its
 * own. The boot loader's images look for /boot behind the two of the firmwares. */
static void
add_firmware (GPtrArray *volumes)
{
  gboolean makes = FALSE;
  HdKsVolume *volume;

  for (guint i = 0; i < volumes->len; i++)
    {
      const HdKsVolume *each = g_ptr_array_index (volumes, i);
      makes = makes || (each->kind == HD_KS_PARTITION && !each->existing);
    }
  if (!makes)
    return;
  if (hd_ks_storage_mounted (volumes, "/") != NULL
      && hd_ks_storage_mounted (volumes, "/boot") == NULL)
    {
      add_boot (volumes, NULL, NULL);
      move_to_front (volumes);
    }
  if (!has_use (volumes, HD_KS_USE_EFI))
    {
      volume = add (volumes, HD_KS_PARTITION, HD_KS_USE_EFI, NULL);
      volume->fstype = g_strdup ("vfat");
      volume->size_mib = EFI_MIB;
      move_to_front (volumes);
    }
  if (!has_use (volumes, HD_KS_USE_BIOS))
    {
      volume = add (volumes, HD_KS_PARTITION, HD_KS_USE_BIOS, NULL);
      volume->size_mib = BIOS_MIB;
      move_to_front (volumes);
    }
}

/* ---- All of it ---- */

/* In the order in which volumes can be made, whatever the order of the lines. Arrays stand before
 * groups since a group may be made of arrays. */
static const struct
{
  const char *command;
  void (*add) (GPtrArray *volumes, const HdKsEntry *entry);
} makers[] = {
  { "autopart", add_autopart }, { "reqpart", add_reqpart }, { "part", add_partition },
  { "raid", add_raid },         { "volgroup", add_group },  { "logvol", add_logical },
  { "btrfs", add_btrfs },       { "mount", add_mount },
};

GPtrArray *
hd_ks_storage_new (const HdKickstart *kickstart)
{
  GPtrArray *volumes = g_ptr_array_new_with_free_func (volume_free);

  for (gsize i = 0; i < G_N_ELEMENTS (makers); i++)
    {
      g_autoptr (GPtrArray) lines = hd_kickstart_all (kickstart, makers[i].command);
      const HdKsEntry *last = hd_kickstart_last (kickstart, makers[i].command);
      for (guint j = 0; j < lines->len; j++)
        {
          const HdKsEntry *entry = g_ptr_array_index (lines, j);
          if ((entry->command->flags & HD_KS_MANY) != 0 || entry == last)
            makers[i].add (volumes, entry);
        }
    }
  add_firmware (volumes);
  return volumes;
}

const HdKsVolume *
hd_ks_storage_mounted (const GPtrArray *volumes, const char *mount)
{
  for (guint i = 0; i < volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (volumes, i);
      if (g_strcmp0 (volume->mount, mount) == 0)
        return volume;
    }
  return NULL;
}

const HdKsVolume *
hd_ks_storage_named (const GPtrArray *volumes, HdKsVolumeKind kind, const char *name)
{
  for (guint i = 0; i < volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (volumes, i);
      if (volume->kind == kind && g_strcmp0 (volume->name, name) == 0)
        return volume;
    }
  return NULL;
}

const HdKsVolume *
hd_ks_storage_member (const GPtrArray *volumes, const char *id)
{
  for (guint i = 0; i < volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (volumes, i);
      if (g_strcmp0 (volume->id, id) == 0)
        return volume;
    }
  return NULL;
}
