/* From the command line to a container that runs, and to its exit status. */
#include "cli/container-run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/container-options.h"
#include "cli/engine.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/container-lock.h"
#include "engine/create.h"
#include "engine/launch.h"
#include "engine/monitor-link.h"
#include "engine/recover.h"
#include "engine/session.h"
#include "engine/status.h"
#include "engine/stop.h"

/* Creation */

static gboolean
write_cidfile (const HdInvocation *inv, const char *id, GError **error)
{
  const char *path = hd_inv_string (inv, "cidfile");
  if (path == NULL)
    return TRUE;
  hd_autofd fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  int r = fd < 0 ? -errno : hd_fs_write_all (fd, id, strlen (id));
  if (r == -EEXIST)
    return hd_throw (error, HD_BUSY, "remove it, or name another file",
                     "--cidfile: %s is there already", path);
  return r == 0 || hd_throw_errno (error, -r, "--cidfile: %s", path);
}

static gboolean
check_cidfile (const HdInvocation *inv, GError **error)
{
  const char *path = hd_inv_string (inv, "cidfile");
  return path == NULL || access (path, F_OK) < 0
         || hd_throw (error, HD_BUSY, "remove it, or name another file",
                      "--cidfile: %s is there already", path);
}

static HdImage *
find_image (HdStore *store, const HdInvocation *inv, GError **error)
{
  const char *policy = hd_inv_string (inv, "pull");
  HdPullOptions options = { .policy = HD_PULL_MISSING,
                            .platform = hd_inv_string (inv, "platform"),
                            .quiet = hd_inv_flag (inv, "quiet") };
  if (policy != NULL && !hd_pull_policy_parse (policy, &options.policy, error))
    return NULL;
  return hd_image_ensure (store, hd_inv_args (inv)[0], &options, error);
}

/* A name that a dead container of --rm still has is free. */
static HdContainer *
create_anew (HdStore *store, const HdCreate *create, GError **error)
{
  g_autoptr (GError) local = NULL;
  HdContainer *container = hd_create (store, create, &local);
  if (container != NULL)
    return container;
  g_autoptr (HdContainer) holder = NULL;
  gboolean removed = FALSE;
  if (create->name != NULL && hd_error_code (local) == HD_BUSY)
    {
      hd_autofd lock = hd_container_lock_named (store, create->name, &holder, NULL);
      if (lock >= 0)
        hd_recover_container (store, holder, &removed, NULL);
    }
  if (removed)
    return hd_create (store, create, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static HdContainer *
create_container (HdStore *store, const HdInvocation *inv, gboolean attached, GError **error)
{
  g_auto (HdContainerOptions) options = { NULL };
  g_autoptr (HdImage) image = NULL;
  g_autoptr (HdImageConfig) config = NULL;
  const char *rootfs = hd_inv_string (inv, "rootfs");
  if (rootfs == NULL && hd_inv_n_args (inv) == 0)
    {
      hd_throw (error, HD_USAGE, NULL, "the name of an image is missing");
      return NULL;
    }
  if (!check_cidfile (inv, error) || !hd_container_options_read (inv, attached, &options, error))
    return NULL;
  if (rootfs == NULL)
    {
      image = find_image (store, inv, error);
      config = image != NULL ? hd_image_config (store, image, error) : NULL;
      if (config == NULL)
        return NULL;
    }
  const HdCreate create = {
    .name = hd_inv_string (inv, "name"),
    .image_name = rootfs != NULL ? rootfs : hd_inv_args (inv)[0],
    .image = image,
    .image_config = config,
    .body = options.body,
    .mounts = options.mounts,
    .networks = options.networks,
    .ports = options.ports,
    .auto_remove = hd_inv_flag (inv, "rm"),
  };
  g_autoptr (HdContainer) container = create_anew (store, &create, error);
  if (container == NULL || !write_cidfile (inv, container->id, error))
    return NULL;
  return g_steal_pointer (&container);
}

int
hd_cli_create (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdContainer) container
      = store != NULL ? create_container (store, inv, TRUE, &error) : NULL;
  if (container == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  puts (container->id);
  return 0;
}

/* Attaching */

static unsigned
attach_flags (const HdContainer *container)
{
  const hd_json *config = hd_container_config (container);
  return (hd_json_get_bool (config, "AttachStdin", false) ? MON_ATTACH_STDIN : 0)
         | (hd_json_get_bool (config, "AttachStdout", false) ? MON_ATTACH_STDOUT : 0)
         | (hd_json_get_bool (config, "AttachStderr", false) ? MON_ATTACH_STDERR : 0);
}

static gboolean
sig_proxy (const HdInvocation *inv)
{
  return !hd_inv_given (inv, "sig-proxy") || hd_inv_flag (inv, "sig-proxy");
}

/* The monitor is gone without a word: it was killed, or has just ended. */
static int
report_lost (HdStore *store, const HdContainer *container)
{
  g_autoptr (GError) error = NULL;
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (!hd_status_now (store, container->id, &now, &error))
    return hd_engine_fail (error, HD_STATUS_ENGINE);
  if (!now.broken && now.state.status == MON_EXITED_STATUS)
    return now.state.exit_code;
  hd_throw (&error, HD_FAILED, "see its state with inspect",
            "the monitor of container %s was killed", container->name);
  return hd_engine_fail (error, HD_STATUS_ENGINE);
}

/* Unless another command was quicker. */
static void
clean_up (HdStore *store, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdContainer) container = NULL;
  hd_autofd lock = hd_container_lock_named (store, id, &container, &error);
  if (lock >= 0)
    hd_stop_cleanup (store, container, &error);
  if (error != NULL && hd_error_code (error) != HD_NOT_FOUND)
    hd_error_report (error);
}

static int
stay_attached (HdStore *store, const HdContainer *container, const HdInvocation *inv, int socket_fd,
               gboolean input)
{
  const hd_json *config = hd_container_config (container);
  const HdSessionOptions options = { .tty = hd_json_get_bool (config, "Tty", false),
                                     .input = input,
                                     .sig_proxy = sig_proxy (inv),
                                     .detach_keys = hd_inv_string (inv, "detach-keys") };
  int status = 0;
  switch (hd_session_run (store, container, socket_fd, &options, &status))
    {
    case HD_SESSION_DETACHED:
      return 0;
    case HD_SESSION_LOST:
      return report_lost (store, container);
    case HD_SESSION_CLEAN:
      clean_up (store, container->id);
      return status;
    default:
      return status;
    }
}

/* A start that failed; one of --rm leaves nothing. */
static int
fail_start (HdStore *store, const HdContainer *container, const GError *error, int status)
{
  g_autoptr (GError) ignored = NULL;
  if (container->auto_remove)
    {
      hd_monitor_await_gone (store, container->id);
      hd_stop_cleanup (store, container, &ignored);
    }
  return hd_engine_fail (error, status);
}

int
hd_cli_run (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  gboolean detach = hd_inv_flag (inv, "detach");
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdContainer) container
      = store != NULL ? create_container (store, inv, !detach, &error) : NULL;
  if (container == NULL)
    return hd_engine_fail (error, HD_STATUS_ENGINE);
  HdLaunch launch = { .attach = detach ? 0 : attach_flags (container) };
  hd_autofd lock = hd_container_lock (store, container->id, TRUE, &error);
  if (lock < 0 || !hd_launch (store, container, &launch, &error))
    return fail_start (store, container, error, launch.status != 0 ? launch.status : 125);
  hd_closep (&lock);
  hd_autofd socket = launch.socket;
  if (detach)
    {
      puts (container->id);
      return 0;
    }
  return stay_attached (store, container, inv, socket, (launch.attach & MON_ATTACH_STDIN) != 0);
}

