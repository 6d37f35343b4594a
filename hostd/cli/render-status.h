/* A status as text: what people see of `atomic host status`. Values in, text out. */
#pragma once

#include <stdio.h>
#include "state/status.h"

typedef struct
{
  gboolean booted_only; /* one block: the running deployment's */
  gboolean verbose;     /* kernel, arguments, boot state, id */
  gint64 now;           /* seconds since 1970, for ages */
} HdRenderStatus;

/* Three lines (healthy? current? what does the next reboot start?), `activity` (a line about a
 * running job, or NULL), then a block for each deployment in boot order, with its index as pin and
 * unpin take it; a dot marks the running one. */
void hd_render_status (FILE *out, const HdStatus *status, const char *activity,
                       const HdRenderStatus *how);
/* "version 2", or "commit 0123456789" for one without a version; free with g_free. */
char *hd_render_version (const char *version, const char *commit);
