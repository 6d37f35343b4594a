/* One transaction: row, endpoints, ports, volumes. */
#include "engine/create.h"

#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/container-event.h"
#include "monitor/state.h"

#define HOSTNAME_CHARS 12

static hd_json *
make_body (const HdContainer *container, const HdCreate *create)
{
  hd_autojson image
      = create->image_config != NULL ? hd_image_config_run_json (create->image_config) : NULL;
  hd_json *body = hd_json_copy (create->body);
  hd_json *config = hd_create_merge_config (image, hd_json_get (body, "Config"));
  if (*hd_json_get_string (config, "Hostname", "") == '\0')
    {
      g_autofree char *hostname = g_strndup (container->id, HOSTNAME_CHARS);
      hd_json_set_string (config, "Hostname", hostname);
    }
  hd_json_set_string (config, "Image", create->image_name);
  hd_json_set (body, "Config", config);
  return body;
}

static gboolean
insert (HdStore *store, HdContainer *container, const HdCreate *create, GError **error)
{
  /* What ends with its process need not survive a power cut: its row is not waited for. The
   * database stays whole (sqlite.org, "PRAGMA synchronous"). */
  if (create->auto_remove && !hd_store_run (store, error, "PRAGMA synchronous = NORMAL", ""))
    return FALSE;
  if (!hd_store_begin (store, error))
    return FALSE;
  container->name
      = create->name != NULL ? g_strdup (create->name) : hd_container_new_name (store, error);
  if (container->name != NULL && hd_container_insert (store, container, error)
      && hd_store_commit (store, error))
    return TRUE;
  hd_store_rollback (store);
  return FALSE;
}

HdContainer *
hd_create (HdStore *store, const HdCreate *create, GError **error)
{
  g_autoptr (HdContainer) container = g_new0 (HdContainer, 1);
  if (create->name != NULL && !hd_container_check_name (create->name, error))
    return NULL;
  container->id = hd_container_new_id ();
  container->image = create->image != NULL ? g_strdup (create->image->id) : NULL;
  container->image_name = g_strdup (create->image_name);
  container->created_ns = mon_now_ns ();
  container->auto_remove = create->auto_remove;
  container->body = make_body (container, create);
  if (!insert (store, container, create, error))
    return NULL;
  hd_container_event (store, container, "create", NULL, NULL);
  return g_steal_pointer (&container);
}
