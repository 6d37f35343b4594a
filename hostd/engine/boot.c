/* One after the other: what a container needs was started before it. */
#include "engine/boot.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/attach.h"
#include "engine/container-lock.h"
#include "engine/launch.h"
#include "engine/monitor-link.h"
#include "engine/recover.h"
#include "engine/status.h"
#include "engine/stop.h"
#include "monitor/config.h"

static gboolean
is_wanted (const HdContainer *container, const HdStatusNow *before)
{
  const hd_json *policy = hd_json_get (hd_container_host_config (container), "RestartPolicy");
  switch (mon_restart_parse (hd_json_get_string (policy, "Name", "no")))
    {
    case MON_RESTART_ALWAYS:
      /* One that was only created is not started by a boot. */
      return before->state.status != MON_CREATED;
    case MON_RESTART_UNLESS_STOPPED:
      return before->state.status != MON_CREATED && !before->state.stopped_by_user;
    case MON_RESTART_ON_FAILURE:
      return before->broken;
    default:
      return FALSE;
    }
}

static gboolean
start_one (HdStore *store, const HdContainer *listed, GError **error)
{
  g_autoptr (HdContainer) container = NULL;
  g_auto (HdStatusNow) before = { .lives = FALSE };
  gboolean removed = FALSE;
  HdLaunch launch = { 0 };
  hd_autofd lock = hd_container_lock_named (store, listed->id, &container, error);
  if (lock < 0 || !hd_status_now (store, container->id, &before, error)
      || !hd_recover_container (store, container, &removed, error))
    return FALSE;
  if (removed || before.lives || !is_wanted (container, &before))
    return TRUE;
  if (!hd_launch (store, container, &launch, error))
    return FALSE;
  close (launch.socket);
  return TRUE;
}

static gboolean
stop_one (HdStore *store, const HdContainer *container, GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  int status;
  hd_autofd lock = hd_container_lock (store, container->id, TRUE, error);
  if (lock < 0 || !hd_status_now (store, container->id, &now, error))
    return FALSE;
  return !now.lives
         || (hd_monitor_await (store, container, MON_SHUTDOWN, 0, -1, &status, error)
             && hd_stop_cleanup (store, container, error));
}

typedef gboolean (*Act) (HdStore *store, const HdContainer *container, GError **error);

/* Each, even when one fails. */
static gboolean
each (HdStore *store, gboolean oldest_first, Act act, GError **error)
{
  g_autoptr (GPtrArray) list = hd_container_list (store, error);
  guint failed = 0;
  if (list == NULL)
    return FALSE;
  for (guint i = 0; i < list->len; i++)
    {
      g_autoptr (GError) local = NULL;
      const HdContainer *container = g_ptr_array_index (list, oldest_first ? list->len - 1 - i : i);
      if (act (store, container, &local))
        continue;
      failed++;
      fprintf (stderr, "container %s: %s\n", container->name, local->message);
    }
  return failed == 0
         || hd_throw (error, HD_FAILED, NULL, "%u of %u containers failed", failed, list->len);
}

gboolean
hd_boot_start (HdStore *store, GError **error)
{
  g_autoptr (GError) local = NULL;
  hd_recover_all (store);
  if (!hd_network_reap (store, NULL, &local))
    fprintf (stderr, "%s\n", local->message);
  return each (store, TRUE, start_one, error);
}

gboolean
hd_boot_stop (HdStore *store, GError **error)
{
  return each (store, FALSE, stop_one, error);
}
