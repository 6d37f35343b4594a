/* Which images may be used: containers-policy.json(5).
 *
 * $ATOMIC_POLICY, /etc/atomic/policy.json, /etc/containers/policy.json: the first that exists;
 * without one everything is accepted. Scopes are looked up from the whole reference to "*.DOMAIN"
 * and "", then "default". What is not known (a type of requirement, a key) refuses: a policy is
 * never read more generously than it was meant.
 */
#pragma once

#include <glib.h>
#include "engine/ref.h"

typedef enum
{
  HD_POLICY_ACCEPT,    /* insecureAcceptAnything */
  HD_POLICY_SIGNED_BY, /* by GPG: not checked, refuses */
  HD_POLICY_SIGSTORE
} HdPolicyType;

typedef struct
{
  HdPolicyType type;
  char **key_paths; /* of SIGNED_BY and SIGSTORE; files; NULL-terminated */
  GBytes *key_data; /* or NULL */
  char *identity; /* "matchRepoDigestOrExact" (the default), "matchExact", "matchRepository", ... */
} HdPolicyRequirement;

/* What an image must meet, all of it; an array of HdPolicyRequirement. Errors: HD_SIGNATURE (it is
 * rejected; the message says by which scope of which file), HD_CONFIG. */
GPtrArray *hd_policy_find (const HdRef *ref, GError **error);
/* The same from a policy's text. `name` is for messages. Pure. */
GPtrArray *hd_policy_parse (const char *name, const char *text, gsize length_bytes,
                            const char *transport, const HdRef *ref, GError **error);
/* Images that come from a file (`load`, `import`): transport "docker-archive" and "oci-archive". */
gboolean hd_policy_check_file (const char *transport, GError **error);
