/* One transaction: row, endpoints, ports, volumes. */
#include "engine/create.h"

#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/container-event.h"
#include "engine/create-mounts.h"
#include "engine/network.h"
#include "engine/port.h"
#include "engine/remove.h"
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

/* -P: each exposed port gets one of the host that the kernel chooses. */
static int
publish_port (const char *text, const hd_json *value, void *data)
{
  return hd_port_parse_exposed (text, data, NULL) ? 0 : -1;
}

static gboolean
want_networks (HdStore *store, const HdContainer *container, const HdCreate *create, GError **error)
{
  const hd_json *exposed = hd_json_get (hd_container_config (container), "ExposedPorts");
  g_autoptr (GArray) ports = g_array_new (FALSE, FALSE, sizeof (HdPort));
  if (create->ports != NULL)
    g_array_append_vals (ports, create->ports->data, create->ports->len);
  if (exposed != NULL
      && hd_json_get_bool (hd_container_host_config (container), "PublishAllPorts", false)
      && hd_json_each (exposed, publish_port, ports) != 0)
    return hd_throw (error, HD_CORRUPT, NULL, "an exposed port of the image is none");
  if (create->networks == NULL || create->networks->len == 0)
    return ports->len == 0
           || hd_throw (error, HD_USAGE, "leave out --publish, or choose another network",
                        "ports cannot be published on this network");
  return hd_network_want (store, container->id, create->networks, ports, error);
}

static gboolean
insert_rows (HdStore *store, HdContainer *container, const HdCreate *create, HdCreateMounts *mounts,
             GError **error)
{
  container->name
      = create->name != NULL ? g_strdup (create->name) : hd_container_new_name (store, error);
  return container->name != NULL
         && hd_create_mounts (store, container->body, create->mounts, mounts, error)
         && hd_container_insert (store, container, error)
         && hd_create_mounts_use (store, container->id, mounts, error)
         && want_networks (store, container, create, error) && hd_store_commit (store, error);
}

static gboolean
insert (HdStore *store, HdContainer *container, const HdCreate *create, HdCreateMounts *mounts,
        GError **error)
{
  /* What ends with its process need not survive a power cut: its row is not waited for, unless a
   * volume comes with it. The database stays whole (sqlite.org, "PRAGMA synchronous"). */
  gboolean fleeting = create->auto_remove && (create->mounts == NULL || create->mounts->len == 0);
  if (fleeting && !hd_store_run (store, error, "PRAGMA synchronous = NORMAL", ""))
    return FALSE;
  if (!hd_store_begin (store, error))
    return FALSE;
  if (insert_rows (store, container, create, mounts, error))
    return TRUE;
  hd_store_rollback (store);
  return FALSE;
}

HdContainer *
hd_create (HdStore *store, const HdCreate *create, GError **error)
{
  g_autoptr (HdContainer) container = g_new0 (HdContainer, 1);
  g_auto (HdCreateMounts) mounts = { NULL };
  if (create->name != NULL && !hd_container_check_name (create->name, error))
    return NULL;
  container->id = hd_container_new_id ();
  container->image = create->image != NULL ? g_strdup (create->image->id) : NULL;
  container->image_name = g_strdup (create->image_name);
  container->created_ns = mon_now_ns ();
  container->auto_remove = create->auto_remove;
  container->body = make_body (container, create);
  if (!insert (store, container, create, &mounts, error))
    return NULL;
  if (!hd_create_mounts_fill (store, container, &mounts, error))
    {
      hd_remove (store, container, TRUE, NULL);
      return NULL;
    }
  hd_container_event (store, container, "create", NULL, NULL);
  return g_steal_pointer (&container);
}
