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
