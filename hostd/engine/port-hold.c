/* Who wants and who holds which port of the host. */
#include "engine/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/schema.h"

/* Sockets are kept for so many ports of a container; more would fill its table of descriptors. */
#define MAX_HELD 64
#define CHOICES 64

/* `held`: the first port of the host while the container has it, else NULL. */
const char hd_port_schema[]
    = "CREATE TABLE port ("
      " container TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,"
      " position INTEGER NOT NULL, protocol INTEGER NOT NULL, address TEXT NOT NULL,"
      " host INTEGER NOT NULL, target INTEGER NOT NULL, count INTEGER NOT NULL, held INTEGER,"
      " PRIMARY KEY (container, position)) WITHOUT ROWID;"
      "CREATE INDEX port_held ON port (held) WHERE held IS NOT NULL;";

gboolean
hd_port_want (HdStore *store, const char *container, const GArray *ports, GError **error)
{
  for (guint i = 0; ports != NULL && i < ports->len; i++)
    {
      const HdPort *port = &g_array_index (ports, HdPort, i);
      if (!hd_store_run (store, error, "INSERT INTO port VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL)",
                         "siisiii", container, (gint64)i, (gint64)port->protocol, port->address,
                         (gint64)port->host_first, (gint64)port->container_first,
                         (gint64)port->count))
        return FALSE;
    }
  return TRUE;
}

/* The name of the container that holds one of the ports; "" when none does. Free with g_free. An
 * address meets itself and every address of its family. */
static char *
find_holder (HdStore *store, const HdPort *port, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT container.name FROM port JOIN container ON container.id = port.container"
      " WHERE held IS NOT NULL AND protocol = ?1 AND held <= ?2 AND held + count > ?3"
      " AND (address = ?4 OR address = '' OR ?4 = ''"
      "  OR ((address = '0.0.0.0' OR ?4 = '0.0.0.0') AND instr (address || ?4, ':') = 0)"
      "  OR ((address = '::' OR ?4 = '::') AND instr (address, ':') AND instr (?4, ':'))) LIMIT 1",
      "iiis", (gint64)port->protocol, (gint64)(port->host_first + port->count - 1),
      (gint64)port->host_first, port->address);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  if (hd_rows_next (rows, &local))
    return g_strdup (hd_rows_text (rows, 0));
  if (local == NULL)
    return g_strdup ("");
  g_propagate_error (error, local);
  return NULL;
}

/* A socket bound to the port of the host (port 0: *ret_port is the kernel's choice). A negative
 * errno when it cannot be. */
