/* Whether the volumes fit together. */
#include "kickstart/storage-rules.h"

#include <string.h>

typedef struct
{
  HdKickstart *kickstart;
  HdKsReport *report;
  GPtrArray *volumes;
  HdKsSeverity severity; /* of what only an installation needs */
  gboolean said_passphrase;
  gboolean partial; /* lines that are not read yet may bring what is missing */
} Rules;

/* A finding on a volume, as bad as the file is complete. */
static void G_GNUC_PRINTF (4, 5)
    object (Rules *rules, const HdKsVolume *volume, const char *hint, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  if (volume->entry != NULL)
    hd_ks_add (rules->report, rules->severity, volume->entry->place, hint, "%s: %s",
               volume->entry->name, message);
}

/* ---- Twice ---- */

/* What two volumes have in common and may not; NULL when there is nothing. */
static const char *
common_name (const HdKsVolume *volume, const HdKsVolume *before, const char **ret_what)
{
  *ret_what = "the mount point";
  if (volume->mount != NULL && g_strcmp0 (volume->mount, before->mount) == 0)
    return volume->mount;
  *ret_what = "the member";
  if (volume->id != NULL && g_strcmp0 (volume->id, before->id) == 0)
    return volume->id;
  *ret_what = "the name";
  if (volume->kind == before->kind && volume->kind != HD_KS_SUBVOLUME && volume->name != NULL
      && g_strcmp0 (volume->name, before->name) == 0)
    return volume->name;
  return NULL;
}

static void
check_twice (Rules *rules, const HdKsVolume *volume)
{
  for (guint i = 0; i < rules->volumes->len; i++)
    {
      const HdKsVolume *before = g_ptr_array_index (rules->volumes, i);
      const char *what, *name;
      if (before == volume)
        return;
      name = before->entry != NULL ? common_name (volume, before, &what) : NULL;
      if (name == NULL)
        continue;
      hd_ks_error (rules->report, volume->entry->place, "leave out one of them",
                   "%s: %s %s stands there twice (%s:%u)", volume->entry->name, what, name,
                   before->entry->place.file, before->entry->place.line);
      return;
    }
}

/* ---- Members ---- */

/* Which use the members of a kind have. */
static gboolean
wanted_use (HdKsVolumeKind kind, HdKsUse *ret, const char **ret_prefix)
{
  *ret = kind == HD_KS_GROUP ? HD_KS_USE_PV : kind == HD_KS_RAID ? HD_KS_USE_RAID : HD_KS_USE_BTRFS;
  *ret_prefix = kind == HD_KS_GROUP ? "pv." : kind == HD_KS_RAID ? "raid." : "btrfs.";
  return kind == HD_KS_GROUP || kind == HD_KS_RAID || kind == HD_KS_BTRFS;
}

static void
check_member (Rules *rules, const HdKsVolume *volume, const char *id, GHashTable *used)
{
  const HdKsVolume *member = hd_ks_storage_member (rules->volumes, id);
  const HdKsVolume *other = g_hash_table_lookup (used, id);
  const char *prefix;
  HdKsUse use;

  wanted_use (volume->kind, &use, &prefix);
  if (other != NULL)
    object (rules, volume, "each member belongs to one", "%s is already a member of %s", id,
            other->name != NULL ? other->name
            : other == volume   ? "it"
                                : "another");
  g_hash_table_insert (used, (gpointer)id, (gpointer)volume);
  if (member == NULL && !rules->partial)
    {
      g_autofree char *hint = g_strdup_printf ("add part %s --size=MIB", id);
      object (rules, volume, hint, "no line makes the member %s", id);
    }
  else if (member != NULL && member->use != use)
    object (rules, volume, NULL, "its members have names as %s01, and not %s", prefix, id);
}

/* Least members of each level. */
static guint
least_members (const HdKsVolume *volume)
{
  const char *level = volume->entry != NULL ? hd_ks_text (volume->entry, "level") : NULL;

  if (level == NULL)
    return 1;
  if (g_ascii_strncasecmp (level, "raid", 4) == 0)
    level += 4;
  switch (atoi (level))
    {
    case 4:
    case 5:
      return 3;
    case 6:
      return 4;
    case 1:
    case 10:
      return 2;
    default:
      return 1;
    }
}

