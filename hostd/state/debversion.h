/* The order of Debian versions. */
#pragma once

/* Compare two version strings "[EPOCH:]UPSTREAM[-REVISION]" by the rules of deb-version(7):
 * negative, zero or positive. Anything that is no version compares by the same rules. */
int hd_debversion_compare (const char *a, const char *b);
