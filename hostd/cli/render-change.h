/* The result of a change as text: what is now the case, what changed, what to do next. Values in,
 * text out. The members that are read are in docs/ARCHITECTURE.md, "Requests, progress, results".
 */
#pragma once

#include <stdio.h>
#include "client/result.h"

/* `result` is HD_OK or HD_NOTHING. A difference of packages is cut to `max_packages` lines a kind
 * (0: all), with a line that says how many more. */
void hd_render_change (FILE *out, const HdResult *result, guint max_packages);
