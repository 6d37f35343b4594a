/* atomic-image verify. */
#pragma once

#include "base/verbs.h"

extern const HdVerb hd_sums_verbs[];
