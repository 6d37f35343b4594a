/* Contradictions between partitions, arrays, groups, volumes and mount points; see rules.h. */
#pragma once

#include "kickstart/storage.h"

/* Add the findings to the kickstart's report. */
void hd_ks_storage_rules (HdKickstart *kickstart);
