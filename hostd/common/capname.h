/* Names of capabilities (linux/capability.h). */
#pragma once

/* As many as the table knows; numbers are dense from 0. */
#define HD_CAP_COUNT 41

/* The number of a capability ("CAP_CHOWN", in any case, the prefix may be left out), or -1. */
int hd_cap_from_name (const char *name);
/* The name of capability `number`, or NULL; static storage. */
const char *hd_cap_name (unsigned number);
