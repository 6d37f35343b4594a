/* Words to disks. */
#include "kickstart/target.h"

#include <string.h>
#include "base/error.h"

/* What stands before '=' when it is a name and no path. */
static char *
name_in (const char *word, const char **ret_path)
{
  const char *equals = strchr (word, '=');

  *ret_path = word;
  if (equals != NULL && memchr (word, '/', (gsize)(equals - word)) == NULL)
    {
      *ret_path = equals + 1;
      return g_strndup (word, (gsize)(equals - word));
    }
  if (g_str_has_prefix (word, "/dev/"))
    return g_strdup (word + strlen ("/dev/"));
  return NULL;
}

static gboolean
check_names (const GPtrArray *disks, GError **error)
{
  for (guint i = 0; i < disks->len && disks->len > 1; i++)
    {
      const HdKsDisk *disk = g_ptr_array_index (disks, i);
      if (disk->name == NULL)
        return hd_throw (error, HD_USAGE, "write --disk=NAME=PATH, as sda=disk.raw",
                         "of several disks each has a name, and %s has none", disk->path);
      for (guint j = 0; j < i; j++)
        if (strcmp (((const HdKsDisk *)g_ptr_array_index (disks, j))->name, disk->name) == 0)
          return hd_throw (error, HD_USAGE, NULL, "two disks with the name %s", disk->name);
    }
  return TRUE;
}

GPtrArray *
hd_ks_target_read (const char *const *words, GError **error)
{
  g_autoptr (GPtrArray) disks = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_ks_disk_free);

  for (; *words != NULL; words++)
    {
      const char *path;
      g_autofree char *name = name_in (*words, &path);
      HdKsDisk *disk = hd_ks_disk_read (name, path, error);
      if (disk == NULL)
        return NULL;
      g_ptr_array_add (disks, disk);
    }
  return check_names (disks, error) ? g_steal_pointer (&disks) : NULL;
}
