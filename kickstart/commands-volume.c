/* What is made on disks: partitions, arrays, groups, volumes. The rules between lines are in
 * storage-rules.c. */
#include <string.h>

#include "kickstart/volume-options.h"

/* ---- Rules of one line ---- */

static void
check_format (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  gboolean keeps = hd_ks_given (entry, "noformat");

  if (keeps && hd_ks_given (entry, "mkfsoptions"))
    hd_ks_refuse (entry, report, "mkfsoptions", "leave out one of them",
                  "--mkfsoptions has no effect with --noformat");
  if (hd_ks_given (entry, "fsprofile") && hd_ks_given (entry, "mkfsoptions"))
    hd_ks_refuse (entry, report, "mkfsoptions", "leave out one of them",
                  "--mkfsoptions and --fsprofile exclude each other");
  if (hd_ks_lacks_btrfs (version) && g_strcmp0 (hd_ks_text (entry, "fstype"), "btrfs") == 0)
    hd_ks_refuse (entry, report, "fstype", "take ext4 or xfs",
                  "btrfs is not in RHEL since release 8");
}

/* What a line can make: a mount point, or one of these words. */
static gboolean
is_target (const char *target, const char *const *words)
{
  if (target[0] == '/')
    return TRUE;
  for (; *words != NULL; words++)
    if (g_str_has_suffix (*words, ".")
            ? g_str_has_prefix (target, *words) && target[strlen (*words)]
            : strcmp (target, *words) == 0)
      return TRUE;
  return g_str_has_prefix (target, "swap") && target[strspn (target + 4, "0123456789") + 4] == '\0';
}

static void
check_target (const HdKsEntry *entry, HdKsReport *report, const char *const *words)
{
  const char *target = hd_ks_operand (entry, 0);

  if (target[0] == '/'
      && (strstr (target, "//") || strstr (target, "/../") || strchr (target, '\n')
          || g_str_has_suffix (target, "/..")))
    hd_ks_error (report, hd_ks_operand_place (entry, 0), "write it without .. and //",
                 "%s cannot be mounted at \"%s\"", entry->name, target);
  else if (!is_target (target, words))
    hd_ks_error (report, hd_ks_operand_place (entry, 0),
                 "a mount point begins with a slash; see the manual for the other words",
                 "%s cannot make \"%s\"", entry->name, target);
}

static void
check_part (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  static const char *const words[]
      = { "raid.", "pv.", "btrfs.", "biosboot", "prepboot", "appleboot", "none", NULL };

  check_target (entry, report, words);
  check_format (entry, version, report);
  hd_ks_check_luks (entry, report);
  if (hd_ks_given (entry, "resize") && !hd_ks_given (entry, "onpart"))
    hd_ks_refuse (entry, report, "resize",
                  "name the partition with --onpart=", "--resize is for a partition that is there");
  else if (hd_ks_given (entry, "resize") && !hd_ks_given (entry, "size"))
    hd_ks_refuse (entry, report, "resize",
                  "say how large with --size=", "--resize wants a new size");
  if (g_strcmp0 (hd_ks_text (entry, "fstype"), "tmpfs") == 0
      && (hd_ks_given (entry, "grow") || hd_ks_given (entry, "maxsize")))
    hd_ks_refuse (entry, report, "fstype", "leave out --grow and --maxsize",
                  "a tmpfs does not grow");
}

static void
check_logvol_thin (const HdKsEntry *entry, HdKsReport *report)
{
  gboolean thin = hd_ks_given (entry, "thin"), pool = hd_ks_given (entry, "thinpool");

  if (thin && pool)
    hd_ks_refuse (entry, report, "thinpool", "a pool and what is in it are two lines",
                  "--thin and --thinpool exclude each other");
  else if (thin && !hd_ks_given (entry, "poolname"))
    hd_ks_refuse (entry, report, "thin", "name the pool with --poolname=", "--thin wants a pool");
  else if (!thin && hd_ks_given (entry, "poolname"))
    hd_ks_refuse (entry, report, "poolname", "add --thin", "--poolname is for thin volumes");
  if (!pool && (hd_ks_given (entry, "chunksize") || hd_ks_given (entry, "metadatasize")))
    hd_ks_refuse (entry, report, hd_ks_given (entry, "chunksize") ? "chunksize" : "metadatasize",
                  "add --thinpool, or leave it out",
                  "--chunksize and --metadatasize are for thin pools");
}

