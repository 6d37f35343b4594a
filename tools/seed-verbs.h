/* atomic-image seed. */
#pragma once

#include "base/verbs.h"

extern const HdVerb hd_seed_verbs[];
