/* `images`, `history` and `image inspect`. */
#pragma once

#include "base/verbs.h"

int hd_cli_images (const HdInvocation *inv);
int hd_cli_history_of_image (const HdInvocation *inv);
int hd_cli_image_inspect (const HdInvocation *inv);
