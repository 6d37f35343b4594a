/* Platforms: for which system and processor an image was made, and which of several fits.
 *
 * The names are Go's (GOOS, GOARCH, GOARM), as in the OCI image index specification, "platform".
 */
#pragma once

#include <glib.h>

typedef struct
{
  char *os;           /* "linux" */
  char *architecture; /* "amd64", "arm64", "arm" */
  char *variant;      /* "v7", "v8"; NULL when there is none */
} HdPlatform;

/* This machine's; static storage. */
const HdPlatform *hd_platform_host (void);
/* "linux/arm/v7", "arm64", "linux/x86_64". NULL stands for this machine's. Errors: HD_USAGE. */
HdPlatform *hd_platform_parse (const char *text, GError **error);
void hd_platform_free (HdPlatform *platform);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdPlatform, hd_platform_free)
/* "linux/arm/v7"; free with g_free. */
char *hd_platform_text (const HdPlatform *platform);

/* How well an offer (each text may be NULL) fits what is wanted: 0 not at all; the higher the
 * better. An arm machine runs older variants too, the newest is best; no variant stands for v8 of
 * arm64 and v7 of arm. */
int hd_platform_score (const HdPlatform *wanted, const char *os, const char *architecture,
                       const char *variant);
