/* What a commit object says of itself, read from the repository's file without libostree.
 *
 * The object is a GVariant of type (a{sv}aya(say)sstayay); see libostree's ostree-core.h,
 * OSTREE_COMMIT_GVARIANT_FORMAT. `atomic.packages` in its metadata is our compose's package list.
 */
#pragma once

#include <glib.h>

#define HD_COMMIT_PACKAGES_KEY "atomic.packages"
#define HD_COMMIT_PACKAGES_TYPE "a(sss)" /* name, version, architecture; in order of names */
#define HD_COMMIT_ARCHITECTURE_KEY "ostree.architecture"

typedef struct
{
  char *version;      /* or NULL */
  char *architecture; /* Debian's word, "amd64", or NULL */
  char *kernel;       /* release, from "ostree.linux", or NULL */
  gint64 timestamp;   /* seconds since 1970 */
  GVariant *packages; /* of HD_COMMIT_PACKAGES_TYPE, or NULL */
} HdCommit;

void hd_commit_free (HdCommit *commit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdCommit, hd_commit_free)

/* From the serialised variant (a reference is taken). */
HdCommit *hd_commit_from_variant (GVariant *variant);
/* Read ostree/repo/objects/XX/YY.commit below `sysroot_fd`. The bytes are not checked against the
 * checksum. Errors: HD_NOT_FOUND, HD_CORRUPT (no commit), HD_FAILED. */
HdCommit *hd_commit_read (int sysroot_fd, const char *checksum, GError **error);
