/* A repository at a registry, as pulls and pushes ask it. */
#pragma once

#include "engine/fetcher.h"
#include "engine/manifest.h"

typedef struct
{
  HdFetcher *fetcher; /* the caller's */
  HdEndpoint *endpoint;
  int server;
  char *scope; /* "repository:library/debian:pull" */
} HdRemote;

/* `actions` is "pull" or "pull,push". Takes `endpoint` over. Errors: HD_CONFIG (credentials,
 * certificates), HD_WORKER. */
HdRemote *hd_remote_new (HdFetcher *fetcher, HdEndpoint *endpoint, const char *authfile,
                         const char *actions, GError **error);
void hd_remote_free (HdRemote *remote);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdRemote, hd_remote_free)

/* "PATH/KIND/NAME" below the registry's address; free with g_free. */
char *hd_remote_path (const HdRemote *remote, const char *kind, const char *name);

typedef struct
{
  char *text;
  gsize size;
  char *digest; /* of the text: computed here */
  char *type;   /* as it was served, or NULL */
} HdDocument;

void hd_document_free (HdDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdDocument, hd_document_free)

/* Get a manifest by tag or digest. HD_NOT_FOUND, HD_CORRUPT (other content than the digest). */
HdDocument *hd_remote_manifest (HdRemote *remote, const char *tag_or_digest, GError **error);
/* Get a small blob, and check it. */
HdDocument *hd_remote_blob (HdRemote *remote, const HdDescriptor *descriptor, GError **error);
