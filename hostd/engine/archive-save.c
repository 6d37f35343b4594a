/* Images into an archive: a folder of links to blobs and a few documents, packed as it is. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"
#include "engine/archive.h"
#include "engine/blob.h"
#include "engine/helper.h"
#include "engine/image-rows.h"
#include "engine/layerjob.h"
#include "engine/manifest.h"
#include "engine/manifest-for.h"
#include "engine/registries.h"
#include "engine/scratch.h"

#define BLOBS "blobs/sha256"
#define LAYOUT "{\"imageLayoutVersion\":\"1.0.0\"}"
/* Dates of what is made here: the same images give the same bytes. */
#define FIXED_TIME 0

typedef struct
{
  HdStore *store;
  HdArchiveForm form;
  HdScratch *scratch;
  GHashTable *seen;  /* ids of images that are in it */
  hd_json *index;    /* "manifests" of index.json */
  hd_json *manifest; /* manifest.json */
} Save;

static gboolean
set_time (Save *save, const char *path, GError **error)
{
  const struct timespec times[2] = { { .tv_sec = FIXED_TIME }, { .tv_sec = FIXED_TIME } };
  if (utimensat (save->scratch->fd, path, times, AT_SYMLINK_NOFOLLOW) < 0)
    return hd_throw_errno (error, errno, "writing %s/%s", save->scratch->path, path);
  return TRUE;
}

