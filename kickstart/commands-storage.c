/* Disks, partitions, and what is made of them. The rules between lines are in rules.c. */
#include <string.h>

#include "kickstart/entry.h"

#define F HD_KS_FEDORA

/* Options that several commands share. */
#define FORMAT_OPTIONS                                                                             \
  { "fstype type", HD_KS_TEXT, "TYPE", "ext4, xfs, btrfs, vfat, swap and so on" },                 \
      { "fsoptions", HD_KS_TEXT, "OPTIONS", "mount options, for fstab",                            \
        .span = { .since = F (4) } },                                                              \
      { "label", HD_KS_TEXT, "LABEL", "label of the file system", .span = { .since = F (4) } },    \
      { "fsprofile", HD_KS_TEXT, "TYPE", "usage type for mke2fs -T", .span = { .since = F (9) } }, \
      { "mkfsoptions", HD_KS_TEXT, "OPTIONS", "further options for mkfs",                          \
        .span = { .since = F (23), .also = HD_KS_IN_RHEL7 } },                                     \
  {                                                                                                \
    "bytes-per-inode", HD_KS_INT, "N", "bytes per inode",                                          \
        .span                                                                                      \
        = {.since = F (4),                                                                         \
           .deprecated = F (9),                                                                    \
           .removed = F (14) }                                                                     \
  }

#define ESCROW_NOTE "keys are not escrowed; keep the passphrase"
#define LUKS_OPTIONS                                                                                \
  { "encrypted", HD_KS_FLAG, NULL, "encrypt it with LUKS", .span = { .since = F (9) } },            \
      { "passphrase", HD_KS_TEXT,                                                                   \
        "TEXT",       "passphrase of the encryption",                                               \
        HD_KS_SECRET, .span = { .since = F (9) } },                                                 \
      { "escrowcert",                                                                               \
        HD_KS_TEXT,                                                                                 \
        "URL",                                                                                      \
        "certificate for escrowed keys",                                                            \
        .span = { .since = F (12) },                                                                \
        .note = ESCROW_NOTE },                                                                      \
      { "backuppassphrase",          HD_KS_FLAG,         NULL, "add an escrowed second passphrase", \
        .span = { .since = F (12) }, .note = ESCROW_NOTE },                                         \
      { "cipher", HD_KS_TEXT, "CIPHER", "cipher, as aes-xts-plain64",                               \
        .span = { .since = F (18), .also = HD_KS_IN_RHEL6 } },                                      \
      { "luks-version",                                                                             \
        HD_KS_CHOICE,                                                                               \
        "VERSION",                                                                                  \
        "format of the encryption",                                                                 \
        .choices = "luks1 luks2 luks2-hw-opal luks2-hw-opal-only",                                  \
        .span = { .since = F (29), .also = HD_KS_IN_RHEL8 } },                                      \
      { "pbkdf", HD_KS_TEXT, "PBKDF", "argon2i, argon2id or pbkdf2",                                \
        .span = { .since = F (29), .also = HD_KS_IN_RHEL8 } },                                      \
      { "pbkdf-memory", HD_KS_INT, "KIB", "memory of the key derivation",                           \
        .span = { .since = F (29), .also = HD_KS_IN_RHEL8 } },                                      \
      { "pbkdf-time", HD_KS_INT, "MS", "time of the key derivation",                                \
        .span = { .since = F (29), .also = HD_KS_IN_RHEL8 } },                                      \
      { "pbkdf-iterations", HD_KS_INT, "N", "iterations of the key derivation",                     \
        .span = { .since = F (29), .also = HD_KS_IN_RHEL8 } },                                      \
  {                                                                                                 \
    "hw-passphrase", HD_KS_TEXT, "TEXT", "passphrase of a self-encrypting disk", HD_KS_SECRET,      \
        .span = { .since = F (41) }, .note = "self-encrypting disks are not set up"                 \
  }

