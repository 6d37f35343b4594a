/* Signatures that sigstore's tools attach to images. */
#include "engine/sigstore.h"

#include <errno.h>
#include <fcntl.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"

#define ANNOTATION "dev.cosignproject.cosign/signature"
#define MAX_KEY_BYTES 65536
#define MAX_PAYLOAD_BYTES 65536
#define MAX_SIGNATURES 32

/* ---- What a payload says ---- */

static gboolean
throw_bad (GError **error, const char *what, const char *found)
{
  return hd_throw (error, HD_SIGNATURE, NULL, "a signature is of another %s: \"%.256s\"", what,
                   found);
}

/* "HOST/PATH" or "HOST/PATH:TAG" as it was signed. */
static gboolean
identity_fits (const char *signed_name, const HdRef *ref, const char *identity, GError **error)
{
  g_autoptr (HdRef) signed_ref = hd_ref_parse (signed_name, NULL);
  if (signed_ref == NULL)
    return throw_bad (error, "image", signed_name);
  g_autofree char *signed_repository = hd_ref_repository (signed_ref);
  g_autofree char *repository = hd_ref_repository (ref);
  gboolean same_repository = g_str_equal (signed_repository, repository);
  /* A name without a tag was not signed as "latest". */
  g_autofree char *suffix = g_strconcat (":", ref->tag, NULL);
  gboolean same_tag = ref->tag != NULL && g_strcmp0 (signed_ref->tag, ref->tag) == 0
                      && g_str_has_suffix (signed_name, suffix);
  gboolean fits = FALSE;
  if (g_str_equal (identity, "matchRepository"))
    fits = same_repository;
  else if (g_str_equal (identity, "matchExact"))
    fits = same_repository && same_tag;
  else if (g_str_equal (identity, "matchRepoDigestOrExact"))
    fits = same_repository && (ref->digest != NULL || same_tag);
  else
    return hd_throw (error, HD_SIGNATURE,
                     "take matchRepository, matchExact or matchRepoDigestOrExact",
                     "the policy's signedIdentity \"%s\" is not supported", identity);
  return fits || throw_bad (error, "image", signed_name);
}

gboolean
hd_sigstore_payload_fits (const char *payload, gsize size, const HdRef *ref, const char *digest,
                          const char *identity, GError **error)
{
  hd_autojson root = hd_json_parse (payload, size, NULL);
  const hd_json *critical = hd_json_get (root, "critical");
  const char *type = hd_json_get_string (critical, "type", "");
  const char *signed_digest
      = hd_json_get_string (hd_json_get (critical, "image"), "docker-manifest-digest", "");
  const char *name
      = hd_json_get_string (hd_json_get (critical, "identity"), "docker-reference", "");
  if (!g_str_equal (type, "cosign container image signature"))
    return throw_bad (error, "kind", type);
  if (!g_str_equal (signed_digest, digest))
    return throw_bad (error, "digest", signed_digest);
  return identity_fits (name, ref, identity, error);
}

/* ---- Keys ---- */

/* By one of the policy's keys? The last one's error counts. */
static gboolean
verify (HdRemote *remote, const HdPolicyRequirement *requirement, const HdDocument *payload,
        const char *signature, GError **error)
{
  g_autoptr (GError) last = NULL;
  if (requirement->key_data != NULL)
    {
      gsize size;
      const char *data = g_bytes_get_data (requirement->key_data, &size);
      g_autofree char *pem = g_strndup (data, size);
      if (hd_fetcher_verify (remote->fetcher, pem, payload->text, payload->size, signature, &last))
        return TRUE;
    }
  for (char **path = requirement->key_paths; *path != NULL; path++)
    {
      hd_autofree char *pem = NULL;
      int r = hd_fs_read (AT_FDCWD, *path, MAX_KEY_BYTES, &pem, NULL);
      g_clear_error (&last);
      if (r < 0)
        hd_throw_errno (&last, -r, "reading the policy's key %s", *path);
      else if (hd_fetcher_verify (remote->fetcher, pem, payload->text, payload->size, signature,
                                  &last))
        return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&last));
  return FALSE;
}

/* ---- Signatures ---- */

/* One layer of the signatures' manifest. */
static gboolean
check_one (HdRemote *remote, const HdDescriptor *layer, const char *signature, const HdRef *ref,
           const char *digest, const HdPolicyRequirement *requirement, GError **error)
{
  if (signature == NULL || layer->size_bytes > MAX_PAYLOAD_BYTES)
    return hd_throw (error, HD_SIGNATURE, NULL, "a signature is malformed");
  g_autoptr (HdDocument) payload = hd_remote_blob (remote, layer, error);
  return payload != NULL && verify (remote, requirement, payload, signature, error)
         && hd_sigstore_payload_fits (payload->text, payload->size, ref, digest,
                                      requirement->identity, error);
}

/* The annotation of a layer, from the manifest's text. */
static const char *
signature_of (const hd_json *root, guint index)
{
  const hd_json *layer = hd_json_at (hd_json_get (root, "layers"), index);
  return hd_json_get_string (hd_json_get (layer, "annotations"), ANNOTATION, NULL);
}

gboolean
hd_sigstore_check (HdRemote *remote, const HdRef *ref, const char *digest,
                   const HdPolicyRequirement *requirement, GError **error)
{
  g_autofree char *tag = g_strconcat ("sha256-", hd_digest_hex (digest), ".sig", NULL);
  g_autoptr (GError) local = NULL;
  g_autoptr (HdDocument) document = hd_remote_manifest (remote, tag, &local);
  if (document == NULL && hd_error_code (local) == HD_NOT_FOUND)
    return hd_throw (error, HD_SIGNATURE, NULL, "the policy wants a signature, and %s has none",
                     digest);
  g_autoptr (HdManifest) manifest
      = document != NULL
            ? hd_manifest_parse (document->text, document->size, document->type, &local)
            : NULL;
  hd_autojson root = manifest != NULL && !manifest->is_index
                         ? hd_json_parse (document->text, document->size, NULL)
                         : NULL;
  if (root == NULL && local == NULL)
    hd_throw (&local, HD_SIGNATURE, NULL, "%s is no manifest of signatures", tag);
  guint n = root != NULL ? MIN (manifest->entries->len, MAX_SIGNATURES) : 0;
  if (root != NULL && n == 0)
    hd_throw (&local, HD_SIGNATURE, NULL, "%s has no signature in it", tag);
  for (guint i = 0; i < n; i++)
    {
      g_clear_error (&local);
      if (check_one (remote, g_ptr_array_index (manifest->entries, i), signature_of (root, i), ref,
                     digest, requirement, &local))
        return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
