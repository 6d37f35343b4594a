/* The verbs of containers, each by itself and below `container`. */
#pragma once

#include "base/verbs.h"

extern const HdVerb hd_container_verbs[];
