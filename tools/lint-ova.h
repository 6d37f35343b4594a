/* What the dialects of OVA share. */
#pragma once

#include "tools/lint-ovf.h"
#include "tools/lint-tar.h"

/* Whether `value` (may be NULL) is in the NULL-terminated list. */
gboolean hd_ova_one_of (const char *value, const char *const *words);
/* For messages: the value, or "(nothing)". */
const char *hd_ova_shown (const char *value);
/* "byte" or "byte * 2^N" times a number; FALSE when it is neither. */
gboolean hd_ova_capacity_bytes (const HdOvfDisk *disk, guint64 *ret);
/* Breaches of plain ustar, or only what hinders who reads headers without any extension, as `rule`.
 */
void hd_ova_look_at_tar (HdLint *lint, const HdTar *tar, const char *rule, gboolean plain);

/* The rules of oVirt's dialect (E1 to E12). The archive has a description. */
void hd_lint_ovirt (HdLint *lint, const HdTar *tar, const HdOvf *ovf);
