/* Names inside containers: the text of /etc/hosts and /etc/resolv.conf.
 *
 * There is no name server. A container's /etc/hosts is a file of the host
 * (ROOT/containers/ID/hosts, bind-mounted); whenever somebody joins or leaves a user-defined
 * network, the part between two marks is rewritten in the files of all who are on it, in place, by
 * one write. So names resolve in every program that reads /etc/hosts, and for containers that are
 * started later, too; tools that only ask name servers (dig) do not see them.
 */
#pragma once

#include "engine/store.h"

/* The text of a new hosts file: localhost, `extra` ("NAME:ADDRESS", of --add-host; "host-gateway"
 * as address stands for `gateway`, may be NULL), and an empty part for the networks. Free with
 * g_free. Errors: HD_USAGE. */
char *hd_names_hosts (const char *const *extra, const char *gateway, GError **error);
/* Write the networks' part of the hosts files of `container` and of all that share a network with
 * it (NULL: of every container that has addresses). Files that are not there are left out. */
gboolean hd_names_refresh (HdStore *store, const char *container, GError **error);
/* The same for those that share a network with `endpoints` (of HdNetworkEndpoint), which are gone.
 */
gboolean hd_names_leave (HdStore *store, const GPtrArray *endpoints, GError **error);

/* The text of resolv.conf: `servers`, `search` and `options` of the command line (each may be NULL
 * or empty: the host's). Of the host's name servers those that only its loopback reaches are left
 * out unless `host_network`; with systemd-resolved its upstream file is read. Free with g_free. */
char *hd_names_resolv_conf (const char *const *servers, const char *const *search,
                            const char *const *options, gboolean host_network);
