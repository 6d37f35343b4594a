/* `inspect` of anything that has a name. */
#pragma once

#include "base/verbs.h"

extern const HdVerb hd_inspect_verbs[];