static void
check_logvol_cache (const HdKsEntry *entry, HdKsReport *report)
{
  gboolean size = hd_ks_given (entry, "cachesize"), pvs = hd_ks_given (entry, "cachepvs");
  gboolean any = size || pvs || hd_ks_given (entry, "cachemode");

  if (!any)
    return;
  if (!size || !pvs)
    hd_ks_refuse (entry, report, NULL,
                  "give --cachesize= and --cachepvs=", "a cache wants a size and fast volumes");
  if (hd_ks_given (entry, "useexisting") || hd_ks_given (entry, "noformat")
      || hd_ks_given (entry, "thin"))
    hd_ks_refuse (entry, report, NULL, "leave out the cache's options",
                  "a cache is made with a new, plain volume only");
}

static void
check_logvol_size (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  gboolean existing = hd_ks_given (entry, "useexisting") || hd_ks_given (entry, "noformat");
  gboolean sized = hd_ks_given (entry, "size") || hd_ks_given (entry, "percent")
                   || hd_ks_given (entry, "recommended") || hd_ks_given (entry, "hibernation")
                   || hd_ks_given (entry, "grow");

  if (hd_ks_given (entry, "size") && hd_ks_given (entry, "percent"))
    hd_ks_refuse (entry, report, "percent", "give one of them",
                  "--size and --percent exclude each other");
  if (hd_ks_given (entry, "resize") && !hd_ks_given (entry, "useexisting"))
    hd_ks_refuse (entry, report, "resize", "add --useexisting",
                  "--resize is for a volume that is there");
  else if (hd_ks_given (entry, "resize") && !hd_ks_given (entry, "size"))
    hd_ks_refuse (entry, report, "resize",
                  "say how large with --size=", "--resize wants a new size");
  /* Fedora 20 made the size a must; RHEL 6 and older lines go without. */
  if (!existing && !sized && (version == HD_KS_ANY || version >= F (20)))
    hd_ks_refuse (entry, report, NULL, "add --size=MIB, --percent=, --recommended or --grow",
                  "no size is given");
}

static void
check_logvol (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  static const char *const words[] = { "none", "pv.", "btrfs.", NULL };

  check_target (entry, report, words);
  check_format (entry, version, report);
  hd_ks_check_luks (entry, report);
  check_logvol_thin (entry, report);
  check_logvol_cache (entry, report);
  check_logvol_size (entry, version, report);
}

static void
check_volgroup (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  gboolean existing = hd_ks_given (entry, "useexisting") || hd_ks_given (entry, "noformat");

  if (existing && hd_ks_n_operands (entry) > 1)
    hd_ks_error (report, hd_ks_operand_place (entry, 1), "leave out one of them",
                 "volgroup: an existing group has its members");
  if (!existing && hd_ks_n_operands (entry) < 2)
    hd_ks_refuse (entry, report, NULL, "name them: volgroup NAME pv.01 ...",
                  "a new group wants members");
  if (hd_ks_given (entry, "reserved-space") && hd_ks_given (entry, "reserved-percent"))
    hd_ks_refuse (entry, report, "reserved-percent", "give one of them",
                  "--reserved-space and --reserved-percent exclude each other");
}

/* "1", "raid1", "RAID1". */
static gboolean
is_level (const char *text, const char *const *levels)
{
  if (g_ascii_strncasecmp (text, "raid", 4) == 0)
    text += 4;
  for (; *levels != NULL; levels++)
    if (g_ascii_strcasecmp (text, *levels) == 0)
      return TRUE;
  return FALSE;
}

static void
check_raid (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  static const char *const words[] = { "none", "pv.", "btrfs.", "biosboot", "prepboot", NULL };
  static const char *const levels[] = { "0", "1", "4", "5", "6", "10", "linear", NULL };
  gboolean existing = hd_ks_given (entry, "useexisting") || hd_ks_given (entry, "noformat");
  const char *level = hd_ks_text (entry, "level");

  check_target (entry, report, words);
  check_format (entry, version, report);
  hd_ks_check_luks (entry, report);
  if (level != NULL && !is_level (level, levels))
    hd_ks_error (report, hd_ks_value_place (entry, "level"), "it is 0, 1, 4, 5, 6, 10 or linear",
                 "raid: there is no level \"%s\"", level);
  if (existing && hd_ks_n_operands (entry) > 1)
    hd_ks_error (report, hd_ks_operand_place (entry, 1), "leave out one of them",
                 "raid: an existing array has its members");
  if (*hd_ks_text (entry, "device") == '\0')
    hd_ks_refuse (entry, report, "device", NULL, "an array wants a name");
  if (!existing && level == NULL)
    hd_ks_refuse (entry, report, NULL, "add --level=", "a new array wants a level");
  if (!existing && hd_ks_n_operands (entry) < 2)
    hd_ks_refuse (entry, report, NULL, "name them: raid MOUNTPOINT ... raid.01 raid.02",
                  "a new array wants members");
}

