/* The verbs of `volume`. */
#pragma once

#include "base/verbs.h"

extern const HdVerb hd_volume_verbs[];
