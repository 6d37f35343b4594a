/* Signatures of commits: always checked, whatever a remote's gpg-verify says. */
#pragma once

#include <ostree.h>

typedef struct
{
  char *key; /* fingerprint of the primary key that signed */
  char *uid; /* "Name <address>", or NULL */
} HdSignature;

void hd_signature_free (HdSignature *signature);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdSignature, hd_signature_free)

/* Check that `commit`, whose object and detached metadata are in `repo`, carries a valid signature
 * by a key that is trusted for `remote` (its keyring or gpgkeypath, else
 * /usr/share/ostree/trusted.gpg.d). One valid signature is enough.
 * Errors: HD_SIGNATURE, telling apart: no signature, unknown key, expired key, revoked key, expired
 * signature, bad signature; the message names key and commit. HD_NOT_FOUND: no such remote. */
HdSignature *hd_verify_commit (OstreeRepo *repo, const char *remote, const char *commit,
                               GCancellable *cancellable, GError **error);