static void
check_btrfs (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  static const char *const words[] = { "none", NULL };
  static const char *const levels[] = { "0", "1", "10", "5", "6", "single", "dup", NULL };
  static const char *const level_options[] = { "data", "metadata" };
  gboolean existing = hd_ks_given (entry, "useexisting") || hd_ks_given (entry, "noformat");
  gboolean subvolume = hd_ks_given (entry, "subvol");

  check_target (entry, report, words);
  for (gsize i = 0; i < G_N_ELEMENTS (level_options); i++)
    {
      const char *level = hd_ks_text (entry, level_options[i]);
      if (level != NULL && !is_level (level, levels))
        hd_ks_error (report, hd_ks_value_place (entry, level_options[i]),
                     "it is raid0, raid1, raid10, single or dup", "btrfs: there is no level \"%s\"",
                     level);
    }
  if (existing && hd_ks_given (entry, "mkfsoptions"))
    hd_ks_refuse (entry, report, "mkfsoptions", "leave out one of them",
                  "--mkfsoptions has no effect on a file system that is kept");
  if (subvolume && !hd_ks_given (entry, "name"))
    hd_ks_refuse (entry, report, "subvol", "add --name=PATH", "a subvolume wants a name");
  if (hd_ks_n_operands (entry) < 2)
    hd_ks_refuse (entry, report, NULL,
                  subvolume ? "name the volume: its label, or one of its members"
                            : "name its members",
                  subvolume ? "a subvolume wants a volume" : "a volume wants members");
}

/* ---- Options ---- */

static const HdKsOption part_options[]
    = { { "size", HD_KS_INT, "MIB", "least size" },
        { "grow", HD_KS_FLAG, NULL, "take the room that is left" },
        { "maxsize", HD_KS_INT, "MIB", "largest size with --grow" },
        { "recommended", HD_KS_FLAG, NULL, "size by the machine (for swap: by its memory)" },
        HIBERNATION_OPTION,
        { "ondisk ondrive", HD_KS_TEXT, "DISK", "on this disk" },
        { "onpart usepart", HD_KS_TEXT, "PARTITION",
          "on a partition that is there; also LABEL= or UUID=" },
        { "noformat", HD_KS_FLAG, NULL, "keep what is on it, with --onpart" },
        { "resize", HD_KS_FLAG, NULL, "resize it, with --onpart and --size",
          .span = { .since = F (17) } },
        { "asprimary", HD_KS_FLAG, NULL, "a primary partition, on MBR disks" },
        { "active", HD_KS_FLAG, NULL, "mark it active",
          .span = { .deprecated = F (29), .removed = F (34) } },
        { "onbiosdisk", HD_KS_TEXT, "DISK", "on the disk with this BIOS number",
          .note = "the installer does not see BIOS numbers; use --ondisk" },
        { "start", HD_KS_INT, "N", "first cylinder",
          .span = { .deprecated = F (11), .removed = F (14) } },
        { "end", HD_KS_INT, "N", "last cylinder",
          .span = { .deprecated = F (11), .removed = F (14) } },
        FORMAT_OPTIONS,
        LUKS_OPTIONS,
        { NULL } };

static const HdKsOption volgroup_options[]
    = { CLEAR_EXISTING,
        { "pesize", HD_KS_INT, "KIB", "size of an extent", .min = 1, .max = 16777216 },
        { "reserved-space", HD_KS_INT, "MIB", "leave this much free", .min = 1, .max = G_MAXINT64,
          .span = { .since = F (16), .also = HD_KS_IN_RHEL6 } },
        { "reserved-percent", HD_KS_INT, "PERCENT", "leave this part free", .min = 1, .max = 99,
          .span = { .since = F (16), .also = HD_KS_IN_RHEL6 } },
        { NULL } };

#define THIN_SPAN .span = { .since = F (20), .also = HD_KS_IN_RHEL6 }
#define CACHE_SPAN .span = { .since = F (23), .also = HD_KS_IN_RHEL7 }

