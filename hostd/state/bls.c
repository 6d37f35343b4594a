/* Boot entries of libostree: parsing (pure) and reading of a folder of them. */
#include "state/bls.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"
#include "state/kargs.h"

#define MAX_ENTRY_BYTES (64 * 1024)
#define MAX_ENTRIES 64

void
hd_bls_entry_free (HdBlsEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->title);
  g_free (entry->kernel);
  g_ptr_array_unref (entry->initrd);
  g_strfreev (entry->options);
  g_free (entry);
}

/* Take one "key value" line into `entry`; FALSE when the value is malformed. */
static gboolean
take_line (HdBlsEntry *entry, const char *key, const char *value)
{
  gint64 number;
  if (strcmp (key, "version") == 0)
    {
      if (hd_parse_int64 (value, &number) < 0 || number < 0 || number > G_MAXINT)
        return FALSE;
      entry->version = (int)number;
    }
  else if (strcmp (key, "title") == 0)
    {
      g_free (entry->title);
      entry->title = g_strdup (value);
    }
  else if (strcmp (key, "linux") == 0)
    {
      g_free (entry->kernel);
      entry->kernel = g_strdup (value);
    }
  else if (strcmp (key, "initrd") == 0)
    g_ptr_array_add (entry->initrd, g_strdup (value));
  else if (strcmp (key, "options") == 0)
    {
      g_strfreev (entry->options);
      entry->options = hd_kargs_split (value);
    }
  return TRUE;
}

HdBlsEntry *
hd_bls_parse (const char *name, const char *text, GError **error)
{
  g_autoptr (HdBlsEntry) entry = g_new0 (HdBlsEntry, 1);
  entry->initrd = g_ptr_array_new_with_free_func (g_free);

  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      char *key = g_strstrip (*line);
      gsize key_length = strcspn (key, " \t");
      if (key[0] == '#' || key[key_length] == '\0')
        continue;
      key[key_length] = '\0';
      if (!take_line (entry, key, g_strchug (key + key_length + 1)))
        {
          hd_throw (error, HD_BOOTLOADER, NULL, "boot entry %s: malformed %s", name, key);
          return NULL;
        }
    }
  if (entry->kernel == NULL || entry->options == NULL)
    {
      hd_throw (error, HD_BOOTLOADER, NULL, "boot entry %s has no %s", name,
                entry->kernel == NULL ? "kernel" : "options");
      return NULL;
    }
  return g_steal_pointer (&entry);
}

static int
compare_boot_order (gconstpointer a, gconstpointer b)
{
  return (*(HdBlsEntry *const *)b)->version - (*(HdBlsEntry *const *)a)->version;
}

static HdBlsEntry *
read_entry (int dir_fd, const char *name, GError **error)
{
  hd_autofree char *text = NULL;
  int r = hd_fs_read (dir_fd, name, MAX_ENTRY_BYTES, &text, NULL);
  if (r < 0)
    {
      hd_throw_errno (error, -r, "reading boot entry %s", name);
      return NULL;
    }
  return hd_bls_parse (name, text, error);
}

GPtrArray *
hd_bls_read_set (int boot_fd, int set, GError **error)
{
  g_autofree char *path = g_strdup_printf ("loader.%d/entries", set);
  int dir_fd = openat (boot_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = dir_fd >= 0 ? fdopendir (dir_fd) : NULL;
  if (dir == NULL)
    {
      hd_throw_errno (error, errno, "opening the boot entries /boot/%s", path);
      return NULL;
    }

  g_autoptr (GPtrArray) entries
      = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_bls_entry_free);
  gboolean ok = TRUE;
  for (struct dirent *item = readdir (dir); ok && item != NULL; item = readdir (dir))
    {
      if (!g_str_has_prefix (item->d_name, "ostree-") || !g_str_has_suffix (item->d_name, ".conf"))
        continue;
      HdBlsEntry *entry = NULL;
      if (entries->len >= MAX_ENTRIES)
        ok = hd_throw (error, HD_BOOTLOADER, NULL, "too many boot entries in /boot/%s", path);
      else if ((entry = read_entry (dir_fd, item->d_name, error)) == NULL)
        ok = FALSE;
      else
        g_ptr_array_add (entries, entry);
    }
  closedir (dir);
  if (!ok)
    return NULL;
  g_ptr_array_sort (entries, compare_boot_order);
  return g_steal_pointer (&entries);
}

gboolean
hd_bls_current_set (int boot_fd, int *ret_set, GError **error)
{
  char target[64];
  gssize length = readlinkat (boot_fd, "loader", target, sizeof target - 1);
  if (length < 0 && errno == EINVAL)
    return hd_throw (error, HD_BOOTLOADER, NULL, "/boot/loader is no link");
  if (length < 0)
    return hd_throw_errno (error, errno, "reading the link /boot/loader");
  target[length] = '\0';
  if (strcmp (target, "loader.0") != 0 && strcmp (target, "loader.1") != 0)
    return hd_throw (error, HD_BOOTLOADER, NULL, "the link /boot/loader points to %s", target);
  *ret_set = target[strlen ("loader.")] - '0';
  return TRUE;
}

const char *
hd_bls_kernel_release (const HdBlsEntry *entry)
{
  const char *base = strrchr (entry->kernel, '/');
  base = base != NULL ? base + 1 : entry->kernel;
  return g_str_has_prefix (base, "vmlinuz-") ? base + strlen ("vmlinuz-") : NULL;
}
