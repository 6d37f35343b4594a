/* The files beside the images, in the order in which they depend on each other. */
#include "tools/sums.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "common/fs.h"
#include "tools/keys.h"
#include "tools/sums-list.h"

typedef struct
{
  const char *folder;
  GPtrArray *entries; /* HdSumsEntry */
} Writing;

static gboolean
replace (const char *folder, const char *name, const void *data, gsize length, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  int status = hd_fs_replace (AT_FDCWD, path, data, length, 0644);
  return status == 0 || hd_throw_errno (error, -status, "writing %s", path);
}

/* Write a file and note its digest. */
static gboolean
add_file (Writing *writing, const char *name, const void *data, gsize length, GError **error)
{
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, length);
  g_ptr_array_add (writing->entries, hd_sums_entry_new (name, sha256));
  return replace (writing->folder, name, data, length, error);
}

/* `text` is taken over. */
static gboolean
add_text (Writing *writing, const char *base, const char *suffix, char *text, GError **error)
{
  g_autofree char *owned = text;
  g_autofree char *name = g_strconcat (base, suffix, NULL);
  return add_file (writing, name, owned, strlen (owned), error);
}

static gboolean
add_key (Writing *writing, const HdSums *sums, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) key = hd_keys_export (sums->key_home, sums->fingerprint, cancellable, error);
  return key != NULL
         && add_file (writing, HD_SUMS_KEY, g_bytes_get_data (key, NULL), g_bytes_get_size (key),
                      error);
}

/* The list, and its signature; one of an earlier list goes away first. */
static gboolean
write_list (Writing *writing, const HdSums *sums, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = hd_sums_format (writing->entries);
  g_autofree char *old = g_build_filename (writing->folder, HD_SUMS_SIGNATURE, NULL);
  if (g_unlink (old) < 0 && errno != ENOENT)
    return hd_throw_errno (error, errno, "removing %s", old);
  if (!replace (writing->folder, HD_SUMS_FILE, text, strlen (text), error))
    return FALSE;
  if (sums->key_home == NULL)
    return TRUE;
  gint64 created;
  if (!hd_keys_created (sums->key_home, sums->fingerprint, &created, cancellable, error))
    return FALSE;
  g_autoptr (GBytes) data = g_bytes_new (text, strlen (text));
  g_autoptr (GBytes) signature = hd_keys_sign (sums->key_home, sums->fingerprint, data,
                                               MAX (sums->epoch, created), cancellable, error);
  return signature != NULL
         && replace (writing->folder, HD_SUMS_SIGNATURE, g_bytes_get_data (signature, NULL),
                     g_bytes_get_size (signature), error);
}

gboolean
hd_sums_write (const HdSums *sums, GPtrArray *images, const char *folder, GCancellable *cancellable,
               GError **error)
{
  g_autoptr (GPtrArray) entries
      = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_sums_entry_free);
  Writing writing = { folder, entries };
  for (guint i = 0; i < images->len; i++)
    {
      const HdFormatOutput *image = g_ptr_array_index (images, i);
      g_autofree char *name = g_path_get_basename (image->path);
      g_ptr_array_add (entries, hd_sums_entry_new (name, image->sha256));
    }
  if (sums->packages != NULL
      && (!add_text (&writing, sums->base, ".spdx.json", hd_sums_spdx (sums), error)
          || !add_text (&writing, sums->base, ".cdx.json", hd_sums_cyclonedx (sums), error)))
    return FALSE;
  if (sums->definition != NULL
      && !add_text (&writing, sums->base, ".conf", g_strdup (sums->definition), error))
    return FALSE;
  return add_text (&writing, sums->base, ".provenance.json", hd_sums_provenance (sums, images),
                   error)
         && (sums->key_home == NULL || add_key (&writing, sums, cancellable, error))
         && write_list (&writing, sums, cancellable, error);
}
