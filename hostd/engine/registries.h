/* Registries: what /etc/atomic/registries.conf says of them, and their certificates.
 *
 * [Registries]
 * Search=docker.io quay.io            where names without a host are looked for, in this order
 * Alias=NAME HOST/PATH                a short name and the whole one that it stands for
 * Mirror=HOST[/PATH] MIRROR[/PATH]    asked first for pulls, in the order of the lines
 * Plain=HOST[:PORT]                   HTTP without TLS
 * Unverified=HOST[:PORT]              TLS with a certificate that nobody vouches for
 * Blocked=HOST[/PATH]                 never pulled from
 *
 * Certificates are those of docker and podman:
 * {/etc/atomic,/etc/containers,/etc/docker}/certs.d/HOST[:PORT] with *.crt (authorities) and
 * NAME.cert with NAME.key (a client's). $ATOMIC_REGISTRIES names another file, and $ATOMIC_CERTS
 * another folder of certificates.
 */
#pragma once

#include <glib.h>
#include "base/ini.h"
#include "engine/ref.h"

#define HD_REGISTRIES_FILE "/etc/atomic/registries.conf"

extern const HdIniKey hd_registries_keys[];

/* A place to ask. */
typedef struct
{
  char *host; /* as in references: "docker.io", "localhost:5000" */
  char *path; /* of the repository there */
  char *url;  /* "https://registry-1.docker.io/v2/" */
  gboolean unverified;
  gboolean mirror;
} HdEndpoint;

/* PEM texts; NULL where there are none. */
typedef struct
{
  char *authorities;
  char *certificate;
  char *key;
} HdCertificates;

/* What a typed name may stand for, in order; an array of HdRef. With a host that is one. Errors:
 * HD_USAGE, HD_CONFIG (the file). */
GPtrArray *hd_registries_resolve (const char *text, GError **error);
/* Where to ask for a reference: mirrors (if `mirrors`), then its own registry. HD_DENIED when it is
 * blocked. An array of HdEndpoint. */
GPtrArray *hd_registries_endpoints (const HdRef *ref, gboolean mirrors, GError **error);
/* For `login`: the registry of a host alone; its path is NULL. */
HdEndpoint *hd_registries_endpoint (const char *host, GError **error);
void hd_endpoint_free (HdEndpoint *endpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdEndpoint, hd_endpoint_free)

/* Read those of an endpoint's host. HD_CONFIG: a certificate without its key; HD_DENIED. */
HdCertificates *hd_registries_certificates (const char *host, GError **error);
void hd_certificates_free (HdCertificates *certificates);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdCertificates, hd_certificates_free)
