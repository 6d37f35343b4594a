/* Credentials of registries, in the file that docker, podman and skopeo share
 * (containers-auth.json(5), Docker's config.json).
 *
 * Looked for in: `authfile`, $REGISTRY_AUTH_FILE, $DOCKER_CONFIG/config.json,
 * $XDG_RUNTIME_DIR/containers/auth.json (root: /run/containers/0/auth.json),
 * ~/.config/containers/auth.json, ~/.docker/config.json; the first entry that fits counts. A helper
 * (credsStore, credHelpers) is asked where the file names one.
 */
#pragma once

#include <glib.h>

typedef struct
{
  char *user;           /* or NULL */
  char *password;       /* with user */
  char *identity_token; /* or NULL: exchanged for tokens instead of a password */
} HdCredentials;

void hd_credentials_free (HdCredentials *credentials);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdCredentials, hd_credentials_free)

/* For "HOST" or "HOST/PATH", the most special entry. NULL without an error: there are none. Errors:
 * HD_CONFIG (a file that is none), HD_DENIED. */
HdCredentials *hd_auth_find (const char *authfile, const char *repository, GError **error);
/* Keep (`credentials`) or forget (NULL) those of a host, in `authfile`, $REGISTRY_AUTH_FILE or
 * $DOCKER_CONFIG/config.json or ~/.docker/config.json, 0600. Other entries stay. *ret_path (may be
 * NULL) is the file. HD_NOT_FOUND: there is nothing to forget. */
gboolean hd_auth_store (const char *authfile, const char *host, const HdCredentials *credentials,
                        char **ret_path, GError **error);
/* An auth.json's text: the credentials for a repository, or NULL. *ret_helper is the helper that
 * knows them instead, or NULL. Pure. */
HdCredentials *hd_auth_parse (const char *text, gsize length_bytes, const char *repository,
                              char **ret_helper, GError **error);
