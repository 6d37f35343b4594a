/* epoll and timers. */
#include "monitor/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

int
mon_loop_open (void)
{
  int fd = epoll_create1 (EPOLL_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int
mon_loop_watch (int loop_fd, mon_source *source, uint32_t events)
{
  struct epoll_event event = { .events = events, .data.ptr = source };
  source->events = events;
  if (epoll_ctl (loop_fd, EPOLL_CTL_MOD, source->fd, &event) == 0)
    return 0;
  if (errno == ENOENT && epoll_ctl (loop_fd, EPOLL_CTL_ADD, source->fd, &event) == 0)
    return 0;
  return -errno;
}

void
mon_loop_drop (int loop_fd, mon_source *source)
{
  if (source->fd < 0)
    return;
  /* By hand: a child may still hold a copy. */
  epoll_ctl (loop_fd, EPOLL_CTL_DEL, source->fd, NULL);
  close (source->fd);
  source->fd = -1;
}

int
mon_loop_step (int loop_fd)
{
  struct epoll_event event;
  int n = epoll_wait (loop_fd, &event, 1, -1);
  if (n < 0)
    return errno == EINTR ? 0 : -errno;
  mon_source *source = event.data.ptr;
  if (n == 1)
    source->ready (source->data, event.events);
  return 0;
}

int
mon_timer_open (void)
{
  int fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

void
mon_timer_set (int fd, int64_t ms)
{
  struct itimerspec when = { .it_value = { ms / 1000, ms % 1000 * 1000000 } };
  timerfd_settime (fd, 0, &when, NULL);
}
