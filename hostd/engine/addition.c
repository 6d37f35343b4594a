/* An image on its way into the store. */
#include "engine/addition.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/blob.h"
#include "engine/image-rows.h"
#include "engine/imagetime.h"

/* What was brought of one layer; `result` NULL: nothing yet. */
typedef struct
{
  HdLayerResult *result;
  char *media_type;
  int lock_fd;
} Part;

struct _HdAddition
{
  HdStore *store;
  HdScratch *scratch;
  GPtrArray *layers; /* of HdLayer */
  Part *parts;       /* as many */
  int images_fd;     /* lock */
};

HdAddition *
hd_addition_new (HdStore *store, const char *const *diff_ids, GError **error)
{
  g_autoptr (HdAddition) addition = g_new0 (HdAddition, 1);
  addition->store = store;
  addition->layers = hd_layer_chain (diff_ids);
  addition->parts = g_new0 (Part, addition->layers->len);
  for (guint i = 0; i < addition->layers->len; i++)
    addition->parts[i].lock_fd = -1;
  addition->images_fd = hd_layer_lock_images (store, error);
  if (addition->images_fd < 0 || !hd_layer_look_up (store, addition->layers, error))
    return NULL;
  gboolean waited = FALSE;
  for (guint i = 0; i < addition->layers->len; i++)
    {
      const HdLayer *layer = g_ptr_array_index (addition->layers, i);
      if (layer->id != 0)
        continue;
      addition->parts[i].lock_fd = hd_layer_lock (store, layer->chain, error);
      if (addition->parts[i].lock_fd < 0)
        return NULL;
      waited = TRUE;
    }
  /* Another process may have brought some while we waited for its locks. */
  if (waited && !hd_layer_look_up (store, addition->layers, error))
    return NULL;
  addition->scratch = hd_scratch_new (store, error);
  return addition->scratch != NULL ? g_steal_pointer (&addition) : NULL;
}

void
hd_addition_free (HdAddition *addition)
{
  if (addition == NULL)
    return;
  for (guint i = 0; addition->layers != NULL && i < addition->layers->len; i++)
    {
      hd_layer_result_free (addition->parts[i].result);
      g_free (addition->parts[i].media_type);
      hd_closep (&addition->parts[i].lock_fd);
    }
  g_free (addition->parts);
  g_clear_pointer (&addition->layers, g_ptr_array_unref);
  hd_scratch_free (addition->scratch);
  hd_closep (&addition->images_fd);
  g_free (addition);
}

static HdLayer *
layer_at (const HdAddition *addition, guint index)
{
  return g_ptr_array_index (addition->layers, index);
}

gboolean
hd_addition_has (const HdAddition *addition, guint index)
{
  return layer_at (addition, index)->id != 0 || addition->parts[index].result != NULL;
}

/* ---- Layers ---- */

static int
open_blob_file (HdAddition *addition, guint index, int flags)
{
  g_autofree char *name = g_strdup_printf ("%u.blob", index);
  return openat (addition->scratch->fd, name, flags | O_CLOEXEC, 0644);
}

/* "INDEX/fs" in the scratch folder, root's, 0755, whatever the umask. */
static int
make_folder (HdAddition *addition, guint index)
{
  g_autofree char *outer = g_strdup_printf ("%u", index);
  g_autofree char *path = g_strdup_printf ("%u/fs", index);
  if (mkdirat (addition->scratch->fd, outer, 0700) < 0
      || mkdirat (addition->scratch->fd, path, 0755) < 0)
    return -1;
  int fd = openat (addition->scratch->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0)
    (void)fchmod (fd, 0755);
  return fd;
}

HdLayerJob *
hd_addition_begin (HdAddition *addition, guint index, int input_fd, guint64 max_input,
                   GError **error)
{
  hd_autofd folder = make_folder (addition, index);
  hd_autofd blob = folder < 0 ? -1 : open_blob_file (addition, index, O_RDWR | O_CREAT | O_EXCL);
  if (blob < 0)
    {
      hd_throw_errno (error, errno, "making room for a layer in %s", addition->scratch->path);
      return NULL;
    }
  const HdUnpackOptions options = { .lowest = index == 0,
                                    .max_input = max_input,
                                    .input_fd = input_fd,
                                    .blob_fd = blob,
                                    .folder_fd = folder };
  return hd_layer_job_unpack (&options, error);
}

static gboolean
throw_mismatch (GError **error, const char *what, const char *expected, const char *found)
{
  return hd_throw (error, HD_CORRUPT, "somebody changed the image on its way, or it is damaged",
                   "the %s of a layer should be sha256:%s, and is sha256:%s", what, expected,
                   found);
}

