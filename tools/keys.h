/* Signing keys, in a GnuPG home folder of their own.
 *
 * gpg does the work. Signatures carry the time of the build (SOURCE_DATE_EPOCH), so that the same
 * commit signed twice has the same bytes; keys are made with a fixed time before any build.
 */
#pragma once

#include <gio/gio.h>

/* Make sure that `home` holds a secret key with the user id `name`; makes an Ed25519 key without a
 * passphrase when there is none. *ret_made (may be NULL) tells which.
 * Errors: HD_NOT_FOUND (no gpg), HD_FAILED. Blocks. */
gboolean hd_keys_ensure (const char *home, const char *name, gboolean *ret_made,
                         GCancellable *cancellable, GError **error);

/* Hexadecimal fingerprint of the secret key with user id or fingerprint `name` (NULL: of the first
 * in the folder). Free with g_free.
 * Errors: HD_SIGNATURE when there is none. */
char *hd_keys_fingerprint (const char *home, const char *name, GCancellable *cancellable,
                           GError **error);

/* When the key was made, seconds since 1970: no signature of it can be older. Errors: HD_SIGNATURE.
 */
gboolean hd_keys_created (const char *home, const char *fingerprint, gint64 *ret_epoch,
                          GCancellable *cancellable, GError **error);

/* The public key in binary form, as an image carries it. */
GBytes *hd_keys_export (const char *home, const char *fingerprint, GCancellable *cancellable,
                        GError **error);

/* A detached signature of `data`, with `epoch` (seconds since 1970) as its time.
 * Errors: HD_SIGNATURE. */
GBytes *hd_keys_sign (const char *home, const char *fingerprint, GBytes *data, gint64 epoch,
                      GCancellable *cancellable, GError **error);
