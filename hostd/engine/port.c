/* The grammar of published ports; engine/port-hold.c has the rows. */
#include "engine/port.h"

#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "common/parse.h"
#include "engine/cidr.h"

#define HINT "write [ADDRESS:][HOST-PORT:]PORT[/tcp|udp|sctp]"
#define MAX_TEXT 256

static const struct
{
  const char *name;
  HdProtocol protocol;
} protocols[] = {
  { "tcp", HD_PROTOCOL_TCP },
  { "udp", HD_PROTOCOL_UDP },
  { "sctp", HD_PROTOCOL_SCTP },
};

const char *
hd_protocol_name (HdProtocol protocol)
{
  for (guint i = 0; i < G_N_ELEMENTS (protocols); i++)
    if (protocols[i].protocol == protocol)
      return protocols[i].name;
  g_return_val_if_reached ("?");
}

typedef struct
{
  guint first, last;
} Range;

/* "80" or "80-89"; 0 is a port only where `zero` says so. */
static gboolean
parse_range (const char *text, gboolean zero, Range *ret)
{
  const char *dash = strchr (text, '-');
  g_autofree char *head = dash != NULL ? g_strndup (text, (gsize)(dash - text)) : g_strdup (text);
  guint64 first, last;
  if (hd_parse_uint64 (head, &first) < 0
      || hd_parse_uint64 (dash != NULL ? dash + 1 : head, &last) < 0)
    return FALSE;
  if (first > last || last > 65535 || (first == 0 && (!zero || last != 0)))
    return FALSE;
  *ret = (Range){ (guint)first, (guint)last };
  return TRUE;
}

/* Cut "/udp" off `text`. */
static gboolean
take_protocol (char *text, HdProtocol *ret)
{
  char *slash = strrchr (text, '/');
  *ret = HD_PROTOCOL_TCP;
  if (slash == NULL)
    return TRUE;
  *slash = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (protocols); i++)
    if (g_ascii_strcasecmp (slash + 1, protocols[i].name) == 0)
      {
        *ret = protocols[i].protocol;
        return TRUE;
      }
  return FALSE;
}

/* Split "ADDRESS:REST": *rest is what follows. An address with colons stands in brackets. */
static gboolean
take_address (char *text, char **rest, char address[46])
{
  HdCidr parsed;
  char *end = *text == '[' ? strchr (text, ']') : NULL;
  char *start = *text == '[' ? text + 1 : text;
  address[0] = '\0';
  *rest = text;
  if (*text == '[' && (end == NULL || end[1] != ':'))
    return FALSE;
  if (end == NULL)
    {
      /* HOST:CONTAINER has one colon, ADDRESS:HOST:CONTAINER two. */
      end = strchr (text, ':');
      if (end == NULL || strchr (end + 1, ':') == NULL)
        return TRUE;
      *rest = end + 1;
    }
  else
    *rest = end + 2;
  *end = '\0';
  if (start == end && *text != '[')
    return TRUE; /* "::80" means every address, as docker has it */
  if (!hd_address_parse (start, &parsed) || (parsed.family == AF_INET) != (*text != '['))
    return FALSE;
  g_autofree char *canonical = hd_address_to_text (&parsed);
  g_strlcpy (address, canonical, 46);
  return TRUE;
}

static gboolean
refuse (const char *text, const char *why, GError **error)
{
  return hd_throw (error, HD_USAGE, HINT, "port \"%s\": %s", text, why);
}

/* `ports` grows by one range, or by one row a port when the kernel chooses the host's. */
static void
append (GArray *ports, const HdPort *port, guint count)
{
  for (guint i = 0; i < (port->host_first != 0 ? 1 : count); i++)
    {
      HdPort row = *port;
      row.count = (guint16)(port->host_first != 0 ? count : 1);
      row.container_first = (guint16)(port->container_first + i);
      g_array_append_val (ports, row);
    }
}

gboolean
hd_port_parse (const char *text, GArray *ports, GError **error)
{
  HdPort port = { 0 };
  Range host = { 0, 0 }, inner;
  char *rest;
  if (strlen (text) > MAX_TEXT)
    return hd_throw (error, HD_USAGE, HINT, "a port of more than %d characters", MAX_TEXT);
  g_autofree char *copy = g_strdup (text);
  if (!take_protocol (copy, &port.protocol))
    return refuse (text, "the protocol is none of tcp, udp and sctp", error);
  if (!take_address (copy, &rest, port.address))
    return refuse (text, "the host's address is not an IP address (IPv6 in brackets)", error);
  char *colon = strchr (rest, ':');
  if (colon != NULL)
    *colon = '\0';
  const char *inner_text = colon != NULL ? colon + 1 : rest;
  if (colon != NULL && *rest != '\0' && !parse_range (rest, TRUE, &host))
    return refuse (text, "the host's port is no number or range from 1 to 65535", error);
  if (!parse_range (inner_text, FALSE, &inner))
    return refuse (text, "the container's port is no number or range from 1 to 65535", error);
  if (host.first != 0 && host.last - host.first != inner.last - inner.first)
    return refuse (text, "the two ranges differ in length", error);
  port.host_first = (guint16)host.first;
  port.container_first = (guint16)inner.first;
  append (ports, &port, inner.last - inner.first + 1);
  return TRUE;
}

gboolean
hd_port_parse_exposed (const char *text, GArray *ports, GError **error)
{
  HdPort port = { 0 };
  Range inner;
  if (strlen (text) > MAX_TEXT)
    return hd_throw (error, HD_USAGE, HINT, "a port of more than %d characters", MAX_TEXT);
  g_autofree char *copy = g_strdup (text);
  if (!take_protocol (copy, &port.protocol) || !parse_range (copy, FALSE, &inner))
    return hd_throw (error, HD_USAGE, "write PORT[-PORT][/tcp|udp|sctp]",
                     "\"%s\" is no port that a container can have", text);
  port.container_first = (guint16)inner.first;
  append (ports, &port, inner.last - inner.first + 1);
  return TRUE;
}

/* "80", or "80-89". */
static void
append_range (GString *out, guint first, guint count)
{
  g_string_append_printf (out, "%u", first);
  if (count > 1)
    g_string_append_printf (out, "-%u", first + count - 1);
}

char *
hd_port_to_text (const HdPort *port)
{
  GString *out = g_string_new (NULL);
  if (port->host_first != 0)
    {
      const char *address = port->address[0] != '\0' ? port->address : "0.0.0.0";
      gboolean brackets = strchr (address, ':') != NULL;
      g_string_append_printf (out, brackets ? "[%s]:" : "%s:", address);
      append_range (out, port->host_first, port->count);
      g_string_append (out, "->");
    }
  append_range (out, port->container_first, port->count);
  g_string_append_printf (out, "/%s", hd_protocol_name (port->protocol));
  return g_string_free (out, FALSE);
}
