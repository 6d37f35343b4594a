/* The `data` of a result: from where to where, and what differs.
 *
 * Its form is in docs/ARCHITECTURE.md, "Requests, progress, results". */
#pragma once

#include "common/json.h"
#include "host/basis.h"
#include "host/candidate.h"

/* Describe the way from the basis to the candidate. `staged`: it is staged now, so it is what the
 * next boot starts. Returns a new value. */
hd_json *hd_outcome_data (HdSysroot *sysroot, const HdBasis *basis, const HdCandidate *candidate,
                          gboolean staged);
/* {"version", "commit"} of a commit that is here; returns a new value. */
hd_json *hd_outcome_version (HdSysroot *sysroot, const char *commit);
/* "version 2 (0123456789ab)" of a commit that is here, free with g_free. */
char *hd_outcome_describe (HdSysroot *sysroot, const char *commit);
/* "3 packages upgraded, 1 added", free with g_free; "" when there is nothing to tell. */
char *hd_outcome_summary (const hd_json *data);
