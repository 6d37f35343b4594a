/* Which transport serves a request. */
#include "client/transport.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"

HdResult *
hd_transport_run (const HdRequest *request, HdEventFunc on_event, gpointer data, int cancel_fd,
                  GError **error)
{
  if (!g_str_equal (request->sysroot, "/"))
    return hd_transport_direct.run (request, on_event, data, cancel_fd, error);

  g_autoptr (GError) failed = NULL;
  HdResult *result = hd_transport_bus.run (request, on_event, data, cancel_fd, &failed);
  if (result == NULL && hd_error_code (failed) == HD_NO_BUS && geteuid () == 0)
    return hd_transport_direct.run (request, on_event, data, cancel_fd, error);
  if (result == NULL)
    g_propagate_error (error, g_steal_pointer (&failed));
  return result;
}
