/* What the storage commands ask for, as one list of volumes in the order in which they are made.
 *
 * Automatic partitioning is written out, and what booting needs is added (a BIOS boot and an EFI
 * system partition, so that each disk starts under both firmwares). Knows no disk: sizes are
 * requests. Pure; the rules between volumes are in rules.h.
 */
#pragma once

#include "kickstart/kickstart.h"

typedef enum
{
  HD_KS_PARTITION,
  HD_KS_RAID,
  HD_KS_GROUP,   /* volume group */
  HD_KS_LOGICAL, /* logical volume; also thin pools and thin volumes */
  HD_KS_BTRFS,
  HD_KS_SUBVOLUME, /* of a btrfs */
  HD_KS_MOUNT,     /* a file system that is there */
} HdKsVolumeKind;

typedef enum
{
  HD_KS_USE_FS,
  HD_KS_USE_SWAP,
  HD_KS_USE_PV,    /* member of a volume group */
  HD_KS_USE_RAID,  /* member of a RAID */
  HD_KS_USE_BTRFS, /* member of a btrfs */
  HD_KS_USE_BIOS,  /* BIOS boot partition */
  HD_KS_USE_EFI,   /* EFI system partition */
  HD_KS_USE_PREP,  /* boot partition of POWER */
  HD_KS_USE_POOL,  /* thin pool */
  HD_KS_USE_NONE,  /* made, and not used */
} HdKsUse;

#define HD_KS_NO_SIZE (-1)

typedef struct
{
  HdKsVolumeKind kind;
  HdKsUse use;
  char *id;     /* of a member of others, as "pv.01"; else NULL */
  char *name;   /* array, group, "GROUP/VOLUME", label or subvolume; NULL for a partition */
  char *mount;  /* where the host has it ("/home" is "/var/home" there), or NULL */
  char *fstype; /* NULL: what is there, or none */
  gint64 size_mib, max_mib, percent; /* HD_KS_NO_SIZE: not given */
  gboolean grow;
  gboolean recommended, hibernation; /* size by the machine */
  gboolean existing;                 /* it is there already */
  gboolean format;
  gboolean encrypted;
  char **members;         /* names; never NULL */
  const HdKsEntry *entry; /* the line that asks for it; NULL: added for booting */
} HdKsVolume;

/* The volumes; free with g_ptr_array_unref. They refer to the kickstart's entries. */
GPtrArray *hd_ks_storage_new (const HdKickstart *kickstart);

/* The first volume that is mounted at `mount`, or NULL. */
const HdKsVolume *hd_ks_storage_mounted (const GPtrArray *volumes, const char *mount);
/* The first that is the member `id`; the first of this kind with this name; or NULL. */
const HdKsVolume *hd_ks_storage_member (const GPtrArray *volumes, const char *id);
const HdKsVolume *hd_ks_storage_named (const GPtrArray *volumes, HdKsVolumeKind kind,
                                       const char *name);
/* Where a host that is an OSTree deployment has the folder: "/home" is "/var/home". Free with
 * g_free. */
char *hd_ks_mount_on_host (const char *mount);
