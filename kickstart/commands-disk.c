/* Which disks, what is removed from them, and automatic partitioning. */
#include <string.h>

#include "kickstart/volume-options.h"

/* ---- Rules of one line ---- */

static void
check_autopart (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  const char *type = hd_ks_text (entry, "type");
  const char *fstype = hd_ks_text (entry, "fstype");

  hd_ks_check_luks (entry, report);
  if (g_strcmp0 (fstype, "btrfs") == 0)
    hd_ks_refuse (entry, report, "fstype", "write --type=btrfs",
                  "btrfs is a type of partitioning here");
  if (g_strcmp0 (type, "btrfs") == 0 && fstype != NULL)
    hd_ks_refuse (entry, report, "fstype", "leave out one of them",
                  "--type=btrfs and --fstype exclude each other");
  if (g_strcmp0 (type, "btrfs") == 0 && hd_ks_lacks_btrfs (version))
    hd_ks_refuse (entry, report, "type", "take plain, lvm or thinp",
                  "btrfs is not in RHEL since release 8");
  if (hd_ks_given (entry, "hibernation") && hd_ks_given (entry, "noswap"))
    hd_ks_refuse (entry, report, "noswap", "leave out one of them", "hibernation wants a swap");
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
  if (hd_ks_given (entry, "disklabel") && strcmp (hd_ks_text (entry, "disklabel"), "gpt") != 0)
    hd_ks_warn (report, hd_ks_value_place (entry, "disklabel"), NULL,
                "a partition table %s is not made: new ones are gpt",
                hd_ks_text (entry, "disklabel"));
}

static void
check_ignoredisk (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  int given = hd_ks_given (entry, "drives") + hd_ks_given (entry, "only-use")
              + hd_ks_given (entry, "interactive");

  if (given != 1)
    hd_ks_refuse (entry, report, NULL, "give --drives= or --only-use=",
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
    hd_ks_refuse (entry, report, "mkfsoptions", "add --reformat=TYPE",
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
    hd_ks_refuse (entry, report, "name", NULL, "a snapshot wants a name");
}

/* ---- Options ---- */

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

const HdKsCommand hd_ks_disk_commands[] = {
  { "ignoredisk", "", 0, 0, ignoredisk_options, "which disks are looked at", 0,
    .check = check_ignoredisk },
  { "zerombr", "", 0, 0, no_options, "initialise disks whose content is not understood", 0 },
  { "clearpart", "", 0, 0, clearpart_options, "remove partitions before new ones are made", 0,
    .check = check_clearpart },
  { "autopart", "", 0, 0, autopart_options,
    "boot partitions, /boot, swap, and / in the room that is left", 0, .check = check_autopart },
  { "reqpart", "", 0, 0, reqpart_options, "the partitions that booting needs", 0,
    .span = { .since = F (23), .also = HD_KS_IN_RHEL7 } },
  { "mount", "DEVICE MOUNTPOINT", 2, 2, mount_options, "use a file system that is there",
    HD_KS_MANY, .span = { .since = F (27), .also = HD_KS_IN_RHEL8 }, .check = check_mount },
  { "snapshot", "GROUP/VOLUME", 1, 1, snapshot_options, "snapshot a logical volume", HD_KS_MANY,
    .span = { .since = F (26), .also = HD_KS_IN_RHEL7 }, .check = check_snapshot },
  { NULL },
};
