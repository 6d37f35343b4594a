/* What hostd is doing right now, for `atomic host status`. Never starts hostd and never waits long:
 * a status without it is better than none. */
#pragma once

#include <glib.h>
#include "client/job-view.h"
#include "common/json.h"

/* The jobs that run or wait, of HdJobView; NULL when there are none or hostd does not run. */
GPtrArray *hd_activity_read (void);
/* "upgrade: pull, 45 % of 30.1 MB; 1 more waits", or NULL; free with g_free. */
char *hd_activity_to_text (const GPtrArray *jobs);
/* An array of objects with id, verb, state, phase, percent, done, total, unit; a new value. */
hd_json *hd_activity_to_json (const GPtrArray *jobs);