gboolean
hd_addition_end (HdAddition *addition, guint index, HdLayerJob *job, const char *blob,
                 const char *media_type, GError **error)
{
  const HdLayer *layer = layer_at (addition, index);
  g_autoptr (HdLayerResult) result = hd_layer_job_result (job, error);
  if (result == NULL)
    return FALSE;
  if (blob != NULL && !g_str_equal (result->blob, hd_digest_hex (blob)))
    return throw_mismatch (error, "digest", hd_digest_hex (blob), result->blob);
  if (!g_str_equal (result->diff, layer->diff))
    return throw_mismatch (error, "content", layer->diff, result->diff);
  addition->parts[index].result = g_steal_pointer (&result);
  addition->parts[index].media_type = g_strdup (media_type);
  return TRUE;
}

int
hd_addition_open_blob (HdAddition *addition, guint index, GError **error)
{
  const HdLayer *layer = layer_at (addition, index);
  g_autoptr (GError) local = NULL;
  for (guint i = 0; i < addition->layers->len; i++)
    if (addition->parts[i].result != NULL
        && g_str_equal (layer_at (addition, i)->diff, layer->diff))
      return open_blob_file (addition, i, O_RDONLY);
  HdDescriptor *found = hd_layer_find_blob (addition->store, layer->diff, &local);
  int fd = found != NULL ? hd_blob_open (addition->store, hd_digest_hex (found->digest), NULL) : -1;
  hd_descriptor_free (found);
  if (local != NULL && hd_error_code (local) != HD_CORRUPT)
    g_propagate_error (error, g_steal_pointer (&local));
  return fd;
}

/* ---- The end ---- */

/* Absolute paths of the folders below layer `index`, uppermost first: in the scratch folder, or in
 * their places. */
static char **
paths_below (const HdAddition *addition, guint index)
{
  char **paths = g_new0 (char *, index + 1);
  for (guint i = 0; i < index; i++)
    {
      guint below = index - 1 - i;
      g_autofree char *name = hd_layer_name (layer_at (addition, below)->chain);
      paths[i] = addition->parts[below].result != NULL
                     ? g_strdup_printf ("%s/%u/fs", addition->scratch->path, below)
                     : g_build_filename (hd_store_root (addition->store), name, "fs", NULL);
    }
  return paths;
}