static void
check_raid (Rules *rules, const HdKsVolume *volume)
{
  guint n = g_strv_length (volume->members);
  gint64 spares = hd_ks_number (volume->entry, "spares", 0);
  guint least = least_members (volume);

  if (!volume->existing && (gint64)n - spares < least)
    object (rules, volume, "name more members, or take another level",
            "level %s wants %u members without the spares, and has %" G_GINT64_FORMAT,
            hd_ks_text (volume->entry, "level"), least, (gint64)n - spares);
}

static void
check_members (Rules *rules)
{
  g_autoptr (GHashTable) used = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < rules->volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (rules->volumes, i);
      const char *prefix;
      HdKsUse use;
      if (!wanted_use (volume->kind, &use, &prefix))
        continue;
      if (volume->kind == HD_KS_RAID)
        check_raid (rules, volume);
      if (!volume->existing)
        for (char **id = volume->members; *id != NULL; id++)
          check_member (rules, volume, *id, used);
    }
  for (guint i = 0; i < rules->volumes->len && !rules->partial; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (rules->volumes, i);
      if (volume->id != NULL && volume->entry != NULL && !g_hash_table_contains (used, volume->id))
        hd_ks_warn (rules->report, volume->entry->place, NULL, "%s: nothing is made of %s",
                    volume->entry->name, volume->id);
    }
}

/* ---- Logical volumes ---- */

static const HdKsVolume *
group_of (const Rules *rules, const HdKsVolume *volume)
{
  g_autofree char *group = g_strndup (volume->name, strcspn (volume->name, "/"));

  return hd_ks_storage_named (rules->volumes, HD_KS_GROUP, group);
}

static void
check_pool (Rules *rules, const HdKsVolume *volume)
{
  const char *pool = hd_ks_text (volume->entry, "poolname");
  const HdKsVolume *found;
  g_autofree char *name = NULL;

  if (pool == NULL)
    return;
  name = g_strdup_printf ("%s/%s", hd_ks_text (volume->entry, "vgname"), pool);
  found = hd_ks_storage_named (rules->volumes, HD_KS_LOGICAL, name);
  if (found == NULL && !rules->partial)
    object (rules, volume, "add logvol none --thinpool", "no line makes the pool %s", name);
  else if (found != NULL && found->use != HD_KS_USE_POOL)
    object (rules, volume, "add --thinpool to it", "%s is no thin pool", name);
}

static void
check_logical (Rules *rules)
{
  g_autoptr (GHashTable) percents = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < rules->volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (rules->volumes, i);
      const char *group;
      gint64 percent;
      if (volume->kind != HD_KS_LOGICAL || !hd_ks_is (volume->entry, "logvol"))
        continue;
      group = hd_ks_text (volume->entry, "vgname");
      if (group_of (rules, volume) == NULL && !volume->existing && !rules->partial)
        object (rules, volume, "add volgroup", "no line makes the group %s", group);
      check_pool (rules, volume);
      percent = GPOINTER_TO_INT (g_hash_table_lookup (percents, group));
      percent += MAX (volume->percent, 0);
      if (percent > 100 && volume->percent > 0)
        object (rules, volume, NULL, "the volumes of %s take %" G_GINT64_FORMAT "%% of it", group,
                percent);
      g_hash_table_insert (percents, (gpointer)group, GINT_TO_POINTER ((int)MIN (percent, 100)));
    }
}

/* A subvolume names its volume by label (with or without LABEL=) or by a member. */
static void
check_subvolumes (Rules *rules)
{
  for (guint i = 0; i < rules->volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (rules->volumes, i);
      const char *parent;
      if (volume->kind != HD_KS_SUBVOLUME || volume->existing || rules->partial)
        continue;
      parent = volume->members[0];
      if (g_str_has_prefix (parent, "LABEL="))
        parent += strlen ("LABEL=");
      if (hd_ks_storage_named (rules->volumes, HD_KS_BTRFS, parent) == NULL
          && hd_ks_storage_member (rules->volumes, parent) == NULL)
        object (rules, volume, "add btrfs none --label=", "no line makes the volume %s", parent);
    }
}

/* ---- One volume ---- */

