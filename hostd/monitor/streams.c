/* The container's standard streams: to the log and to clients, and from clients.
 *
 * One chunk is under way at a time.  While a client has not taken it, nothing more is read: the
 * container waits, as it would for a slow terminal, and the monitor's memory stays as it is.
 */
#include "monitor/core.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "common/cleanup.h"

#define CONSOLE_SOCKET "console.sock"

/* Read one chunk: its size, 0 at the end, -EAGAIN when there is nothing. */
static ssize_t
read_chunk (mon *m, mon_source *source, mon_kind kind)
{
  ssize_t n;
  do
    n = read (source->fd, m->chunk, sizeof m->chunk);
  while (n < 0 && errno == EINTR);
  /* A terminal whose other side has gone. */
  if (n < 0 && errno == EIO)
    return 0;
  if (n < 0)
    return -errno;
  m->chunk_kind = kind;
  m->chunk_size = (size_t)n;
  mon_log_add (&m->log, kind == MON_STDOUT ? &m->log.out : &m->log.err, m->chunk, (size_t)n);
  return n;
}

static void
watch_output (mon *m, uint32_t events)
{
  if (m->out.fd >= 0)
    mon_loop_watch (m->loop_fd, &m->out, events);
  if (m->err.fd >= 0)
    mon_loop_watch (m->loop_fd, &m->err, events);
}

static void
drop_output (mon *m, mon_source *source)
{
  /* Of a terminal the input is the same thing. */
  if (m->config.tty)
    m->in.fd = -1;
  mon_loop_drop (m->loop_fd, source);
}

static void
move_output (mon *m, mon_source *source, mon_kind kind)
{
  ssize_t n = read_chunk (m, source, kind);
  if (n == 0)
    drop_output (m, source);
  else if (n > 0 && mon_clients_output (m))
    {
      /* Not even its end is of interest now. */
      if (m->out.fd >= 0)
        epoll_ctl (m->loop_fd, EPOLL_CTL_DEL, m->out.fd, NULL);
      if (m->err.fd >= 0)
        epoll_ctl (m->loop_fd, EPOLL_CTL_DEL, m->err.fd, NULL);
    }
}

static void
on_stdout (void *data, uint32_t events)
{
  mon *m = data;
  move_output (m, &m->out, MON_STDOUT);
}

static void
on_stderr (void *data, uint32_t events)
{
  mon *m = data;
  move_output (m, &m->err, MON_STDERR);
}

void
mon_streams_continue (mon *m)
{
  if (mon_clients_owe (m))
    return;
  if (m->draining)
    mon_life_drained (m);
  else
    watch_output (m, EPOLLIN);
}

/* Input */

bool
mon_streams_is_full (const mon *m)
{
  return m->in_sent < m->in_size;
}

static void
close_input (mon *m)
{
  if (!m->config.tty)
    mon_loop_drop (m->loop_fd, &m->in);
}

/* Give the container what it takes. */
static void
push_input (mon *m)
{
  while (m->in.fd >= 0 && mon_streams_is_full (m))
    {
      ssize_t n = write (m->in.fd, m->in_data + m->in_sent, m->in_size - m->in_sent);
      if (n < 0 && errno == EAGAIN)
        return;
      if (n < 0 && errno != EINTR)
        {
          m->in_size = m->in_sent = 0;
          close_input (m);
        }
      if (n > 0)
        m->in_sent += (size_t)n;
    }
  if (m->in_eof)
    close_input (m);
}

static void
on_input_room (void *data, uint32_t events)
{
  mon *m = data;
  push_input (m);
  if (mon_streams_is_full (m) && m->in.fd >= 0)
    return;
  if (m->in.fd >= 0)
    epoll_ctl (m->loop_fd, EPOLL_CTL_DEL, m->in.fd, NULL);
  mon_clients_hold (m, false);
}

