/* SHA-256 by OpenSSL's EVP interface, which uses the processor's instructions for it. */
#include "fetch/hash.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

struct hd_hash
{
  EVP_MD_CTX *context;
};

hd_hash *
hd_hash_new (void)
{
  hd_hash *hash = malloc (sizeof *hash);
  if (hash == NULL)
    abort ();
  /* No configuration file: nothing of the machine's may choose the algorithm. */
  OPENSSL_init_crypto (OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
  hash->context = EVP_MD_CTX_new ();
  if (hash->context == NULL || EVP_DigestInit_ex (hash->context, EVP_sha256 (), NULL) != 1)
    abort ();
  return hash;
}

void
hd_hash_free (hd_hash *hash)
{
  if (hash == NULL)
    return;
  EVP_MD_CTX_free (hash->context);
  free (hash);
}

void
hd_hash_update (hd_hash *hash, const void *data, size_t size_bytes)
{
  if (EVP_DigestUpdate (hash->context, data, size_bytes) != 1)
    abort ();
}

void
hd_hash_finish (hd_hash *hash, char text[65])
{
  unsigned char digest[32];
  if (EVP_DigestFinal_ex (hash->context, digest, NULL) != 1)
    abort ();
  for (size_t i = 0; i < sizeof digest; i++)
    snprintf (text + 2 * i, 3, "%02x", digest[i]);
}
