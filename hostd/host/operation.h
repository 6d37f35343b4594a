/* One change on its way: what it works on, and what it ends with.
 *
 * Each verb is a function over an operation; the worker has the table of them.
 */
#pragma once

#include "common/json.h"
#include "host/report.h"
#include "host/sysroot.h"
#include "host/task.h"

typedef struct
{
  HdSysroot *sysroot;
  const HdTask *task;
  const HdReport *report; /* may be NULL */
  GCancellable *cancellable;

  /* The outcome: owned by the operation, set by the verb, also beside an error. */
  char *message;
  char *hint;    /* or NULL */
  hd_json *data; /* or NULL */
} HdOperation;

/* Free the outcome; the rest belongs to others. */
void hd_operation_clear (HdOperation *operation);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HdOperation, hd_operation_clear)

/* Set the outcome's texts. `hint` may be NULL. */
void hd_operation_say (HdOperation *operation, const char *hint, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* A verb: leaves the deployments as they were when it returns FALSE. */
typedef gboolean HdVerbFunc (HdOperation *operation, GError **error);
