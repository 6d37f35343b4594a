/* Signatures that sigstore's tools (cosign, skopeo, podman) attach to images, by a key.
 *
 * They stand in the same repository under the tag "sha256-HEX.sig": a manifest whose layers are
 * payloads ("simple signing", containers-signature(5)) with the signature as an annotation. What
 * the payload says is believed only after its signature was checked: that it is of this digest, and
 * of this name as the policy's "signedIdentity" wants it.
 */
#pragma once

#include "engine/policy.h"
#include "engine/remote.h"

/* Whether the image `digest`, asked for as `ref`, has a signature that meets the requirement.
 * HD_SIGNATURE: it has none, or none that does; HD_CONFIG: the policy's key; HD_NETWORK, HD_SERVER.
 */
gboolean hd_sigstore_check (HdRemote *remote, const HdRef *ref, const char *digest,
                            const HdPolicyRequirement *requirement, GError **error);
/* Whether a payload is of this image. Pure. HD_SIGNATURE. */
gboolean hd_sigstore_payload_fits (const char *payload, gsize size, const HdRef *ref,
                                   const char *digest, const char *identity, GError **error);
