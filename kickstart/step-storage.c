/* Texts of the steps for disks and what is made of them. */
#include <string.h>

#include "kickstart/step-internal.h"

void
hd_ks_describe_disks (HdKsText *text)
{
  hd_ks_title (text, "Choose the disks");
  if (text->entry == NULL)
    {
      hd_ks_line (text, "all that are not removable");
      return;
    }
  hd_ks_say (text, "only-use", "only");
  hd_ks_say (text, "drives", "all but");
}

void
hd_ks_describe_zero (HdKsText *text)
{
  hd_ks_title (text, "Initialise disks whose content is not understood");
}

void
hd_ks_describe_clear (HdKsText *text)
{
  const HdKsEntry *entry = text->entry;
  /* Of the types the last counts, as in the reference parser; a list is stronger than all. */
  const char *type = NULL;

  for (guint i = 0; i < entry->values->len; i++)
    {
      const HdKsValue *value = &g_array_index (entry->values, HdKsValue, i);
      const char *name = value->option->names;
      if (strcmp (name, "all") == 0 || strcmp (name, "linux") == 0 || strcmp (name, "none") == 0)
        type = name;
    }
  if (hd_ks_given (entry, "list"))
    hd_ks_title (text, "Remove the partitions that are named");
  else if (type == NULL || strcmp (type, "none") == 0)
    hd_ks_title (text, "Remove no partition");
  else
    hd_ks_title (text, "Remove all partitions%s", strcmp (type, "linux") == 0 ? " of Linux" : "");
  hd_ks_say (text, "list", "partitions");
  hd_ks_say (text, "drives", "on");
  hd_ks_say (text, "initlabel", "new partition table");
}

static const char *
kind_name (const HdKsVolume *volume)
{
  switch (volume->kind)
    {
    case HD_KS_RAID:
      return "RAID";
    case HD_KS_GROUP:
      return "volume group";
    case HD_KS_LOGICAL:
      return volume->use == HD_KS_USE_POOL ? "thin pool" : "logical volume";
    case HD_KS_BTRFS:
      return "btrfs volume";
    case HD_KS_SUBVOLUME:
      return "btrfs subvolume";
    case HD_KS_MOUNT:
      return "file system";
    case HD_KS_PARTITION:
    default:
      return "partition";
    }
}

/* What it is for: "for /boot", "for swap", "pv.01". Free with g_free. */
static char *
purpose (const HdKsVolume *volume)
{
  if (volume->mount != NULL)
    return g_strdup_printf (" for %s", volume->mount);
  switch (volume->use)
    {
    case HD_KS_USE_SWAP:
      return g_strdup (" for swap");
    case HD_KS_USE_BIOS:
      return g_strdup (" for GRUB under BIOS");
    case HD_KS_USE_EFI:
      return g_strdup (" for UEFI");
    case HD_KS_USE_PREP:
      return g_strdup (" for PReP");
    case HD_KS_USE_PV:
    case HD_KS_USE_RAID:
    case HD_KS_USE_BTRFS:
      return g_strdup_printf (" %s", volume->id);
    case HD_KS_USE_FS:
    case HD_KS_USE_POOL:
    case HD_KS_USE_NONE:
    default:
      return g_strdup ("");
    }
}

static void
say_size (HdKsText *text, const HdKsVolume *volume)
{
  g_autoptr (GString) size = g_string_new (NULL);

  if (volume->size_mib != HD_KS_NO_SIZE)
    g_string_append_printf (size, "%" G_GINT64_FORMAT " MiB", volume->size_mib);
  if (volume->percent != HD_KS_NO_SIZE)
    g_string_append_printf (size, "%" G_GINT64_FORMAT "%% of the group", volume->percent);
  if (volume->hibernation)
    g_string_append (size,
                     size->len > 0 ? ", by memory, for hibernation" : "by memory, for hibernation");
  else if (volume->recommended)
    g_string_append (size, size->len > 0 ? ", by memory" : "by memory");
  if (volume->grow)
    g_string_append (size, size->len > 0 ? ", and what is left" : "what is left");
  if (volume->grow && volume->max_mib != HD_KS_NO_SIZE)
    g_string_append_printf (size, ", at most %" G_GINT64_FORMAT " MiB", volume->max_mib);
  if (size->len > 0)
    hd_ks_line (text, "size: %s", size->str);
}

