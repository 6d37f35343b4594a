/* The verbs of `system`, and those that stand beside them. */
#pragma once

#include "base/verbs.h"

extern const HdVerb hd_system_verbs[];
