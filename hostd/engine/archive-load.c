/* Images from an archive: it is unpacked into a scratch folder, and read from there.
 *
 * What is in the folder is a stranger's: files are opened by openat2 within it, and documents have
 * limits.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"
#include "engine/addition.h"
#include "engine/archive.h"
#include "engine/blob.h"
#include "engine/policy.h"

#define FOLDER "archive"
#define MAX_IMAGES 256
#define MAX_TAGS 256
#define MEDIA_TAR "application/vnd.oci.image.layer.v1.tar"

typedef struct
{
  HdStore *store;
  HdScratch *scratch;
  int folder_fd;
  GPtrArray *lines;
} Load;

/* One image of the archive. */
typedef struct
{
  char *config_text;
  gsize config_size;
  HdImageConfig *config;
  char *manifest_text; /* or NULL: a new one */
  gsize manifest_size;
  GPtrArray *files; /* char *: of its layers */
  GPtrArray *types; /* char * or NULL: their media types */
  GPtrArray *names; /* HdRef */
} Found;

static void
found_clear (Found *found)
{
  g_free (found->config_text);
  hd_image_config_free (found->config);
  g_free (found->manifest_text);
  g_clear_pointer (&found->files, g_ptr_array_unref);
  g_clear_pointer (&found->types, g_ptr_array_unref);
  g_clear_pointer (&found->names, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, found_clear)

static void
found_init (Found *found)
{
  memset (found, 0, sizeof *found);
  found->files = g_ptr_array_new_with_free_func (g_free);
  found->types = g_ptr_array_new_with_free_func (g_free);
  found->names = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_ref_free);
}

/* ---- Reading ---- */

static int
open_file (Load *load, const char *path, GError **error)
{
  int fd = hd_fs_open_in (load->folder_fd, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0, 0);
  struct stat st;
  if (fd >= 0 && (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode)))
    {
      close (fd);
      fd = -EINVAL;
    }
  if (fd < 0)
    hd_throw (error, HD_CORRUPT, NULL, "the archive has no file %s", path);
  return fd < 0 ? -1 : fd;
}

static char *
read_file (Load *load, const char *path, gsize *ret_size, GError **error)
{
  hd_autofd fd = open_file (load, path, error);
  char *text = NULL;
  int r = fd < 0 ? -EINVAL : hd_fs_read_fd (fd, HD_BLOB_MAX_DOCUMENT, &text, ret_size);
  if (r < 0 && fd >= 0)
    hd_throw_errno (error, -r, "reading %s of the archive", path);
  return text;
}

static hd_json *
read_json (Load *load, const char *path, GError **error)
{
  gsize size;
  hd_err err = { 0 };
  g_autofree char *text = read_file (load, path, &size, error);
  hd_json *root = text != NULL ? hd_json_parse (text, size, &err) : NULL;
  if (text != NULL && root == NULL)
    hd_throw (error, HD_CORRUPT, NULL, "%s of the archive: %s", path, err.message);
  return root;
}

static gboolean
has_file (const Load *load, const char *path)
{
  hd_autofd fd = hd_fs_open_in (load->folder_fd, path, O_PATH, 0, 0);
  return fd >= 0;
}

static gboolean
read_config (Load *load, const char *path, Found *found, GError **error)
{
  found->config_text = read_file (load, path, &found->config_size, error);
  if (found->config_text != NULL)
    found->config = hd_image_config_parse (found->config_text, found->config_size, error);
  if (found->config == NULL)
    return FALSE;
  if (g_strv_length (found->config->diff_ids) != found->files->len)
    return hd_throw (error, HD_CORRUPT, NULL, "an image of the archive has %u layers, and %u files",
                     g_strv_length (found->config->diff_ids), found->files->len);
  return TRUE;
}

/* ---- One image ---- */

static gboolean
unpack_layer (Load *load, HdAddition *addition, guint index, const Found *found, GError **error)
{
  hd_autofd input = hd_addition_open_blob (addition, index, NULL);
  const char *type = g_ptr_array_index (found->types, index);
  if (input < 0)
    input = open_file (load, g_ptr_array_index (found->files, index), error);
  g_autoptr (HdLayerJob) job
      = input >= 0 ? hd_addition_begin (addition, index, input, 0, error) : NULL;
  if (job == NULL)
    return FALSE;
  while (!hd_layer_job_hear (job))
    ;
  return hd_addition_end (addition, index, job, NULL, type != NULL ? type : MEDIA_TAR, error);
}

