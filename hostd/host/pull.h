/* Downloading: commit metadata first, content after the commit was judged.
 *
 * From HTTP servers, file:// and mirrors alike with every checksum verified
 * (OSTREE_REPO_PULL_FLAGS_UNTRUSTED). Static deltas are used where the server has them; what has
 * arrived before an interruption is kept and not downloaded again.
 *
 * After HD_CANCELLED and a stall's HD_NETWORK, a thread may still wait for the server: the process
 * is to end soon, without tearing libraries down (see worker/main.c).
 */
#pragma once

#include <ostree.h>
#include "host/report.h"

typedef struct
{
  OstreeRepo *repo;
  const char *remote;
  guint timeout_seconds; /* without anything arriving: HD_NETWORK */
  const HdReport *report;
} HdPull;

/* Fetch the commit object that `ref` names on the server, with its signatures, without content.
 * The local ref REMOTE:REF is left as it was. Free *ret_commit with g_free.
 * Errors: HD_NETWORK (unreachable, stalled), HD_SERVER (404, 500 ...), HD_NOT_FOUND (no such
 * remote or ref), HD_CORRUPT, HD_NO_SPACE, HD_CANCELLED. */
gboolean hd_pull_ref (const HdPull *pull, const char *ref, char **ret_commit,
                      GCancellable *cancellable, GError **error);
/* The same for a commit, and up to `depth` of its parents (-1: all that the server has). */
gboolean hd_pull_metadata (const HdPull *pull, const char *commit, int depth,
                           GCancellable *cancellable, GError **error);
/* Fetch the content of a commit; the local ref REMOTE:REF then names it (`ref` NULL: no ref).
 * Writes the number of bytes that came over the network: 0 from file://. Errors as above. */
gboolean hd_pull_content (const HdPull *pull, const char *ref, const char *commit,
                          guint64 *ret_bytes, GCancellable *cancellable, GError **error);