static void
check_size (Rules *rules, const HdKsVolume *volume)
{
  gboolean sized = volume->size_mib != HD_KS_NO_SIZE || volume->percent != HD_KS_NO_SIZE
                   || volume->grow || volume->recommended || volume->hibernation;
  gboolean tmpfs = g_strcmp0 (volume->fstype, "tmpfs") == 0;

  if (volume->kind == HD_KS_PARTITION && !volume->existing && !sized && !tmpfs)
    object (rules, volume,
            "add --size=MIB, --grow, --recommended or --onpart=", "no size is given");
  if (volume->size_mib == 0 && !volume->grow)
    object (rules, volume, NULL, "a size of 0");
  if (volume->max_mib != HD_KS_NO_SIZE && !volume->grow)
    hd_ks_warn (rules->report, hd_ks_value_place (volume->entry, "maxsize"), "add --grow",
                "%s: --maxsize does nothing without --grow", volume->entry->name);
  if (volume->max_mib != HD_KS_NO_SIZE && volume->max_mib < volume->size_mib)
    object (rules, volume, NULL, "--maxsize is smaller than --size");
  if (volume->recommended && volume->use != HD_KS_USE_SWAP && volume->size_mib == HD_KS_NO_SIZE
      && volume->use != HD_KS_USE_EFI && volume->use != HD_KS_USE_BIOS)
    hd_ks_warn (rules->report, hd_ks_value_place (volume->entry, "recommended"), "give a size",
                "%s: --recommended has no size for this, and takes 500 MiB", volume->entry->name);
}

static void
check_type (Rules *rules, const HdKsVolume *volume)
{
  static const char *const known[]
      = { "ext2", "ext3",  "ext4",     "xfs",      "btrfs", "vfat",     "efi",
          "swap", "tmpfs", "biosboot", "prepboot", "lvmpv", "mdmember", NULL };
  const char *type = volume->fstype;

  if (type != NULL && *type != '\0' && !g_strv_contains (known, type) && !volume->existing)
    object (rules, volume, "ext4, xfs, btrfs, vfat or swap", "no file system \"%s\" is known",
            type);
  if (volume->mount != NULL && g_strcmp0 (type, "swap") == 0)
    object (rules, volume, "write swap in place of the mount point", "a swap is not mounted at %s",
            volume->mount);
}

/* The first passphrase of a file is that of all volumes without one. */
static gboolean
has_passphrase (const Rules *rules)
{
  for (guint i = 0; i < rules->volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (rules->volumes, i);
      const char *passphrase = volume->encrypted ? hd_ks_text (volume->entry, "passphrase") : NULL;
      if (passphrase != NULL && *passphrase != '\0')
        return TRUE;
    }
  return FALSE;
}

static void
check_encryption (Rules *rules, const HdKsVolume *volume)
{
  if (volume->encrypted && !has_passphrase (rules))
    object (rules, volume,
            "add --passphrase=", "--encrypted without a passphrase: nobody is asked for one");
  if (volume->encrypted && g_strcmp0 (volume->mount, "/boot") == 0)
    object (rules, volume, "leave out --encrypted", "the boot loader reads no encrypted /boot");
  if (volume->encrypted && (volume->use == HD_KS_USE_EFI || volume->use == HD_KS_USE_BIOS))
    object (rules, volume, "leave out --encrypted", "the firmware reads no encrypted partition");
}

/* ---- The host ---- */

/* Folders that belong to the commit or to the kernel. */
static void
check_mount (Rules *rules, const HdKsVolume *volume)
{
  static const char *const taken[]
      = { "/usr",    "/etc", "/bin",  "/sbin", "/lib", "/lib32",   "/lib64",
          "/libx32", "/dev", "/proc", "/sys",  "/run", "/sysroot", "/ostree" };

  for (gsize i = 0; volume->mount != NULL && i < G_N_ELEMENTS (taken); i++)
    {
      gsize length = strlen (taken[i]);
      if (strncmp (volume->mount, taken[i], length) == 0
          && (volume->mount[length] == '\0' || volume->mount[length] == '/'))
        object (rules, volume, "what is yours is below /var, /home, /srv, /opt and /usr/local",
                "%s belongs to the host's commit", volume->mount);
    }
  if (volume->mount != NULL && strncmp (volume->mount, "/boot", 5) == 0
      && (volume->mount[5] == '\0' || volume->mount[5] == '/') && volume->kind != HD_KS_PARTITION
      && volume->kind != HD_KS_MOUNT
      && !(volume->kind == HD_KS_RAID && least_members (volume) == 2))
    object (rules, volume, "make it a partition of its own, or a RAID of level 1",
            "the boot loader cannot read %s there", volume->mount);
}

