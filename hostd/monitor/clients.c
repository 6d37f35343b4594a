/* Those who talk to the monitor: the launcher first, others through the socket. */
#include "monitor/core.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"

static bool
is_client (const mon_client *client)
{
  return client->source.fd >= 0;
}

static void
drop_client (mon_client *client)
{
  mon *m = client->monitor;
  bool owed = client->owes;
  bool input = (client->attached & MON_ATTACH_STDIN) != 0 && client->launcher;
  mon_loop_drop (m->loop_fd, &client->source);
  client->owes = false;
  if (input && m->config.stdin_once)
    mon_streams_input_eof (m);
  if (owed)
    mon_streams_continue (m);
}

/* A short answer; who does not take it is gone. */
static void
answer (mon_client *client, mon_kind kind, int a, int b, const char *text)
{
  size_t size = text != NULL ? strlen (text) : 0;
  if (is_client (client) && mon_send (client->source.fd, kind, a, b, text, size, -1) < 0)
    drop_client (client);
}

static void
answer_result (mon_client *client, int r, const hd_err *err)
{
  if (r < 0)
    answer (client, MON_ERROR, err->code, 0, err->message);
  else
    answer (client, MON_OK, 0, 0, NULL);
}

/* Output */

bool
mon_clients_owe (const mon *m)
{
  for (int i = 0; i < MON_CLIENTS_MAX; i++)
    if (is_client (&m->clients[i]) && m->clients[i].owes)
      return true;
  return false;
}

void
mon_clients_drop_slow (mon *m)
{
  for (int i = 0; i < MON_CLIENTS_MAX; i++)
    if (is_client (&m->clients[i]) && m->clients[i].owes)
      drop_client (&m->clients[i]);
}

static void
send_chunk (mon_client *client)
{
  mon *m = client->monitor;
  int r = mon_send (client->source.fd, m->chunk_kind, 0, 0, m->chunk, m->chunk_size, -1);
  client->owes = r == -EAGAIN;
  if (r < 0 && r != -EAGAIN)
    drop_client (client);
}

bool
mon_clients_output (mon *m)
{
  unsigned wanted = m->chunk_kind == MON_STDOUT ? MON_ATTACH_STDOUT : MON_ATTACH_STDERR;
  bool slow = false;
  for (int i = 0; i < MON_CLIENTS_MAX; i++)
    {
      mon_client *client = &m->clients[i];
      if (!is_client (client) || (client->attached & wanted) == 0)
        continue;
      send_chunk (client);
      if (!is_client (client) || !client->owes)
        continue;
      slow = true;
      mon_loop_watch (m->loop_fd, &client->source, EPOLLIN | EPOLLOUT);
    }
  return slow;
}

void
mon_clients_hold (mon *m, bool held)
{
  for (int i = 0; i < MON_CLIENTS_MAX; i++)
    {
      mon_client *client = &m->clients[i];
      uint32_t events = (held ? 0u : EPOLLIN) | (client->owes ? EPOLLOUT : 0u);
      if (is_client (client) && (client->attached & MON_ATTACH_STDIN) != 0)
        mon_loop_watch (m->loop_fd, &client->source, events);
    }
}

/* Requests */

static void
on_launch (mon_client *client, const mon_message *message)
{
  client->launcher = true;
  client->attached = (unsigned)message->head.a;
}

static void
on_attach (mon_client *client, const mon_message *message)
{
  client->attached = (unsigned)message->head.a;
  answer (client, MON_OK, 0, 0, NULL);
}

static void
on_signal (mon_client *client, const mon_message *message)
{
  hd_err err = { 0 };
  answer_result (client, mon_life_signal (client->monitor, message->head.a, true, &err), &err);
}

static void
on_stop (mon_client *client, const mon_message *message)
{
  client->waits = true;
  client->monitor->state.stopped_by_user = true;
  mon_life_stop (client->monitor, message->head.a, message->head.b);
}

static void
on_freeze (mon_client *client, const mon_message *message)
{
  hd_err err = { 0 };
  bool frozen = message->head.kind == MON_PAUSE;
  answer_result (client, mon_life_freeze (client->monitor, frozen, &err), &err);
}

static void
on_restart (mon_client *client, const mon_message *message)
{
  if (message->head.a >= 0 && message->head.a < MON_N_RESTARTS)
    {
      client->monitor->config.restart = (mon_restart)message->head.a;
      client->monitor->config.restart_max = message->head.b;
    }
  answer (client, MON_OK, 0, 0, NULL);
}

