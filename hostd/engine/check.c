/* Whether rows, files and the kernel's state agree. */
#include "engine/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/attach-internal.h"
#include "engine/container-lock.h"
#include "engine/container.h"
#include "engine/holder.h"
#include "engine/recover.h"
#include "engine/scratch.h"
#include "engine/status.h"
#include "engine/sweep.h"
#include "engine/volume.h"

#define MAX_MOUNTS (16u << 20)

static void G_GNUC_PRINTF (2, 3) tell (GPtrArray *lines, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_ptr_array_add (lines, g_strdup_vprintf (format, args));
  va_end (args);
}

/* Names in a folder below `fd`; empty when it is not there. */
static GPtrArray *
names_in (int fd, const char *path)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  int folder = openat (fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = folder >= 0 ? fdopendir (folder) : NULL;
  if (dir == NULL)
    {
      hd_closep (&folder);
      return names;
    }
  for (struct dirent *entry = readdir (dir); entry != NULL; entry = readdir (dir))
    if (entry->d_name[0] != '.')
      g_ptr_array_add (names, g_strdup (entry->d_name));
  closedir (dir);
  return names;
}

static void
check_rows (HdStore *store, GPtrArray *lines)
{
  g_autoptr (GError) error = NULL;
  if (!hd_store_check (store, &error))
    tell (lines, "%s", error->message);
}

static gboolean
check_images (HdStore *store, GPtrArray *lines, GError **error)
{
  g_autoptr (GPtrArray) wrong = hd_images_check (store, error);
  for (guint i = 0; wrong != NULL && i < wrong->len; i++)
    tell (lines, "%s", (char *)g_ptr_array_index (wrong, i));
  return wrong != NULL;
}

/* ---- Containers ---- */

static void
check_container (HdStore *store, const HdContainer *container, GPtrArray *lines)
{
  g_autoptr (GError) error = NULL;
  g_auto (HdStatusNow) now = { .lives = FALSE };
  g_autofree char *folder = hd_container_folder (store, container->id);
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    tell (lines, "container %s: its folder %s is gone", container->name, folder);
  else if (!hd_status_now (store, container->id, &now, &error))
    tell (lines, "container %s: %s", container->name, error->message);
  else if (now.broken && !hd_holder_is_living (store, container->id))
    tell (lines, "container %s: its monitor was killed", container->name);
}

/* Folders of containers below root or run root that no row knows, while no command makes them. */
static void
check_folders (HdStore *store, const GPtrArray *containers, int fd, const char *root,
               const char *path, GPtrArray *lines)
{
  g_autoptr (GPtrArray) names = names_in (fd, path);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      gboolean known = FALSE;
      for (guint k = 0; k < containers->len && !known; k++)
        known = g_str_equal (((HdContainer *)g_ptr_array_index (containers, k))->id, name);
      if (!known && !hd_status_monitor_lives (store, name))
        tell (lines, "%s/%s/%s belongs to no container", root, path, name);
    }
}

/* What the runtime knows of containers that nobody looks after. */
static void
check_runtime (HdStore *store, GPtrArray *lines)
{
  g_autoptr (GPtrArray) names = names_in (hd_store_run_fd (store), "runtime");
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      if (!hd_status_monitor_lives (store, name))
        tell (lines, "%s/runtime/%s is a process or cgroup without a monitor",
              hd_store_run_root (store), name);
    }
}

static gboolean
check_containers (HdStore *store, GPtrArray *lines, GError **error)
{
  g_autoptr (GPtrArray) list = hd_container_list (store, error);
  if (list == NULL)
    return FALSE;
  for (guint i = 0; i < list->len; i++)
    check_container (store, g_ptr_array_index (list, i), lines);
  check_folders (store, list, hd_store_root_fd (store), hd_store_root (store), "containers", lines);
  check_folders (store, list, hd_store_run_fd (store), hd_store_run_root (store), "containers",
                 lines);
  check_runtime (store, lines);
  return TRUE;
}

/* ---- Networks ---- */

static gboolean
check_holders (HdStore *store, GPtrArray *lines, gboolean *ret_any, GError **error)
{
  g_autoptr (GPtrArray) ids = hd_holder_list (store, error);
  *ret_any = FALSE;
  for (guint i = 0; ids != NULL && i < ids->len; i++)
    {
      const char *id = g_ptr_array_index (ids, i);
      if (hd_holder_is_living (store, id))
        *ret_any = TRUE;
      else
        tell (lines, "container %.12s holds addresses or ports, and does not run", id);
    }
  return ids != NULL;
}

