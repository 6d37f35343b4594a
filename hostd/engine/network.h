/* Networks: rows of networks, and what a container has in them (endpoints).
 *
 * "bridge" (atomic0), "host" and "none" are rows from the beginning; `network create` adds bridges.
 * An endpoint is wanted from the container's creation on; it has addresses from
 * hd_network_reserve to hd_network_release. This file knows rows only; engine/attach.h has what
 * touches the kernel.
 */
#pragma once

#include "engine/store.h"

typedef enum
{
  HD_NETWORK_BRIDGE,   /* a namespace of its own, with interfaces in one or more bridges */
  HD_NETWORK_HOST,     /* the host's namespace */
  HD_NETWORK_NONE,     /* a namespace of its own, with lo alone */
  HD_NETWORK_CONTAINER /* another container's namespace */
} HdNetworkMode;

/* One --network of `run`, or `network connect`. */
typedef struct
{
  HdNetworkMode mode;
  char *name; /* of the network; of the container for HD_NETWORK_CONTAINER */
  char *ip4;  /* wanted addresses, canonical, or NULL: the next that is free */
  char *ip6;
  char *mac;      /* or NULL: made from the address */
  char **aliases; /* further names on this network, or NULL */
} HdNetworkRequest;

/* Parse "NAME", "host", "none", "container:NAME", "default", "NAME:ip=A,alias=B" (as podman) or
 * "name=NAME,ip=A,ip6=A,alias=B,mac-address=M" (as docker). Pure. Errors: HD_USAGE, with the
 * nearest known key. Free with hd_network_request_free. */
HdNetworkRequest *hd_network_request_parse (const char *text, GError **error);
void hd_network_request_free (HdNetworkRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdNetworkRequest, hd_network_request_free)

typedef struct
{
  char *cidr;    /* "172.17.0.0/16" */
  char *gateway; /* "172.17.0.1"; NULL in a network without */
  char *range;   /* addresses are taken from here, or NULL: the subnet */
} HdSubnet;

typedef struct
{
  char *id; /* 64 hexadecimal digits */
  char *name;
  char *driver; /* "bridge", "host", "null" */
  char *bridge; /* interface; NULL for host and none */
  gint64 created;
  gboolean internal;
  gboolean ipv6;
  HdSubnet v4; /* cidr NULL: none */
  HdSubnet v6;
  char **labels; /* "KEY=VALUE" */
  char **options;
} HdNetwork;

void hd_network_free (HdNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdNetwork, hd_network_free)

/* The network with this name, id or beginning of an id. HD_NOT_FOUND with the nearest name,
 * HD_USAGE when several ids begin so. */
HdNetwork *hd_network_find (HdStore *store, const char *name, GError **error);
/* All, by name; an array of HdNetwork. */
GPtrArray *hd_network_list (HdStore *store, GError **error);
/* Write the row of a new network. `wanted` has its name, and what the user asked for; id, bridge
 * and subnets that are NULL are chosen. Subnets must not overlap with those of other networks or
 * the host's routes (HD_BUSY). Returns the network as it became. */
HdNetwork *hd_network_create (HdStore *store, const HdNetwork *wanted, GError **error);
/* Drop the row. HD_BUSY with the names of the containers that have an endpoint in it; the three
 * first networks stay (HD_USAGE). */
gboolean hd_network_remove (HdStore *store, const HdNetwork *network, GError **error);
/* The value of an option ("com.docker.network.bridge.name"), or NULL. Belongs to the network. */
const char *hd_network_option (const HdNetwork *network, const char *key);

/* What a container has in one network. */
typedef struct
{
  char *container;
  char *network;      /* id */
  char *network_name; /* at the time of reading */
  char *bridge;
  char *interface; /* in the container: "eth0" */
  char *host_link; /* the other end: "atv" and 12 digits */
  char *mac;
  char *ip4; /* NULL while the container does not run, or has none */
  char *ip6;
  guint prefix4; /* bits */
  guint prefix6;
  char *gateway4;
  char *gateway6;
  char **aliases;
  gboolean internal;
} HdNetworkEndpoint;

void hd_network_endpoint_free (HdNetworkEndpoint *endpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdNetworkEndpoint, hd_network_endpoint_free)

/* Note what a container wants: `requests` are HdNetworkRequest of mode BRIDGE (others have no
 * endpoint), `ports` of HdPort or NULL. Inside the caller's transaction, after the container's row.
 * Errors: HD_NOT_FOUND (network), HD_USAGE (address outside of the subnet ...). */
gboolean hd_network_want (HdStore *store, const char *container, const GPtrArray *requests,
                          const GArray *ports, GError **error);
/* Take addresses and ports for what it wants, inside the caller's transaction. HD_BUSY with the
 * holder's name. `held` as in hd_port_reserve. Addresses that it has already stay. */
gboolean hd_network_reserve (HdStore *store, const char *container, GArray *held, GError **error);
/* Give addresses and ports back; what is wanted stays. */
gboolean hd_network_release (HdStore *store, const char *container, GError **error);
/* The endpoints of a container (or, with `container` NULL, of network `network`; that is an id),
 * in the order in which they were asked for; an array of HdNetworkEndpoint. */
GPtrArray *hd_network_endpoints (HdStore *store, const char *container, const char *network,
                                 GError **error);