static gboolean
add_image (Load *load, const Found *found, GError **error)
{
  const HdDocuments documents = { .manifest = found->manifest_text,
                                  .manifest_size = found->manifest_size,
                                  .config = found->config_text,
                                  .config_size = found->config_size,
                                  .parsed = found->config };
  g_autoptr (HdAddition) addition
      = hd_addition_new (load->store, (const char *const *)found->config->diff_ids, error);
  if (addition == NULL)
    return FALSE;
  for (guint i = 0; i < found->files->len; i++)
    if (!hd_addition_has (addition, i) && !unpack_layer (load, addition, i, found, error))
      return FALSE;
  g_autoptr (HdImage) image = hd_addition_commit (
      addition, &documents, (const HdRef *const *)found->names->pdata, found->names->len, error);
  if (image == NULL)
    return FALSE;
  for (guint i = 0; i < found->names->len; i++)
    {
      const HdRef *name = g_ptr_array_index (found->names, i);
      g_autofree char *repository = hd_ref_repository (name);
      g_autofree char *familiar = hd_ref_familiar (repository);
      g_ptr_array_add (load->lines, g_strconcat (familiar, ":", name->tag, NULL));
    }
  if (found->names->len == 0)
    g_ptr_array_add (load->lines, g_strconcat ("sha256:", image->id, NULL));
  return TRUE;
}

/* ---- docker-archive ---- */

static const char *
media_type_of (Load *load, const char *path)
{
  hd_autofd fd = hd_fs_open_in (load->folder_fd, path, O_RDONLY | O_NONBLOCK, 0, 0);
  guchar start[4] = { 0 };
  if (fd < 0 || read (fd, start, sizeof start) < 4)
    return MEDIA_TAR;
  if (start[0] == 0x1f && start[1] == 0x8b)
    return HD_MEDIA_OCI_GZIP;
  return start[0] == 0x28 && start[1] == 0xb5 ? "application/vnd.oci.image.layer.v1.tar+zstd"
                                              : MEDIA_TAR;
}

static gboolean
read_docker_entry (Load *load, const hd_json *entry, Found *found, GError **error)
{
  const hd_json *layers = hd_json_get (entry, "Layers");
  const hd_json *tags = hd_json_get (entry, "RepoTags");
  const char *text;
  if (hd_json_length (layers) > HD_IMAGE_MAX_LAYERS || hd_json_length (tags) > MAX_TAGS)
    return hd_throw (error, HD_CORRUPT, NULL,
                     "an image of the archive has too many layers or names");
  for (gsize i = 0; layers != NULL && i < hd_json_length (layers); i++)
    {
      if (!hd_json_as_string (hd_json_at (layers, i), &text))
        return hd_throw (error, HD_CORRUPT, NULL,
                         "manifest.json of the archive: no list of layers");
      g_ptr_array_add (found->files, g_strdup (text));
      g_ptr_array_add (found->types, g_strdup (media_type_of (load, text)));
    }
  for (gsize i = 0; tags != NULL && i < hd_json_length (tags); i++)
    {
      if (!hd_json_as_string (hd_json_at (tags, i), &text))
        return hd_throw (error, HD_CORRUPT, NULL, "manifest.json of the archive: no names");
      HdRef *name = hd_ref_parse (text, error);
      if (name == NULL)
        return FALSE;
      if (name->tag == NULL)
        {
          hd_ref_free (name);
          return hd_throw (error, HD_CORRUPT, NULL, "manifest.json of the archive: no tag");
        }
      g_clear_pointer (&name->digest, g_free);
      g_ptr_array_add (found->names, name);
    }
  return read_config (load, hd_json_get_string (entry, "Config", ""), found, error);
}

