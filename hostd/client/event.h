/* What is heard from a change while it runs: phases, counts, messages, at last a result.
 *
 * A worker says them as JSON lines, a job on D-Bus as properties; from here up they are the same.
 */
#pragma once

#include <glib.h>
#include "client/result.h"

typedef enum
{
  HD_EVENT_QUEUED,     /* waits for another change; D-Bus only */
  HD_EVENT_CANCELLING, /* the cancel descriptor became readable; the change is told to end */
  HD_EVENT_PHASE,      /* `text` is its name: "pull" */
  HD_EVENT_PROGRESS,   /* `done`, `total` (0: unknown), `unit` */
  HD_EVENT_MESSAGE,    /* `text` */
  HD_EVENT_RESULT      /* `result`; the last one of a worker */
} HdEventType;

typedef struct
{
  HdEventType type;
  char *text;
  guint64 done;
  guint64 total;
  char *unit;
  HdResult *result;
} HdEvent;

/* `event` is valid during the call only. */
typedef void (*HdEventFunc) (const HdEvent *event, gpointer data);

/* Parse one line of a worker, without its newline. NULL and HD_WORKER when it is not one of the
 * messages of docs/ARCHITECTURE.md. Unknown members are ignored. */
HdEvent *hd_event_parse (const char *line, gsize length_bytes, GError **error);
void hd_event_free (HdEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdEvent, hd_event_free)
