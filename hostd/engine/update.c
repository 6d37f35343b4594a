/* The kernel first: what it refuses is not kept. */
#include "engine/update.h"

#include <string.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "engine/container-event.h"
#include "engine/monitor-link.h"
#include "engine/programs.h"
#include "engine/spec.h"
#include "engine/status.h"
#include "monitor/config.h"

static int
join (const char *key, const hd_json *value, void *data)
{
  hd_json_set (data, key, hd_json_copy (value));
  return 0;
}

static gboolean
update_limits (HdStore *store, const HdContainer *container, const hd_json *host, GError **error)
{
  hd_autojson resources = hd_spec_resources (host, error);
  if (resources == NULL)
    return FALSE;
  g_autofree char *program = hd_programs_find ("atomic-runtime");
  g_autofree char *root = g_build_filename (hd_store_run_root (store), "runtime", NULL);
  hd_autofree char *text = hd_json_to_text (resources, false);
  const char *const argv[]
      = { program, "--root", root, "update", "--resources", "-", container->id, NULL };
  const HdSpawn spawn = { .stdin_text = text };
  return hd_spawn_run (argv, &spawn, NULL, NULL, error);
}

static gboolean
update_policy (HdStore *store, const HdContainer *container, const hd_json *policy, GError **error)
{
  mon_restart restart = mon_restart_parse (hd_json_get_string (policy, "Name", "no"));
  return hd_monitor_ask (store, container, MON_RESTART, (int)restart,
                         (int)hd_json_get_int (policy, "MaximumRetryCount", 0), error);
}

gboolean
hd_update (HdStore *store, HdContainer *container, const hd_json *changes, GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  const hd_json *policy = hd_json_get (changes, "RestartPolicy");
  hd_autojson host = hd_json_copy (hd_container_host_config (container));
  if (!hd_status_now (store, container->id, &now, error))
    return FALSE;
  if (policy != NULL && container->auto_remove)
    return hd_throw (error, HD_USAGE, NULL,
                     "container %s is removed when it ends: it cannot be restarted",
                     container->name);
  hd_json_each (changes, join, host);
  if (hd_status_now_is_running (&now) && !update_limits (store, container, host, error))
    return FALSE;
  if (now.lives && policy != NULL && !update_policy (store, container, policy, error))
    return FALSE;
  hd_json_set (container->body, "HostConfig", g_steal_pointer (&host));
  if (!hd_container_save (store, container, error))
    return FALSE;
  hd_container_event (store, container, "update", NULL, NULL);
  return TRUE;
}