#define HIBERNATION_OPTION                                                                         \
  {                                                                                                \
    "hibernation", HD_KS_FLAG, NULL, "swap as large as hibernation needs",                         \
        .span                                                                                      \
        = {.since = F (18),                                                                        \
           .also = HD_KS_IN_RHEL6 }                                                                \
  }
#define CLEAR_EXISTING                                                                             \
  { "noformat", HD_KS_FLAG, NULL, "use what is there, with its content" },                         \
  {                                                                                                \
    "useexisting", HD_KS_FLAG, NULL, "use what is there, formatted anew"                           \
  }

/* ---- Rules of one line ---- */

static void
refuse (const HdKsEntry *entry, HdKsReport *report, const char *option, const char *hint,
        const char *what)
{
  hd_ks_error (report, option != NULL ? hd_ks_value_place (entry, option) : entry->place, hint,
               "%s: %s", entry->name, what);
}

static void
check_luks (const HdKsEntry *entry, HdKsReport *report)
{
  const char *version = hd_ks_text (entry, "luks-version");
  gboolean hardware = version != NULL && strstr (version, "hw-opal") != NULL;

  if (hd_ks_given (entry, "pbkdf-time") && hd_ks_given (entry, "pbkdf-iterations"))
    refuse (entry, report, "pbkdf-iterations", "give one of them",
            "--pbkdf-time and --pbkdf-iterations exclude each other");
  if (hd_ks_given (entry, "hw-passphrase") && (!hd_ks_given (entry, "encrypted") || !hardware))
    refuse (entry, report, "hw-passphrase", "add --encrypted --luks-version=luks2-hw-opal",
            "--hw-passphrase is for hardware encryption");
  if (hd_ks_given (entry, "passphrase") && !hd_ks_given (entry, "encrypted"))
    hd_ks_warn (report, hd_ks_value_place (entry, "passphrase"), "add --encrypted",
                "%s: --passphrase does nothing without --encrypted", entry->name);
}

/* btrfs left the language with RHEL 8. */
static gboolean
lacks_btrfs (HdKsVersion version)
{
  return version == HD_KS_RHEL8 || version == HD_KS_RHEL9 || version == HD_KS_RHEL10;
}

static void
check_format (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  gboolean keeps = hd_ks_given (entry, "noformat");

  if (keeps && hd_ks_given (entry, "mkfsoptions"))
    refuse (entry, report, "mkfsoptions", "leave out one of them",
            "--mkfsoptions has no effect with --noformat");
  if (hd_ks_given (entry, "fsprofile") && hd_ks_given (entry, "mkfsoptions"))
    refuse (entry, report, "mkfsoptions", "leave out one of them",
            "--mkfsoptions and --fsprofile exclude each other");
  if (lacks_btrfs (version) && g_strcmp0 (hd_ks_text (entry, "fstype"), "btrfs") == 0)
    refuse (entry, report, "fstype", "take ext4 or xfs", "btrfs is not in RHEL since release 8");
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
  check_luks (entry, report);
  if (hd_ks_given (entry, "resize") && !hd_ks_given (entry, "onpart"))
    refuse (entry, report, "resize",
            "name the partition with --onpart=", "--resize is for a partition that is there");
  else if (hd_ks_given (entry, "resize") && !hd_ks_given (entry, "size"))
    refuse (entry, report, "resize", "say how large with --size=", "--resize wants a new size");
  if (g_strcmp0 (hd_ks_text (entry, "fstype"), "tmpfs") == 0
      && (hd_ks_given (entry, "grow") || hd_ks_given (entry, "maxsize")))
    refuse (entry, report, "fstype", "leave out --grow and --maxsize", "a tmpfs does not grow");
}

