/* Published ports and networks of a command line: what is accepted is in range, and its text means
 * the same again. */
#include <string.h>
#include <arpa/inet.h>
#include "base/error.h"
#include "engine/network.h"
#include "engine/port.h"
#include "fuzz.h"

static void
check_address (const char *address)
{
  unsigned char bytes[16];
  int family = strchr (address, ':') != NULL ? AF_INET6 : AF_INET;
  FUZZ_ASSERT (*address == '\0' || inet_pton (family, address, bytes) == 1);
}

static void
check_again (const HdPort *port)
{
  g_autofree char *text = hd_port_to_text (port);
  g_autoptr (GString) again = g_string_new (text);
  g_autoptr (GArray) ports = g_array_new (FALSE, FALSE, sizeof (HdPort));
  if (port->host_first == 0)
    return;
  g_string_replace (again, "->", ":", 1);
  FUZZ_ASSERT (hd_port_parse (again->str, ports, NULL) && ports->len == 1);
  const HdPort *second = &g_array_index (ports, HdPort, 0);
  FUZZ_ASSERT (second->protocol == port->protocol && second->host_first == port->host_first
               && second->container_first == port->container_first && second->count == port->count);
}

static void
check_ports (const char *text)
{
  g_autoptr (GArray) ports = g_array_new (FALSE, FALSE, sizeof (HdPort));
  g_autoptr (GError) error = NULL;
  gboolean good = hd_port_parse (text, ports, &error);
  FUZZ_ASSERT (good == (error == NULL) && good == (ports->len > 0));
  FUZZ_ASSERT (good || hd_error_code (error) == HD_USAGE);
  for (guint i = 0; i < ports->len; i++)
    {
      const HdPort *port = &g_array_index (ports, HdPort, i);
      FUZZ_ASSERT (port->count > 0 && port->container_first > 0);
      FUZZ_ASSERT (port->container_first + port->count - 1 <= 65535);
      FUZZ_ASSERT (port->host_first + port->count - 1 <= 65535);
      check_address (port->address);
      check_again (port);
    }
  g_clear_error (&error);
  g_array_set_size (ports, 0);
  good = hd_port_parse_exposed (text, ports, &error);
  FUZZ_ASSERT (good == (error == NULL) && good == (ports->len > 0));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (HdNetworkRequest) request = hd_network_request_parse (text, &error);
  FUZZ_ASSERT ((request == NULL) == (error != NULL));
  if (request != NULL)
    FUZZ_ASSERT (*request->name != '\0');
  check_ports (text);
  return 0;
}
