/* stop, kill, rm ...: most take several containers, and go on when one fails. */
#include "cli/container-life.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/confirm.h"
#include "cli/engine.h"
#include "common/cleanup.h"
#include "common/parse.h"
#include "engine/boot.h"
#include "engine/container-event.h"
#include "engine/container-lock.h"
#include "engine/launch.h"
#include "engine/monitor-link.h"
#include "engine/names.h"
#include "engine/recover.h"
#include "engine/remove.h"
#include "engine/signal-name.h"
#include "engine/stats.h"
#include "engine/status.h"
#include "engine/stop.h"
#include "engine/tree-size.h"

/* -t and -s of stop and restart. */
static gboolean
read_stop_options (const HdInvocation *inv, int *ret_signal, int *ret_timeout, GError **error)
{
  const char *signal = hd_inv_string (inv, "signal");
  gint64 timeout = hd_inv_int (inv, hd_inv_given (inv, "time") ? "time" : "timeout", -1);
  *ret_signal = signal != NULL ? hd_signal_parse (signal) : 0;
  /* -1 waits without an end in Docker. */
  *ret_timeout = timeout < -1 || timeout > G_MAXINT / 1000 ? G_MAXINT / 1000 : (int)timeout;
  if ((hd_inv_given (inv, "time") || hd_inv_given (inv, "timeout")) && timeout < 0)
    *ret_timeout = G_MAXINT / 1000;
  return *ret_signal >= 0
         || hd_throw (error, HD_USAGE, NULL, "--signal: unknown signal \"%s\"", signal);
}

static gboolean
stop_one (HdStore *store, const char *name, const HdInvocation *inv, GError **error)
{
  g_autoptr (HdContainer) container = NULL;
  int number, timeout;
  if (!read_stop_options (inv, &number, &timeout, error))
    return FALSE;
  hd_autofd lock = hd_container_lock_named (store, name, &container, error);
  return lock >= 0 && hd_stop (store, container, number, timeout, error);
}

int
hd_cli_stop (const HdInvocation *inv)
{
  return hd_engine_each (inv, stop_one, TRUE);
}

static gboolean
restart_one (HdStore *store, const char *name, const HdInvocation *inv, GError **error)
{
  g_autoptr (HdContainer) container = NULL;
  g_autoptr (HdContainer) still = NULL;
  HdLaunch launch = { 0 };
  int number, timeout;
  if (!read_stop_options (inv, &number, &timeout, error))
    return FALSE;
  hd_autofd lock = hd_container_lock_named (store, name, &container, error);
  if (lock < 0)
    return FALSE;
  gboolean auto_remove = container->auto_remove;
  /* One of --rm stays for its next run. */
  container->auto_remove = FALSE;
  gboolean stopped = hd_stop (store, container, number, timeout, error);
  container->auto_remove = auto_remove;
  if (!stopped || !hd_launch (store, container, &launch, error))
    return FALSE;
  close (launch.socket);
  hd_container_event (store, container, "restart", NULL, NULL);
  return TRUE;
}

int
hd_cli_restart (const HdInvocation *inv)
{
  return hd_engine_each (inv, restart_one, TRUE);
}

static gboolean
kill_one (HdStore *store, const char *name, const HdInvocation *inv, GError **error)
{
  const char *signal = hd_inv_string (inv, "signal");
  int number = signal != NULL ? hd_signal_parse (signal) : SIGKILL;
  char text[16];
  if (number < 0)
    return hd_throw (error, HD_USAGE, NULL, "--signal: unknown signal \"%s\"", signal);
  g_autoptr (HdContainer) container = hd_container_find (store, name, error);
  if (container == NULL || !hd_monitor_ask (store, container, MON_SIGNAL, number, 0, error))
    return FALSE;
  g_snprintf (text, sizeof text, "%d", number);
  hd_container_event (store, container, "kill", "signal", text);
  return TRUE;
}

int
hd_cli_kill (const HdInvocation *inv)
{
  return hd_engine_each (inv, kill_one, TRUE);
}

static gboolean
freeze_one (HdStore *store, const char *name, mon_kind kind, GError **error)
{
  g_autoptr (HdContainer) container = NULL;
  hd_autofd lock = hd_container_lock_named (store, name, &container, error);
  return lock >= 0 && hd_monitor_ask (store, container, kind, 0, 0, error);
}

static gboolean
pause_one (HdStore *store, const char *name, const HdInvocation *inv, GError **error)
{
  return freeze_one (store, name, MON_PAUSE, error);
}

static gboolean
unpause_one (HdStore *store, const char *name, const HdInvocation *inv, GError **error)
{
  return freeze_one (store, name, MON_RESUME, error);
}

int
hd_cli_pause (const HdInvocation *inv)
{
  return hd_engine_each (inv, pause_one, TRUE);
}