static void
check_logvol_thin (const HdKsEntry *entry, HdKsReport *report)
{
  gboolean thin = hd_ks_given (entry, "thin"), pool = hd_ks_given (entry, "thinpool");

  if (thin && pool)
    refuse (entry, report, "thinpool", "a pool and what is in it are two lines",
            "--thin and --thinpool exclude each other");
  else if (thin && !hd_ks_given (entry, "poolname"))
    refuse (entry, report, "thin", "name the pool with --poolname=", "--thin wants a pool");
  else if (!thin && hd_ks_given (entry, "poolname"))
    refuse (entry, report, "poolname", "add --thin", "--poolname is for thin volumes");
  if (!pool && (hd_ks_given (entry, "chunksize") || hd_ks_given (entry, "metadatasize")))
    refuse (entry, report, hd_ks_given (entry, "chunksize") ? "chunksize" : "metadatasize",
            "add --thinpool, or leave it out", "--chunksize and --metadatasize are for thin pools");
}

static void
check_logvol_cache (const HdKsEntry *entry, HdKsReport *report)
{
  gboolean size = hd_ks_given (entry, "cachesize"), pvs = hd_ks_given (entry, "cachepvs");
  gboolean any = size || pvs || hd_ks_given (entry, "cachemode");

  if (!any)
    return;
  if (!size || !pvs)
    refuse (entry, report, NULL,
            "give --cachesize= and --cachepvs=", "a cache wants a size and fast volumes");
  if (hd_ks_given (entry, "useexisting") || hd_ks_given (entry, "noformat")
      || hd_ks_given (entry, "thin"))
    refuse (entry, report, NULL, "leave out the cache's options",
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
    refuse (entry, report, "percent", "give one of them",
            "--size and --percent exclude each other");
  if (hd_ks_given (entry, "resize") && !hd_ks_given (entry, "useexisting"))
    refuse (entry, report, "resize", "add --useexisting", "--resize is for a volume that is there");
  else if (hd_ks_given (entry, "resize") && !hd_ks_given (entry, "size"))
    refuse (entry, report, "resize", "say how large with --size=", "--resize wants a new size");
  /* Fedora 20 made the size a must; RHEL 6 and older lines go without. */
  if (!existing && !sized && (version == HD_KS_ANY || version >= F (20)))
    refuse (entry, report, NULL, "add --size=MIB, --percent=, --recommended or --grow",
            "no size is given");
}

static void
check_logvol (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  static const char *const words[] = { "none", "pv.", "btrfs.", NULL };

  check_target (entry, report, words);
  check_format (entry, version, report);
  check_luks (entry, report);
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
    refuse (entry, report, NULL, "name them: volgroup NAME pv.01 ...", "a new group wants members");
  if (hd_ks_given (entry, "reserved-space") && hd_ks_given (entry, "reserved-percent"))
    refuse (entry, report, "reserved-percent", "give one of them",
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
  check_luks (entry, report);
  if (level != NULL && !is_level (level, levels))
    hd_ks_error (report, hd_ks_value_place (entry, "level"), "it is 0, 1, 4, 5, 6, 10 or linear",
                 "raid: there is no level \"%s\"", level);
  if (existing && hd_ks_n_operands (entry) > 1)
    hd_ks_error (report, hd_ks_operand_place (entry, 1), "leave out one of them",
                 "raid: an existing array has its members");
  if (*hd_ks_text (entry, "device") == '\0')
    refuse (entry, report, "device", NULL, "an array wants a name");
  if (!existing && level == NULL)
    refuse (entry, report, NULL, "add --level=", "a new array wants a level");
  if (!existing && hd_ks_n_operands (entry) < 2)
    refuse (entry, report, NULL, "name them: raid MOUNTPOINT ... raid.01 raid.02",
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
    refuse (entry, report, "mkfsoptions", "leave out one of them",
            "--mkfsoptions has no effect on a file system that is kept");
  if (subvolume && !hd_ks_given (entry, "name"))
    refuse (entry, report, "subvol", "add --name=PATH", "a subvolume wants a name");
  if (hd_ks_n_operands (entry) < 2)
    refuse (entry, report, NULL,
            subvolume ? "name the volume: its label, or one of its members" : "name its members",
            subvolume ? "a subvolume wants a volume" : "a volume wants members");
}

static void
check_autopart (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  const char *type = hd_ks_text (entry, "type");
  const char *fstype = hd_ks_text (entry, "fstype");

  check_luks (entry, report);
  if (g_strcmp0 (fstype, "btrfs") == 0)
    refuse (entry, report, "fstype", "write --type=btrfs", "btrfs is a type of partitioning here");
  if (g_strcmp0 (type, "btrfs") == 0 && fstype != NULL)
    refuse (entry, report, "fstype", "leave out one of them",
            "--type=btrfs and --fstype exclude each other");
  if (g_strcmp0 (type, "btrfs") == 0 && lacks_btrfs (version))
    refuse (entry, report, "type", "take plain, lvm or thinp",
            "btrfs is not in RHEL since release 8");
  if (hd_ks_given (entry, "hibernation") && hd_ks_given (entry, "noswap"))
    refuse (entry, report, "noswap", "leave out one of them", "hibernation wants a swap");
}

static void
check_clearpart (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  gboolean type = hd_ks_given (entry, "all") || hd_ks_given (entry, "linux")
                  || hd_ks_given (entry, "none") || hd_ks_given (entry, "list");

  if (!type && entry->values->len > 0 && !hd_ks_given (entry, "disklabel"))
    hd_ks_warn (report, entry->place, "add --all, --linux or --list=",
                "clearpart: no partition is removed, since none of --all, --linux and --list is "
                "given");
}

static void
check_ignoredisk (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  int given = hd_ks_given (entry, "drives") + hd_ks_given (entry, "only-use")
              + hd_ks_given (entry, "interactive");

  if (given != 1)
    refuse (entry, report, NULL, "give --drives= or --only-use=",
            given == 0 ? "no disk is named" : "its options exclude each other");
}

static void
check_mount (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  const char *target = hd_ks_operand (entry, 1);

  if (target[0] != '/' && strcmp (target, "none") != 0 && strcmp (target, "swap") != 0)
    hd_ks_error (report, hd_ks_operand_place (entry, 1), "it begins with a slash, or is none",
                 "mount: \"%s\" is no mount point", target);
  if (hd_ks_given (entry, "mkfsoptions") && !hd_ks_given (entry, "reformat"))
    refuse (entry, report, "mkfsoptions", "add --reformat=TYPE",
            "--mkfsoptions has no effect without --reformat");
}

static void
check_snapshot (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  const char *volume = hd_ks_operand (entry, 0);
  const char *slash = strchr (volume, '/');

  if (slash == NULL || slash == volume || slash[1] == '\0' || strchr (slash + 1, '/') != NULL
      || volume[strspn (volume, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "+_.-/")]
             != '\0')
    hd_ks_error (report, hd_ks_operand_place (entry, 0), "write GROUP/VOLUME",
                 "snapshot: \"%s\" is no logical volume", volume);
  if (hd_ks_text (entry, "name") != NULL && hd_ks_text (entry, "name")[0] == '\0')
    refuse (entry, report, "name", NULL, "a snapshot wants a name");
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

#define NO_SPAN .span = { .since = F (26), .also = HD_KS_IN_RHEL7 }

static const HdKsOption autopart_options[]
    = { { "type", HD_KS_CHOICE, "TYPE", "what / is on [plain]",
          .choices = "lvm btrfs plain partition thinp", .span = { .since = F (17) } },
        { "fstype", HD_KS_TEXT, "TYPE", "file system of / and /boot [ext4]",
          .span = { .since = F (21) } },
        { "nolvm", HD_KS_FLAG, NULL, "the same as --type=plain", .span = { .since = F (16) } },
        { "nohome", HD_KS_FLAG, NULL, "no /home of its own", NO_SPAN },
        { "noboot", HD_KS_FLAG, NULL, "no /boot of its own", NO_SPAN,
          .note = "the boot loader wants a /boot of its own" },
        { "noswap", HD_KS_FLAG, NULL, "no swap", NO_SPAN },
        { "hibernation", HD_KS_FLAG, NULL, "swap as large as hibernation needs",
          .span = { .since = F (38) } },
        LUKS_OPTIONS,
        { NULL } };

static const HdKsOption reqpart_options[]
    = { { "add-boot", HD_KS_FLAG, NULL, "a /boot of its own, too" }, { NULL } };

static const HdKsOption clearpart_options[]
    = { { "all", HD_KS_FLAG, NULL, "remove all partitions" },
        { "linux", HD_KS_FLAG, NULL, "remove those of Linux" },
        { "none", HD_KS_FLAG, NULL, "remove none (the default)" },
        { "list", HD_KS_LIST, "PARTITION,...", "remove these", .span = { .since = F (17) } },
        { "drives", HD_KS_LIST, "DISK,...", "on these disks only" },
        { "initlabel", HD_KS_FLAG, NULL, "make a new partition table" },
        { "disklabel", HD_KS_CHOICE, "TYPE", "type of a new partition table [gpt]",
          .choices = "gpt msdos mbr dasd", .span = { .since = F (21) } },
        { "cdl", HD_KS_FLAG, NULL, "reformat LDL disks",
          .span = { .since = F (28), .also = HD_KS_IN_RHEL6 },
          .note = "there are no DASD disks on these machines" },
        { NULL } };

static const HdKsOption ignoredisk_options[]
    = { { "drives", HD_KS_LIST, "DISK,...", "all disks but these" },
        { "only-use", HD_KS_LIST, "DISK,...", "these disks only", .span = { .since = F (8) } },
        { "interactive", HD_KS_FLAG, NULL, "let a person choose",
          .note = "nobody is asked; use --only-use" },
        { NULL } };

static const HdKsOption mount_options[]
    = { { "reformat", HD_KS_MAYBE, "TYPE", "format it anew" },
        { "mkfsoptions", HD_KS_TEXT, "OPTIONS", "further options for mkfs" },
        { "mountoptions", HD_KS_TEXT, "OPTIONS", "mount options, for fstab" },
        { NULL } };

static const HdKsOption snapshot_options[]
    = { { "name", HD_KS_TEXT, "NAME", "name of the snapshot", HD_KS_REQUIRED },
        { "when", HD_KS_CHOICE, "WHEN", "before or behind the installation", HD_KS_REQUIRED,
          .choices = "pre-install post-install" },
        { NULL } };

static const HdKsOption no_options[] = { { NULL } };

const HdKsCommand hd_ks_storage_commands[] = {
  { "ignoredisk", "", 0, 0, ignoredisk_options, "which disks are looked at", 0,
    .check = check_ignoredisk },
  { "zerombr", "", 0, 0, no_options, "initialise disks whose content is not understood", 0 },
  { "clearpart", "", 0, 0, clearpart_options, "remove partitions before new ones are made", 0,
    .check = check_clearpart },
  { "autopart", "", 0, 0, autopart_options,
    "boot partitions, /boot, swap, and / in the room that is left", 0, .check = check_autopart },
  { "reqpart", "", 0, 0, reqpart_options, "the partitions that booting needs", 0,
    .span = { .since = F (23), .also = HD_KS_IN_RHEL7 } },
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
  { "mount", "DEVICE MOUNTPOINT", 2, 2, mount_options, "use a file system that is there",
    HD_KS_MANY, .span = { .since = F (27), .also = HD_KS_IN_RHEL8 }, .check = check_mount },
  { "snapshot", "GROUP/VOLUME", 1, 1, snapshot_options, "snapshot a logical volume", HD_KS_MANY,
    .span = { .since = F (26), .also = HD_KS_IN_RHEL7 }, .check = check_snapshot },
  { NULL },
};