static void
handle (mon_client *client, const mon_message *message, size_t size)
{
  mon *m = client->monitor;
  switch (message->head.kind)
    {
    case MON_LAUNCH:
      on_launch (client, message);
      break;
    case MON_ATTACH:
      on_attach (client, message);
      break;
    case MON_STDIN:
      if ((client->attached & MON_ATTACH_STDIN) != 0)
        mon_streams_input (m, message->payload, size);
      break;
    case MON_STDIN_EOF:
      if ((client->attached & MON_ATTACH_STDIN) != 0 && m->config.stdin_once)
        mon_streams_input_eof (m);
      break;
    case MON_RESIZE:
      mon_streams_resize (m, message->head.a, message->head.b);
      break;
    case MON_SIGNAL:
      on_signal (client, message);
      break;
    case MON_STOP:
      on_stop (client, message);
      break;
    case MON_SHUTDOWN:
      client->waits = true;
      m->shutdown = true;
      mon_life_stop (m, 0, -1);
      break;
    case MON_PAUSE:
    case MON_RESUME:
      on_freeze (client, message);
      break;
    case MON_WAIT:
      client->waits = true;
      break;
    case MON_RESTART:
      on_restart (client, message);
      break;
    default:
      drop_client (client);
    }
}

static void
read_message (mon_client *client)
{
  /* One at a time: too large for the stack of a small process. */
  static mon_message message;
  hd_autofd fd = -1;
  int n = mon_receive (client->source.fd, &message, &fd);
  if (n == -EAGAIN)
    return;
  if (n < 0)
    drop_client (client);
  else
    handle (client, &message, (size_t)n);
}

static void
on_client (void *data, uint32_t events)
{
  mon_client *client = data;
  mon *m = client->monitor;
  if ((events & EPOLLOUT) != 0 && client->owes)
    {
      send_chunk (client);
      if (!is_client (client) || client->owes)
        return;
      mon_loop_watch (m->loop_fd, &client->source, EPOLLIN);
      mon_streams_continue (m);
      return;
    }
  if ((events & EPOLLIN) != 0)
    read_message (client);
  else if ((events & (EPOLLHUP | EPOLLERR)) != 0)
    drop_client (client);
}

static mon_client *
add_client (mon *m, int fd)
{
  for (int i = 0; i < MON_CLIENTS_MAX; i++)
    {
      mon_client *client = &m->clients[i];
      if (is_client (client))
        continue;
      *client = (mon_client){ .monitor = m, .source = { fd, 0, on_client, client } };
      mon_loop_watch (m->loop_fd, &client->source, EPOLLIN);
      return client;
    }
  close (fd);
  return NULL;
}

static void
on_listener (void *data, uint32_t events)
{
  mon *m = data;
  int fd = mon_accept (m->listener.fd, SOCK_NONBLOCK);
  if (fd >= 0)
    add_client (m, fd);
}

/* The first message is there before we are: it was sent before we were started. */
static int
take_launch (mon *m, int launcher_fd)
{
  static mon_message message;
  hd_autofd netns = -1;
  int n = mon_receive (launcher_fd, &message, &netns);
  if (n < 0 || message.head.kind != MON_LAUNCH)
    return n < 0 ? n : -EBADMSG;
  if (netns >= 0 && (m->netns_fd = dup3 (netns, MON_NETNS_FD, O_CLOEXEC)) < 0)
    return -errno;
  int fd = fcntl (launcher_fd, F_DUPFD_CLOEXEC, 3);
  if (fd < 0 || fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK) < 0)
    return -errno;
  mon_client *client = add_client (m, fd);
  on_launch (client, &message);
  return 0;
}

int
mon_clients_open (mon *m, int launcher_fd, hd_err *err)
{
  for (int i = 0; i < MON_CLIENTS_MAX; i++)
    m->clients[i].source.fd = -1;
  int r = launcher_fd >= 0 ? take_launch (m, launcher_fd) : 0;
  if (r < 0)
    return hd_err_set_errno (err, -r, "hearing from the one who started the monitor");
  r = mon_listen (m->run_fd, "socket", SOCK_SEQPACKET);
  if (r < 0)
    return hd_err_set_errno (err, -r, "making the monitor's socket");
  m->listener = (mon_source){ r, 0, on_listener, m };
  mon_loop_watch (m->loop_fd, &m->listener, EPOLLIN);
  return 0;
}

static mon_client *
find_launcher (mon *m)
{
  for (int i = 0; i < MON_CLIENTS_MAX; i++)
    if (is_client (&m->clients[i]) && m->clients[i].launcher)
      return &m->clients[i];
  return NULL;
}

void
mon_clients_started (mon *m)
{
  mon_client *launcher = find_launcher (m);
  if (launcher != NULL)
    answer (launcher, MON_STARTED, m->state.pid, 0, NULL);
}

void
mon_clients_failed (mon *m, int status, const char *reason)
{
  mon_client *launcher = find_launcher (m);
  if (launcher != NULL)
    answer (launcher, MON_ERROR, status, 0, reason);
}

bool
mon_clients_exited (mon *m)
{
  bool cleans = false;
  for (int i = 0; i < MON_CLIENTS_MAX; i++)
    {
      mon_client *client = &m->clients[i];
      if (!is_client (client) || (client->attached == 0 && !client->waits))
        continue;
      int flags = client->launcher && m->config.cleanup != NULL ? MON_EXIT_CLEAN : 0;
      answer (client, MON_EXITED, m->state.exit_code, flags, NULL);
      cleans |= flags != 0 && is_client (client);
    }
  return cleans;
}