static const HdKsOption logvol_options[]
    = { { "vgname", HD_KS_TEXT, "GROUP", "volume group", HD_KS_REQUIRED },
        { "name", HD_KS_TEXT, "NAME", "name of the volume", HD_KS_REQUIRED },
        { "size", HD_KS_INT, "MIB", "least size" },
        { "percent", HD_KS_INT, "PERCENT", "size as a part of the group's room", .min = 0,
          .max = 100 },
        { "grow", HD_KS_FLAG, NULL, "take the room that is left" },
        { "maxsize", HD_KS_INT, "MIB", "largest size with --grow" },
        { "recommended", HD_KS_FLAG, NULL, "size by the machine (for swap: by its memory)" },
        HIBERNATION_OPTION,
        CLEAR_EXISTING,
        { "resize", HD_KS_FLAG, NULL, "resize it, with --useexisting and --size",
          .span = { .since = F (17) } },
        { "thinpool", HD_KS_FLAG, NULL, "a pool for thin volumes", THIN_SPAN },
        { "thin", HD_KS_FLAG, NULL, "a thin volume, in --poolname", THIN_SPAN },
        { "poolname", HD_KS_TEXT, "NAME", "the pool of a thin volume", THIN_SPAN },
        { "chunksize", HD_KS_INT, "KIB", "chunk size of a thin pool", THIN_SPAN },
        { "metadatasize", HD_KS_INT, "MIB", "metadata of a thin pool", THIN_SPAN },
        { "profile", HD_KS_TEXT, "NAME", "LVM profile",
          .span = { .since = F (21), .also = HD_KS_IN_RHEL6 } },
        { "cachesize", HD_KS_INT, "MIB", "size of a cache", CACHE_SPAN },
        { "cachemode", HD_KS_CHOICE, "MODE", "mode of the cache",
          .choices = "writeback writethrough", CACHE_SPAN },
        { "cachepvs", HD_KS_LIST, "PV,...", "fast volumes for the cache", CACHE_SPAN },
        FORMAT_OPTIONS,
        LUKS_OPTIONS,
        { NULL } };

static const HdKsOption raid_options[]
    = { { "device", HD_KS_TEXT, "NAME", "name of the array", HD_KS_REQUIRED },
        { "level", HD_KS_TEXT, "LEVEL", "0, 1, 4, 5, 6, 10 or linear" },
        { "spares", HD_KS_INT, "N", "members that are spares" },
        { "chunksize", HD_KS_INT, "KIB", "chunk size",
          .span = { .since = F (25), .also = HD_KS_IN_RHEL7 } },
        CLEAR_EXISTING,
        FORMAT_OPTIONS,
        LUKS_OPTIONS,
        { NULL } };

static const HdKsOption btrfs_options[]
    = { { "label", HD_KS_TEXT, "LABEL", "label of the volume" },
        { "data", HD_KS_TEXT, "LEVEL", "RAID level of the data" },
        { "metadata", HD_KS_TEXT, "LEVEL", "RAID level of the metadata" },
        { "subvol", HD_KS_FLAG, NULL, "a subvolume of the volume that is named" },
        { "name", HD_KS_TEXT, "PATH", "path of the subvolume" },
        { "parent", HD_KS_TEXT, "NAME", "volume of the subvolume" },
        CLEAR_EXISTING,
        { "mkfsoptions", HD_KS_TEXT, "OPTIONS", "further options for mkfs",
          .span = { .since = F (23), .also = HD_KS_IN_RHEL7 } },
        { NULL } };

const HdKsCommand hd_ks_volume_commands[] = {
  { "part partition", "MOUNTPOINT (or swap, pv.ID, raid.ID, btrfs.ID, biosboot)", 1, 1,
    part_options, "make a partition, or use one that is there", HD_KS_MANY, .check = check_part },
  { "raid", "MOUNTPOINT raid.ID ...", 1, -1, raid_options, "make a software RAID", HD_KS_MANY,
    .check = check_raid },
  { "volgroup", "NAME pv.ID ...", 1, -1, volgroup_options, "make a volume group", HD_KS_MANY,
    .check = check_volgroup },
  { "logvol", "MOUNTPOINT", 1, 1, logvol_options, "make a logical volume", HD_KS_MANY,
    .check = check_logvol },
  { "btrfs", "MOUNTPOINT btrfs.ID ...", 1, -1, btrfs_options, "make a btrfs volume or subvolume",
    HD_KS_MANY, .span = { .since = F (17) }, .check = check_btrfs },
  { NULL },
};
