/* The boot loader. */
#include <string.h>

#include "kickstart/entry.h"

#define F HD_KS_FEDORA

static void
check_bootloader (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  const char *drive = hd_ks_text (entry, "boot-drive");
  const char *location = hd_ks_text (entry, "location");

  if (drive != NULL && strchr (drive, ',') != NULL)
    hd_ks_error (report, hd_ks_value_place (entry, "boot-drive"), "name the first of them",
                 "bootloader: --boot-drive is one disk");
  if (hd_ks_given (entry, "iscrypted") && !hd_ks_given (entry, "password")
      && !hd_ks_given (entry, "md5pass"))
    hd_ks_warn (report, hd_ks_value_place (entry, "iscrypted"),
                "add --password=", "bootloader: --iscrypted does nothing without --password");
  if (g_strcmp0 (location, "partition") == 0)
    hd_ks_warn (
        report, hd_ks_value_place (entry, "location"), NULL,
        "bootloader: --location=partition is not done: GRUB stands where the firmware looks "
        "for it");
}

static const HdKsOption bootloader_options[]
    = { { "append", HD_KS_TEXT, "ARGUMENTS", "kernel arguments of the host" },
        { "location", HD_KS_CHOICE, "PLACE", "mbr (where the firmware looks), or none [mbr]",
          .choices = "mbr partition none boot" },
        { "boot-drive", HD_KS_TEXT, "DISK", "disk that the machine starts from",
          .span = { .since = F (17) } },
        { "driveorder", HD_KS_LIST, "DISK,...", "order of the disks; the first is started from" },
        { "timeout", HD_KS_INT, "SECONDS", "time of the menu", .min = 0, .max = 3600,
          .span = { .since = F (8) } },
        { "password", HD_KS_TEXT, "TEXT", "password for changes in the menu", HD_KS_SECRET },
        { "iscrypted", HD_KS_FLAG, NULL, "the password is a hash of grub-mkpasswd-pbkdf2",
          .span = { .since = F (15), .also = HD_KS_IN_RHEL6 } },
        { "md5pass", HD_KS_TEXT, "HASH", "the same as --iscrypted --password=", HD_KS_SECRET },
        { "leavebootorder", HD_KS_FLAG, NULL, "leave the firmware's list of systems as it is",
          .span = { .since = F (18) } },
        { "disabled", HD_KS_FLAG, NULL, "install no boot loader", .span = { .since = F (21) } },
        { "nombr", HD_KS_FLAG, NULL, "write nothing in front of the partitions",
          .span = { .since = F (21) } },
        { "default", HD_KS_TEXT, "NAME", "entry that is started", .span = { .since = F (8) },
          .note = "the newest good deployment is started" },
        { "extlinux", HD_KS_FLAG, NULL, "extlinux in place of GRUB", .span = { .since = F (19) },
          .note = "the host's fallback needs GRUB" },
        { "sdboot", HD_KS_FLAG, NULL, "systemd-boot in place of GRUB", .span = { .since = F (39) },
          .note = "the host's fallback needs GRUB" },
        { "upgrade", HD_KS_FLAG, NULL, "upgrade what is there",
          .span = { .deprecated = F (29), .removed = F (34) },
          .note = "the boot loader is installed anew" },
        { "hvargs", HD_KS_TEXT, "ARGUMENTS", "arguments of Xen", .note = "there is no Xen" },
        { "lba32", HD_KS_FLAG, NULL, "use LBA",
          .span = { .deprecated = F (12), .removed = F (14) } },
        { "linear", HD_KS_FLAG, NULL, "for LILO", .span = { .removed = F (4) } },
        { "nolinear", HD_KS_FLAG, NULL, "for LILO", .span = { .removed = F (4) } },
        { "useLilo", HD_KS_FLAG, NULL, "LILO in place of GRUB", .span = { .removed = F (4) } },
        { NULL } };

const HdKsCommand hd_ks_boot_commands[] = {
  { "bootloader", "", 0, 0, bootloader_options, "boot loader and kernel arguments", 0,
    .check = check_bootloader },
  { NULL },
};
