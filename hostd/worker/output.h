/* What a worker says: JSON lines on standard output (docs/ARCHITECTURE.md, "Requests, progress,
 * results"), or plain log lines when it is run by a unit and that output is the journal. */
#pragma once

#include "host/operation.h"

/* Called once, before anything else. */
void hd_output_init (gboolean plain);
/* The report of an operation; static storage. */
const HdReport *hd_output_report (void);
/* The last line. `error` NULL: it went well. Returns the exit status. */
int hd_output_result (const HdOperation *operation, const GError *error);
