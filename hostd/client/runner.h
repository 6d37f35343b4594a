/* One running hostd-worker on an event loop: starts it, feeds the request, hears it, ends it.
 *
 * Used by hostd (one for each job) and by the direct transport. Nothing here blocks. The worker
 * is followed by a pidfd, so that a process id that is used again is never signalled.
 */
#pragma once

#include <systemd/sd-event.h>
#include "client/event.h"
#include "client/request.h"

typedef struct _HdRunner HdRunner;

/* Called once, from the event loop, when the worker has ended; `result` is never NULL and belongs
 * to the callee. The runner may be freed in it. A worker that ended without a result is
 * HD_CANCELLED when it was told to end, else HD_WORKER. */
typedef void (*HdRunnerDone) (HdResult *result, gpointer data);

/* From SIGTERM to SIGKILL after hd_runner_cancel(): long enough to finish writing boot entries. */
#define HD_RUNNER_PATIENCE_MS 20000

/* The worker's program: beside this program's own file (a build folder), else in LIBEXECDIR. Free
 * with g_free. */
char *hd_runner_default_program (void);

/* Start `program` for `request`. `on_event` hears everything but the result; `done` hears that.
 * Errors: HD_WORKER when the program cannot be started. */
HdRunner *hd_runner_start (sd_event *event, const char *program, const HdRequest *request,
                           HdEventFunc on_event, HdRunnerDone done, gpointer data, GError **error);
/* Send SIGTERM now, and SIGKILL when the worker is still there after `patience_ms`. Calling it
 * again changes nothing. */
void hd_runner_cancel (HdRunner *runner, guint64 patience_ms);
/* Kills the worker when it still runs. */
void hd_runner_free (HdRunner *runner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdRunner, hd_runner_free)
