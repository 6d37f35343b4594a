/* UTF-8 (RFC 3629). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length in bytes of the character at `p`, or 0 when it is not well formed. */
size_t hd_utf8_length (const unsigned char *p, const unsigned char *end);
/* Write a code point, at most four bytes; returns how many. */
size_t hd_utf8_put (char *out, uint32_t c);
/* Is all of it well formed? */
bool hd_utf8_is_valid (const char *text);
/* A malloc'ed copy in which each byte that is no UTF-8 became U+FFFD.  Out of memory aborts. */
char *hd_utf8_repair (const char *text);
