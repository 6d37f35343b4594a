/* Files of a container. None of them is synchronised: they are written again at each start. */
#include "engine/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/programs.h"
#include "engine/signal-name.h"
#include "engine/spec.h"
#include "engine/unit.h"
#include "monitor/config.h"

#define LOG_MAX_BYTES (10 << 20)
#define LOG_MAX_FILES 3
#define NS_PER_MS 1000000
#define HEALTH_FILE "health.json"

gboolean
hd_bundle_make_folders (HdStore *store, const char *id, GError **error)
{
  static const char *const parts[] = { "", "/upper", "/work", "/rootfs" };
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *path = g_strconcat ("containers/", id, parts[i], NULL);
      /* The root of the container's files is seen by its users. */
      int r = mkdirat (hd_store_root_fd (store), path, i == 0 ? 0700 : 0755) < 0 ? -errno : 0;
      if (r == -ENOENT)
        r = hd_fs_mkdirs (hd_store_root_fd (store), path, 0700);
      if (r < 0 && r != -EEXIST)
        return hd_throw_errno (error, -r, "making %s/%s", hd_store_root (store), path);
    }
  g_autofree char *run = g_strconcat ("containers/", id, NULL);
  int r = hd_fs_mkdirs (hd_store_run_fd (store), run, 0700);
  return r == 0 || hd_throw_errno (error, -r, "making %s/%s", hd_store_run_root (store), run);
}

gboolean
hd_bundle_remove (HdStore *store, const char *id, GError **error)
{
  g_autofree char *path = g_strconcat ("containers/", id, NULL);
  int r = hd_fs_remove_tree (hd_store_run_fd (store), path);
  if (r == 0)
    r = hd_fs_remove_tree (hd_store_root_fd (store), path);
  return r == 0 || hd_throw_errno (error, -r, "removing the folder of container %.12s", id);
}

