/* The verbs of `network`. */
#pragma once

#include "base/verbs.h"

extern const HdVerb hd_network_verbs[];
