/* The layers of a pull, side by side. */
#include "engine/pull-layers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"

/* Side by side: two to keep two processors busy, and one to wait for the network. */
#define MAX_JOBS 3
#define PIPE_BYTES (1 << 20)

typedef enum
{
  WAITING,
  RUNNING,
  DONE
} LayerState;

typedef struct
{
  const HdDescriptor *descriptor;
  LayerState state;
  HdLayerJob *job;
  gint64 request; /* 0: it comes from a file */
  gboolean fetched, unpacked;
  guint64 bytes; /* that arrived */
  GError *fetch_error;
} Layer;

typedef struct
{
  HdAddition *addition;
  HdRemote *remote;
  HdProgress *progress;
  Layer *layers;
  guint n_layers;
  guint64 total;
} LayerPull;

/* ---- Progress ---- */

static void
show (LayerPull *pull)
{
  guint64 done = 0;
  for (guint i = 0; i < pull->n_layers; i++)
    done += pull->layers[i].bytes;
  if (pull->progress != NULL && pull->total > 0)
    hd_progress_update (pull->progress, done, pull->total, "bytes");
}

static void
watch (gint64 id, guint64 bytes, const char *trouble, gpointer data)
{
  LayerPull *pull = data;
  if (trouble != NULL)
    {
      if (pull->progress != NULL)
        hd_progress_message (pull->progress, trouble);
      return;
    }
  for (guint i = 0; i < pull->n_layers; i++)
    if (pull->layers[i].request == id && id != 0)
      pull->layers[i].bytes = bytes;
  show (pull);
}

/* ---- Starting ---- */

/* One that comes later has the same content: it waits for this one, and takes its blob. */
static gboolean
waits_for_twin (const LayerPull *pull, guint index)
{
  for (guint i = 0; i < pull->n_layers; i++)
    if (i != index && pull->layers[i].state == RUNNING
        && g_str_equal (pull->layers[i].descriptor->digest, pull->layers[index].descriptor->digest))
      return TRUE;
  return FALSE;
}

static gboolean
fetch (LayerPull *pull, Layer *layer, int fd, GError **error)
{
  g_autofree char *path = hd_remote_path (pull->remote, "blobs", layer->descriptor->digest);
  const HdFetchRequest request = { .server = pull->remote->server,
                                   .path = path,
                                   .scope = pull->remote->scope,
                                   .max_bytes = layer->descriptor->size_bytes,
                                   .size_bytes = (gint64)layer->descriptor->size_bytes,
                                   .fd = fd };
  layer->request = hd_fetcher_start (pull->remote->fetcher, &request, error);
  return layer->request != 0;
}

static gboolean
start (LayerPull *pull, guint index, GError **error)
{
  Layer *layer = &pull->layers[index];
  GError *local = NULL;
  hd_autofd input = hd_addition_open_blob (pull->addition, index, &local);
  hd_autofd theirs = -1;
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  if (input < 0)
    {
      int ends[2];
      if (pipe2 (ends, O_CLOEXEC) < 0)
        return hd_throw_errno (error, errno, "making a pipe");
      input = ends[0];
      theirs = ends[1];
      (void)fcntl (theirs, F_SETPIPE_SZ, PIPE_BYTES);
      if (!fetch (pull, layer, theirs, error))
        return FALSE;
    }
  layer->fetched = layer->request == 0;
  layer->state = RUNNING;
  layer->job = hd_addition_begin (pull->addition, index, input,
                                  layer->request != 0 ? layer->descriptor->size_bytes : 0, error);
  return layer->job != NULL;
}

/* The largest that waits: what takes longest begins first. -1: none may begin. */
static int
choose (const LayerPull *pull)
{
  int best = -1;
  guint running = 0;
  for (guint i = 0; i < pull->n_layers; i++)
    {
      const Layer *layer = &pull->layers[i];
      running += layer->state == RUNNING;
      if (layer->state == WAITING && !waits_for_twin (pull, i)
          && (best < 0
              || layer->descriptor->size_bytes > pull->layers[best].descriptor->size_bytes))
        best = (int)i;
    }
  return running < MAX_JOBS ? best : -1;
}

/* ---- Ending ---- */