int
hd_cli_unpause (const HdInvocation *inv)
{
  return hd_engine_each (inv, unpause_one, TRUE);
}

static gboolean
wait_one (HdStore *store, const char *name, const HdInvocation *inv, GError **error)
{
  g_autoptr (HdContainer) container = hd_container_find (store, name, error);
  g_auto (HdStatusNow) now = { .lives = FALSE };
  int status;
  if (container == NULL || !hd_status_now (store, container->id, &now, error))
    return FALSE;
  status = now.state.exit_code;
  if (now.lives && !hd_monitor_await (store, container, MON_WAIT, 0, 0, &status, NULL))
    {
      /* It has ended between the two. */
      hd_status_now_clear (&now);
      if (!hd_status_now (store, container->id, &now, error))
        return FALSE;
      status = now.state.exit_code;
    }
  printf ("%d\n", status);
  return TRUE;
}

int
hd_cli_wait (const HdInvocation *inv)
{
  return hd_engine_each (inv, wait_one, FALSE);
}

static gboolean
rm_one (HdStore *store, const char *name, const HdInvocation *inv, GError **error)
{
  g_autoptr (HdContainer) container = NULL;
  g_auto (HdStatusNow) now = { .lives = FALSE };
  gboolean force = hd_inv_flag (inv, "force"), removed = FALSE;
  GError *local = NULL;
  hd_autofd lock = hd_container_lock_named (store, name, &container, &local);
  if (lock < 0)
    {
      if (force && hd_error_code (local) == HD_NOT_FOUND)
        {
          g_error_free (local);
          return TRUE;
        }
      g_propagate_error (error, local);
      return FALSE;
    }
  if (!hd_recover_container (store, container, &removed, error) || removed)
    return removed;
  if (!hd_status_now (store, container->id, &now, error))
    return FALSE;
  if (now.lives && !force)
    return hd_throw (error, HD_BUSY, "stop it first, or use --force", "container %s is %s",
                     container->name, mon_status_name (now.state.status));
  gboolean auto_remove = container->auto_remove;
  if (now.lives && !hd_stop (store, container, SIGKILL, 0, error))
    return FALSE;
  hd_monitor_await_gone (store, container->id);
  return (now.lives && auto_remove)
         || hd_remove (store, container, hd_inv_flag (inv, "volumes"), error);
}

int
hd_cli_rm (const HdInvocation *inv)
{
  return hd_engine_each (inv, rm_one, TRUE);
}

int
hd_cli_rename (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdContainer) container = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  const char *const *args = hd_inv_args (inv);
  hd_autofd lock
      = store != NULL ? hd_container_lock_named (store, args[0], &container, &error) : -1;
  if (lock < 0 || !hd_container_rename (store, container->id, args[1], &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  hd_container_event (store, container, "rename", "oldName", container->name);
  /* Others on its networks know it by its new name from now on. */
  if (!hd_names_refresh (store, container->id, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

static void
prune_one (HdStore *store, const HdContainer *listed, gboolean *any, guint64 *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdContainer) container = NULL;
  g_auto (HdStatusNow) now = { .lives = FALSE };
  hd_autofd lock = hd_container_lock_named (store, listed->id, &container, NULL);
  if (lock < 0 || !hd_status_now (store, container->id, &now, NULL) || now.lives
      || hd_status_monitor_lives (store, container->id))
    return;
  g_autofree char *folder = hd_container_folder (store, container->id);
  guint64 freed = hd_tree_size (folder);
  if (!hd_remove (store, container, FALSE, &error))
    {
      hd_error_report (error);
      return;
    }
  *bytes += freed;
  if (!*any)
    puts ("Deleted Containers:");
  *any = TRUE;
  puts (container->id);
}

int
hd_cli_container_prune (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (GPtrArray) list = store != NULL ? hd_container_list (store, &error) : NULL;
  gboolean any = FALSE;
  guint64 bytes = 0;
  if (list == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  if (!hd_inv_flag (inv, "force") && !hd_confirm ("all stopped containers"))
    return 0;
  for (guint i = 0; i < list->len; i++)
    prune_one (store, g_ptr_array_index (list, i), &any, &bytes);
  g_autofree char *size = hd_stats_size (bytes, FALSE);
  printf ("%sTotal reclaimed space: %s\n", any ? "\n" : "", size);
  return 0;
}

int
hd_cli_cleanup (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdContainer) container = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  hd_autofd lock = store != NULL
                       ? hd_container_lock_named (store, hd_inv_args (inv)[0], &container, &error)
                       : -1;
  if (lock < 0 && hd_error_code (error) == HD_NOT_FOUND)
    return 0;
  if (lock < 0 || !hd_stop_cleanup (store, container, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

int
hd_cli_boot (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store == NULL || !hd_boot_start (store, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

int
hd_cli_shutdown (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store == NULL || !hd_boot_stop (store, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}
