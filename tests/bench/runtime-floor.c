/* The floor of a container's start: the least that any runtime must ask of the kernel.
 *
 * usage: runtime-floor [-c NAME] ROOTFS PROGRAM [ARGUMENT...]
 *
 * Clones with Docker's namespaces, makes its mounts, changes the root, executes, waits.  With -c it
 * also makes, joins and removes a cgroup NAME in each version 1 hierarchy.  Nothing is parsed,
 * checked, masked, filtered, kept or reported.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const hierarchies[]
    = { "blkio", "cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids", "systemd" };
#define N_HIERARCHIES (sizeof hierarchies / sizeof *hierarchies)

static const struct
{
  const char *type;
  const char *target;
  unsigned long flags;
  const char *data;
} mounts[] = {
  { "proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL },
  { "tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k" },
  { "devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5" },
  { "sysfs", "sys", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL },
  { "mqueue", "dev/mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL },
  { "tmpfs", "dev/shm", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=67108864" },
};

static void
check (long result, const char *what)
{
  if (result >= 0)
    return;
  perror (what);
  _exit (1);
}

static const char *
cgroup_path (const char *hierarchy, const char *name, const char *file)
{
  static char path[512];
  snprintf (path, sizeof path, "/sys/fs/cgroup/%s/%s%s", hierarchy, name, file);
  return path;
}

static void
fill_cpuset (const char *name, const char *file, const char *value)
{
  int fd = open (cgroup_path ("cpuset", name, file), O_WRONLY | O_CLOEXEC);
  check (fd < 0 ? -1 : write (fd, value, strlen (value)), file);
  close (fd);
}

static void
make_cgroups (const char *name, int *fds)
{
  char cpus[32];
  snprintf (cpus, sizeof cpus, "0-%ld", sysconf (_SC_NPROCESSORS_ONLN) - 1);
  for (size_t i = 0; i < N_HIERARCHIES; i++)
    {
      check (mkdir (cgroup_path (hierarchies[i], name, ""), 0755), hierarchies[i]);
      if (strcmp (hierarchies[i], "cpuset") == 0)
        {
          fill_cpuset (name, "/cpuset.cpus", cpus);
          fill_cpuset (name, "/cpuset.mems", "0");
        }
      fds[i] = open (cgroup_path (hierarchies[i], name, "/cgroup.procs"), O_WRONLY | O_CLOEXEC);
      check (fds[i], hierarchies[i]);
    }
}

static void
become (const char *rootfs, const int *fds, char **argv)
{
  for (size_t i = 0; fds != NULL && i < N_HIERARCHIES; i++)
    check (write (fds[i], "0", 1), hierarchies[i]);
  check (unshare (CLONE_NEWCGROUP), "unshare");
  check (mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "mount /");
  check (mount (rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), rootfs);
  check (chdir (rootfs), rootfs);
  for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++)
    {
      if (strchr (mounts[i].target, '/') != NULL)
        check (mkdir (mounts[i].target, 0755), mounts[i].target);
      check (
          mount (mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].data),
          mounts[i].target);
    }
  check (syscall (SYS_pivot_root, ".", "."), "pivot_root");
  check (umount2 (".", MNT_DETACH), "umount2");
  execv (argv[0], argv);
  check (-1, argv[0]);
}

int
main (int argc, char **argv)
{
  const char *name = NULL;
  int fds[N_HIERARCHIES], status, option;
  while ((option = getopt (argc, argv, "+c:")) != -1)
    if (option == 'c')
      name = optarg;
  if (argc - optind < 2)
    return 2;
  if (name != NULL)
    make_cgroups (name, fds);
  struct clone_args args = {
    .flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET,
    .exit_signal = SIGCHLD,
  };
  long pid = syscall (SYS_clone3, &args, sizeof args);
  check (pid, "clone3");
  if (pid == 0)
    become (argv[optind], name != NULL ? fds : NULL, argv + optind + 1);
  check (waitpid ((pid_t)pid, &status, 0), "waitpid");
  for (size_t i = 0; name != NULL && i < N_HIERARCHIES; i++)
    check (rmdir (cgroup_path (hierarchies[i], name, "")), hierarchies[i]);
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}
