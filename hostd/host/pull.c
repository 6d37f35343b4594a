/* Pulls with libostree: options, progress, an end for stalled ones, errors in our own codes. */
#include "host/pull.h"

#include <string.h>

#include "base/error.h"

#define UPDATE_MS 250
#define RETRIES 2
#define NETWORK_HINT "check the network, then run the same command: what has arrived is kept"

/* A download in a thread of its own. libostree looks at a cancellable only between requests, and
 * waits for a server for ever: whoever waits for the download has to be able to walk away. */
typedef struct
{
  OstreeRepo *repo;
  char *remote;
  GVariant *options;
  GMainContext *context;
  OstreeAsyncProgress *progress;
  GCancellable *cancellable;
  GThread *thread; /* the waiter's, see leave_transfer */

  GMutex lock; /* for what follows */
  GCond changed;
  const HdReport *report; /* NULL once nobody waits any more */
  gboolean done;
  gboolean ok;
  GError *error;
} Transfer;

/* How a wait for a transfer ends. */
typedef enum
{
  WAIT_DONE,
  WAIT_CANCELLED,
  WAIT_STALLED
} WaitEnd;

static void
clear_transfer (gpointer data)
{
  Transfer *transfer = data;
  g_object_unref (transfer->repo);
  g_free (transfer->remote);
  g_variant_unref (transfer->options);
  g_object_unref (transfer->progress);
  g_main_context_unref (transfer->context);
  g_object_unref (transfer->cancellable);
  g_mutex_clear (&transfer->lock);
  g_cond_clear (&transfer->changed);
  g_clear_error (&transfer->error);
}

static void
release_transfer (Transfer *transfer)
{
  g_atomic_rc_box_release_full (transfer, clear_transfer);
}

/* A number that changes as long as anything arrives or is written. */
static guint64
activity (OstreeAsyncProgress *progress)
{
  static const char *const counters[] = { "fetched",
                                          "metadata-fetched",
                                          "scanned-metadata",
                                          "metadata-fetched-localcache",
                                          "content-fetched-localcache",
                                          "outstanding-writes",
                                          "fetched-delta-parts" };
  guint64 sum = ostree_async_progress_get_uint64 (progress, "bytes-transferred");
  for (gsize i = 0; i < G_N_ELEMENTS (counters); i++)
    sum = sum * 31 + ostree_async_progress_get_uint (progress, counters[i]);
  return sum;
}

static void
report_progress (OstreeAsyncProgress *progress, const HdReport *report)
{
  guint64 bytes = ostree_async_progress_get_uint64 (progress, "bytes-transferred");
  guint64 delta_bytes = ostree_async_progress_get_uint64 (progress, "total-delta-part-size");
  guint fetched = ostree_async_progress_get_uint (progress, "fetched");
  guint requested = ostree_async_progress_get_uint (progress, "requested");
  if (delta_bytes > 0)
    hd_report_progress (report,
                        ostree_async_progress_get_uint64 (progress, "fetched-delta-part-size"),
                        delta_bytes, "bytes");
  /* How many objects there are is known when all directories have been read; their sizes never. */
  else if (ostree_async_progress_get_uint (progress, "scanning") == 0 && requested > 0
           && fetched > 0)
    hd_report_progress (report, bytes, MAX (bytes, bytes / fetched * requested), "bytes");
  else
    hd_report_progress (report, bytes, 0, "bytes");
}

static void
pass_on_progress (OstreeAsyncProgress *progress, gpointer data)
{
  Transfer *transfer = data;
  g_mutex_lock (&transfer->lock);
  report_progress (progress, transfer->report);
  g_mutex_unlock (&transfer->lock);
}

static gpointer
transfer_in_thread (gpointer data)
{
  Transfer *transfer = data;
  g_main_context_push_thread_default (transfer->context);
  g_autoptr (GError) error = NULL;
  gboolean ok = ostree_repo_pull_with_options (transfer->repo, transfer->remote, transfer->options,
                                               transfer->progress, transfer->cancellable, &error);
  ostree_async_progress_finish (transfer->progress);
  g_main_context_pop_thread_default (transfer->context);

  g_mutex_lock (&transfer->lock);
  transfer->done = TRUE;
  transfer->ok = ok;
  transfer->error = g_steal_pointer (&error);
  g_cond_signal (&transfer->changed);
  g_mutex_unlock (&transfer->lock);
  release_transfer (transfer);
  return NULL;
}

