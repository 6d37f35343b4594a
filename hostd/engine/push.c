/* Pushing (OCI distribution specification 1.1, "Push"). */
#include "engine/push.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/blob.h"
#include "engine/image-rows.h"
#include "engine/manifest-for.h"
#include "engine/manifest.h"
#include "engine/remote.h"

typedef struct
{
  HdStore *store;
  const HdRef *ref;
  const HdPush *options;
  HdFetcher *fetcher;
  HdRemote *remote;
  guint64 sent, total; /* of blobs, in bytes */
} Push;

static void
push_clear (Push *push)
{
  hd_remote_free (push->remote);
  hd_fetcher_free (push->fetcher);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Push, push_clear)

static void
watch (gint64 id, guint64 bytes, const char *trouble, gpointer data)
{
  const Push *push = data;
  if (push->options->progress == NULL)
    return;
  if (trouble != NULL)
    hd_progress_message (push->options->progress, trouble);
  else
    hd_progress_update (push->options->progress, push->sent + bytes, push->total, "bytes");
}

static HdFetchResult *
request (Push *push, const char *method, const char *path, const char *type, int fd, gint64 size,
         int *ret_status, GError **error)
{
  const HdFetchRequest wanted = { .server = push->remote->server,
                                  .method = method,
                                  .path = path,
                                  .scope = push->remote->scope,
                                  .content_type = type,
                                  .size_bytes = size,
                                  .sends = fd >= 0,
                                  .fd = fd };
  gint64 id = hd_fetcher_start (push->fetcher, &wanted, error);
  return id != 0 ? hd_fetcher_wait (push->fetcher, id, ret_status, error) : NULL;
}

/* ---- Blobs ---- */

static gboolean
is_there (Push *push, const char *digest, gboolean *ret, GError **error)
{
  g_autofree char *path = hd_remote_path (push->remote, "blobs", digest);
  g_autoptr (GError) local = NULL;
  int status = 0;
  g_autoptr (HdFetchResult) result = request (push, "HEAD", path, NULL, -1, -1, &status, &local);
  *ret = result != NULL;
  if (result != NULL || status == 404)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* The address to send to, with the digest that it will have. */
static char *
begin_upload (Push *push, const char *digest, GError **error)
{
  g_autofree char *path = hd_remote_path (push->remote, "blobs", "uploads/");
  g_autoptr (HdFetchResult) result = request (push, "POST", path, NULL, -1, -1, NULL, error);
  if (result == NULL)
    return NULL;
  if (result->location == NULL)
    {
      hd_throw (error, HD_SERVER, NULL, "%s: the server names no place to send to", path);
      return NULL;
    }
  return g_strconcat (result->location, strchr (result->location, '?') != NULL ? "&" : "?",
                      "digest=", digest, NULL);
}

static gboolean
push_blob (Push *push, const HdDescriptor *blob, GError **error)
{
  gboolean there;
  if (!is_there (push, blob->digest, &there, error))
    return FALSE;
  if (!there)
    {
      g_autofree char *address = begin_upload (push, blob->digest, error);
      hd_autofd fd
          = address != NULL ? hd_blob_open (push->store, hd_digest_hex (blob->digest), error) : -1;
      if (fd < 0)
        return FALSE;
      g_autoptr (HdFetchResult) result = request (push, "PUT", address, "application/octet-stream",
                                                  fd, (gint64)blob->size_bytes, NULL, error);
      if (result == NULL)
        return FALSE;
    }
  push->sent += blob->size_bytes;
  watch (0, 0, NULL, push);
  return TRUE;
}

static gboolean
push_blobs (Push *push, const HdManifest *manifest, GError **error)
{
  push->total = manifest->config->size_bytes;
  for (guint i = 0; i < manifest->entries->len; i++)
    push->total += ((const HdDescriptor *)g_ptr_array_index (manifest->entries, i))->size_bytes;
  if (push->options->progress != NULL)
    hd_progress_phase (push->options->progress, "Pushing");
  hd_fetcher_watch (push->fetcher, watch, push);
  gboolean good = TRUE;
  for (guint i = 0; good && i < manifest->entries->len; i++)
    good = push_blob (push, g_ptr_array_index (manifest->entries, i), error);
  good = good && push_blob (push, manifest->config, error);
  hd_fetcher_watch (push->fetcher, NULL, NULL);
  return good;
}

/* ---- The manifest ---- */

static gboolean
push_manifest (Push *push, const HdManifest *manifest, const char *text, GError **error)
{
  g_autofree char *path = hd_remote_path (push->remote, "manifests", push->ref->tag);
  hd_autofd fd = memfd_create ("manifest", MFD_CLOEXEC);
  int r = fd < 0 ? -1 : hd_fs_write_all (fd, text, strlen (text));
  if (r < 0)
    return hd_throw (error, HD_FAILED, NULL, "making room for the manifest");
  g_autoptr (HdFetchResult) result
      = request (push, "PUT", path, manifest->media_type, fd, (gint64)strlen (text), NULL, error);
  return result != NULL;
}

static gboolean
run (Push *push, const HdImage *image, char **ret_digest, guint64 *ret_size, GError **error)
{
  hd_autofree char *text = hd_manifest_for (push->store, image, error);
  g_autoptr (HdManifest) manifest
      = text != NULL ? hd_manifest_parse (text, strlen (text), NULL, error) : NULL;
  g_autoptr (GPtrArray) endpoints
      = manifest != NULL ? hd_registries_endpoints (push->ref, FALSE, error) : NULL;
  if (endpoints == NULL)
    return FALSE;
  push->fetcher = hd_fetcher_new (error);
  if (push->fetcher == NULL)
    return FALSE;
  push->remote = hd_remote_new (push->fetcher, g_ptr_array_steal_index (endpoints, 0),
                                push->options->authfile, "pull,push", error);
  if (push->remote == NULL || !push_blobs (push, manifest, error)
      || !push_manifest (push, manifest, text, error))
    return FALSE;
  *ret_digest = hd_digest_of (text, strlen (text));
  *ret_size = strlen (text);
  return hd_image_add_digest (push->store, image->id, push->ref, *ret_digest, error);
}

gboolean
hd_push (HdStore *store, const HdRef *ref, const HdPush *options, char **ret_digest,
         guint64 *ret_size, GError **error)
{
  g_auto (Push) push = { .store = store, .ref = ref, .options = options };
  g_autofree char *text = hd_ref_text (ref);
  if (ref->digest != NULL)
    return hd_throw (error, HD_USAGE, NULL, "pushing %s: give a tag, the digest follows from it",
                     text);
  g_autoptr (HdImage) image = hd_image_by_ref (store, ref, error);
  if (image == NULL && (error == NULL || *error == NULL))
    hd_throw (error, HD_NOT_FOUND, "give the image this name first: atomic tag",
              "No such image: %s", text);
  if (image != NULL && run (&push, image, ret_digest, ret_size, error))
    return TRUE;
  if (image != NULL)
    g_prefix_error (error, "pushing %s: ", text);
  return FALSE;
}
