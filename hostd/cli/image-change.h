/* `rmi`, `tag` and `image prune`. */
#pragma once

#include "base/verbs.h"

int hd_cli_rmi (const HdInvocation *inv);
int hd_cli_tag (const HdInvocation *inv);
int hd_cli_image_prune (const HdInvocation *inv);
