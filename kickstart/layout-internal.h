/* What the files of layout.h share. */
#pragma once

#include "kickstart/layout.h"

/* Types: UEFI specification 5.3.3 and the Discoverable Partitions Specification. */
#define TYPE_BIOS "21686148-6449-6E6F-744E-656564454649"
#define TYPE_EFI "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define TYPE_PREP "9E1A2D38-C612-4316-AA26-8B49521E5A8B"
#define TYPE_BOOT "BC13C2FF-59E6-4262-A352-B275FD6F7172"
#define TYPE_ROOT_X86_64 "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
#define TYPE_LINUX "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define TYPE_SWAP "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F"
#define TYPE_LVM "E6D6D379-F507-44C2-A23C-238F2A3DF928"
#define TYPE_RAID "A19D880F-05FC-4D3B-A006-743F0F84911E"
#define TYPE_LUKS "CA7D7CCB-63ED-4C53-861C-1742536059CC"

/* Whether ignoredisk leaves the disk to us. */
gboolean hd_ks_layout_may_use (const HdKickstart *kickstart, const HdKsDisk *disk);
/* "all", "linux", "list" or "none": what clearpart (or NULL) does to the disk. Static. */
const char *hd_ks_layout_clear_mode (const HdKsEntry *clear, const HdKsDisk *disk);
/* Add what goes in this mode to the layout. */
void hd_ks_layout_remove (HdKsDiskLayout *layout, const HdKsEntry *clear, const char *mode);
/* Whether the disk may get a new table: nothing is on it, or what is there was given up. */
gboolean hd_ks_layout_may_renew (const HdKickstart *kickstart, const HdKsDiskLayout *layout,
                                 const HdKsEntry *clear, const char *mode);

/* GUID of a partition for the volume, `root` that of / or NULL. Static. */
const char *hd_ks_layout_type (const HdKsVolume *volume, const char *root);
/* "bios", "efi", "boot", "root", "swap", "var-home", "pv.01": at most the 36 characters of GPT.
 * Free with g_free. */
char *hd_ks_layout_name (const HdKsVolume *volume);
