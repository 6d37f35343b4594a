/* pin and unpin: whether a deployment is kept when newer ones come. */
#pragma once

#include "host/operation.h"

/* `deployment`: index as `status` shows it, id, the beginning of its commit, or "booted".
 * Errors: HD_USAGE (none is named), HD_NOT_FOUND, HD_NOTHING (it is so already). */
HdVerbFunc hd_pin_run;
HdVerbFunc hd_unpin_run;
