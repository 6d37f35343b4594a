/* Published ports: the grammar of -p and --expose, and who holds which port of the host.
 *
 * Parsing is pure. A port is wanted by a container from its creation on, and held from
 * hd_port_reserve to hd_port_release: two containers may want the same, one may have it.
 */
#pragma once

#include "engine/store.h"

typedef enum
{
  HD_PROTOCOL_TCP = 6, /* IPPROTO_TCP and so on */
  HD_PROTOCOL_UDP = 17,
  HD_PROTOCOL_SCTP = 132
} HdProtocol;

/* A range of ports of the host that lead to a range of equal length of the container. */
typedef struct
{
  HdProtocol protocol;
  char address[46];        /* of the host, canonical; "" is every address */
  guint16 host_first;      /* 0: the kernel chooses (count is 1 then) */
  guint16 container_first; /* never 0 */
  guint16 count;           /* at least 1 */
} HdPort;

/* Parse "[ADDRESS:][HOST[-HOST]:]CONTAINER[-CONTAINER][/tcp|udp|sctp]" (ADDRESS with ":" in
 * brackets) and append what it says to `ports` (of HdPort). Errors: HD_USAGE. */
gboolean hd_port_parse (const char *text, GArray *ports, GError **error);
/* Parse "PORT[-PORT][/PROTOCOL]" of --expose and EXPOSE (as image configurations have it) and
 * append it with host_first 0, one row a port: what -P publishes. Errors: HD_USAGE. */
gboolean hd_port_parse_exposed (const char *text, GArray *ports, GError **error);
const char *hd_protocol_name (HdProtocol protocol);
/* "0.0.0.0:8000-8001->80-81/tcp", as `ps` shows it; without a host's port "80/tcp". Free with
 * g_free. */
char *hd_port_to_text (const HdPort *port);

/* Note what a container wants, in the order given. Inside the caller's transaction. */
gboolean hd_port_want (HdStore *store, const char *container, const GArray *ports, GError **error);
/* Take what the container wants, inside the caller's transaction: refused (HD_BUSY) with the
 * holder's name when another container or a process of the host has it. A port that the kernel may
 * choose is chosen here. `held` (may be NULL) receives bound sockets (int), so that no process of
 * the host takes the ports while the container runs: pass them on, or close them. */
gboolean hd_port_reserve (HdStore *store, const char *container, GArray *held, GError **error);
gboolean hd_port_release (HdStore *store, const char *container, GError **error);
/* The ports of a container: with `held` those that it holds now, else those that it wants. An array
 * of HdPort, free with g_array_unref. */
GArray *hd_port_list (HdStore *store, const char *container, gboolean held, GError **error);