static void
hear_fetch (LayerPull *pull, Layer *layer)
{
  if (layer->state != RUNNING || layer->fetched
      || !hd_fetcher_has_ended (pull->remote->fetcher, layer->request))
    return;
  HdFetchResult *result
      = hd_fetcher_take (pull->remote->fetcher, layer->request, NULL, &layer->fetch_error);
  hd_fetch_result_free (result);
  layer->fetched = TRUE;
}

/* Whose error it is: an unpacker that stopped makes the fetcher stop, and the other way round. */
static gboolean
end (LayerPull *pull, guint index, GError **error)
{
  Layer *layer = &pull->layers[index];
  GError *local = NULL;
  gboolean theirs
      = layer->fetch_error != NULL && hd_error_code (layer->fetch_error) != HD_CANCELLED;
  gboolean good = hd_addition_end (
      pull->addition, index, layer->job, layer->request != 0 ? layer->descriptor->digest : NULL,
      layer->descriptor->media_type != NULL ? layer->descriptor->media_type : HD_MEDIA_OCI_GZIP,
      &local);
  g_clear_pointer (&layer->job, hd_layer_job_free);
  layer->state = DONE;
  if (theirs)
    {
      g_clear_error (&local);
      g_propagate_error (error, g_steal_pointer (&layer->fetch_error));
      return FALSE;
    }
  if (!good)
    g_propagate_prefixed_error (error, local, "layer %.19s: ", layer->descriptor->digest);
  return good;
}

static gboolean
hear (LayerPull *pull, struct pollfd *fds, GError **error)
{
  if (fds[0].revents != 0 && !hd_fetcher_hear (pull->remote->fetcher, error))
    return FALSE;
  for (guint i = 0; i < pull->n_layers; i++)
    {
      Layer *layer = &pull->layers[i];
      hear_fetch (pull, layer);
      if (layer->state == RUNNING && !layer->unpacked && fds[i + 1].revents != 0)
        layer->unpacked = hd_layer_job_hear (layer->job);
      if (layer->state == RUNNING && layer->unpacked && layer->fetched && !end (pull, i, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
run (LayerPull *pull, GError **error)
{
  g_autofree struct pollfd *fds = g_new0 (struct pollfd, pull->n_layers + 1);
  for (;;)
    {
      gboolean running = FALSE;
      for (int next; (next = choose (pull)) >= 0;)
        if (!start (pull, (guint)next, error))
          return FALSE;
      fds[0] = (struct pollfd){ hd_fetcher_fd (pull->remote->fetcher), POLLIN, 0 };
      for (guint i = 0; i < pull->n_layers; i++)
        {
          const Layer *layer = &pull->layers[i];
          gboolean waits = layer->state == RUNNING && !layer->unpacked;
          running |= layer->state == RUNNING;
          fds[i + 1] = (struct pollfd){ waits ? hd_layer_job_fd (layer->job) : -1, POLLIN, 0 };
        }
      if (!running)
        return TRUE;
      if (poll (fds, pull->n_layers + 1, -1) < 0 && errno != EINTR)
        return hd_throw_errno (error, errno, "waiting for layers");
      if (!hear (pull, fds, error))
        return FALSE;
    }
}

gboolean
hd_pull_layers (HdAddition *addition, HdRemote *remote, const HdManifest *manifest,
                HdProgress *progress, GError **error)
{
  LayerPull pull = { .addition = addition, .remote = remote, .progress = progress };
  pull.n_layers = manifest->entries->len;
  pull.layers = g_new0 (Layer, pull.n_layers);
  for (guint i = 0; i < pull.n_layers; i++)
    {
      pull.layers[i].descriptor = g_ptr_array_index (manifest->entries, i);
      if (hd_addition_has (addition, i))
        pull.layers[i].state = DONE;
      else
        pull.total += pull.layers[i].descriptor->size_bytes;
    }
  if (progress != NULL && pull.total > 0)
    hd_progress_phase (progress, "Downloading and unpacking");
  hd_fetcher_watch (remote->fetcher, watch, &pull);
  gboolean good = run (&pull, error);
  hd_fetcher_watch (remote->fetcher, NULL, NULL);
  for (guint i = 0; i < pull.n_layers; i++)
    {
      hd_layer_job_free (pull.layers[i].job);
      g_clear_error (&pull.layers[i].fetch_error);
    }
  g_free (pull.layers);
  return good;
}
