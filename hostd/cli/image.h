/* The verbs of images, each by itself and below `image`. */
#pragma once

#include "base/verbs.h"

extern const HdVerb hd_image_verbs[];
