/* Pulls with libostree: options, progress, a watch for stalled servers, errors in our own codes. */
#include "host/pull.h"

#include <string.h>

#include "base/error.h"

#define UPDATE_MS 250
#define RETRIES 2

/* A thread that cancels the pull when nothing has arrived for too long. A timer in the main
 * context would not do: libostree waits for small files in contexts of its own. */
typedef struct
{
  GMutex lock;
  GCond changed;
  gboolean over;
  gboolean stalled;
  guint timeout_seconds;
  OstreeAsyncProgress *progress;
  GCancellable *cancellable;
} Watch;

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

static gpointer
watch_in_thread (gpointer data)
{
  Watch *watch = data;
  guint64 last = activity (watch->progress);
  g_mutex_lock (&watch->lock);
  gint64 deadline = g_get_monotonic_time () + watch->timeout_seconds * G_TIME_SPAN_SECOND;
  while (!watch->over)
    {
      gint64 look_again = MIN (deadline, g_get_monotonic_time () + G_TIME_SPAN_SECOND);
      if (g_cond_wait_until (&watch->changed, &watch->lock, look_again))
        continue;
      guint64 now = activity (watch->progress);
      if (now != last)
        deadline = g_get_monotonic_time () + watch->timeout_seconds * G_TIME_SPAN_SECOND;
      else if (g_get_monotonic_time () >= deadline)
        {
          watch->stalled = TRUE;
          g_cancellable_cancel (watch->cancellable);
          break;
        }
      last = now;
    }
  g_mutex_unlock (&watch->lock);
  return NULL;
}

static void
pass_on_progress (OstreeAsyncProgress *progress, gpointer data)
{
  const HdReport *report = data;
  guint64 bytes = ostree_async_progress_get_uint64 (progress, "bytes-transferred");
  guint64 delta_bytes = ostree_async_progress_get_uint64 (progress, "total-delta-part-size");
  if (delta_bytes > 0)
    {
      hd_report_progress (report,
                          ostree_async_progress_get_uint64 (progress, "fetched-delta-part-size"),
                          delta_bytes, "bytes");
      return;
    }
  guint fetched = ostree_async_progress_get_uint (progress, "fetched");
  guint requested = ostree_async_progress_get_uint (progress, "requested");
  /* How many objects there are is known when all directories have been read; their sizes never. */
  if (ostree_async_progress_get_uint (progress, "scanning") == 0 && requested > 0 && fetched > 0)
    hd_report_progress (report, bytes, MAX (bytes, bytes / fetched * requested), "bytes");
  else
    hd_report_progress (report, bytes, 0, "bytes");
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
    "check the network, then run the same command: what has arrived is kept",
    { "While fetching", "Could not connect", "Couldn't connect", "resolve host", NULL } },
  { HD_CORRUPT,
    "the repository or the way to it is damaged: use another mirror",
    { "Corrupted", "Invalid checksum", "zlib", "Zlib", "decompress", "Truncated", NULL } },
  { HD_CORRUPT,
    "the repository or the way to it is damaged: use another mirror",
    { "corrupt", "Unexpected early end", "Invalid compressed data", "normal form",
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
  if (code == HD_FAILED || code == HD_NOT_FOUND)
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
  g_autoptr (GCancellable) own = g_cancellable_new ();
  gulong chain = cancellable == NULL
                     ? 0
                     : g_cancellable_connect (cancellable, G_CALLBACK (g_cancellable_cancel),
                                              g_object_ref (own), g_object_unref);
  g_autoptr (OstreeAsyncProgress) progress
      = ostree_async_progress_new_and_connect ((void *)pass_on_progress, (gpointer)pull->report);
  Watch watch
      = { .timeout_seconds = pull->timeout_seconds, .progress = progress, .cancellable = own };
  g_mutex_init (&watch.lock);
  g_cond_init (&watch.changed);
  GThread *thread = g_thread_new ("watch", watch_in_thread, &watch);

  gboolean ok
      = ostree_repo_pull_with_options (pull->repo, pull->remote, options, progress, own, error);
  g_mutex_lock (&watch.lock);
  watch.over = TRUE;
  g_cond_signal (&watch.changed);
  g_mutex_unlock (&watch.lock);
  g_thread_join (thread);
  g_cancellable_disconnect (cancellable, chain);
  if (ret_bytes != NULL)
    *ret_bytes = ostree_async_progress_get_uint64 (progress, "bytes-transferred");
  ostree_async_progress_finish (progress);
  g_mutex_clear (&watch.lock);
  g_cond_clear (&watch.changed);

  if (ok)
    return TRUE;
  if (watch.stalled && !g_cancellable_is_cancelled (cancellable))
    {
      g_clear_error (error);
      return hd_throw (error, HD_NETWORK,
                       "check the network, then run the same command: what has arrived is kept",
                       "pulling %s from remote %s: nothing arrived for %u seconds", what,
                       pull->remote, pull->timeout_seconds);
    }
  translate (error, pull, what);
  return FALSE;
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
  return check_remote (pull, error) && run (pull, options, commit, ret_bytes, cancellable, error);
}
