/* Manifests: which configuration and layers an image has, and indices of images by platform.
 *
 * Formats: OCI image manifest and index (image specification 1.1), Docker image manifest version 2
 * schema 2 and manifest list. Parsing does no I/O; every size is limited. A document that claims to
 * be both a manifest and an index is refused (CVE-2021-41190).
 */
#pragma once

#include <glib.h>
#include "engine/platform.h"

#define HD_MANIFEST_MAX_BYTES (4u << 20)
#define HD_MANIFEST_MAX_ENTRIES 1024

/* What a registry is asked for. */
#define HD_MANIFEST_ACCEPT                                                                         \
  "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "          \
  "application/vnd.docker.distribution.manifest.list.v2+json, "                                    \
  "application/vnd.docker.distribution.manifest.v2+json"
#define HD_MEDIA_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define HD_MEDIA_OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define HD_MEDIA_OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define HD_MEDIA_OCI_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"
#define HD_MEDIA_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define HD_MEDIA_DOCKER_LIST "application/vnd.docker.distribution.manifest.list.v2+json"

typedef struct
{
  char *media_type; /* or NULL */
  char *digest;     /* "sha256:HEX" */
  guint64 size_bytes;
  char *os, *architecture, *variant; /* of an index' entry; NULL when absent */
} HdDescriptor;

typedef struct
{
  gboolean is_index;
  char *media_type;     /* as it says itself, else as it was served; never NULL */
  HdDescriptor *config; /* of a manifest */
  GPtrArray *entries;   /* of HdDescriptor: layers, lowest first; or the index' manifests */
} HdManifest;

/* Parse `length_bytes` bytes. `served_as` is the Content-Type, or NULL. Errors: HD_CORRUPT;
 * HD_FAILED for schema 1, which registries have given up. */
HdManifest *hd_manifest_parse (const char *text, gsize length_bytes, const char *served_as,
                               GError **error);
void hd_manifest_free (HdManifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdManifest, hd_manifest_free)

/* The entry of an index that fits a platform best. HD_ARCH, with what there is as hint. */
const HdDescriptor *hd_manifest_choose (const HdManifest *index, const HdPlatform *wanted,
                                        GError **error);

/* The text of an OCI manifest; arrays of `n` digests, sizes and media types of layers. Free with
 * free(). */
char *hd_manifest_write (const char *config_digest, guint64 config_size, GPtrArray *layers);
HdDescriptor *hd_descriptor_new (const char *media_type, const char *digest, guint64 size_bytes);
void hd_descriptor_free (HdDescriptor *descriptor);
