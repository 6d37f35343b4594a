/* Leftovers. */
#include "engine/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/container-lock.h"
#include "engine/launch-network.h"
#include "engine/remove.h"
#include "engine/runtime-rest.h"

/* What a shell shows of a process that was killed. */
#define STATUS_KILLED (128 + SIGKILL)
/* Half a minute for a start that nobody waits for. */
#define START_STEP_US 5000
#define START_TRIES 6000

static gboolean
save_state (HdStore *store, const HdContainer *container, HdStatusNow *now, GError **error)
{
  g_autofree char *path = g_strconcat ("containers/", container->id, NULL);
  hd_autofd folder = openat (hd_store_root_fd (store), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  now->state.status = MON_EXITED_STATUS;
  now->state.exit_code = STATUS_KILLED;
  now->state.finished_ns = mon_now_ns ();
  now->state.pid = now->state.monitor = 0;
  g_strlcpy (now->state.error, "its monitor was killed", sizeof now->state.error);
  int r = folder < 0 ? -errno : mon_state_write (folder, &now->state, TRUE);
  return r == 0 || hd_throw_errno (error, -r, "keeping the state of container %s", container->name);
}

/* A monitor that lives while its state does not: it is ending, or just starting and has lost (since
 * we hold the lock) who started it. The one is gone soon, the other says soon that it runs. */
static void
await_start (HdStore *store, const char *id)
{
  for (guint i = 0; i < START_TRIES && hd_status_monitor_lives (store, id); i++)
    {
      g_auto (HdStatusNow) now = { .lives = FALSE };
      if (!hd_status_now (store, id, &now, NULL) || mon_status_is_live (now.state.status))
        return;
      g_usleep (START_STEP_US);
    }
}

gboolean
hd_recover_container (HdStore *store, const HdContainer *container, gboolean *ret_removed,
                      GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (ret_removed != NULL)
    *ret_removed = FALSE;
  await_start (store, container->id);
  if (!hd_status_now (store, container->id, &now, error))
    return FALSE;
  /* One of --rm that has ended was left by who should have removed it. */
  gboolean forgotten = container->auto_remove && now.state.status != MON_CREATED && !now.lives
                       && !hd_status_monitor_lives (store, container->id);
  if (!now.broken && !forgotten)
    return TRUE;
  if (now.broken)
    fprintf (stderr, "container %s: its monitor was killed; %s\n", container->name,
             container->auto_remove ? "removing what is left" : "cleaning up");
  if (!hd_runtime_rest_clear (store, container->id, error)
      || !hd_launch_network_close (store, container, error))
    return FALSE;
  if (!container->auto_remove)
    return save_state (store, container, &now, error);
  if (ret_removed != NULL)
    *ret_removed = TRUE;
  return hd_remove (store, container, TRUE, error);
}

gboolean
hd_recover_is_needed (const HdContainer *container, const HdStatusNow *now)
{
  return now->broken
         || (container->auto_remove && !now->lives && now->state.status == MON_EXITED_STATUS);
}

void
hd_recover_try (HdStore *store, const HdContainer *container)
{
  g_autoptr (GError) error = NULL;
  hd_autofd lock = hd_container_lock (store, container->id, FALSE, NULL);
  if (lock >= 0 && !hd_recover_container (store, container, NULL, &error))
    fprintf (stderr, "container %s: %s\n", container->name, error->message);
}

/* Folders whose row is gone, and that no command has a lock on. */
static void
drop_folder (HdStore *store, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat ("containers/", id, NULL);
  hd_autofd lock = hd_container_lock (store, id, FALSE, NULL);
  g_autoptr (HdContainer) container = lock >= 0 ? hd_container_find (store, id, &error) : NULL;
  if (lock < 0 || container != NULL || hd_error_code (error) != HD_NOT_FOUND
      || hd_status_monitor_lives (store, id) || !hd_runtime_rest_clear (store, id, NULL))
    return;
  hd_fs_remove_tree (hd_store_run_fd (store), path);
  hd_fs_remove_tree (hd_store_root_fd (store), path);
}

void
hd_recover_folders (HdStore *store, const GPtrArray *containers)
{
  g_autofree char *path = g_build_filename (hd_store_root (store), "containers", NULL);
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;
  for (guint i = 0; i < containers->len; i++)
    g_hash_table_add (known, ((HdContainer *)g_ptr_array_index (containers, i))->id);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    if (!g_hash_table_contains (known, name))
      drop_folder (store, name);
}

void
hd_recover_all (HdStore *store)
{
  g_autoptr (GPtrArray) containers = hd_container_list (store, NULL);
  for (guint i = 0; containers != NULL && i < containers->len; i++)
    {
      const HdContainer *container = g_ptr_array_index (containers, i);
      g_auto (HdStatusNow) now = { .lives = FALSE };
      if (hd_status_now (store, container->id, &now, NULL)
          && hd_recover_is_needed (container, &now))
        hd_recover_try (store, container);
    }
  if (containers != NULL)
    hd_recover_folders (store, containers);
}