static gboolean
write_text (Save *save, const char *path, const char *text, GError **error)
{
  hd_autofd fd = openat (save->scratch->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  int r = fd < 0 ? -errno : hd_fs_write_all (fd, text, strlen (text));
  if (r < 0)
    return hd_throw_errno (error, -r, "writing %s/%s", save->scratch->path, path);
  return set_time (save, path, error);
}

static gboolean
link_blob (Save *save, const char *hex, GError **error)
{
  g_autofree char *name = hd_blob_name (hex);
  if (linkat (hd_store_root_fd (save->store), name, save->scratch->fd, name, 0) == 0
      || errno == EEXIST)
    return set_time (save, name, error);
  return hd_throw_errno (error, errno, "the blob %s", hex);
}

/* A document that need not be a blob of the store. */
static gboolean
write_blob (Save *save, const char *text, char **ret_digest, GError **error)
{
  *ret_digest = hd_digest_of (text, strlen (text));
  g_autofree char *path = hd_blob_name (hd_digest_hex (*ret_digest));
  return write_text (save, path, text, error);
}

/* ---- Entries ---- */

static hd_json *
index_entry (const char *digest, gsize size, const HdImage *image, const char *repository,
             const char *tag)
{
  hd_json *entry = hd_json_new_object ();
  hd_json_set_string (entry, "mediaType", HD_MEDIA_OCI_MANIFEST);
  hd_json_set_string (entry, "digest", digest);
  hd_json_set_uint (entry, "size", size);
  hd_json *platform = hd_json_new_object ();
  hd_json_set_string (platform, "architecture", image->architecture);
  hd_json_set_string (platform, "os", image->os);
  hd_json_set_string (platform, "variant", image->variant);
  hd_json_set (entry, "platform", platform);
  if (tag != NULL)
    {
      g_autofree char *whole = g_strconcat (repository, ":", tag, NULL);
      hd_json *annotations = hd_json_new_object ();
      hd_json_set_string (annotations, "io.containerd.image.name", whole);
      hd_json_set_string (annotations, "org.opencontainers.image.ref.name", tag);
      hd_json_set (entry, "annotations", annotations);
    }
  return entry;
}

static hd_json *
docker_entry (const HdManifest *manifest, const HdImage *image, char **names)
{
  hd_json *entry = hd_json_new_object ();
  hd_json *tags = hd_json_new_array ();
  hd_json *layers = hd_json_new_array ();
  g_autofree char *config = hd_blob_name (image->id);
  hd_json_set_string (entry, "Config", config);
  for (; *names != NULL; names++)
    hd_json_append (tags, hd_json_new_string (*names));
  hd_json_set (entry, "RepoTags", tags);
  for (guint i = 0; i < manifest->entries->len; i++)
    {
      const HdDescriptor *layer = g_ptr_array_index (manifest->entries, i);
      g_autofree char *path = hd_blob_name (hd_digest_hex (layer->digest));
      hd_json_append (layers, hd_json_new_string (path));
    }
  hd_json_set (entry, "Layers", layers);
  return entry;
}

/* The manifest, its configuration and layers. */
static HdManifest *
add_blobs (Save *save, const HdImage *image, char **ret_digest, gsize *ret_size, GError **error)
{
  hd_autofree char *text = hd_manifest_for (save->store, image, error);
  if (text == NULL || !write_blob (save, text, ret_digest, error))
    return NULL;
  *ret_size = strlen (text);
  g_autoptr (HdManifest) manifest = hd_manifest_parse (text, *ret_size, NULL, error);
  if (manifest == NULL || !link_blob (save, image->id, error))
    return NULL;
  for (guint i = 0; i < manifest->entries->len; i++)
    {
      const HdDescriptor *layer = g_ptr_array_index (manifest->entries, i);
      if (!link_blob (save, hd_digest_hex (layer->digest), error))
        return NULL;
    }
  return g_steal_pointer (&manifest);
}

/* The names of an image that were asked for: one, or (by id) none. */
static gboolean
add_image (Save *save, const HdImage *image, const HdRef *name, GError **error)
{
  g_autofree char *digest = NULL;
  gsize size;
  g_autoptr (HdManifest) manifest = add_blobs (save, image, &digest, &size, error);
  if (manifest == NULL)
    return FALSE;
  g_autofree char *repository = name != NULL ? hd_ref_repository (name) : NULL;
  g_autofree char *familiar = name != NULL ? hd_ref_familiar (repository) : NULL;
  g_autofree char *tagged
      = name != NULL && name->tag != NULL ? g_strconcat (familiar, ":", name->tag, NULL) : NULL;
  char *names[] = { tagged, NULL };
  hd_json_append (save->index,
                  index_entry (digest, size, image, repository, name != NULL ? name->tag : NULL));
  hd_json_append (save->manifest, docker_entry (manifest, image, names));
  return TRUE;
}

/* The name that `text` is, if it is one of this image. */
static HdRef *
name_of (HdStore *store, const char *text, const HdImage *image)
{
  g_autoptr (GPtrArray) refs
      = g_str_has_prefix (image->id, text) ? NULL : hd_registries_resolve (text, NULL);
  for (guint i = 0; refs != NULL && i < refs->len; i++)
    {
      const HdRef *ref = g_ptr_array_index (refs, i);
      g_autoptr (HdImage) found = hd_image_by_ref (store, ref, NULL);
      if (found != NULL && g_str_equal (found->id, image->id))
        return hd_ref_copy (ref);
    }
  return NULL;
}

static gboolean
write_documents (Save *save, GError **error)
{
  hd_autojson index = hd_json_new_object ();
  hd_json_set_int (index, "schemaVersion", 2);
  hd_json_set_string (index, "mediaType", HD_MEDIA_OCI_INDEX);
  hd_json_set (index, "manifests", hd_json_copy (save->index));
  hd_autofree char *index_text = hd_json_to_text (index, false);
  hd_autofree char *manifest_text = hd_json_to_text (save->manifest, false);
  return write_text (save, "index.json", index_text, error)
         && write_text (save, "oci-layout", LAYOUT, error)
         && (save->form == HD_ARCHIVE_OCI
             || write_text (save, "manifest.json", manifest_text, error))
         && set_time (save, BLOBS, error) && set_time (save, "blobs", error);
}

static gboolean
fill (Save *save, const char *const *names, GError **error)
{
  int r = hd_fs_mkdirs (save->scratch->fd, BLOBS, 0755);
  if (r < 0)
    return hd_throw_errno (error, -r, "making folders in %s", save->scratch->path);
  for (; *names != NULL; names++)
    {
      g_autoptr (HdImage) image = hd_image_find (save->store, *names, error);
      if (image == NULL)
        return FALSE;
      g_autoptr (HdRef) name = name_of (save->store, *names, image);
      if (!add_image (save, image, name, error))
        return FALSE;
    }
  return write_documents (save, error);
}

gboolean
hd_archive_save (HdStore *store, const char *const *names, HdArchiveForm form, int fd,
                 GError **error)
{
  g_autoptr (HdScratch) scratch = hd_scratch_new (store, error);
  hd_autojson index = hd_json_new_array ();
  hd_autojson manifest = hd_json_new_array ();
  Save save
      = { .store = store, .form = form, .scratch = scratch, .index = index, .manifest = manifest };
  if (scratch == NULL || !fill (&save, names, error))
    return FALSE;
  const HdPackOptions options
      = { .plain = TRUE, .merged = TRUE, .folder_fd = scratch->fd, .output_fd = fd };
  g_autoptr (HdLayerJob) job = hd_layer_job_pack (&options, error);
  g_autoptr (HdLayerResult) result = job != NULL ? hd_layer_job_wait (job, error) : NULL;
  return result != NULL;
}
