/* Parts of the rules for OVAs that mending needs, too. */
#pragma once

#include "tools/lint-tar.h"

/* The member with this name (may be NULL), or NULL. */
const HdTarMember *hd_ova_member (const HdTar *tar, const char *name);
