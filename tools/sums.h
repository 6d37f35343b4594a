/* What goes with images: lists of packages (SPDX 2.3, CycloneDX 1.5), a provenance statement
 * (in-toto v1, SLSA provenance v1), the definition, SHA256SUMS over all of it and a detached
 * signature of that.
 *
 * No time of day and no path of the builder's machine is in any of them.
 */
#pragma once

#include <gio/gio.h>
#include "tools/format.h"

/* Strings belong to the caller and may be NULL where it says so. */
typedef struct
{
  const char *base; /* "atomic-host-1": first part of the files' names */
  const char *name;
  const char *version;
  const char *suite; /* Debian's, or NULL */
  gint64 epoch;
  const char *identity;          /* of the disk, tools/format-source.h */
  const char *commit;            /* that is deployed on it, or NULL */
  GVariant *packages;            /* a(sss), tools/packages.h, or NULL: no lists of packages */
  GVariant *inputs;              /* a{ss} of the commit, or NULL */
  const char *definition;        /* its text with what was laid over it, or NULL */
  const char *definition_sha256; /* of it and all files that it names, or NULL */
  const HdFormatMachine *machine;
  const char *key_home;    /* GnuPG folder, or NULL: no signature */
  const char *fingerprint; /* of the key in it */
} HdSums;

/* Write them beside the images of one run (an array of HdFormatOutput, all in `folder`).
 * Errors: HD_NO_SPACE, HD_SIGNATURE. Blocks. */
gboolean hd_sums_write (const HdSums *sums, GPtrArray *images, const char *folder,
                        GCancellable *cancellable, GError **error);

/* The texts, each one JSON document with a final line end; free with g_free. Pure. */
char *hd_sums_spdx (const HdSums *sums);
char *hd_sums_cyclonedx (const HdSums *sums);
char *hd_sums_provenance (const HdSums *sums, GPtrArray *images);

/* A package URL: "pkg:deb/debian/NAME@VERSION?arch=ARCH&distro=SUITE", free with g_free. */
char *hd_sums_purl (const char *name, const char *version, const char *arch, const char *suite);

#define HD_SUMS_FILE "SHA256SUMS"
#define HD_SUMS_SIGNATURE "SHA256SUMS.gpg"
#define HD_SUMS_KEY "signing-key.gpg"
