/* References: what people type for an image, and the whole name that it stands for.
 *
 * "debian" -> "docker.io/library/debian:latest". The grammar is that of the distribution project
 * (https://github.com/distribution/reference, "Grammar"): [HOST[:PORT]/]PATH[:TAG][@DIGEST]. Knows
 * no store and no network. Short names of other registries are engine/registries.h.
 */
#pragma once

#include <glib.h>

/* Longest name, longest tag, in bytes (the grammar's own limits). */
#define HD_REF_NAME_MAX 255
#define HD_REF_TAG_MAX 128
#define HD_REF_DEFAULT_HOST "docker.io"

typedef struct
{
  char *host;        /* "docker.io", "localhost:5000" */
  char *path;        /* "library/debian" */
  char *tag;         /* NULL when a digest alone was given */
  char *digest;      /* "sha256:HEX" or NULL */
  gboolean has_host; /* the host was typed, and not assumed */
} HdRef;

/* Parse and normalise. Without tag and digest the tag is "latest". Only sha256 digests are taken.
 * Errors: HD_USAGE, which says what is wrong. */
HdRef *hd_ref_parse (const char *text, GError **error);
HdRef *hd_ref_copy (const HdRef *ref);
void hd_ref_free (HdRef *ref);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdRef, hd_ref_free)

/* "docker.io/library/debian": what the store calls a repository. Free with g_free. */
char *hd_ref_repository (const HdRef *ref);
/* "docker.io/library/debian:latest@sha256:HEX", as much of it as there is. Free with g_free. */
char *hd_ref_text (const HdRef *ref);
/* As people expect to read a repository: without "docker.io/" and "library/". Free with g_free. */
char *hd_ref_familiar (const char *repository);

/* "sha256:" and 64 lower-case hexadecimal digits. */
gboolean hd_digest_is_valid (const char *text);
/* The 64 digits of a valid digest; belongs to it. */
const char *hd_digest_hex (const char *digest);
/* "sha256:HEX" of bytes in memory; free with g_free. */
char *hd_digest_of (const void *data, gsize size_bytes);
/* The first 12 digits of a HEX or "sha256:HEX", as people read ids. Free with g_free. */
char *hd_digest_short (const char *digest);
