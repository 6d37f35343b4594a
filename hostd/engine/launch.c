/* From a row to a running monitor. */
#include "engine/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/bundle.h"
#include "engine/image.h"
#include "engine/launch-network.h"
#include "engine/monitor-link.h"
#include "engine/programs.h"
#include "engine/runtime-rest.h"
#include "engine/status.h"
#include "engine/unit.h"
#include "monitor/protocol.h"

#define STATUS_ENGINE 125

extern char **environ;

char **
hd_launch_layers (HdStore *store, const HdContainer *container, GError **error)
{
  const char *folder = hd_json_get_string (hd_container_host_config (container), "Rootfs", NULL);
  if (folder != NULL)
    {
      char **layers = g_new0 (char *, 2);
      layers[0] = g_strdup (folder);
      return layers;
    }
  g_autoptr (HdImage) image = hd_image_find (store, container->image, error);
  return image != NULL ? hd_image_layers (store, image, error) : NULL;
}

/* The path of a namespace of another container: "container:NAME". NULL without an error for other
 * modes. */
static gboolean
find_namespace (HdStore *store, const HdContainer *container, const char *key, const char *file,
                char **ret_path, GError **error)
{
  const char *mode = hd_json_get_string (hd_container_host_config (container), key, "");
  if (!g_str_has_prefix (mode, "container:"))
    return TRUE;
  g_autoptr (HdContainer) other = hd_container_find (store, mode + strlen ("container:"), error);
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (other == NULL || !hd_status_now (store, other->id, &now, error))
    return FALSE;
  if (!hd_status_now_is_running (&now))
    return hd_throw (error, HD_FAILED, "start it first",
                     "container %s, whose namespace is wanted, is not running", other->name);
  *ret_path = g_strdup_printf ("/proc/%d/ns/%s", now.state.pid, file);
  return TRUE;
}

/* The environment without what is meant for us alone. */
static char **
make_environment (void)
{
  char **env = g_get_environ ();
  env = g_environ_unsetenv (env, "LISTEN_FDS");
  env = g_environ_unsetenv (env, "LISTEN_PID");
  env = g_environ_unsetenv (env, "LISTEN_FDNAMES");
  return g_environ_unsetenv (env, "NOTIFY_SOCKET");
}

/* As a service of its own where systemd runs. */
static gboolean
start_unit (const HdContainer *container, const char *const *argv, char **env, int socket_fd,
            GError **error)
{
  const hd_json *config = hd_container_config (container);
  g_autofree char *description
      = g_strdup_printf ("container %s (%s)", container->name, container->image_name);
  const HdUnit unit = {
    .id = container->id,
    .description = description,
    .argv = argv,
    .env = (const char *const *)env,
    .stdin_fd = socket_fd,
    .stop_ms = 1000 * hd_json_get_int (config, "StopTimeout", HD_BUNDLE_STOP_TIMEOUT_S),
  };
  return hd_unit_start (&unit, error);
}

static gboolean
spawn_monitor (HdStore *store, const HdContainer *container, int socket_fd, GError **error)
{
  g_autofree char *program = hd_programs_find ("atomic-monitor");
  g_auto (GStrv) env = make_environment ();
  const char *const argv[]
      = { program, hd_store_root (store), hd_store_run_root (store), container->id, NULL };
  posix_spawn_file_actions_t actions;
  pid_t pid;
  if (hd_unit_is_wanted ())
    return start_unit (container, argv, env, socket_fd, error);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, socket_fd, STDIN_FILENO);
  posix_spawn_file_actions_addopen (&actions, STDOUT_FILENO, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2 (&actions, STDOUT_FILENO, STDERR_FILENO);
  int r = posix_spawn (&pid, program, &actions, NULL, (char **)argv, env);
  posix_spawn_file_actions_destroy (&actions);
  return r == 0 || hd_throw_errno (error, r, "starting %s", program);
}

/* Until it says that the container runs, or why it does not. */
static gboolean
await_start (HdLaunch *launch, const HdContainer *container, GError **error)
{
  g_autofree mon_message *answer = g_new (mon_message, 1);
  int r = mon_receive (launch->socket, answer, NULL);
  if (r < 0)
    return hd_throw (error, HD_FAILED, NULL, "the monitor of container %s ended before it began",
                     container->name);
  if (answer->head.kind == MON_STARTED)
    return TRUE;
  if (answer->head.kind != MON_ERROR)
    return hd_throw (error, HD_FAILED, NULL,
                     "the monitor of container %s said something unexpected", container->name);
  launch->status = answer->head.a;
  return hd_throw (error, HD_FAILED, NULL, "%s", answer->payload);
}

static gboolean
start_monitor (HdStore *store, const HdContainer *container, HdLaunch *launch, int netns_fd,
               GError **error)
{
  int ends[2];
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    return hd_throw_errno (error, errno, "making a pair of sockets");
  hd_autofd ours = ends[0];
  hd_autofd theirs = ends[1];
  int r = mon_send (ours, MON_LAUNCH, (int)launch->attach, 0, NULL, 0, netns_fd);
  if (r < 0)
    return hd_throw_errno (error, -r, "telling the monitor what to start");
  if (!spawn_monitor (store, container, theirs, error))
    return FALSE;
  hd_closep (&theirs);
  launch->socket = hd_steal_fd (&ours);
  return await_start (launch, container, error);
}

static gboolean
write_files (HdStore *store, const HdContainer *container, const HdLaunchNetwork *network,
             GError **error)
{
  g_autofree char *pid_ns = NULL, *ipc_ns = NULL, *uts_ns = NULL;
  g_auto (GStrv) layers = hd_launch_layers (store, container, error);
  if (layers == NULL || !find_namespace (store, container, "PidMode", "pid", &pid_ns, error)
      || !find_namespace (store, container, "IpcMode", "ipc", &ipc_ns, error)
      || !find_namespace (store, container, "UTSMode", "uts", &uts_ns, error))
    return FALSE;
  const HdBundle bundle = {
    .container = container,
    .layers = (const char *const *)layers,
    .netns = network->path,
    .pid_ns = pid_ns,
    .ipc_ns = ipc_ns,
    .uts_ns = uts_ns,
    .keeps_network = network->attached,
  };
  return hd_bundle_write (store, &bundle, error);
}

/* As a service for this container, the monitor is its main process. */
static void
notify_systemd (HdStore *store, const char *id)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (hd_unit_own () != NULL && hd_status_now (store, id, &now, NULL))
    hd_unit_notify (now.state.monitor);
}

gboolean
hd_launch (HdStore *store, const HdContainer *container, HdLaunch *launch, GError **error)
{
  g_auto (HdLaunchNetwork) network = { .netns_fd = -1 };
  launch->socket = -1;
  launch->status = STATUS_ENGINE;
  /* That of its last run may still be about to end. */
  hd_monitor_await_gone (store, container->id);
  if (!hd_bundle_make_folders (store, container->id, error)
      || !hd_runtime_rest_clear (store, container->id, error)
      || !hd_launch_network_open (store, container, &network, error))
    return FALSE;
  if (write_files (store, container, &network, error)
      && start_monitor (store, container, launch, network.netns_fd, error))
    {
      notify_systemd (store, container->id);
      return TRUE;
    }
  hd_launch_network_undo (store, container, &network);
  hd_closep (&launch->socket);
  return FALSE;
}
