/* The manifest and the certificate of an OVA. */
#pragma once

#include "tools/lint-tar.h"

/* Spelling, algorithm and digests (O3, O4), the certificate (O13). Reads every member once. */
void hd_lint_manifest (HdLint *lint, const HdTar *tar);