static gboolean
finish_layers (HdAddition *addition, GError **error)
{
  for (guint i = 0; i < addition->layers->len; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u/fs", i);
      if (addition->parts[i].result == NULL)
        continue;
      g_auto (GStrv) below = paths_below (addition, i);
      hd_autofd fd = openat (addition->scratch->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (fd < 0)
        return hd_throw_errno (error, errno, "opening %s", name);
      if (!hd_layer_finish (fd, addition->parts[i].result, (const char *const *)below, error))
        return FALSE;
    }
  return TRUE;
}

/* Give folders and blobs their names, when all of it is on the disk. */
static gboolean
adopt_layers (HdAddition *addition, GError **error)
{
  gboolean any = FALSE;
  for (guint i = 0; i < addition->layers->len; i++)
    any |= addition->parts[i].result != NULL;
  if (any && syncfs (addition->scratch->fd) < 0)
    return hd_throw_errno (error, errno, "writing %s to the disk", hd_store_root (addition->store));
  for (guint i = 0; i < addition->layers->len; i++)
    {
      const HdLayerResult *result = addition->parts[i].result;
      g_autofree char *folder = g_strdup_printf ("%u", i);
      g_autofree char *blob = g_strdup_printf ("%u.blob", i);
      if (result == NULL)
        continue;
      if (!hd_blob_adopt (addition->store, addition->scratch->fd, blob, result->blob, error)
          || !hd_layer_adopt (addition->store, addition->scratch->fd, folder,
                              layer_at (addition, i)->chain, error))
        return FALSE;
    }
  if (!any)
    return TRUE;
  int r = hd_fs_sync_dir (hd_store_root_fd (addition->store), "layers");
  if (r == 0)
    r = hd_fs_sync_dir (hd_store_root_fd (addition->store), "blobs/sha256");
  return r == 0
         || hd_throw_errno (error, -r, "writing %s to the disk", hd_store_root (addition->store));
}

static gboolean
insert_layers (HdAddition *addition, GError **error)
{
  gint64 parent = 0;
  for (guint i = 0; i < addition->layers->len; i++)
    {
      HdLayer *layer = layer_at (addition, i);
      const Part *part = &addition->parts[i];
      if (part->result != NULL
          && (!hd_store_run (addition->store, error,
                             "INSERT INTO blob (digest, diff, size, media_type)"
                             " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                             "ssis", part->result->blob, layer->diff,
                             (gint64)part->result->blob_bytes, part->media_type)
              || !hd_layer_insert (addition->store, layer, parent, part->result->bytes, error)))
        return FALSE;
      parent = layer->id;
    }
  return TRUE;
}

static HdImage *
describe (HdAddition *addition, const HdDocuments *documents, const char *id, const char *manifest)
{
  HdImage *image = g_new0 (HdImage, 1);
  image->id = g_strdup (id);
  image->manifest = g_strconcat ("sha256:", manifest, NULL);
  image->os = g_strdup (documents->parsed->os);
  image->architecture = g_strdup (documents->parsed->architecture);
  image->variant = g_strdup (documents->parsed->variant);
  image->created = hd_image_time_seconds (documents->parsed->created);
  if (addition->layers->len > 0)
    image->layer = layer_at (addition, addition->layers->len - 1)->id;
  return image;
}

static gboolean
insert_names (HdStore *store, const char *id, const HdRef *const *names, guint n_names,
              GError **error)
{
  for (guint i = 0; i < n_names; i++)
    if (!hd_image_name (store, id, names[i], error)
        || (names[i]->digest != NULL
            && !hd_image_add_digest (store, id, names[i], names[i]->digest, error)))
      return FALSE;
  return TRUE;
}

static HdImage *
insert_image (HdAddition *addition, const HdDocuments *documents, const char *id,
              const char *manifest, const HdRef *const *names, guint n_names, GError **error)
{
  if (!insert_layers (addition, error))
    return NULL;
  g_autoptr (HdImage) image = describe (addition, documents, id, manifest);
  if (!hd_layer_size (addition->store, image->layer, &image->size_bytes, error)
      || !hd_image_insert (addition->store, image, error)
      || !insert_names (addition->store, id, names, n_names, error))
    return NULL;
  return g_steal_pointer (&image);
}

static gboolean
has_all (const HdAddition *addition)
{
  for (guint i = 0; i < addition->layers->len; i++)
    if (!hd_addition_has (addition, i))
      return FALSE;
  return TRUE;
}

/* The blob of each layer, brought or found. */
static char *
write_manifest (HdAddition *addition, const char *config_hex, gsize config_size, GError **error)
{
  g_autoptr (GPtrArray) blobs = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_descriptor_free);
  g_autofree char *config = g_strconcat ("sha256:", config_hex, NULL);
  for (guint i = 0; i < addition->layers->len; i++)
    {
      const HdLayerResult *result = addition->parts[i].result;
      HdDescriptor *blob = NULL;
      if (result != NULL)
        {
          g_autofree char *digest = g_strconcat ("sha256:", result->blob, NULL);
          blob = hd_descriptor_new (addition->parts[i].media_type, digest, result->blob_bytes);
        }
      else
        blob = hd_layer_find_blob (addition->store, layer_at (addition, i)->diff, error);
      if (blob == NULL)
        return NULL;
      g_ptr_array_add (blobs, blob);
    }
  return hd_manifest_write (config, config_size, blobs);
}

HdImage *
hd_addition_commit (HdAddition *addition, const HdDocuments *documents, const HdRef *const *names,
                    guint n_names, GError **error)
{
  HdStore *store = addition->store;
  g_autofree char *id = NULL;
  g_autofree char *manifest_hex = NULL;
  hd_autofree char *written = NULL;
  g_assert (has_all (addition));
  if (!finish_layers (addition, error) || !adopt_layers (addition, error)
      || !hd_blob_write (store, documents->config, documents->config_size, &id, error))
    return NULL;
  if (documents->manifest == NULL
      && (written = write_manifest (addition, id, documents->config_size, error)) == NULL)
    return NULL;
  if (!hd_blob_write (store, written != NULL ? written : documents->manifest,
                      written != NULL ? strlen (written) : documents->manifest_size, &manifest_hex,
                      error)
      || !hd_store_begin (store, error))
    return NULL;
  g_autoptr (HdImage) image
      = insert_image (addition, documents, id, manifest_hex, names, n_names, error);
  if (image == NULL || !hd_store_commit (store, error))
    {
      hd_store_rollback (store);
      return NULL;
    }
  return g_steal_pointer (&image);
}