static int
bind_port (const HdPort *port, guint number, guint *ret_port)
{
  gboolean v6 = strchr (port->address, ':') != NULL;
  struct sockaddr_in6 address6 = { .sin6_family = AF_INET6, .sin6_port = htons (number) };
  struct sockaddr_in address4 = { .sin_family = AF_INET, .sin_port = htons (number) };
  socklen_t size = v6 ? sizeof address6 : sizeof address4;
  struct sockaddr *address = v6 ? (struct sockaddr *)&address6 : (struct sockaddr *)&address4;
  int type = port->protocol == HD_PROTOCOL_UDP ? SOCK_DGRAM : SOCK_STREAM;
  int one = 1;
  hd_autofd fd = socket (address->sa_family, type | SOCK_CLOEXEC, (int)port->protocol);
  if (fd < 0)
    return -errno;
  if (*port->address != '\0')
    inet_pton (address->sa_family, port->address,
               v6 ? (void *)&address6.sin6_addr : (void *)&address4.sin_addr);
  if (v6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  /* Without SO_REUSEADDR nobody else may bind it later; with it, past connections do not count. */
  if (bind (fd, address, size) < 0
      && (errno != EADDRINUSE || type != SOCK_STREAM
          || setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0
          || bind (fd, address, size) < 0))
    return -errno;
  if (getsockname (fd, address, &size) < 0)
    return -errno;
  *ret_port = ntohs (v6 ? address6.sin6_port : address4.sin_port);
  return hd_steal_fd (&fd);
}

static gboolean
throw_bind (const HdPort *port, guint number, int errnum, GError **error)
{
  const char *address = *port->address != '\0' ? port->address : "0.0.0.0";
  if (errnum == EADDRINUSE)
    return hd_throw (error, HD_BUSY, "ss -lnp shows which one; stop it, or publish another port",
                     "port %u/%s of %s is taken by a process of the host", number,
                     hd_protocol_name (port->protocol), address);
  if (errnum == EADDRNOTAVAIL)
    return hd_throw (error, HD_NOT_FOUND, "ip address shows those that it has",
                     "port %u/%s: the host has no address %s", number,
                     hd_protocol_name (port->protocol), address);
  return hd_throw_errno (error, errnum, "taking port %u/%s of %s", number,
                         hd_protocol_name (port->protocol), address);
}

static void
keep (GArray *held, int fd)
{
  if (held != NULL && held->len < MAX_HELD)
    g_array_append_val (held, fd);
  else
    close (fd);
}

/* SCTP may be absent from the host's kernel, whose processes then cannot have the port either. */
static gboolean
is_absent_protocol (const HdPort *port, int errnum)
{
  return port->protocol == HD_PROTOCOL_SCTP
         && (errnum == EPROTONOSUPPORT || errnum == ESOCKTNOSUPPORT);
}

/* Take the range that is asked for. */
static gboolean
take_range (HdStore *store, const HdPort *port, GArray *held, GError **error)
{
  g_autofree char *holder = find_holder (store, port, error);
  g_autofree char *text = hd_port_to_text (port);
  guint bound;
  if (holder == NULL)
    return FALSE;
  if (*holder != '\0')
    return hd_throw (error, HD_BUSY, "stop that container, or publish another port",
                     "port %s is taken by container %s", text, holder);
  for (guint i = 0; i < port->count; i++)
    {
      int fd = bind_port (port, port->host_first + i, &bound);
      if (fd >= 0)
        keep (held, fd);
      else if (!is_absent_protocol (port, -fd))
        return throw_bind (port, port->host_first + i, -fd, error);
    }
  return TRUE;
}

/* Take any port that is free, and note its number in `port`. */
static gboolean
take_any (HdStore *store, HdPort *port, GArray *held, GError **error)
{
  for (guint i = 0; i < CHOICES; i++)
    {
      guint chosen;
      hd_autofd fd = bind_port (port, 0, &chosen);
      if (fd < 0)
        return throw_bind (port, 0, -fd, error);
      port->host_first = (guint16)chosen;
      g_autofree char *holder = find_holder (store, port, error);
      if (holder == NULL)
        return FALSE;
      if (*holder == '\0')
        {
          keep (held, hd_steal_fd (&fd));
          return TRUE;
        }
    }
  return hd_throw (error, HD_BUSY, "publish a certain port",
                   "no port is free for port %u of the container", port->container_first);
}

static GArray *
read_ports (HdStore *store, const char *container, const char *sql, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (store, error, sql, "s", container);
  g_autoptr (GArray) ports = g_array_new (FALSE, TRUE, sizeof (HdPort));
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    {
      HdPort port = { .protocol = (HdProtocol)hd_rows_int (rows, 0),
                      .host_first = (guint16)hd_rows_int (rows, 2),
                      .container_first = (guint16)hd_rows_int (rows, 3),
                      .count = (guint16)hd_rows_int (rows, 4) };
      g_strlcpy (port.address, hd_rows_text (rows, 1), sizeof port.address);
      g_array_append_val (ports, port);
    }
  if (local == NULL)
    return g_steal_pointer (&ports);
  g_propagate_error (error, local);
  return NULL;
}

GArray *
hd_port_list (HdStore *store, const char *container, gboolean held, GError **error)
{
  return read_ports (store, container,
                     held ? "SELECT protocol, address, held, target, count FROM port"
                            " WHERE container = ?1 AND held IS NOT NULL ORDER BY position"
                          : "SELECT protocol, address, host, target, count FROM port"
                            " WHERE container = ?1 ORDER BY position",
                     error);
}

gboolean
hd_port_reserve (HdStore *store, const char *container, GArray *held, GError **error)
{
  g_autoptr (GArray) ports = hd_port_list (store, container, FALSE, error);
  if (ports == NULL)
    return FALSE;
  /* Held by a life of it that is over, or by an earlier call. */
  if (ports->len > 0 && !hd_port_release (store, container, error))
    return FALSE;
  for (guint i = 0; i < ports->len; i++)
    {
      HdPort *port = &g_array_index (ports, HdPort, i);
      gboolean taken = port->host_first != 0 ? take_range (store, port, held, error)
                                             : take_any (store, port, held, error);
      if (!taken
          || !hd_store_run (store, error,
                            "UPDATE port SET held = ?3 WHERE container = ?1 AND position = ?2",
                            "sii", container, (gint64)i, (gint64)port->host_first))
        return FALSE;
    }
  return TRUE;
}

gboolean
hd_port_release (HdStore *store, const char *container, GError **error)
{
  return hd_store_run (store, error,
                       "UPDATE port SET held = NULL WHERE container = ?1 AND held IS NOT NULL", "s",
                       container);
}