static gboolean
write_file (int dir_fd, const char *name, const char *text, GError **error)
{
  hd_autofd fd = openat (dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  int r = fd < 0 ? -errno : hd_fs_write_all (fd, text, strlen (text));
  return r == 0 || hd_throw_errno (error, -r, "writing %s", name);
}

static gboolean
write_json (int dir_fd, const char *name, const hd_json *json, GError **error)
{
  hd_autofree char *text = hd_json_to_text (json, false);
  return write_file (dir_fd, name, text, error);
}

/* monitor.json */

static void
set_log (hd_json *out, const HdContainer *container)
{
  const hd_json *log = hd_json_get (hd_container_host_config (container), "LogConfig");
  const hd_json *options = hd_json_get (log, "Config");
  const char *driver = hd_json_get_string (log, "Type", "json-file");
  const char *size = hd_json_get_string (options, "max-size", NULL);
  const char *files = hd_json_get_string (options, "max-file", NULL);
  gint64 bytes = LOG_MAX_BYTES;
  if (size != NULL)
    bytes = g_strcmp0 (size, "-1") == 0 ? 0 : g_ascii_strtoll (size, NULL, 10);
  hd_json_set_string (out, "log_driver", driver);
  hd_json_set_string (out, "log_tag", hd_json_get_string (options, "tag", container->name));
  hd_json_set_int (out, "log_max_bytes", bytes);
  hd_json_set_int (out, "log_max_files",
                   files != NULL ? g_ascii_strtoll (files, NULL, 10) : LOG_MAX_FILES);
}

static void
set_restart (hd_json *out, const HdContainer *container)
{
  const hd_json *policy = hd_json_get (hd_container_host_config (container), "RestartPolicy");
  const char *name = hd_json_get_string (policy, "Name", "");
  hd_json_set_string (out, "restart", *name != '\0' ? name : "no");
  hd_json_set_int (out, "restart_max", hd_json_get_int (policy, "MaximumRetryCount", 0));
}

static void
set_stop (hd_json *out, const hd_json *config)
{
  int number = hd_signal_parse (hd_json_get_string (config, "StopSignal", ""));
  hd_json_set_int (out, "stop_signal", number > 0 ? number : SIGTERM);
  hd_json_set_int (out, "stop_timeout_ms",
                   1000 * hd_json_get_int (config, "StopTimeout", HD_BUNDLE_STOP_TIMEOUT_S));
}

static void
copy_ms (const hd_json *check, const char *from, hd_json *to, const char *key)
{
  gint64 ns = hd_json_get_int (check, from, 0);
  if (ns > 0)
    hd_json_set_int (to, key, MAX (1, ns / NS_PER_MS));
}

/* "NONE", "CMD" and arguments, or "CMD-SHELL" and a line for the shell. FALSE: no check. */
static gboolean
health_args (const hd_json *check, GPtrArray *args)
{
  const hd_json *test = hd_json_get (check, "Test");
  const char *kind = "", *text;
  hd_json_as_string (hd_json_at (test, 0), &kind);
  if (strcmp (kind, "CMD-SHELL") == 0)
    {
      g_ptr_array_add (args, (gpointer) "/bin/sh");
      g_ptr_array_add (args, (gpointer) "-c");
    }
  else if (strcmp (kind, "CMD") != 0)
    return FALSE;
  for (gsize i = 1; i < hd_json_length (test); i++)
    if (hd_json_as_string (hd_json_at (test, i), &text))
      g_ptr_array_add (args, (gpointer)text);
  g_ptr_array_add (args, NULL);
  return TRUE;
}

static gboolean
set_health (hd_json *out, int dir_fd, const HdSpecInput *input, GError **error)
{
  const hd_json *check = hd_json_get (hd_container_config (input->container), "Healthcheck");
  g_autoptr (GPtrArray) args = g_ptr_array_new ();
  g_autofree char *file = g_build_filename (input->folder, HEALTH_FILE, NULL);
  if (check == NULL || !health_args (check, args))
    return TRUE;
  const HdExecRequest request = { .args = (const char *const *)args->pdata };
  hd_autojson process = hd_spec_exec_process (input, &request, error);
  if (process == NULL || !write_json (dir_fd, HEALTH_FILE, process, error))
    return FALSE;
  hd_json *health = hd_json_new_object ();
  copy_ms (check, "Interval", health, "interval_ms");
  copy_ms (check, "Timeout", health, "timeout_ms");
  copy_ms (check, "StartPeriod", health, "start_period_ms");
  if (hd_json_get_int (check, "Retries", 0) > 0)
    hd_json_set_int (health, "retries", hd_json_get_int (check, "Retries", 0));
  hd_json_set (out, "health", health);
  hd_json_set_string (out, "health_process", file);
  return TRUE;
}

static void
set_cleanup (hd_json *out, HdStore *store, const HdBundle *bundle)
{
  g_autofree char *self = hd_programs_self ();
  const char *const argv[] = { self, "container", "cleanup", bundle->container->id, NULL };
  if (bundle->keeps_network || bundle->container->auto_remove)
    hd_json_set (out, "cleanup", hd_spec_strings (argv));
}

static hd_json *
make_monitor (HdStore *store, const HdBundle *bundle, const HdSpecInput *input)
{
  const HdContainer *c = bundle->container;
  const hd_json *config = hd_container_config (c);
  g_autofree char *self = hd_programs_self ();
  g_autofree char *runtime = hd_programs_find ("atomic-runtime");
  g_autofree char *runtime_root = g_build_filename (hd_store_run_root (store), "runtime", NULL);
  g_autofree char *rootfs = g_build_filename (input->folder, "rootfs", NULL);
  hd_json *out = hd_json_new_object ();
  hd_json_set_string (out, "id", c->id);
  hd_json_set_string (out, "name", c->name);
  hd_json_set_string (out, "image", c->image_name);
  hd_json_set_string (out, "runtime", runtime);
  hd_json_set_string (out, "runtime_root", runtime_root);
  hd_json_set_string (out, "rootfs", rootfs);
  hd_json_set (out, "layers", hd_spec_strings (bundle->layers));
  hd_json_set_bool (out, "tty", hd_json_get_bool (config, "Tty", false));
  hd_json_set_bool (out, "stdin_open", hd_json_get_bool (config, "OpenStdin", false));
  hd_json_set_bool (out, "stdin_once", hd_json_get_bool (config, "StdinOnce", false));
  hd_json_set_bool (out, "auto_remove", c->auto_remove);
  hd_json_set_bool (out, "watches_rules", bundle->keeps_network);
  hd_json_set_string (out, "program", self);
  if (hd_unit_is_wanted ())
    {
      g_autofree char *unit = hd_unit_name (c->id);
      hd_json_set_string (out, "unit", unit);
    }
  hd_json_set_bool (out, "tells_status", hd_unit_own () != NULL);
  set_log (out, c);
  set_restart (out, c);
  set_stop (out, config);
  set_cleanup (out, store, bundle);
  return out;
}

static char *
init_program (const HdContainer *container)
{
  static const char *const paths[]
      = { "/usr/libexec/docker/docker-init", "/usr/bin/docker-init", "/usr/bin/catatonit",
          "/usr/libexec/podman/catatonit",   "/usr/bin/tini-static", NULL };
  if (!hd_json_get_bool (hd_container_host_config (container), "Init", false))
    return NULL;
  for (const char *const *path = paths; *path != NULL; path++)
    if (access (*path, X_OK) == 0)
      return g_strdup (*path);
  return g_strdup ("");
}

gboolean
hd_bundle_write (HdStore *store, const HdBundle *bundle, GError **error)
{
  const HdContainer *c = bundle->container;
  g_autofree char *folder = hd_container_folder (store, c->id);
  g_autofree char *upper = g_build_filename (folder, "upper", NULL);
  GError *local = NULL;
  g_autofree char *own = hd_unit_own_cgroup (&local);
  g_autofree char *cgroup = own != NULL            ? g_strdup (own)
                            : hd_unit_is_wanted () ? hd_unit_cgroup (c->id)
                                                   : g_strconcat ("/atomic/", c->id, NULL);
  g_autofree char *init = init_program (c);
  g_autofree char *hostname
      = g_strconcat (hd_json_get_string (hd_container_config (c), "Hostname", ""), "\n", NULL);
  const HdImageRoot root = { upper, bundle->layers };
  const HdSpecInput input = {
    .container = c,
    .folder = folder,
    .root = &root,
    .netns = bundle->netns,
    .cgroup = cgroup,
    .has_names = TRUE,
    .pid_ns = bundle->pid_ns,
    .ipc_ns = bundle->ipc_ns,
    .uts_ns = bundle->uts_ns,
    .init = init,
  };
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  if (init != NULL && *init == '\0')
    return hd_throw (error, HD_NOT_FOUND, "apt-get install catatonit",
                     "--init: there is no init program on this host");
  hd_autofd dir = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0)
    return hd_throw_errno (error, errno, "opening %s", folder);
  hd_autojson spec = hd_spec_make (&input, error);
  if (spec == NULL)
    return FALSE;
  hd_autojson monitor = make_monitor (store, bundle, &input);
  return set_health (monitor, dir, &input, error) && write_file (dir, "hostname", hostname, error)
         && write_json (dir, "config.json", spec, error)
         && write_json (dir, MON_CONFIG_FILE, monitor, error);
}
