/* Events of containers that commands cause; those of their monitors are in monitor/life.c. */
#include "engine/container-event.h"

#include "monitor/event.h"

static int
copy_label (const char *key, const hd_json *value, void *data)
{
  hd_json_set (data, key, hd_json_copy (value));
  return 0;
}

void
hd_container_event (HdStore *store, const HdContainer *container, const char *action,
                    const char *key, const char *value)
{
  hd_json *attributes = hd_json_new_object ();
  const hd_json *labels = hd_json_get (hd_container_config (container), "Labels");
  if (labels != NULL)
    hd_json_each (labels, copy_label, attributes);
  hd_json_set_string (attributes, "image", container->image_name);
  hd_json_set_string (attributes, "name", container->name);
  if (key != NULL)
    hd_json_set_string (attributes, key, value);
  mon_event_add (hd_store_run_fd (store), "container", action, container->id, attributes);
}
