/* Identifiers that follow from a seed, so that the same installation gives the same bytes. */
#pragma once

#include <glib.h>

/* A UUID of version 8 (RFC 9562, 5.8) from SHA-256 over seed and name, each with its length before
 * it; the same as hd_digest_uuid of the image tool. Free with g_free. */
char *hd_ks_uuid (const char *seed, const char *name);
