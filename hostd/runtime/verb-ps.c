/* ps: the processes of a container, as "ps -ef" shows them, read from procfs (proc(5)). */
#include "runtime/verb-common.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"

#define PROC_BYTES_MAX 4096
#define TTY_MAJOR 4
#define PTS_MAJOR 136

typedef struct
{
  char name[32]; /* as ps shows it when there are no arguments */
  int parent;
  unsigned tty; /* dev_t of the kernel */
  uint64_t cpu_ticks;
  uint64_t start_ticks; /* since boot */
} process_stat;

/* The name may hold anything, but no ")" comes after it. */
static bool
read_stat (int dir_fd, process_stat *ret)
{
  char text[1024];
  unsigned long user, kernel;
  unsigned long long start;
  hd_autofd fd = openat (dir_fd, "stat", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read (fd, text, sizeof text - 1);
  if (n <= 0)
    return false;
  text[n] = '\0';
  const char *name = strchr (text, '(');
  char *end = strrchr (text, ')');
  if (name == NULL || end == NULL
      || sscanf (end + 1,
                 " %*c %d %*d %*d %u %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d "
                 "%*d %llu",
                 &ret->parent, &ret->tty, &user, &kernel, &start)
             != 5)
    return false;
  *end = '\0';
  snprintf (ret->name, sizeof ret->name, "[%.16s]", name + 1);
  ret->cpu_ticks = user + kernel;
  ret->start_ticks = start;
  return true;
}

/* The arguments with spaces between them; control characters would move the terminal's cursor. */
static void
read_command (int dir_fd, const process_stat *stat, char *buffer, size_t size)
{
  hd_autofd fd = openat (dir_fd, "cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read (fd, buffer, size - 1);
  if (n <= 0)
    {
      snprintf (buffer, size, "%s", stat->name);
      return;
    }
  while (n > 0 && buffer[n - 1] == '\0')
    n--;
  for (ssize_t i = 0; i < n; i++)
    if ((unsigned char)buffer[i] < ' ' || buffer[i] == 0x7f)
      buffer[i] = buffer[i] == '\0' ? ' ' : '?';
  buffer[n] = '\0';
}

static void
show_user (uid_t uid, char *buffer, size_t size)
{
  char names[1024];
  struct passwd entry, *user = NULL;
  if (getpwuid_r (uid, &entry, names, sizeof names, &user) == 0 && user != NULL)
    snprintf (buffer, size, "%.31s", user->pw_name);
  else
    snprintf (buffer, size, "%u", (unsigned)uid);
}

static void
show_tty (unsigned tty, char *buffer, size_t size)
{
  if (major (tty) >= PTS_MAJOR && major (tty) < PTS_MAJOR + 8)
    snprintf (buffer, size, "pts/%u", (major (tty) - PTS_MAJOR) * 256 + minor (tty));
  else if (major (tty) == TTY_MAJOR)
    snprintf (buffer, size, "tty%u", minor (tty));
  else
    snprintf (buffer, size, "?");
}

/* The clock of today, the day before. */
static void
show_start (time_t now, time_t start, char *buffer, size_t size)
{
  struct tm today, local;
  localtime_r (&now, &today);
  localtime_r (&start, &local);
  const bool same = today.tm_yday == local.tm_yday && today.tm_year == local.tm_year;
  strftime (buffer, size, same ? "%H:%M" : "%b%d", &local);
}

static void
print_process (pid_t pid)
{
  char path[32], user[32], tty[16], start[16], command[PROC_BYTES_MAX];
  process_stat stat;
  struct stat st;
  struct timespec up;
  const uint64_t hertz = (uint64_t)sysconf (_SC_CLK_TCK);
  snprintf (path, sizeof path, "/proc/%d", (int)pid);
  hd_autofd dir_fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  /* It may just have ended. */
  if (dir_fd < 0 || fstat (dir_fd, &st) < 0 || !read_stat (dir_fd, &stat))
    return;
  clock_gettime (CLOCK_BOOTTIME, &up);
  const uint64_t age_s = (uint64_t)up.tv_sec - stat.start_ticks / hertz;
  const uint64_t cpu_s = stat.cpu_ticks / hertz;
  const time_t now = time (NULL);
  show_user (st.st_uid, user, sizeof user);
  show_tty (stat.tty, tty, sizeof tty);
  show_start (now, now - (time_t)age_s, start, sizeof start);
  read_command (dir_fd, &stat, command, sizeof command);
  printf ("%-8s %7d %7d %2d %-5s %-8s %02d:%02d:%02d %s\n", user, (int)pid, stat.parent,
          (int)(age_s > 0 ? 100 * cpu_s / age_s : 0), start, tty, (int)(cpu_s / 3600),
          (int)(cpu_s / 60 % 60), (int)(cpu_s % 60), command);
}

int
rt_verb_ps (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container c = { 0 };
  rt_cgroup cgroup;
  hd_autofree pid_t *pids = NULL;
  size_t count;
  bool as_json;
  int r = rt_verb_format (args, &as_json, err);
  if (r < 0 || (r = rt_verb_open (args, &c, arena, err)) < 0
      || (r = rt_container_cgroup (&c, &cgroup, err)) < 0
      || (r = rt_cgroup_pids (&cgroup, &pids, &count, err)) < 0)
    return r;
  hd_autojson json = hd_json_new_array ();
  if (!as_json)
    printf ("%-8s %7s %7s %2s %-5s %-8s %8s %s\n", "UID", "PID", "PPID", "C", "STIME", "TTY",
            "TIME", "CMD");
  for (size_t i = 0; i < count; i++)
    if (as_json)
      hd_json_append (json, hd_json_new_int (pids[i]));
    else
      print_process (pids[i]);
  if (as_json)
    rt_verb_print (json, false);
  return 0;
}
