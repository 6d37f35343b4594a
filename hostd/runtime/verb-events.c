/* events: statistics from time to time, and out of memory when it happens, a JSON line each. */
#include "runtime/verb-common.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/parse.h"
#include "runtime/oom.h"

#define INTERVAL_MS 5000

typedef struct
{
  const char *id;
  rt_cgroup cgroup;
  rt_oom oom;
  int pidfd;
  int timer_fd;
} watcher;

static void
print_event (const char *type, const char *id, hd_json *data)
{
  hd_autojson json = hd_json_new_object ();
  hd_json_set_string (json, "type", type);
  hd_json_set_string (json, "id", id);
  if (data != NULL)
    hd_json_set (json, "data", data);
  rt_verb_print (json, false);
  fflush (stdout);
}

static int
start_timer (uint64_t interval_ms)
{
  struct timespec interval
      = { .tv_sec = (time_t)(interval_ms / 1000), .tv_nsec = (long)(interval_ms % 1000) * 1000000 };
  struct itimerspec timer = { .it_interval = interval, .it_value = interval };
  int fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd >= 0 && timerfd_settime (fd, 0, &timer, NULL) == 0)
    return fd;
  int errnum = errno;
  hd_closep (&fd);
  return -errnum;
}

/* Until the container has ended. */
static int
watch (watcher *w, hd_err *err)
{
  struct pollfd fds[]
      = { { w->pidfd, POLLIN, 0 }, { w->timer_fd, POLLIN, 0 }, { w->oom.fd, POLLIN, 0 } };
  for (;;)
    {
      uint64_t ticks;
      if (poll (fds, 3, -1) < 0 && errno != EINTR)
        return hd_err_set_errno (err, errno, "waiting for events of \"%s\"", w->id);
      /* The kernel may tell of it only after the container has ended of it. */
      if ((fds[2].revents != 0 || fds[0].revents != 0) && rt_oom_happened (&w->oom))
        print_event ("oom", w->id, NULL);
      if (fds[0].revents != 0)
        return 0;
      if (fds[1].revents != 0 && read (w->timer_fd, &ticks, sizeof ticks) > 0)
        print_event ("stats", w->id, rt_cgroup_stats (&w->cgroup));
    }
}

static int
follow (watcher *w, const rt_state *state, uint64_t interval_ms, hd_err *err)
{
  w->pidfd = (int)syscall (SYS_pidfd_open, state->pid, 0);
  if (w->pidfd < 0 || rt_process_start_time (state->pid) != state->start_time.value)
    return hd_err_set (err, HD_FAILED, NULL, "container \"%s\" is not running", w->id);
  int r = rt_oom_watch (&w->cgroup, &w->oom, err);
  if (r < 0)
    return r;
  w->timer_fd = start_timer (interval_ms);
  if (w->timer_fd < 0)
    return hd_err_set_errno (err, -w->timer_fd, "making a timer");
  return watch (w, err);
}

int
rt_verb_events (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container c = { 0 };
  watcher w = { .id = args->words[0], .oom = { -1, -1 }, .pidfd = -1, .timer_fd = -1 };
  uint64_t interval_ms = INTERVAL_MS;
  if (args->interval != NULL
      && (hd_parse_duration (args->interval, &interval_ms) < 0 || interval_ms == 0))
    return hd_err_set (err, HD_USAGE, NULL, "--interval: expected a time as 5s, got \"%.40s\"",
                       args->interval);
  int r = rt_verb_open (args, &c, arena, err);
  if (r < 0 || (r = rt_container_cgroup (&c, &w.cgroup, err)) < 0)
    return r;
  if (!args->stats)
    r = follow (&w, &c.state, interval_ms, err);
  else if (rt_container_status (&c) == RT_STATUS_STOPPED)
    r = hd_err_set (err, HD_FAILED, NULL, "container \"%s\" is not running", w.id);
  else
    print_event ("stats", w.id, rt_cgroup_stats (&w.cgroup));
  rt_oom_close (&w.oom);
  hd_closep (&w.timer_fd);
  hd_closep (&w.pidfd);
  return r;
}
