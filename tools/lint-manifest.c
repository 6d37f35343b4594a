/* Lines as importers split them: algorithm, name, digest. */
#include "tools/lint-manifest.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#define MAX_LINES 1000

/* Take a line apart, generously: what is wrong with its spelling goes to *ret_problem. */
static gboolean
split_line (const char *line, char **ret_algorithm, char **ret_name, char **ret_digest,
            const char **ret_problem)
{
  const char *open = strchr (line, '('), *close = strrchr (line, ')');
  if (open == NULL || close == NULL || close < open)
    return FALSE;
  const char *equals = strchr (close, '=');
  if (equals == NULL)
    return FALSE;
  *ret_problem = NULL;
  if (open > line && open[-1] == ' ')
    *ret_problem = "a space before the bracket";
  else if (close[1] != '=' || equals[1] != ' ' || equals[2] == ' ')
    *ret_problem = "not exactly \")= \" behind the name";
  else if (strchr (line, '\r') != NULL)
    *ret_problem = "the line ends of Windows";
  *ret_algorithm = g_strstrip (g_strndup (line, (gsize)(open - line)));
  *ret_name = g_strndup (open + 1, (gsize)(close - open - 1));
  *ret_digest = g_strstrip (g_strdup (equals + 1));
  return TRUE;
}

/* `seen` are the names of the lines before: each member is read once, however long the list is. */
static void
look_at_line (HdLint *lint, const HdTar *tar, GHashTable *seen, const char *line)
{
  g_autofree char *algorithm = NULL, *name = NULL, *digest = NULL;
  const char *spelling;
  if (!split_line (line, &algorithm, &name, &digest, &spelling))
    {
      hd_lint_add (lint, "O3", "the line \"%.60s\" cannot be read", line);
      return;
    }
  if (spelling != NULL)
    hd_lint_add (lint, "O3", "%s: %s", name, spelling);
  if (!g_str_equal (algorithm, "SHA256"))
    hd_lint_add (lint, g_ascii_strcasecmp (algorithm, "SHA2-256") == 0 ? "O3" : "O4",
                 "%s: the algorithm is called %s", name, algorithm);
  const HdTarMember *member = hd_tar_member (tar, name);
  if (member == NULL)
    {
      hd_lint_add (lint, "O3", "%s is not in the archive", name);
      return;
    }
  if (strlen (digest) != 64)
    return; /* another algorithm: said above */
  if (!g_hash_table_add (seen, g_strdup (name)))
    {
      hd_lint_add (lint, "O3", "%s is listed twice", name);
      return;
    }
  g_autofree char *right = hd_bytes_sha256 (&member->bytes);
  if (right == NULL || g_ascii_strcasecmp (digest, right) != 0)
    hd_lint_add (lint, "O3", "%s: the digest is another one's", name);
}

/* Whether `signature` (hexadecimal) of the manifest's text is by the certificate. */
static gboolean
verifies (const char *signature, const char *pem, const char *manifest)
{
  gsize length = strlen (signature) / 2;
  if (length == 0 || length > 2048)
    return FALSE;
  g_autofree guint8 *bytes = g_malloc (length);
  for (gsize i = 0; i < length; i++)
    {
      int high = g_ascii_xdigit_value (signature[2 * i]);
      int low = g_ascii_xdigit_value (signature[2 * i + 1]);
      if (high < 0 || low < 0)
        return FALSE;
      bytes[i] = (guint8)(high << 4 | low);
    }
  BIO *bio = BIO_new_mem_buf (pem, -1);
  X509 *certificate = PEM_read_bio_X509 (bio, NULL, NULL, (void *)"");
  EVP_PKEY *key = certificate != NULL ? X509_get_pubkey (certificate) : NULL;
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gboolean ok
      = key != NULL && EVP_DigestVerifyInit (context, NULL, EVP_sha256 (), NULL, key) == 1
        && EVP_DigestVerify (context, bytes, length, (const guint8 *)manifest, strlen (manifest))
               == 1;
  EVP_MD_CTX_free (context);
  EVP_PKEY_free (key);
  X509_free (certificate);
  BIO_free (bio);
  return ok;
}

static void
look_at_certificate (HdLint *lint, const HdTar *tar, const char *manifest)
{
  const HdTarMember *member = hd_tar_find (tar, ".cert");
  if (member == NULL)
    return;
  g_autofree char *text = hd_tar_text (member);
  const char *pem = text != NULL ? strstr (text, "-----BEGIN CERTIFICATE-----") : NULL;
  if (pem == NULL)
    {
      hd_lint_add (lint, "O13", "%s has no certificate", member->name);
      return;
    }
  g_autofree char *line = g_strndup (text, strcspn (text, "\n"));
  g_autofree char *algorithm = NULL, *name = NULL, *signature = NULL;
  const char *spelling;
  if (!split_line (line, &algorithm, &name, &signature, &spelling)
      || !g_str_equal (algorithm, "SHA256") || !verifies (signature, pem, manifest))
    hd_lint_add (lint, "O13", "%s does not sign the manifest", member->name);
}

void
hd_lint_manifest (HdLint *lint, const HdTar *tar)
{
  const HdTarMember *member = hd_tar_find (tar, ".mf");
  if (member == NULL)
    return; /* it may be left out */
  g_autofree char *text = hd_tar_text (member);
  if (text == NULL)
    {
      hd_lint_add (lint, "O3", "%s cannot be read", member->name);
      return;
    }
  g_auto (GStrv) lines = g_strsplit (text, "\n", MAX_LINES);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (char **line = lines; *line != NULL; line++)
    if (**line != '\0')
      look_at_line (lint, tar, seen, *line);
  if (*text != '\0' && !g_str_has_suffix (text, "\n"))
    hd_lint_add (lint, "O3", "the last line has no end");
  look_at_certificate (lint, tar, text);
}
