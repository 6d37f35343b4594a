/* Signatures by a public key: ECDSA, RSA or Ed25519, as sigstore makes them. */
#pragma once

#include <glib.h>
#include "common/err.h"

/* Whether `signature` over `payload` is by the key of a PEM text (SubjectPublicKeyInfo; SHA-256 for
 * keys that want a hash). False with `err` set: HD_SIGNATURE (it is not), HD_CONFIG (no key). */
gboolean hd_signature_verify (const char *pem, GBytes *payload, GBytes *signature, hd_err *err);
