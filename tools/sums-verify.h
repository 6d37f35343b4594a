/* Images and what goes with them, checked by somebody who fetched them. */
#pragma once

#include <gio/gio.h>

typedef struct
{
  const char *folder;
  const char *key;       /* file with the public key that is trusted, binary or armoured; or NULL */
  gboolean no_signature; /* do not look at the signature */
  gboolean some;         /* files that are not there are not missed: not everything was fetched */
  void (*on_file) (const char *name, const char *what, gpointer data);
  gpointer data;
} HdSumsVerify;

/* Check the signature of SHA256SUMS, the digest of each file in it, and that the provenance and the
 * lists of packages say the same as the files do. Nothing outside of the folder is opened.
 * Errors: HD_SIGNATURE, HD_CORRUPT naming the file, HD_NOT_FOUND (a file, gpgv), HD_USAGE without
 * key. Blocks. */
gboolean hd_sums_verify (const HdSumsVerify *verify, GCancellable *cancellable, GError **error);