static gboolean
check_networks (HdStore *store, GPtrArray *lines, GError **error)
{
  gboolean any, there = FALSE;
  g_autoptr (HdNetlink) host = hd_netlink_open (NETLINK_ROUTE, 0, error);
  g_autoptr (HdNetlink) rules = host != NULL ? hd_rules_open (error) : NULL;
  if (rules == NULL || !check_holders (store, lines, &any, error))
    return FALSE;
  g_autoptr (GPtrArray) strays = hd_network_strays (store, host, error);
  if (strays == NULL || !hd_rules_exist (rules, &there, error))
    return FALSE;
  for (guint i = 0; i < strays->len; i++)
    tell (lines, "interface %s belongs to no network or container",
          (char *)g_ptr_array_index (strays, i));
  if (any && !there)
    tell (lines, "the packet filter rules of containers are missing");
  return TRUE;
}

/* ---- Volumes, mounts ---- */

static gboolean
check_volumes (HdStore *store, GPtrArray *lines, GError **error)
{
  g_autoptr (GPtrArray) list = hd_volume_list (store, error);
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  if (list == NULL)
    return FALSE;
  for (guint i = 0; i < list->len; i++)
    {
      const HdVolume *volume = g_ptr_array_index (list, i);
      g_hash_table_add (known, volume->name);
      if (!g_file_test (volume->path, G_FILE_TEST_IS_DIR))
        tell (lines, "volume \"%s\": its folder %s is gone", volume->name, volume->path);
    }
  g_autoptr (GPtrArray) names = names_in (hd_store_root_fd (store), "volumes");
  for (guint i = 0; i < names->len; i++)
    if (!g_hash_table_contains (known, g_ptr_array_index (names, i)))
      tell (lines, "%s/volumes/%s belongs to no volume", hd_store_root (store),
            (char *)g_ptr_array_index (names, i));
  return TRUE;
}

/* Mounts of containers live in their monitors' namespaces: none may be here. */
static void
check_mounts (HdStore *store, GPtrArray *lines)
{
  hd_autofree char *text = NULL;
  g_autofree char *below = g_strdup_printf ("%s/containers/", hd_store_root (store));
  if (hd_fs_read (AT_FDCWD, "/proc/self/mountinfo", MAX_MOUNTS, &text, NULL) < 0)
    return;
  g_auto (GStrv) mounts = g_strsplit (text, "\n", -1);
  for (char **mount = mounts; *mount != NULL; mount++)
    {
      g_auto (GStrv) fields = g_strsplit (*mount, " ", 6);
      if (g_strv_length (fields) >= 5 && g_str_has_prefix (fields[4], below))
        tell (lines, "%s is mounted in the host's namespace", fields[4]);
    }
}

GPtrArray *
hd_check_run (HdStore *store, GError **error)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  check_rows (store, lines);
  check_mounts (store, lines);
  if (!check_images (store, lines, error) || !check_containers (store, lines, error)
      || !check_networks (store, lines, error) || !check_volumes (store, lines, error))
    return NULL;
  return g_steal_pointer (&lines);
}

/* Folders of volumes whose row was removed, or never written. */
static void
drop_volume_folders (HdStore *store)
{
  g_autoptr (GPtrArray) names = names_in (hd_store_root_fd (store), "volumes");
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autoptr (GError) error = NULL;
      g_autofree char *path = g_strdup_printf ("volumes/%s", name);
      g_autoptr (HdVolume) volume = NULL;
      /* A writer that is just between folder and row is waited for. */
      if (!hd_store_begin (store, NULL))
        return;
      volume = hd_volume_find (store, name, &error);
      if (volume == NULL && hd_error_code (error) == HD_NOT_FOUND)
        hd_fs_remove_tree (hd_store_root_fd (store), path);
      hd_store_rollback (store);
    }
}

gboolean
hd_check_repair (HdStore *store, GError **error)
{
  hd_recover_all (store);
  hd_scratch_sweep (store);
  drop_volume_folders (store);
  return hd_network_reap (store, NULL, error) && hd_network_restore (store, error)
         && hd_images_sweep (store, NULL, error);
}
