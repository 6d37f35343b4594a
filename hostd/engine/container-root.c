/* /proc/PID/root, or an overlay of our own. */
#include "engine/container-root.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/bundle.h"
#include "engine/launch.h"
#include "engine/spec.h"
#include "engine/status.h"
#include "monitor/overlay.h"

static int
open_running (const HdStatusNow *now, const HdContainer *container, GError **error)
{
  char path[64];
  g_snprintf (path, sizeof path, "/proc/%d/root", now->state.pid);
  int fd = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    hd_throw_errno (error, errno, "opening the files of container %s", container->name);
  return fd;
}

/* The root mount alone, cloned in the container's mount namespace: detached, it can be used here.
 */
static int
clone_running (const HdStatusNow *now, const HdContainer *container, GError **error)
{
  char path[64];
  g_snprintf (path, sizeof path, "/proc/%d/ns/mnt", now->state.pid);
  hd_autofd theirs = open (path, O_RDONLY | O_CLOEXEC);
  hd_autofd ours = open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  hd_autofd here = open (".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  int r = theirs < 0 || ours < 0 || here < 0 || setns (theirs, CLONE_NEWNS) < 0 ? -errno : 0;
  int fd = r < 0 ? r : open_tree (AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (r == 0 && fd < 0)
    fd = -errno;
  /* Nothing goes on in a stranger's namespace. */
  if (r == 0 && (setns (ours, CLONE_NEWNS) < 0 || fchdir (here) < 0))
    g_error ("leaving the mount namespace of container %s: %s", container->name,
             g_strerror (errno));
  if (fd < 0)
    hd_throw_errno (error, -fd, "opening the files of container %s", container->name);
  return fd < 0 ? -1 : fd;
}

static int
mount_stopped (HdStore *store, const HdContainer *container, GError **error)
{
  hd_err err = { 0 };
  g_auto (GStrv) layers = hd_launch_layers (store, container, error);
  g_autofree char *folder = hd_container_folder (store, container->id);
  if (layers == NULL || !hd_bundle_make_folders (store, container->id, error))
    return -1;
  hd_autofd dir = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0)
    {
      hd_throw_errno (error, errno, "opening %s", folder);
      return -1;
    }
  hd_autojson list = hd_spec_strings ((const char *const *)layers);
  int fd = mon_overlay_open (dir, list, container->auto_remove, &err);
  if (fd < 0)
    hd_throw_err (error, &err);
  return fd < 0 ? -1 : fd;
}

int
hd_container_root_open (HdStore *store, const HdContainer *container, GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (!hd_status_now (store, container->id, &now, error))
    return -1;
  return hd_status_now_is_running (&now) ? open_running (&now, container, error)
                                         : mount_stopped (store, container, error);
}

int
hd_container_root_open_alone (HdStore *store, const HdContainer *container, GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (!hd_status_now (store, container->id, &now, error))
    return -1;
  return hd_status_now_is_running (&now) ? clone_running (&now, container, error)
                                         : mount_stopped (store, container, error);
}
