/* What the table says of a partition: its type and its name. */
#include <string.h>

#include "kickstart/layout-internal.h"

const char *
hd_ks_layout_type (const HdKsVolume *volume, const char *root)
{
  if (volume->encrypted)
    return TYPE_LUKS;
  switch (volume->use)
    {
    case HD_KS_USE_BIOS:
      return TYPE_BIOS;
    case HD_KS_USE_EFI:
      return TYPE_EFI;
    case HD_KS_USE_PREP:
      return TYPE_PREP;
    case HD_KS_USE_SWAP:
      return TYPE_SWAP;
    case HD_KS_USE_PV:
      return TYPE_LVM;
    case HD_KS_USE_RAID:
      return TYPE_RAID;
    case HD_KS_USE_FS:
    case HD_KS_USE_BTRFS:
    case HD_KS_USE_POOL:
    case HD_KS_USE_NONE:
    default:
      if (g_strcmp0 (volume->mount, "/") == 0)
        return root != NULL ? root : TYPE_ROOT_X86_64;
      return g_strcmp0 (volume->mount, "/boot") == 0 ? TYPE_BOOT : TYPE_LINUX;
    }
}

char *
hd_ks_layout_name (const HdKsVolume *volume)
{
  g_autofree char *name = NULL;

  if (volume->use == HD_KS_USE_BIOS)
    return g_strdup ("bios");
  if (volume->use == HD_KS_USE_EFI)
    return g_strdup ("efi");
  if (volume->id != NULL)
    return g_strndup (volume->id, 36);
  if (volume->mount == NULL)
    return g_strdup (volume->use == HD_KS_USE_SWAP ? "swap" : "none");
  if (strcmp (volume->mount, "/") == 0)
    return g_strdup ("root");
  name = g_strdelimit (g_strdup (volume->mount + 1), "/", '-');
  return g_strndup (name, 36);
}
