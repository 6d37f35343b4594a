/* Signatures by a public key. */
#include "fetch/signature.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

static EVP_PKEY *
read_key (const char *pem)
{
  BIO *bio = BIO_new_mem_buf (pem, -1);
  EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL) : NULL;
  BIO_free (bio);
  return key;
}

gboolean
hd_signature_verify (const char *pem, GBytes *payload, GBytes *signature, hd_err *err)
{
  EVP_PKEY *key = read_key (pem);
  if (key == NULL)
    {
      hd_err_set (err, HD_CONFIG, NULL, "the policy's key is no public key in PEM");
      return FALSE;
    }
  const EVP_MD *hash = EVP_PKEY_get_id (key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256 ();
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gsize payload_size, signature_size;
  const guchar *payload_data = g_bytes_get_data (payload, &payload_size);
  const guchar *signature_data = g_bytes_get_data (signature, &signature_size);
  gboolean good
      = context != NULL && EVP_DigestVerifyInit (context, NULL, hash, NULL, key) == 1
        && EVP_DigestVerify (context, signature_data, signature_size, payload_data, payload_size)
               == 1;
  EVP_MD_CTX_free (context);
  EVP_PKEY_free (key);
  if (!good)
    hd_err_set (err, HD_SIGNATURE, NULL, "the signature is not by the policy's key");
  return good;
}