static void
check_root (Rules *rules)
{
  const HdKsEntry *source = hd_kickstart_last (rules->kickstart, "ostreesetup");
  const HdKsVolume *root = hd_ks_storage_mounted (rules->volumes, "/");

  if (root != NULL && g_strcmp0 (root->fstype, "vfat") == 0)
    object (rules, root, "take ext4, xfs or btrfs", "/ cannot be on vfat");
  if (root != NULL && !root->format && root->kind == HD_KS_PARTITION)
    object (rules, root, "leave out --noformat", "/ has to be formatted anew");
  if (root == NULL && !rules->partial && source != NULL)
    hd_ks_add (rules->report, rules->volumes->len == 0 ? HD_KS_WARNING : HD_KS_ERROR, source->place,
               "add autopart, or part / --size=MIB --grow, or logvol / ...",
               rules->volumes->len == 0 ? "no line makes partitions" : "no line makes /");
}

/* Whether the space-free name, with or without /dev/, is in the list; globs count as being in it.
 */
static gboolean
has_disk (char **disks, const char *disk)
{
  if (g_str_has_prefix (disk, "/dev/"))
    disk += 5;
  for (; *disks != NULL; disks++)
    {
      const char *each = g_str_has_prefix (*disks, "/dev/") ? *disks + 5 : *disks;
      if (strpbrk (each, "*?[|") != NULL || strcmp (each, disk) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Lines may name only disks that ignoredisk leaves. */
static void
check_disks (Rules *rules)
{
  const HdKsEntry *ignore = hd_kickstart_last (rules->kickstart, "ignoredisk");
  gboolean only = ignore != NULL && hd_ks_given (ignore, "only-use");
  g_auto (GStrv) disks = NULL;

  if (ignore == NULL || (!only && !hd_ks_given (ignore, "drives")))
    return;
  disks = hd_ks_list (ignore, only ? "only-use" : "drives");
  for (guint i = 0; i < rules->volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (rules->volumes, i);
      const char *disk = volume->entry != NULL && hd_ks_is (volume->entry, "part")
                             ? hd_ks_text (volume->entry, "ondisk")
                             : NULL;
      gboolean by_name = disk != NULL && strchr (disk, '=') == NULL && strchr (disk, '*') == NULL;
      if (by_name && only != has_disk (disks, disk))
        object (rules, volume, NULL, "the disk %s is left alone by ignoredisk (%s:%u)", disk,
                ignore->place.file, ignore->place.line);
    }
}

/* A partition is removed, and used. */
static void
check_clear (Rules *rules)
{
  const HdKsEntry *clear = hd_kickstart_last (rules->kickstart, "clearpart");
  g_auto (GStrv) list = clear != NULL ? hd_ks_list (clear, "list") : NULL;
  gboolean all;

  if (clear == NULL)
    return;
  all = hd_ks_given (clear, "all") && !hd_ks_given (clear, "drives") && !hd_ks_given (clear, "none")
        && *list == NULL;
  for (guint i = 0; i < rules->volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (rules->volumes, i);
      const char *part = volume->existing && volume->kind == HD_KS_PARTITION
                             ? hd_ks_text (volume->entry, "onpart")
                             : NULL;
      if (part != NULL && (all || (strchr (part, '=') == NULL && has_disk (list, part))))
        object (rules, volume, "name other disks or partitions in clearpart",
                "clearpart removes the partition %s (%s:%u)", part, clear->place.file,
                clear->place.line);
    }
}

void
hd_ks_storage_rules (HdKickstart *kickstart)
{
  g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
  gboolean whole = hd_kickstart_has_source (kickstart);
  Rules rules = { .kickstart = kickstart,
                  .report = kickstart->report,
                  .volumes = volumes,
                  .severity = whole ? HD_KS_ERROR : HD_KS_WARNING,
                  .partial = kickstart->deferred->len > 0 };

  check_members (&rules);
  check_logical (&rules);
  check_subvolumes (&rules);
  for (guint i = 0; i < volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (volumes, i);
      if (volume->entry == NULL)
        continue;
      check_encryption (&rules, volume);
      if (hd_ks_is (volume->entry, "autopart") || hd_ks_is (volume->entry, "reqpart"))
        continue;
      check_twice (&rules, volume);
      check_size (&rules, volume);
      check_type (&rules, volume);
      check_mount (&rules, volume);
    }
  check_root (&rules);
  check_disks (&rules);
  check_clear (&rules);
}
