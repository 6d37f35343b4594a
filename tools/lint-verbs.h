/* atomic-image lint. */
#pragma once

#include "base/verbs.h"

extern const HdVerb hd_lint_verbs[];
