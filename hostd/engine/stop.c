/* Stop and clean up. */
#include "engine/stop.h"

#include "base/error.h"
#include "engine/container-event.h"
#include "engine/launch-network.h"
#include "engine/monitor-link.h"
#include "engine/recover.h"
#include "engine/remove.h"
#include "engine/status.h"

gboolean
hd_stop_cleanup (HdStore *store, const HdContainer *container, GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  /* Its monitor sends us just before it ends. */
  if (!hd_status_now (store, container->id, &now, error))
    return FALSE;
  if (mon_status_is_live (now.state.status) && now.lives)
    return TRUE;
  if (container->auto_remove)
    return hd_remove (store, container, TRUE, error);
  hd_monitor_await_gone (store, container->id);
  return hd_launch_network_close (store, container, error);
}

gboolean
hd_stop (HdStore *store, const HdContainer *container, int number, int timeout_s, GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  gboolean removed = FALSE;
  int status;
  if (!hd_recover_container (store, container, &removed, error) || removed)
    return removed;
  if (!hd_status_now (store, container->id, &now, error))
    return FALSE;
  if (!now.lives)
    return TRUE;
  if (!hd_monitor_await (store, container, MON_STOP, number, timeout_s, &status, error))
    return FALSE;
  hd_container_event (store, container, "stop", NULL, NULL);
  return hd_stop_cleanup (store, container, error);
}
