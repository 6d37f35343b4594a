/* A repository at a registry. */
#include "engine/remote.h"

#include "base/error.h"
#include "engine/ref.h"

HdRemote *
hd_remote_new (HdFetcher *fetcher, HdEndpoint *endpoint, const char *authfile, const char *actions,
               GError **error)
{
  g_autoptr (HdRemote) remote = g_new0 (HdRemote, 1);
  g_autofree char *repository = g_strconcat (endpoint->host, "/", endpoint->path, NULL);
  GError *local = NULL;
  remote->fetcher = fetcher;
  remote->endpoint = endpoint;
  remote->scope = g_strdup_printf ("repository:%s:%s", endpoint->path, actions);
  g_autoptr (HdCredentials) credentials = hd_auth_find (authfile, repository, &local);
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return NULL;
    }
  remote->server = hd_fetcher_add_server (fetcher, endpoint, credentials, error);
  return remote->server >= 0 ? g_steal_pointer (&remote) : NULL;
}

void
hd_remote_free (HdRemote *remote)
{
  if (remote == NULL)
    return;
  hd_endpoint_free (remote->endpoint);
  g_free (remote->scope);
  g_free (remote);
}

char *
hd_remote_path (const HdRemote *remote, const char *kind, const char *name)
{
  return g_strjoin ("/", remote->endpoint->path, kind, name, NULL);
}

void
hd_document_free (HdDocument *document)
{
  if (document == NULL)
    return;
  g_free (document->text);
  g_free (document->digest);
  g_free (document->type);
  g_free (document);
}

static HdDocument *
get (HdRemote *remote, const char *path, const char *accept, guint64 max_bytes,
     const char *expected, GError **error)
{
  const HdFetchRequest request = { .server = remote->server,
                                   .path = path,
                                   .accept = accept,
                                   .scope = remote->scope,
                                   .max_bytes = max_bytes,
                                   .size_bytes = -1,
                                   .fd = -1 };
  g_autoptr (HdDocument) document = g_new0 (HdDocument, 1);
  g_autoptr (HdFetchResult) result = NULL;
  document->text
      = hd_fetcher_get (remote->fetcher, &request, &document->size, &result, NULL, error);
  if (document->text == NULL)
    return NULL;
  document->digest = hd_digest_of (document->text, document->size);
  document->type = g_steal_pointer (&result->type);
  if (expected == NULL || g_str_equal (document->digest, expected))
    return g_steal_pointer (&document);
  hd_throw (error, HD_CORRUPT, "somebody changed it on its way, or the registry is damaged",
            "%s has the digest %s", path, document->digest);
  return NULL;
}

HdDocument *
hd_remote_manifest (HdRemote *remote, const char *tag_or_digest, GError **error)
{
  g_autofree char *path = hd_remote_path (remote, "manifests", tag_or_digest);
  gboolean by_digest = hd_digest_is_valid (tag_or_digest);
  HdDocument *document = get (remote, path, HD_MANIFEST_ACCEPT, HD_MANIFEST_MAX_BYTES,
                              by_digest ? tag_or_digest : NULL, error);
  /* "application/json; charset=utf-8" */
  if (document != NULL && document->type != NULL)
    g_strchomp (g_strdelimit (document->type, ";", '\0'));
  return document;
}

HdDocument *
hd_remote_blob (HdRemote *remote, const HdDescriptor *descriptor, GError **error)
{
  g_autofree char *path = hd_remote_path (remote, "blobs", descriptor->digest);
  return get (remote, path, NULL, descriptor->size_bytes, descriptor->digest, error);
}