static Transfer *
start_transfer (const HdPull *pull, GVariant *options)
{
  Transfer *transfer = g_atomic_rc_box_new0 (Transfer);
  transfer->repo = g_object_ref (pull->repo);
  transfer->remote = g_strdup (pull->remote);
  transfer->options = g_variant_ref (options);
  transfer->cancellable = g_cancellable_new ();
  transfer->report = pull->report;
  g_mutex_init (&transfer->lock);
  g_cond_init (&transfer->changed);
  transfer->context = g_main_context_new ();
  g_main_context_push_thread_default (transfer->context);
  transfer->progress = ostree_async_progress_new_and_connect ((void *)pass_on_progress, transfer);
  g_main_context_pop_thread_default (transfer->context);
  transfer->thread = g_thread_new ("pull", transfer_in_thread, g_atomic_rc_box_acquire (transfer));
  return transfer;
}

static void
wake_waiter (GCancellable *cancellable, gpointer data)
{
  Transfer *transfer = data;
  g_mutex_lock (&transfer->lock);
  g_cond_signal (&transfer->changed);
  g_mutex_unlock (&transfer->lock);
}

/* Wait for the end of the transfer, for a cancellation, or until nothing has arrived for too long.
 * In the last two cases nobody listens to the transfer any more. */
static WaitEnd
wait_for_transfer (Transfer *transfer, guint timeout_seconds, GCancellable *cancellable)
{
  const gint64 patience = timeout_seconds * G_TIME_SPAN_SECOND;
  guint64 last = activity (transfer->progress);
  gint64 deadline = g_get_monotonic_time () + patience;
  WaitEnd end = WAIT_DONE;
  gulong chain = cancellable == NULL ? 0
                                     : g_cancellable_connect (cancellable, G_CALLBACK (wake_waiter),
                                                              transfer, NULL);
  g_mutex_lock (&transfer->lock);
  while (!transfer->done && end == WAIT_DONE)
    {
      gint64 look_again = MIN (deadline, g_get_monotonic_time () + G_TIME_SPAN_SECOND);
      (void)g_cond_wait_until (&transfer->changed, &transfer->lock, look_again);
      guint64 now = activity (transfer->progress);
      if (g_cancellable_is_cancelled (cancellable))
        end = WAIT_CANCELLED;
      else if (now != last)
        deadline = g_get_monotonic_time () + patience;
      else if (g_get_monotonic_time () >= deadline)
        end = WAIT_STALLED;
      last = now;
    }
  if (transfer->done)
    end = WAIT_DONE;
  else
    transfer->report = NULL;
  g_mutex_unlock (&transfer->lock);
  g_cancellable_disconnect (cancellable, chain);
  return end;
}

/* What waits for a server may do so for ever; the rest of a thread that is done takes no time. */
static void
leave_transfer (Transfer *transfer, WaitEnd end)
{
  g_cancellable_cancel (transfer->cancellable);
  if (end == WAIT_DONE)
    g_thread_join (transfer->thread);
  else
    g_thread_unref (transfer->thread);
  release_transfer (transfer);
}

static gboolean
contains_any (const char *text, const char *const *words)
{
  for (; *words != NULL; words++)
    if (strstr (text, *words) != NULL)
      return TRUE;
  return FALSE;
}

/* libostree has no error codes of its own; these are its texts and the codes that they mean. */
static const struct
{
  hd_code code;
  const char *hint;
  const char *words[8];
} meanings[] = {
  { HD_NO_SPACE,
    "make room, for example with: atomic host cleanup",
    { "min-free-space", "No space left", "ENOSPC", NULL } },
  { HD_SERVER,
    "the server works, but does not have this; check URL and branch",
    { "Server returned HTTP", NULL } },
  { HD_NETWORK,
    NETWORK_HINT,
    { "While fetching", "Could not connect", "Couldn't connect", "resolve host", NULL } },
  { HD_CORRUPT,
    "the repository or the way to it is damaged: use another mirror",
    { "Corrupted", "Invalid checksum", "zlib", "Zlib", "decompress", "Truncated", NULL } },
  { HD_CORRUPT,
    "the repository or the way to it is damaged: use another mirror",
    { "corrupt", "Unexpected early end", "Unexpected EOF", "Invalid compressed data", "normal form",
      "Need more input", "expected size", NULL } },
  { HD_NOT_FOUND,
    "check the branch's name, or the server's with: ostree remote refs REMOTE",
    { "No such branch", "No such file", "not found", "couldn't find", "Couldn't open", NULL } },
};

/* Rewrite an error of libostree as one of ours. */
static void
translate (GError **error, const HdPull *pull, const char *what)
{
  GError *raw = g_steal_pointer (error);
  hd_code code = hd_error_code (raw);
  const char *hint = NULL;
  /* G_IO_ERROR_BUSY, _NOT_FOUND and the like are about the request there, not about us. */
  if (code != HD_CANCELLED && code != HD_NO_SPACE)
    for (gsize i = 0; i < G_N_ELEMENTS (meanings); i++)
      if (contains_any (raw->message, meanings[i].words))
        {
          code = meanings[i].code;
          hint = meanings[i].hint;
          break;
        }
  hd_throw (error, code, hint, "pulling %s from remote %s: %s", what, pull->remote, raw->message);
  g_error_free (raw);
}