static void
say_format (HdKsText *text, const HdKsVolume *volume)
{
  if (volume->encrypted)
    hd_ks_line (text, "encrypted with LUKS");
  if (volume->fstype != NULL)
    hd_ks_line (text, "%s: %s", volume->format ? "format" : "kept", volume->fstype);
  else if (!volume->format)
    hd_ks_line (text, "kept as it is");
}

/* What only some commands have. */
static void
say_options (HdKsText *text, const char *command)
{
  static const char *const part[]
      = { "ondisk", "disk", "onpart", "on", "resize", "resized", "asprimary", "primary", NULL };
  static const char *const raid[]
      = { "level", "level", "spares", "spares", "chunksize", "chunk size in KiB", NULL };
  static const char *const group[] = { "pesize",
                                       "extent in KiB",
                                       "reserved-space",
                                       "left free in MiB",
                                       "reserved-percent",
                                       "left free in percent",
                                       NULL };
  static const char *const logical[] = { "poolname",
                                         "in the pool",
                                         "chunksize",
                                         "chunk size in KiB",
                                         "metadatasize",
                                         "metadata in MiB",
                                         "profile",
                                         "profile",
                                         "cachesize",
                                         "cache in MiB",
                                         "cachemode",
                                         "mode of the cache",
                                         "cachepvs",
                                         "cache on",
                                         "resize",
                                         "resized",
                                         NULL };
  static const char *const btrfs[]
      = { "data",        "level of data",    "metadata", "level of metadata", "label", "label",
          "mkfsoptions", "options for mkfs", NULL };
  static const char *const mount[]
      = { "mkfsoptions", "options for mkfs", "mountoptions", "mount options", NULL };
  static const char *const format[]
      = { "label",     "label",      "fsoptions",    "mount options",
          "fsprofile", "usage type", "mkfsoptions",  "options for mkfs",
          "cipher",    "cipher",     "luks-version", "LUKS",
          NULL };
  static const struct
  {
    const char *command;
    const char *const *pairs;
    gboolean format;
  } rows[] = {
    { "part", part, TRUE },      { "raid", raid, TRUE },    { "volgroup", group, FALSE },
    { "logvol", logical, TRUE }, { "btrfs", btrfs, FALSE }, { "mount", mount, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (command, rows[i].command) == 0)
      {
        hd_ks_say_all (text, rows[i].pairs);
        if (rows[i].format)
          hd_ks_say_all (text, format);
      }
}

void
hd_ks_describe_volume (HdKsText *text)
{
  const HdKsVolume *volume = text->step->volume;
  g_autofree char *what = purpose (volume);
  g_autofree char *members = g_strjoinv (" ", volume->members);
  g_autofree char *command
      = volume->entry != NULL ? hd_ks_first_name (volume->entry->command->names) : NULL;

  hd_ks_title (text, "%s %s%s%s%s", volume->existing ? "Use the" : "Make the", kind_name (volume),
               volume->name != NULL ? " " : "", volume->name != NULL ? volume->name : "", what);
  if (*members != '\0')
    hd_ks_line (text, "of: %s", members);
  say_size (text, volume);
  say_format (text, volume);
  if (command != NULL)
    say_options (text, command);
  else
    hd_ks_line (text, "added, since no line asks for it");
}

void
hd_ks_describe_snapshot (HdKsText *text)
{
  hd_ks_title (text, "Snapshot %s", hd_ks_operand (text->entry, 0));
  hd_ks_say (text, "name", "name");
}

static int
compare_mounts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Outer folders before what is in them. */
void
hd_ks_describe_mount (HdKsText *text)
{
  g_autoptr (GPtrArray) mounts = g_ptr_array_new ();

  hd_ks_title (text, "Mount the host at /mnt/sysimage");
  for (guint i = 0; i < text->volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (text->volumes, i);
      if (volume->mount != NULL)
        g_ptr_array_add (mounts, volume->mount);
    }
  g_ptr_array_sort (mounts, compare_mounts);
  for (guint i = 0; i < mounts->len; i++)
    hd_ks_line (text, "%s", (const char *)g_ptr_array_index (mounts, i));
}
