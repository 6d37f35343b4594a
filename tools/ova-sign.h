/* The certificate member of an OVA: a signature of the manifest, and the certificate itself (DMTF
 * DSP0243 1.1, 5.1; rule O13). */
#pragma once

#include <glib.h>

typedef struct _HdOvaSigner HdOvaSigner;

/* Read an RSA key without a passphrase and its X.509 certificate, both PEM. Other kinds of keys
 * sign differently each time. Errors: HD_NOT_FOUND, HD_SIGNATURE. */
HdOvaSigner *hd_ova_signer_new (const char *key_path, const char *certificate_path, GError **error);
void hd_ova_signer_free (HdOvaSigner *signer);

/* Bytes of the member for a manifest of this name. */
gsize hd_ova_signer_length (const HdOvaSigner *signer, const char *manifest_name);
/* The member's text, free with g_free. Errors: HD_SIGNATURE. */
char *hd_ova_signer_sign (const HdOvaSigner *signer, const char *manifest_name,
                          const char *manifest, gsize manifest_bytes, GError **error);
