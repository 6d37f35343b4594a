/* A request as typed values: what is to be done, with which options.
 *
 * Its JSON form is in docs/ARCHITECTURE.md, "Requests, progress, results". Parsing is pure.
 */
#pragma once

#include <glib.h>
#include "common/json.h"

typedef struct
{
  char *verb;    /* "upgrade" */
  char *sysroot; /* "/" or a folder */

  /* Options, named as on the command line; NULL, FALSE or 0 when not given. */
  gboolean check;
  gboolean preview;
  gboolean download_only;
  gboolean allow_downgrade;
  gboolean pending;
  gboolean rollback;
  gboolean base;
  gboolean repo;
  char *stateroot;
  char *commit;
  char *refspec;
  char *deployment;
  gint64 timeout_seconds;
  char **append;
  char **append_if_missing;
  char **delete;
  char **delete_if_present;
  char **replace;
} HdTask;

/* Without a byte from the server for this long, a download is given up. */
#define HD_TASK_TIMEOUT_SECONDS 60

/* Parse one JSON object. Errors: HD_USAGE, naming the option and the nearest known one. */
HdTask *hd_task_parse (const char *text, gsize length_bytes, GError **error);
/* A task without options. */
HdTask *hd_task_new (const char *verb, const char *sysroot);
void hd_task_free (HdTask *task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdTask, hd_task_free)
