/* GPG signatures, checked by libostree (gpgme), told apart and put into words here. */
#include "host/verify.h"

#include <gpg-error.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"

#define ADD_KEY_HINT "if you trust it, add it: ostree remote gpg-import --keyring=FILE REMOTE KEY"
#define MIRROR_HINT "ask who runs the repository to sign again, or use another mirror"

void
hd_signature_free (HdSignature *signature)
{
  if (signature == NULL)
    return;
  g_free (signature->key);
  g_free (signature->uid);
  g_free (signature);
}

/* What is said of one signature; the fields are those of OstreeGpgSignatureAttr. */
typedef struct
{
  gboolean valid, sig_expired, key_expired, key_revoked, key_missing;
  const char *fingerprint, *primary, *name, *email;
  gint64 key_expires, primary_expires;
} Attributes;

static OstreeGpgSignatureAttr attribute_names[] = {
  OSTREE_GPG_SIGNATURE_ATTR_VALID,
  OSTREE_GPG_SIGNATURE_ATTR_SIG_EXPIRED,
  OSTREE_GPG_SIGNATURE_ATTR_KEY_EXPIRED,
  OSTREE_GPG_SIGNATURE_ATTR_KEY_REVOKED,
  OSTREE_GPG_SIGNATURE_ATTR_KEY_MISSING,
  OSTREE_GPG_SIGNATURE_ATTR_FINGERPRINT,
  OSTREE_GPG_SIGNATURE_ATTR_FINGERPRINT_PRIMARY,
  OSTREE_GPG_SIGNATURE_ATTR_USER_NAME,
  OSTREE_GPG_SIGNATURE_ATTR_USER_EMAIL,
  OSTREE_GPG_SIGNATURE_ATTR_KEY_EXP_TIMESTAMP,
  OSTREE_GPG_SIGNATURE_ATTR_KEY_EXP_TIMESTAMP_PRIMARY,
};

/* The strings belong to the returned variant. */
static GVariant *
get_attributes (OstreeGpgVerifyResult *result, guint index, Attributes *ret)
{
  GVariant *values = ostree_gpg_verify_result_get (result, index, attribute_names,
                                                   G_N_ELEMENTS (attribute_names));
  g_variant_get (values, "(bbbbb&s&s&s&sxx)", &ret->valid, &ret->sig_expired, &ret->key_expired,
                 &ret->key_revoked, &ret->key_missing, &ret->fingerprint, &ret->primary, &ret->name,
                 &ret->email, &ret->key_expires, &ret->primary_expires);
  return values;
}

/* "Name <address>", or what there is of it. */
static char *
format_uid (const Attributes *a)
{
  if (a->email[0] == '\0')
    return g_strdup (a->name);
  return g_strdup_printf ("%s%s<%s>", a->name, a->name[0] != '\0' ? " " : "", a->email);
}

/* "0123… (Name <address>)" */
static char *
describe_key (const Attributes *a)
{
  const char *fingerprint = a->primary[0] != '\0' ? a->primary : a->fingerprint;
  g_autofree char *uid = format_uid (a);
  if (uid[0] == '\0')
    return g_strdup (fingerprint);
  return g_strdup_printf ("%s (%s)", fingerprint, uid);
}

/* Which of libgpg-error's words fits; its text is used in the message. */
static gpg_err_code_t
judge (const Attributes *a)
{
  if (a->key_missing)
    return GPG_ERR_NO_PUBKEY;
  if (a->key_revoked)
    return GPG_ERR_CERT_REVOKED;
  if (a->key_expired)
    return GPG_ERR_KEY_EXPIRED;
  if (a->sig_expired)
    return GPG_ERR_SIG_EXPIRED;
  return GPG_ERR_BAD_SIGNATURE;
}

static gboolean
refuse (OstreeGpgVerifyResult *result, const char *remote, const char *commit, GError **error)
{
  if (result == NULL || ostree_gpg_verify_result_count_all (result) == 0)
    return hd_throw (error, HD_SIGNATURE, MIRROR_HINT, "commit %s of remote %s has no signature",
                     commit, remote);
  Attributes a;
  g_autoptr (GVariant) values = get_attributes (result, 0, &a);
  g_autofree char *key = describe_key (&a);
  gpg_err_code_t why = judge (&a);
  gint64 expired = a.primary_expires > 0 ? a.primary_expires : a.key_expires;
  g_autofree char *when
      = why == GPG_ERR_KEY_EXPIRED && expired > 0 ? hd_format_time (expired) : NULL;
  return hd_throw (error, HD_SIGNATURE, why == GPG_ERR_NO_PUBKEY ? ADD_KEY_HINT : MIRROR_HINT,
                   "signature of commit %s by key %s: %s%s%s%s", commit, key,
                   gpg_strerror (gpg_error (why)), why == GPG_ERR_NO_PUBKEY ? " (unknown key)" : "",
                   when != NULL ? " on " : "", when != NULL ? when : "");
}

HdSignature *
hd_verify_commit (OstreeRepo *repo, const char *remote, const char *commit,
                  GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (OstreeGpgVerifyResult) result
      = ostree_repo_verify_commit_for_remote (repo, commit, remote, cancellable, &local_error);
  if (result == NULL
      && !g_error_matches (local_error, OSTREE_GPG_ERROR, OSTREE_GPG_ERROR_NO_SIGNATURE))
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                  "checking the signature of commit %s: ", commit);
      return NULL;
    }
  guint n = result != NULL ? ostree_gpg_verify_result_count_all (result) : 0;
  for (guint i = 0; i < n; i++)
    {
      Attributes a;
      g_autoptr (GVariant) values = get_attributes (result, i, &a);
      if (!a.valid)
        continue;
      HdSignature *signature = g_new0 (HdSignature, 1);
      signature->key = g_strdup (a.primary[0] != '\0' ? a.primary : a.fingerprint);
      signature->uid = format_uid (&a);
      return signature;
    }
  refuse (result, remote, commit, error);
  return NULL;
}
