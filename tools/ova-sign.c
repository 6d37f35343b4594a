/* RSA with PKCS 1 padding over SHA-256, in hexadecimal, then the PEM text. */
#include "tools/ova-sign.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/error.h"
#include "tools/format-identity.h"

struct _HdOvaSigner
{
  EVP_PKEY *key;
  char *certificate; /* PEM */
  gsize signature_bytes;
};

static EVP_PKEY *
read_key (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  BIO *bio = BIO_new_mem_buf (text, (int)length);
  /* An empty passphrase: nobody is asked. */
  EVP_PKEY *key = PEM_read_bio_PrivateKey (bio, NULL, NULL, (void *)"");
  BIO_free (bio);
  if (key != NULL && EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA)
    return key;
  EVP_PKEY_free (key);
  hd_throw (error, HD_SIGNATURE, "openssl genrsa makes one",
            "%s holds no RSA key without a passphrase", path);
  return NULL;
}

/* The certificate's own PEM text, when it belongs to the key. */
static char *
read_certificate (const char *path, EVP_PKEY *key, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  BIO *bio = BIO_new_mem_buf (text, (int)length);
  X509 *certificate = PEM_read_bio_X509 (bio, NULL, NULL, (void *)"");
  BIO_free (bio);
  char *pem = NULL;
  if (certificate == NULL || X509_check_private_key (certificate, key) != 1)
    hd_throw (error, HD_SIGNATURE, "openssl req -x509 -key KEY makes one",
              "%s holds no certificate of the key", path);
  else
    {
      BIO *out = BIO_new (BIO_s_mem ());
      char *data;
      PEM_write_bio_X509 (out, certificate);
      long size = BIO_get_mem_data (out, &data);
      pem = g_strndup (data, (gsize)size);
      BIO_free (out);
    }
  X509_free (certificate);
  return pem;
}

HdOvaSigner *
hd_ova_signer_new (const char *key_path, const char *certificate_path, GError **error)
{
  EVP_PKEY *key = read_key (key_path, error);
  if (key == NULL)
    return NULL;
  char *certificate = read_certificate (certificate_path, key, error);
  if (certificate == NULL)
    {
      EVP_PKEY_free (key);
      return NULL;
    }
  HdOvaSigner *signer = g_new0 (HdOvaSigner, 1);
  signer->key = key;
  signer->certificate = certificate;
  signer->signature_bytes = (gsize)EVP_PKEY_get_size (key);
  return signer;
}

void
hd_ova_signer_free (HdOvaSigner *signer)
{
  EVP_PKEY_free (signer->key);
  g_free (signer->certificate);
  g_free (signer);
}

gsize
hd_ova_signer_length (const HdOvaSigner *signer, const char *manifest_name)
{
  return strlen ("SHA256()= \n") + strlen (manifest_name) + 2 * signer->signature_bytes
         + strlen (signer->certificate);
}

char *
hd_ova_signer_sign (const HdOvaSigner *signer, const char *manifest_name, const char *manifest,
                    gsize manifest_bytes, GError **error)
{
  g_autofree guint8 *signature = g_malloc (signer->signature_bytes);
  gsize length = signer->signature_bytes;
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gboolean ok
      = EVP_DigestSignInit (context, NULL, EVP_sha256 (), NULL, signer->key) == 1
        && EVP_DigestSign (context, signature, &length, (const guint8 *)manifest, manifest_bytes)
               == 1
        && length == signer->signature_bytes;
  EVP_MD_CTX_free (context);
  if (!ok)
    {
      hd_throw (error, HD_SIGNATURE, NULL, "signing the manifest %s failed", manifest_name);
      return NULL;
    }
  g_autofree char *digits = hd_identity_hex (signature, length);
  return g_strdup_printf ("SHA256(%s)= %s\n%s", manifest_name, digits, signer->certificate);
}
