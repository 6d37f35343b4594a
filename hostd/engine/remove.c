/* The row goes first: what is left then is a folder that nobody knows, which the next command
 * removes. */
#include "engine/remove.h"

#include "engine/bundle.h"
#include "engine/container-event.h"
#include "engine/recover.h"

gboolean
hd_remove (HdStore *store, const HdContainer *container, gboolean volumes, GError **error)
{
  if (!hd_recover_runtime (store, container->id, error))
    return FALSE;
  if (!hd_store_begin (store, error) || !hd_container_delete (store, container->id, error)
      || !hd_store_commit (store, error))
    {
      hd_store_rollback (store);
      return FALSE;
    }
  hd_container_event (store, container, "destroy", NULL, NULL);
  return hd_bundle_remove (store, container->id, error);
}
