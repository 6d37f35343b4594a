/* Opening, locking and loading a sysroot, and small questions about its deployments. */
#include "host/sysroot.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "state/kargs.h"
#include "state/paths.h"

#define LOCK_FILE "ostree/lock"

void
hd_sysroot_free (HdSysroot *sysroot)
{
  if (sysroot == NULL)
    return;
  if (sysroot->ostree != NULL)
    ostree_sysroot_unlock (sysroot->ostree);
  g_clear_object (&sysroot->ostree);
  hd_closep (&sysroot->boot_fd);
  g_free (sysroot->path);
  g_free (sysroot);
}

typedef struct
{
  int fd;
  gint done;
} LockWait;

/* Block as libostree locks (libglnx, glnx_make_lock_file()): by an open file description lock, and
 * by flock(2) where there are none. The two do not see each other. */
static void
block_in_lock (int fd)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int r;
  do
    r = fcntl (fd, F_OFD_SETLKW, &whole);
  while (r < 0 && errno == EINTR);
  while (r < 0 && flock (fd, LOCK_EX) < 0 && errno == EINTR)
    ;
}

/* A lock has no descriptor to wait on, so a thread of its own blocks in it. */
static gpointer
wait_in_thread (gpointer data)
{
  LockWait *wait = data;
  block_in_lock (wait->fd);
  close (wait->fd); /* and with it our hold: libostree takes the lock itself */
  g_atomic_int_set (&wait->done, 1);
  g_main_context_wakeup (NULL);
  g_atomic_rc_box_release (wait);
  return NULL;
}

/* Return when the lock was free for a moment, or the wait was cancelled. */
static gboolean
wait_for_lock (int sysroot_fd, GCancellable *cancellable, GError **error)
{
  hd_autofd fd = openat (sysroot_fd, LOCK_FILE, O_RDWR | O_CLOEXEC);
  /* Whoever lets the lock go removes the file (libglnx, glnx_release_lock_file()). */
  if (fd < 0 && errno == ENOENT)
    return TRUE;
  if (fd < 0)
    return hd_throw_errno (error, errno, "opening /" LOCK_FILE);
  LockWait *wait = g_atomic_rc_box_new0 (LockWait);
  wait->fd = hd_steal_fd (&fd);
  g_thread_unref (g_thread_new ("lock", wait_in_thread, g_atomic_rc_box_acquire (wait)));
  g_autoptr (GSource) source = g_cancellable_source_new (cancellable);
  g_source_set_dummy_callback (source);
  g_source_attach (source, NULL);
  while (g_atomic_int_get (&wait->done) == 0 && !g_cancellable_is_cancelled (cancellable))
    g_main_context_iteration (NULL, TRUE);
  g_source_destroy (source);
  g_atomic_rc_box_release (wait);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
take_lock (OstreeSysroot *ostree, GCancellable *cancellable, GError **error)
{
  for (;;)
    {
      gboolean acquired = FALSE;
      if (!ostree_sysroot_try_lock (ostree, &acquired, error))
        return FALSE;
      if (acquired)
        return TRUE;
      if (!wait_for_lock (ostree_sysroot_get_fd (ostree), cancellable, error))
        return FALSE;
    }
}

static gboolean
open_and_load (HdSysroot *sysroot, GCancellable *cancellable, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (sysroot->path);
  sysroot->ostree = ostree_sysroot_new (file);
  if (!ostree_sysroot_initialize_with_mount_namespace (sysroot->ostree, cancellable, error)
      || !take_lock (sysroot->ostree, cancellable, error)
      || !ostree_sysroot_load (sysroot->ostree, cancellable, error))
    return FALSE;
  sysroot->repo = ostree_sysroot_repo (sysroot->ostree);
  sysroot->fd = ostree_sysroot_get_fd (sysroot->ostree);
  sysroot->booted = ostree_sysroot_get_booted_deployment (sysroot->ostree) != NULL;
  sysroot->boot_fd = openat (sysroot->fd, "boot", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (sysroot->boot_fd < 0)
    return hd_throw_errno (error, errno, "opening /boot");
  if (mkdirat (sysroot->fd, HD_PATH_ATOMIC, 0755) < 0 && errno != EEXIST)
    return hd_throw_errno (error, errno, "making /" HD_PATH_ATOMIC);
  return TRUE;
}

HdSysroot *
hd_sysroot_open (const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *repo = g_build_filename (path, HD_PATH_REPO, NULL);
  if (access (repo, F_OK) < 0)
    {
      hd_throw (error, HD_NO_SYSROOT, "name another one with --sysroot=PATH",
                "%s is no OSTree sysroot", path);
      return NULL;
    }
  g_autoptr (HdSysroot) sysroot = g_new0 (HdSysroot, 1);
  sysroot->boot_fd = -1;
  sysroot->path = g_strdup (path);
  if (!open_and_load (sysroot, cancellable, error))
    {
      g_prefix_error (error, "opening the sysroot %s: ", path);
      return NULL;
    }
  return g_steal_pointer (&sysroot);
}

gboolean
hd_sysroot_reload (HdSysroot *sysroot, GCancellable *cancellable, GError **error)
{
  return ostree_sysroot_load_if_changed (sysroot->ostree, NULL, cancellable, error);
}

GPtrArray *
hd_sysroot_deployments (HdSysroot *sysroot)
{
  return ostree_sysroot_get_deployments (sysroot->ostree);
}

OstreeDeployment *
hd_sysroot_booted (HdSysroot *sysroot)
{
  return ostree_sysroot_get_booted_deployment (sysroot->ostree);
}

OstreeDeployment *
hd_sysroot_merge_deployment (HdSysroot *sysroot, const char *stateroot)
{
  OstreeDeployment *booted = hd_sysroot_booted (sysroot);
  if (booted != NULL
      && (stateroot == NULL || strcmp (ostree_deployment_get_osname (booted), stateroot) == 0))
    return g_object_ref (booted);
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  for (guint i = 0; i < deployments->len; i++)
    {
      OstreeDeployment *deployment = g_ptr_array_index (deployments, i);
      if (stateroot == NULL || strcmp (ostree_deployment_get_osname (deployment), stateroot) == 0)
        return g_object_ref (deployment);
    }
  return NULL;
}

char *
hd_sysroot_deployment_id (OstreeDeployment *deployment)
{
  return g_strdup_printf ("%s-%s.%d", ostree_deployment_get_osname (deployment),
                          ostree_deployment_get_csum (deployment),
                          ostree_deployment_get_deployserial (deployment));
}

char **
hd_sysroot_deployment_kargs (OstreeDeployment *deployment)
{
  OstreeBootconfigParser *config = ostree_deployment_get_bootconfig (deployment);
  const char *options = config != NULL ? ostree_bootconfig_parser_get (config, "options") : NULL;
  g_auto (GStrv) kargs = hd_kargs_split (options);
  return hd_kargs_visible ((const char *const *)kargs);
}
