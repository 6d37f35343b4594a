/* Programs beside this one. */
#include "engine/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/error.h"

/* Above every number that a program gets: no dup2 writes over what another one needs. */
#define FIRST_FREE 16

char *
hd_helper_path (const char *name)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  if (self != NULL)
    {
      g_autofree char *folder = g_path_get_dirname (self);
      g_autofree char *beside = g_build_filename (folder, name, NULL);
      if (access (beside, X_OK) == 0)
        return g_steal_pointer (&beside);
    }
  return g_build_filename (ATOMIC_LIBEXECDIR, name, NULL);
}

static int
spawn (const char *path, const char *const *argv, const HdHelperFd *fds, const int *copies,
       guint n_fds, pid_t *ret_pid)
{
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, all;

  sigemptyset (&none);
  sigfillset (&all);
  posix_spawn_file_actions_init (&files);
  posix_spawn_file_actions_addopen (&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen (&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  for (guint i = 0; i < n_fds; i++)
    posix_spawn_file_actions_adddup2 (&files, copies[i], fds[i].number);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &all);
  posix_spawnattr_setflags (&attributes,
                            POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  int failed = posix_spawn (ret_pid, path, &files, &attributes, (char *const *)argv, environ);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&files);
  return failed;
}

pid_t
hd_helper_start (const char *const *argv, const HdHelperFd *fds, guint n_fds, int *ret_pidfd,
                 GError **error)
{
  g_autofree char *path = hd_helper_path (argv[0]);
  int copies[FIRST_FREE];
  pid_t pid = -1;
  int failed = 0;
  g_assert (n_fds <= FIRST_FREE);
  for (guint i = 0; i < n_fds; i++)
    copies[i] = fcntl (fds[i].fd, F_DUPFD_CLOEXEC, FIRST_FREE);
  for (guint i = 0; i < n_fds; i++)
    failed = copies[i] < 0 ? EMFILE : failed;
  if (failed == 0)
    failed = spawn (path, argv, fds, copies, n_fds, &pid);
  for (guint i = 0; i < n_fds; i++)
    if (copies[i] >= 0)
      close (copies[i]);
  if (failed == 0)
    *ret_pidfd = pidfd_open (pid, 0);
  if (failed == 0 && *ret_pidfd >= 0)
    return pid;
  hd_throw_errno (error, failed != 0 ? failed : errno, "starting %s", path);
  return -1;
}
