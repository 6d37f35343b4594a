/* The verbs of `atomic host`. */
#pragma once

#include "base/verbs.h"

extern const HdVerb hd_host_verbs[];