static GVariant *
build_options (const char *what, const char *override_commit, OstreeRepoPullFlags flags, int depth)
{
  const char *const refs[] = { what, NULL };
  const char *const commits[] = { override_commit, NULL };
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "refs", g_variant_new_strv (refs, -1));
  if (override_commit != NULL)
    g_variant_dict_insert_value (&dict, "override-commit-ids", g_variant_new_strv (commits, -1));
  g_variant_dict_insert (&dict, "flags", "i", flags | OSTREE_REPO_PULL_FLAGS_UNTRUSTED);
  g_variant_dict_insert (&dict, "depth", "i", depth);
  g_variant_dict_insert (&dict, "update-frequency", "u", UPDATE_MS);
  g_variant_dict_insert (&dict, "n-network-retries", "u", RETRIES);
  /* We check signatures ourselves, before content is fetched, and tell the cases apart. */
  g_variant_dict_insert (&dict, "gpg-verify", "b", FALSE);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static gboolean
run (const HdPull *pull, GVariant *options, const char *what, guint64 *ret_bytes,
     GCancellable *cancellable, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  Transfer *transfer = start_transfer (pull, options);
  WaitEnd end = wait_for_transfer (transfer, pull->timeout_seconds, cancellable);
  gboolean ok = end == WAIT_DONE && transfer->ok;
  if (end == WAIT_CANCELLED)
    hd_throw (error, HD_CANCELLED, NULL, "cancelled");
  else if (end == WAIT_STALLED)
    hd_throw (error, HD_NETWORK, NETWORK_HINT,
              "pulling %s from remote %s: nothing arrived for %u seconds", what, pull->remote,
              pull->timeout_seconds);
  else if (!ok)
    {
      g_propagate_error (error, g_steal_pointer (&transfer->error));
      translate (error, pull, what);
    }
  if (ok && ret_bytes != NULL)
    *ret_bytes = ostree_async_progress_get_uint64 (transfer->progress, "bytes-transferred");
  leave_transfer (transfer, end);
  return ok;
}

/* Files of this machine are read, not downloaded: libostree counts only commit objects there. */
static gboolean
is_local (const HdPull *pull)
{
  g_autofree char *url = NULL;
  return ostree_repo_remote_get_url (pull->repo, pull->remote, &url, NULL)
         && g_str_has_prefix (url, "file:");
}

static gboolean
check_remote (const HdPull *pull, GError **error)
{
  g_autofree char *url = NULL;
  if (ostree_repo_remote_get_url (pull->repo, pull->remote, &url, NULL))
    return TRUE;
  return hd_throw (error, HD_NOT_FOUND, "add it with: ostree remote add NAME URL",
                   "there is no remote %s", pull->remote);
}

gboolean
hd_pull_ref (const HdPull *pull, const char *ref, char **ret_commit, GCancellable *cancellable,
             GError **error)
{
  if (!check_remote (pull, error))
    return FALSE;
  g_autofree char *refspec = g_strdup_printf ("%s:%s", pull->remote, ref);
  g_autofree char *before = NULL, *after = NULL;
  if (!ostree_repo_resolve_rev (pull->repo, refspec, TRUE, &before, error))
    return FALSE;
  g_autoptr (GVariant) options = build_options (ref, NULL, OSTREE_REPO_PULL_FLAGS_COMMIT_ONLY, 0);
  if (!run (pull, options, refspec, NULL, cancellable, error)
      || !ostree_repo_resolve_rev (pull->repo, refspec, FALSE, &after, error))
    return FALSE;
  /* The ref says what we trust; whether this is to be trusted is not decided yet. */
  if (g_strcmp0 (before, after) != 0
      && !ostree_repo_set_ref_immediate (pull->repo, pull->remote, ref, before, cancellable, error))
    return FALSE;
  *ret_commit = g_steal_pointer (&after);
  return TRUE;
}

gboolean
hd_pull_metadata (const HdPull *pull, const char *commit, int depth, GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (GVariant) options
      = build_options (commit, NULL, OSTREE_REPO_PULL_FLAGS_COMMIT_ONLY, depth);
  return check_remote (pull, error) && run (pull, options, commit, NULL, cancellable, error);
}

gboolean
hd_pull_content (const HdPull *pull, const char *ref, const char *commit, guint64 *ret_bytes,
                 GCancellable *cancellable, GError **error)
{
  g_autoptr (GVariant) options = build_options (
      ref != NULL ? ref : commit, ref != NULL ? commit : NULL, OSTREE_REPO_PULL_FLAGS_NONE, 0);
  if (!check_remote (pull, error) || !run (pull, options, commit, ret_bytes, cancellable, error))
    return FALSE;
  if (is_local (pull))
    *ret_bytes = 0;
  return TRUE;
}
