#include "kickstart/fstab.h"

#include <string.h>

#include "base/error.h"
#include "kickstart/filesystem.h"

static gboolean
refuse (const HdKsVolume *volume, GError **error, const char *what)
{
  const HdKsPlace *place = &volume->entry->place;

  return hd_throw (error, HD_CONFIG, NULL, "%s:%u:%u: %s: %s", place->file, place->line,
                   place->column, volume->entry->name, what);
}

/* The value of an option that not each command has. */
static const char *
text_of (const HdKsVolume *volume, const char *option)
{
  return volume->entry != NULL && hd_ks_option_find (volume->entry->command, option) != NULL
             ? hd_ks_text (volume->entry, option)
             : NULL;
}

static const HdKsSlot *
find_slot (const GPtrArray *layouts, const HdKsVolume *volume)
{
  for (guint i = 0; i < layouts->len; i++)
    {
      const HdKsDiskLayout *layout = g_ptr_array_index (layouts, i);
      for (guint j = 0; j < layout->slots->len; j++)
        {
          const HdKsSlot *slot = g_ptr_array_index (layout->slots, j);
          if (slot->volume == volume)
            return slot;
        }
    }
  return NULL;
}

/* The name that the device mapper gives "GROUP/VOLUME". */
static char *
mapper_path (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", 2);
  g_autoptr (GString) path = g_string_new ("/dev/mapper/");

  for (char **part = parts; *part != NULL; part++)
    {
      if (part != parts)
        g_string_append_c (path, '-');
      for (const char *c = *part; *c != '\0'; c++)
        g_string_append (path, *c == '-' ? "--" : (char[]){ *c, '\0' });
    }
  return g_string_free (g_steal_pointer (&path), FALSE);
}

/* "sda1" and "/dev/sda1"; "LABEL=x" is itself. */
static char *
device_path (const char *name)
{
  return *name == '/' || strchr (name, '=') != NULL ? g_strdup (name)
                                                    : g_strconcat ("/dev/", name, NULL);
}

static char *
source_of (const HdKsVolume *volume, const GPtrArray *layouts, const char *seed, GError **error)
{
  const HdKsSlot *slot = find_slot (layouts, volume);

  if (g_strcmp0 (volume->fstype, "tmpfs") == 0)
    return g_strdup ("tmpfs");
  if (volume->encrypted)
    refuse (volume, error, "encrypted volumes are not mounted yet");
  else if (slot != NULL)
    return hd_ks_filesystem_source (slot, seed);
  else if (volume->kind == HD_KS_MOUNT)
    return device_path (hd_ks_operand (volume->entry, 0));
  else if (volume->kind == HD_KS_PARTITION && text_of (volume, "onpart") != NULL)
    return device_path (text_of (volume, "onpart"));
  else if (volume->kind == HD_KS_LOGICAL && volume->name != NULL)
    return mapper_path (volume->name);
  else if (volume->kind == HD_KS_RAID && volume->name != NULL)
    return g_strconcat ("/dev/md/", volume->name, NULL);
  else
    refuse (volume, error, "it is not mounted by fstab yet");
  return NULL;
}

static char *
options_of (const HdKsVolume *volume)
{
  const char *given = text_of (volume, "fsoptions") ?: text_of (volume, "mountoptions");
  const char *base = given != NULL && *given != '\0'           ? given
                     : g_strcmp0 (volume->mount, "/boot") == 0 ? "defaults,nosuid,nodev,noexec"
                     : volume->use == HD_KS_USE_EFI            ? "umask=0077,nofail"
                                                               : "defaults";

  if (g_strcmp0 (volume->fstype, "tmpfs") == 0 && volume->size_mib != HD_KS_NO_SIZE)
    return g_strdup_printf ("%s,size=%" G_GINT64_FORMAT "M", base, volume->size_mib);
  return g_strdup (base);
}

/* A field as getmntent(3) reads it. */
static void
put_field (GString *text, const char *field)
{
  for (; *field != '\0'; field++)
    if (strchr (" \\", *field) != NULL || g_ascii_iscntrl (*field))
      g_string_append_printf (text, "\\%03o", (unsigned char)*field);
    else
      g_string_append_c (text, *field);
  g_string_append (text, "  ");
}

static gboolean
put_line (GString *text, const HdKsVolume *volume, const GPtrArray *layouts, const char *seed,
          GError **error)
{
  gboolean swap = volume->use == HD_KS_USE_SWAP;
  const char *type = volume->fstype ?: swap ? "swap" : "auto";
  gboolean checked = g_str_has_prefix (type, "ext") || strcmp (type, "vfat") == 0;
  g_autofree char *options = options_of (volume);
  g_autofree char *source = source_of (volume, layouts, seed, error);

  if (source == NULL)
    return FALSE;
  put_field (text, source);
  put_field (text, swap ? "none" : volume->mount);
  put_field (text, type);
  put_field (text, options);
  g_string_append (text, checked ? "0 2\n" : "0 0\n");
  return TRUE;
}

/* A folder stands before those in it. */
static int
compare (gconstpointer a, gconstpointer b)
{
  const HdKsVolume *first = *(const HdKsVolume *const *)a, *second = *(const HdKsVolume *const *)b;

  if ((first->use == HD_KS_USE_SWAP) != (second->use == HD_KS_USE_SWAP))
    return first->use == HD_KS_USE_SWAP ? 1 : -1;
  return g_strcmp0 (first->mount, second->mount);
}

char *
hd_ks_fstab_new (const GPtrArray *volumes, const GPtrArray *layouts, const char *seed,
                 GError **error)
{
  g_autoptr (GString) text
      = g_string_new ("# The root file system is mounted by the initramfs, and its parts by "
                      "ostree-prepare-root.\n");
  g_autoptr (GPtrArray) mounted = g_ptr_array_new ();

  for (guint i = 0; i < volumes->len; i++)
    {
      HdKsVolume *volume = g_ptr_array_index (volumes, i);
      if (volume->use == HD_KS_USE_SWAP
          || (volume->mount != NULL && volume->mount[0] == '/' && volume->mount[1] != '\0'))
        g_ptr_array_add (mounted, volume);
    }
  g_ptr_array_sort (mounted, compare);
  for (guint i = 0; i < mounted->len; i++)
    if (!put_line (text, g_ptr_array_index (mounted, i), layouts, seed, error))
      return NULL;
  return g_string_free (g_steal_pointer (&text), FALSE);
}