/* start, attach */

static gboolean
start_one (HdStore *store, const char *name, const HdInvocation *inv, GError **error)
{
  g_autoptr (HdContainer) container = NULL;
  g_auto (HdStatusNow) now = { .lives = FALSE };
  gboolean removed = FALSE;
  hd_autofd lock = hd_container_lock_named (store, name, &container, error);
  if (lock < 0 || !hd_recover_container (store, container, &removed, error))
    return FALSE;
  if (removed)
    return hd_throw (error, HD_NOT_FOUND, NULL, "No such container: %s", name);
  if (!hd_status_now (store, container->id, &now, error))
    return FALSE;
  if (now.lives)
    return TRUE;
  HdLaunch launch = { 0 };
  if (!hd_launch (store, container, &launch, error))
    return FALSE;
  close (launch.socket);
  return TRUE;
}

static int
start_attached (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdContainer) container = NULL;
  gboolean input = hd_inv_flag (inv, "interactive");
  if (hd_inv_n_args (inv) != 1)
    return hd_inv_usage_error (inv, "only one container can be attached to");
  hd_autofd lock = store != NULL
                       ? hd_container_lock_named (store, hd_inv_args (inv)[0], &container, &error)
                       : -1;
  HdLaunch launch
      = { .attach = MON_ATTACH_STDOUT | MON_ATTACH_STDERR | (input ? MON_ATTACH_STDIN : 0) };
  if (lock < 0 || !hd_recover_container (store, container, NULL, &error)
      || !hd_launch (store, container, &launch, &error))
    return hd_engine_fail (error, launch.status != 0 ? launch.status : HD_STATUS_FAILED);
  hd_closep (&lock);
  hd_autofd socket = launch.socket;
  return stay_attached (store, container, inv, socket, input);
}

int
hd_cli_start (const HdInvocation *inv)
{
  if (hd_inv_flag (inv, "attach") || hd_inv_flag (inv, "interactive"))
    return start_attached (inv);
  return hd_engine_each (inv, start_one, TRUE);
}

static gboolean
request_attach (const HdContainer *container, int socket_fd, unsigned flags, GError **error)
{
  g_autofree mon_message *answer = g_new (mon_message, 1);
  if (mon_send (socket_fd, MON_ATTACH, (int)flags, 0, NULL, 0, -1) == 0
      && mon_receive (socket_fd, answer, NULL) >= 0 && answer->head.kind == MON_OK)
    return TRUE;
  return hd_throw (error, HD_FAILED, NULL, "container %s is not running", container->name);
}

int
hd_cli_attach (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdContainer) container
      = store != NULL ? hd_container_find (store, hd_inv_args (inv)[0], &error) : NULL;
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (container == NULL || !hd_status_now (store, container->id, &now, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  if (now.lives && now.state.status == MON_PAUSED)
    hd_throw (&error, HD_FAILED, "unpause it first", "container %s is paused", container->name);
  gboolean input = !hd_inv_flag (inv, "no-stdin")
                   && hd_json_get_bool (hd_container_config (container), "OpenStdin", false);
  hd_autofd socket = error == NULL ? hd_monitor_connect (store, container, &error) : -1;
  unsigned flags = MON_ATTACH_STDOUT | MON_ATTACH_STDERR | (input ? MON_ATTACH_STDIN : 0);
  if (socket < 0 || !request_attach (container, socket, flags, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return stay_attached (store, container, inv, socket, input);
}
