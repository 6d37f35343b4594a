/* The history of a host, /ostree/atomic/history: what was changed when, one JSON object a line. */
#pragma once

#include <glib.h>
#include "common/json.h"

#define HD_HISTORY_MAX_ENTRIES 1000

typedef struct
{
  gint64 time;           /* seconds since 1970 */
  const char *event;     /* "staged" "deployed" "rollback" "good" "failed" "dropped" */
  const char *stateroot; /* or NULL */
  const char *version;   /* or NULL */
  const char *commit;    /* or NULL */
  const char *detail;    /* or NULL */
} HdHistoryEntry;

/* Add an entry; the oldest beyond the limit go. Blocks until it is on the disk. */
gboolean hd_history_append (int sysroot_fd, const HdHistoryEntry *entry, GError **error);
/* All entries, oldest first, as a JSON array of objects with the keys time (RFC 3339), event,
 * stateroot, version, commit, detail; lines that are no JSON objects are left out. An empty array
 * when there is no history. Returns a new value. */
hd_json *hd_history_read (int sysroot_fd, GError **error);
/* The same of the sysroot at `path`. Errors: HD_NO_SYSROOT. */
hd_json *hd_history_load (const char *path, GError **error);
/* Whether `commit` was given up here ("failed") and not good afterwards. */
gboolean hd_history_has_failed (const hd_json *history, const char *commit);