static gboolean
load_docker (Load *load, GError **error)
{
  hd_autojson root = read_json (load, "manifest.json", error);
  if (root == NULL)
    return FALSE;
  if (hd_json_get_type (root) != HD_JSON_ARRAY || hd_json_length (root) > MAX_IMAGES)
    return hd_throw (error, HD_CORRUPT, NULL, "manifest.json of the archive: no list of images");
  for (gsize i = 0; i < hd_json_length (root); i++)
    {
      g_auto (Found) found;
      found_init (&found);
      if (!read_docker_entry (load, hd_json_at (root, i), &found, error)
          || !add_image (load, &found, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- OCI layout ---- */

static char *
blob_path (const char *digest)
{
  return g_build_filename ("blobs/sha256", hd_digest_hex (digest), NULL);
}

static HdManifest *
read_manifest (Load *load, const char *digest, char **ret_text, gsize *ret_size, GError **error)
{
  g_autofree char *path = blob_path (digest);
  g_autofree char *text = read_file (load, path, ret_size, error);
  g_autofree char *sum = text != NULL ? hd_digest_of (text, *ret_size) : NULL;
  if (text == NULL)
    return NULL;
  if (!g_str_equal (sum, digest))
    {
      hd_throw (error, HD_CORRUPT, NULL, "%s of the archive has another digest", path);
      return NULL;
    }
  HdManifest *manifest = hd_manifest_parse (text, *ret_size, NULL, error);
  *ret_text = g_steal_pointer (&text);
  return manifest;
}

/* From an entry of index.json to the manifest for this machine. */
static HdManifest *
descend (Load *load, const char *digest, Found *found, GError **error)
{
  g_autofree char *wanted = g_strdup (digest);
  for (int depth = 0; depth < 3; depth++)
    {
      g_clear_pointer (&found->manifest_text, g_free);
      g_autoptr (HdManifest) manifest
          = read_manifest (load, wanted, &found->manifest_text, &found->manifest_size, error);
      if (manifest == NULL || !manifest->is_index)
        return g_steal_pointer (&manifest);
      const HdDescriptor *chosen = hd_manifest_choose (manifest, hd_platform_host (), error);
      if (chosen == NULL)
        return NULL;
      g_free (wanted);
      wanted = g_strdup (chosen->digest);
    }
  hd_throw (error, HD_CORRUPT, NULL, "indices within indices");
  return NULL;
}

/* The whole name of an entry; a tag alone names nothing. */
static void
read_oci_name (const hd_json *entry, Found *found)
{
  const hd_json *annotations = hd_json_get (entry, "annotations");
  const char *whole = hd_json_get_string (annotations, "io.containerd.image.name", NULL);
  const char *name = hd_json_get_string (annotations, "org.opencontainers.image.ref.name", NULL);
  if (whole == NULL && name != NULL && strpbrk (name, ":/") != NULL)
    whole = name;
  HdRef *ref = whole != NULL ? hd_ref_parse (whole, NULL) : NULL;
  if (ref != NULL && ref->tag != NULL && ref->digest == NULL)
    g_ptr_array_add (found->names, ref);
  else
    hd_ref_free (ref);
}

static gboolean
read_oci_entry (Load *load, const hd_json *entry, Found *found, GError **error)
{
  const char *digest = hd_json_get_string (entry, "digest", "");
  if (!hd_digest_is_valid (digest))
    return hd_throw (error, HD_CORRUPT, NULL, "index.json of the archive: no digest");
  g_autoptr (HdManifest) manifest = descend (load, digest, found, error);
  if (manifest == NULL)
    return FALSE;
  for (guint i = 0; i < manifest->entries->len; i++)
    {
      const HdDescriptor *layer = g_ptr_array_index (manifest->entries, i);
      g_ptr_array_add (found->files, blob_path (layer->digest));
      g_ptr_array_add (found->types, g_strdup (layer->media_type));
    }
  read_oci_name (entry, found);
  g_autofree char *config = blob_path (manifest->config->digest);
  return read_config (load, config, found, error);
}

static gboolean
load_oci (Load *load, GError **error)
{
  hd_autojson root = read_json (load, "index.json", error);
  const hd_json *list = hd_json_get (root, "manifests");
  if (root == NULL)
    return FALSE;
  if (list == NULL || hd_json_get_type (list) != HD_JSON_ARRAY
      || hd_json_length (list) > MAX_IMAGES)
    return hd_throw (error, HD_CORRUPT, NULL, "index.json of the archive: no list of manifests");
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      g_auto (Found) found;
      found_init (&found);
      if (!read_oci_entry (load, hd_json_at (list, i), &found, error)
          || !add_image (load, &found, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- The archive ---- */

static gboolean
unpack_archive (Load *load, int fd, GError **error)
{
  if (mkdirat (load->scratch->fd, FOLDER, 0700) < 0)
    return hd_throw_errno (error, errno, "making a folder in %s", load->scratch->path);
  load->folder_fd = openat (load->scratch->fd, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const HdUnpackOptions options
      = { .lowest = TRUE, .input_fd = fd, .blob_fd = -1, .folder_fd = load->folder_fd };
  g_autoptr (HdLayerJob) job = hd_layer_job_unpack (&options, error);
  g_autoptr (HdLayerResult) result = job != NULL ? hd_layer_job_wait (job, error) : NULL;
  return result != NULL;
}

static gboolean
load_any (Load *load, GError **error)
{
  if (has_file (load, "manifest.json"))
    return hd_policy_check_file ("docker-archive", error) && load_docker (load, error);
  if (has_file (load, "index.json"))
    return hd_policy_check_file ("oci-archive", error) && load_oci (load, error);
  return hd_throw (error, HD_CORRUPT,
                   "a root file system without an image's documents is for import",
                   "the archive has neither manifest.json nor index.json");
}

gboolean
hd_archive_load (HdStore *store, int fd, GPtrArray **ret_lines, GError **error)
{
  g_autoptr (HdScratch) scratch = hd_scratch_new (store, error);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  Load load = { .store = store, .scratch = scratch, .folder_fd = -1, .lines = lines };
  gboolean good = scratch != NULL && unpack_archive (&load, fd, error) && load_any (&load, error);
  hd_closep (&load.folder_fd);
  if (good)
    *ret_lines = g_steal_pointer (&lines);
  return good;
}
