/* A folder becomes a layer on top of an image. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/addition.h"
#include "engine/blob.h"
#include "engine/image-rows.h"
#include "engine/imagetime.h"

#define PACKED "packed"

typedef struct
{
  HdStore *store;
  const HdImageCommit *commit;
  HdImageConfig *config; /* of the new image */
  HdScratch *scratch;
  int packed_fd;
} Commit;

static void
commit_clear (Commit *c)
{
  hd_image_config_free (c->config);
  hd_scratch_free (c->scratch);
  hd_closep (&c->packed_fd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Commit, commit_clear)

/* Layers and history are those of the image below. */
static gboolean
take_base (Commit *c, GError **error)
{
  g_autoptr (HdImageConfig) below = NULL;
  c->config = hd_image_config_copy (c->commit->config);
  if (c->commit->base != NULL)
    {
      g_autoptr (HdImage) base = hd_image_find (c->store, c->commit->base, error);
      below = base != NULL ? hd_image_config (c->store, base, error) : NULL;
    }
  else
    below = hd_image_config_new ();
  if (below == NULL)
    return FALSE;
  g_strfreev (c->config->diff_ids);
  c->config->diff_ids = g_steal_pointer (&below->diff_ids);
  g_ptr_array_unref (c->config->history);
  c->config->history = g_steal_pointer (&below->history);
  return TRUE;
}

/* The folder as an archive in the scratch folder, its diff id behind those of the configuration. */
static gboolean
pack (Commit *c, GError **error)
{
  c->scratch = hd_scratch_new (c->store, error);
  if (c->scratch == NULL)
    return FALSE;
  c->packed_fd = openat (c->scratch->fd, PACKED, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (c->packed_fd < 0)
    return hd_throw_errno (error, errno, "making a file in %s", c->scratch->path);
  const HdPackOptions options = { .folder_fd = c->commit->tree_fd, .output_fd = c->packed_fd };
  g_autoptr (HdLayerJob) job = hd_layer_job_pack (&options, error);
  g_autoptr (HdLayerResult) result = job != NULL ? hd_layer_job_wait (job, error) : NULL;
  if (result == NULL)
    return FALSE;
  guint n = g_strv_length (c->config->diff_ids);
  if (n == HD_IMAGE_MAX_LAYERS)
    return hd_throw (error, HD_FAILED, NULL, "an image has %d layers at most", HD_IMAGE_MAX_LAYERS);
  c->config->diff_ids = g_renew (char *, c->config->diff_ids, n + 2);
  c->config->diff_ids[n] = g_strconcat ("sha256:", result->diff, NULL);
  c->config->diff_ids[n + 1] = NULL;
  if (lseek (c->packed_fd, 0, SEEK_SET) < 0)
    return hd_throw_errno (error, errno, "reading %s/" PACKED, c->scratch->path);
  return TRUE;
}

static void
add_history (Commit *c)
{
  const HdImageCommit *commit = c->commit;
  g_free (c->config->created);
  c->config->created = hd_image_time_now ();
  if (commit->author != NULL)
    {
      g_free (c->config->author);
      c->config->author = g_strdup (commit->author);
    }
  g_ptr_array_add (c->config->history,
                   hd_history_new (c->config->created, commit->created_by, commit->author,
                                   commit->comment, commit->tree_fd < 0));
}

/* Unpack what was packed, unless such a layer is here already. */
static gboolean
add_layer (Commit *c, HdAddition *addition, GError **error)
{
  guint last = g_strv_length (c->config->diff_ids) - 1;
  if (c->commit->tree_fd < 0 || hd_addition_has (addition, last))
    return TRUE;
  g_autoptr (HdLayerJob) job = hd_addition_begin (addition, last, c->packed_fd, 0, error);
  if (job == NULL)
    return FALSE;
  while (!hd_layer_job_hear (job))
    ;
  return hd_addition_end (addition, last, job, NULL, HD_MEDIA_OCI_GZIP, error);
}

static HdImage *
add (Commit *c, const HdRef *name, GError **error)
{
  hd_autojson root = hd_image_config_to_json (c->config);
  hd_autofree char *text = hd_json_to_text (root, false);
  const HdDocuments documents
      = { .config = text, .config_size = strlen (text), .parsed = c->config };
  g_autoptr (HdAddition) addition
      = hd_addition_new (c->store, (const char *const *)c->config->diff_ids, error);
  if (addition == NULL || !add_layer (c, addition, error))
    return NULL;
  return hd_addition_commit (addition, &documents, &name, name != NULL ? 1 : 0, error);
}

HdImage *
hd_image_commit (HdStore *store, const HdImageCommit *commit, GError **error)
{
  g_auto (Commit) c = { .store = store, .commit = commit, .packed_fd = -1 };
  g_autoptr (HdRef) name = NULL;
  if (commit->name != NULL)
    {
      name = hd_ref_parse (commit->name, error);
      if (name == NULL)
        return NULL;
      if (name->digest != NULL)
        {
          hd_throw (error, HD_USAGE, NULL, "\"%s\": a new image has no digest yet", commit->name);
          return NULL;
        }
    }
  if (!take_base (&c, error) || (commit->tree_fd >= 0 && !pack (&c, error)))
    return NULL;
  add_history (&c);
  return add (&c, name, error);
}
