/* Checked parsing of numbers, sizes and times, and the nearest known word. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All return 0, or -EINVAL (not a number, trailing bytes, empty) or -ERANGE; *ret is written on
 * success only.  No leading space or plus sign is accepted. */
int hd_parse_int64 (const char *text, int64_t *ret);
int hd_parse_uint64 (const char *text, uint64_t *ret);
/* Bytes with an optional suffix K M G T (powers of 1024, also KiB, MiB ...) or none. */
int hd_parse_size (const char *text, uint64_t *ret_bytes);
/* A duration: "90", "90s", "5min", "2h", "1d", "1h 30min"; a bare number counts seconds. */
int hd_parse_duration (const char *text, uint64_t *ret_ms);
/* RFC 3339, as "2026-01-02T03:04:05Z" or with an offset; seconds since 1970. */
int hd_parse_time (const char *text, int64_t *ret_seconds);
/* 64 lower-case hexadecimal digits. */
bool hd_parse_is_checksum (const char *text);

/* The word of the NULL-terminated list that is nearest to `word` by edit distance (with
 * transpositions), or NULL when none is near enough to be meant (distance over a third of the
 * longer word's length, at least 1). */
const char *hd_nearest_word (const char *word, const char *const *list);
