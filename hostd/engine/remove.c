/* The row goes first: what is left then is a folder that nobody knows, which the next command
 * removes. */
#include "engine/remove.h"

#include "engine/bundle.h"
#include "engine/container-event.h"
#include "engine/launch-network.h"
#include "engine/monitor-link.h"
#include "engine/runtime-rest.h"
#include "engine/volume.h"

gboolean
hd_remove (HdStore *store, const HdContainer *container, gboolean volumes, GError **error)
{
  g_auto (GStrv) used = volumes ? hd_volume_of_container (store, container->id, NULL) : NULL;
  if (!hd_launch_network_close (store, container, error))
    return FALSE;
  if (!hd_store_begin (store, error) || !hd_container_delete (store, container->id, error)
      || !hd_store_commit (store, error))
    {
      hd_store_rollback (store);
      return FALSE;
    }
  hd_container_event (store, container, "destroy", NULL, NULL);
  hd_monitor_await_gone (store, container->id);
  if (!hd_runtime_rest_clear (store, container->id, error))
    return FALSE;
  if (used != NULL && !hd_volume_drop_anonymous (store, (const char *const *)used, error))
    return FALSE;
  return hd_bundle_remove (store, container->id, error);
}