void
mon_streams_input (mon *m, const char *data, size_t size)
{
  if (m->in.fd < 0 || size == 0)
    return;
  memcpy (m->in_data, data, size);
  m->in_sent = 0;
  m->in_size = size;
  push_input (m);
  if (!mon_streams_is_full (m))
    return;
  mon_clients_hold (m, true);
  mon_loop_watch (m->loop_fd, &m->in, EPOLLOUT);
}

void
mon_streams_input_eof (mon *m)
{
  m->in_eof = true;
  if (!mon_streams_is_full (m))
    close_input (m);
}

void
mon_streams_resize (mon *m, int rows, int columns)
{
  struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
  if (m->config.tty && m->out.fd >= 0)
    ioctl (m->out.fd, TIOCSWINSZ, &size);
}

/* Begin and end */

static int
set_nonblocking (int fd)
{
  int flags = fcntl (fd, F_GETFL);
  return flags < 0 || fcntl (fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

/* `ours` is the end that is read (0) or written (1). */
static int
open_pipe (mon_source *source, int *ret_end, int ours)
{
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return -errno;
  source->fd = ends[ours];
  *ret_end = ends[!ours];
  return set_nonblocking (source->fd);
}

int
mon_streams_open (mon *m, int ret_ends[3], hd_err *err)
{
  int r = 0;
  ret_ends[0] = ret_ends[1] = ret_ends[2] = -1;
  m->in_size = m->in_sent = 0;
  m->in_eof = false;
  m->out.ready = on_stdout;
  m->err.ready = on_stderr;
  m->in.ready = on_input_room;
  m->out.data = m->err.data = m->in.data = m;
  if (m->config.tty)
    {
      /* Its fd is the listening one until there is a terminal. */
      r = m->out.fd = mon_listen (m->run_fd, CONSOLE_SOCKET, SOCK_STREAM);
      return r < 0 ? hd_err_set_errno (err, -r, "making the terminal's socket") : 0;
    }
  if (m->config.stdin_open)
    r = open_pipe (&m->in, &ret_ends[0], 1);
  if (r == 0)
    r = open_pipe (&m->out, &ret_ends[1], 0);
  if (r == 0)
    r = open_pipe (&m->err, &ret_ends[2], 0);
  return r < 0 ? hd_err_set_errno (err, -r, "making pipes") : 0;
}

/* The runtime has sent it before it ended. */
static int
take_terminal (mon *m)
{
  int fd = -1;
  hd_autofd listener = m->out.fd;
  m->out.fd = -1;
  hd_autofd connection = mon_accept (listener, 0);
  unlink (CONSOLE_SOCKET);
  if (connection < 0)
    return connection;
  int r = mon_receive_fd (connection, &fd);
  if (r < 0)
    return r;
  m->out.fd = fd;
  m->in.fd = fd;
  return set_nonblocking (fd);
}

int
mon_streams_begin (mon *m, hd_err *err)
{
  int r = m->config.tty ? take_terminal (m) : 0;
  if (r < 0)
    return hd_err_set_errno (err, -r, "taking the container's terminal");
  watch_output (m, EPOLLIN);
  return 0;
}

/* Read what is left of a stream. False while a client has to take something first. */
static bool
drain (mon *m, mon_source *source, mon_kind kind)
{
  while (source->fd >= 0)
    {
      if (mon_clients_owe (m))
        return false;
      /* Nothing now is nothing for ever: the container's processes are gone. */
      if (read_chunk (m, source, kind) <= 0)
        drop_output (m, source);
      else
        mon_clients_output (m);
    }
  return true;
}

void
mon_streams_drop (mon *m)
{
  if (m->out.fd >= 0)
    drop_output (m, &m->out);
  if (m->err.fd >= 0)
    drop_output (m, &m->err);
  if (!m->config.tty)
    mon_loop_drop (m->loop_fd, &m->in);
  m->in.fd = -1;
  m->in_size = m->in_sent = 0;
}

bool
mon_streams_end (mon *m)
{
  if (!drain (m, &m->out, MON_STDOUT) || !drain (m, &m->err, MON_STDERR) || mon_clients_owe (m))
    return false;
  mon_log_flush (&m->log);
  mon_streams_drop (m);
  return true;
}
