/* What no single line shows: contradictions between lines, names that nobody defines, and what is
 * missing for an installation.
 *
 * Two commands that exclude each other, or make the same thing twice, are an error in every file.
 * What is missing, or makes no sense on a disk, is an error in a file that can be installed (it has
 * ostreesetup); in a part of a file, or one for another system, it is a warning.
 */
#pragma once

#include "kickstart/kickstart.h"

/* Add the findings to the kickstart's report. Pure otherwise. */
void hd_ks_rules (HdKickstart *kickstart);

/* Whether the file can be carried out as it is; HD_CONFIG with what is missing, or with the first
 * of its errors. Files that %pre writes may bring the rest: what is missing is forgiven then. */
gboolean hd_ks_installable (const HdKickstart *kickstart, GError **error);
