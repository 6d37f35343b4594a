/* atomic-monitor: the process that stays with a container.
 *
 * usage: atomic-monitor ROOT RUN ID    with the launcher's socket as standard input
 */
#include "monitor/core.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "monitor/leaf.h"
#include "monitor/overlay.h"
#include "monitor/rules.h"

/* Static: its pages are used only where something happens. */
static mon self = { .netns_fd = -1 };

static void
on_signals (void *data, uint32_t events)
{
  mon *m = data;
  struct signalfd_siginfo info;
  if (read (m->signals.fd, &info, sizeof info) != (ssize_t)sizeof info)
    return;
  if (info.ssi_signo == SIGCHLD)
    mon_life_reap (m);
  else
    {
      m->shutdown = true;
      mon_life_stop (m, 0, -1);
    }
}

static int
open_signals (mon *m, hd_err *err)
{
  sigset_t all, heard;
  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, NULL);
  sigemptyset (&heard);
  sigaddset (&heard, SIGCHLD);
  sigaddset (&heard, SIGTERM);
  int fd = signalfd (-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0)
    return hd_err_set_errno (err, errno, "asking for signals");
  m->signals = (mon_source){ fd, 0, on_signals, m };
  mon_loop_watch (m->loop_fd, &m->signals, EPOLLIN);
  return 0;
}

static int
open_folder (const char *path, hd_err *err)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? hd_err_set_errno (err, errno, "opening %s", path) : fd;
}

static int
open_folders (mon *m, const char *root, const char *run, const char *id, hd_err *err)
{
  static char folder[4096], run_folder[4096];
  snprintf (folder, sizeof folder, "%s/containers/%s", root, id);
  snprintf (run_folder, sizeof run_folder, "%s/containers/%s", run, id);
  m->folder = folder;
  m->base = run;
  if ((m->dir_fd = open_folder (folder, err)) < 0 || (m->base_fd = open_folder (run, err)) < 0
      || (m->run_fd = open_folder (run_folder, err)) < 0)
    return -ENOENT;
  if (fchdir (m->run_fd) < 0)
    return hd_err_set_errno (err, errno, "entering %s", run_folder);
  return 0;
}

/* Held as long as we live; everybody sees by it that we do. */
static int
take_lock (mon *m, hd_err *err)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = openat (m->run_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return hd_err_set_errno (err, errno, "opening the lock");
  /* Of the open file, so that others can ask for it without taking it. */
  if (fcntl (fd, F_OFD_SETLK, &lock) < 0)
    return hd_err_set (err, HD_BUSY, NULL, "another monitor has the container");
  return 0;
}

/* Mounts are ours alone; those of the host still reach us.  Before any folder is opened: overlayfs
 * takes folders of this namespace only. */
static int
leave_mounts (hd_err *err)
{
  if (unshare (CLONE_NEWNS) < 0 || mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
    return hd_err_set_errno (err, errno, "making a mount namespace");
  return 0;
}

static int
mount_rootfs (mon *m, hd_err *err)
{
  hd_autofd tree = mon_overlay_open (m->dir_fd, m->config.layers, m->config.auto_remove, err);
  if (tree < 0)
    return tree;
  if (move_mount (tree, "", AT_FDCWD, m->config.rootfs, MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return hd_err_set_errno (err, errno, "mounting %s", m->config.rootfs);
  return 0;
}

/* What the monitor of the run before knew. */
static void
take_over_state (mon *m)
{
  mon_state before;
  if (mon_state_read (m->dir_fd, &before) == 0)
    {
      m->state = before;
      m->state.restarts = 0;
    }
  m->state.monitor = getpid ();
  m->state.stopped_by_user = false;
}

static void
on_rules (void *data, uint32_t events)
{
  mon *m = data;
  if (!hd_rules_lost (m->rules.fd))
    return;
  if (m->rules_pid == 0)
    hd_rules_restore (m->base, m->config.program, &m->rules_pid);
  else
    m->rules_again = true;
}

/* Who cannot watch goes on without it. */
static void
watch_rules (mon *m)
{
  m->rules = (mon_source){ -1, 0, on_rules, m };
  if (!m->config.watches_rules || m->config.program == NULL)
    return;
  m->rules.fd = hd_rules_watch ();
  if (m->rules.fd >= 0)
    mon_loop_watch (m->loop_fd, &m->rules, EPOLLIN);
}

static int
prepare (mon *m, char **argv, hd_err *err)
{
  if (leave_mounts (err) < 0 || open_folders (m, argv[1], argv[2], argv[3], err) < 0)
    return -1;
  m->loop_fd = mon_loop_open ();
  if (m->loop_fd < 0)
    return hd_err_set_errno (err, -m->loop_fd, "making an event loop");
  if (mon_clients_open (m, STDIN_FILENO, err) < 0 || take_lock (m, err) < 0
      || mon_config_read (m->dir_fd, &m->config, err) < 0 || open_signals (m, err) < 0
      || mon_life_open (m, err) < 0 || mon_health_open (m, err) < 0
      || mon_log_open (&m->log, &m->config, m->dir_fd, err) < 0)
    return -1;
  int r = m->config.unit != NULL ? mon_leaf_enter (m->config.unit) : 0;
  if (r < 0)
    return hd_err_set_errno (err, -r, "entering a cgroup of %s", m->config.unit);
  take_over_state (m);
  watch_rules (m);
  return mount_rootfs (m, err);
}

/* Nothing of the launcher's is kept open: it may be a pipe whose end somebody waits for. */
static void
let_go_of_launcher (void)
{
  hd_autofd null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  struct stat stat;
  for (int fd = 0; fd < 3; fd++)
    /* Standard error may be the journal's socket. */
    if (fd != STDERR_FILENO || fstat (fd, &stat) < 0 || !S_ISSOCK (stat.st_mode))
      dup2 (null, fd);
}

int
main (int argc, char **argv)
{
  mon *m = &self;
  hd_err err = { 0 };
  int status = 125;
  m->out.fd = m->err.fd = m->in.fd = -1;
  if (argc != 4)
    {
      fputs ("usage: atomic-monitor ROOT RUN ID\n", stderr);
      return 2;
    }
  setsid ();
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  if (prepare (m, argv, &err) == 0)
    status = mon_life_start (m, &err);
  let_go_of_launcher ();
  if (status != 0)
    {
      mon_clients_failed (m, status, err.message);
      return status;
    }
  while (!m->ended && mon_loop_step (m->loop_fd) == 0)
    ;
  mon_log_close (&m->log);
  return m->config.tells_status ? m->state.exit_code : 0;
}
