/* One loop over the monitor's socket, standard input and signals.
 *
 * Nothing is sent so that we would wait for the monitor while it waits for us: what it does not
 * take at once is kept, and our input is not read until it is gone. */
#include "engine/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/monitor-link.h"

#define KEYS_MAX 16
#define DEFAULT_KEYS "ctrl-p,ctrl-q"

typedef struct
{
  HdStore *store;
  const HdContainer *container;
  const HdSessionOptions *options;
  int socket_fd;
  int signal_fd;
  gboolean input_open;
  gboolean raw;
  struct termios saved;
  guint8 keys[KEYS_MAX];
  int n_keys;
  int n_typed; /* keys of the sequence that were typed so far */
  gsize pending_size;
  gboolean pending_eof;
  char pending[MON_PAYLOAD_MAX];
  HdSessionEnd end;
  gboolean done;
  int status;
  mon_message message;
} Session;

/* Keys */

static int
parse_key (const char *word)
{
  if (word[0] != '\0' && word[1] == '\0')
    return word[0];
  if (g_ascii_strncasecmp (word, "ctrl-", 5) != 0 || word[5] == '\0' || word[6] != '\0')
    return -1;
  char c = g_ascii_tolower (word[5]);
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 1;
  const char *others = "@[\\]^_";
  const char *found = strchr (others, c);
  /* Control characters 0 and 27 to 31. */
  return found == NULL ? -1 : found == others ? 0 : 26 + (int)(found - others);
}

int
hd_session_parse_keys (const char *text, guint8 ret[16])
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  int n = 0;
  for (char **word = words; *word != NULL; word++)
    {
      int key = parse_key (*word);
      if (key < 0 || n == KEYS_MAX)
        return -1;
      ret[n++] = (guint8)key;
    }
  return n;
}

/* Take the keys of the sequence out of what was typed. TRUE: it is complete. What looked like its
 * beginning and was not is given back in front of `out`. */
static gboolean
filter_keys (Session *s, const char *data, gsize size, char *out, gsize *ret_size)
{
  gsize n = 0;
  for (gsize i = 0; i < size; i++)
    {
      if (s->n_keys > 0 && (guint8)data[i] == s->keys[s->n_typed])
        {
          if (++s->n_typed == s->n_keys)
            return TRUE;
          continue;
        }
      for (int j = 0; j < s->n_typed; j++)
        out[n++] = (char)s->keys[j];
      s->n_typed = 0;
      if (s->n_keys > 0 && (guint8)data[i] == s->keys[0])
        s->n_typed = 1;
      else
        out[n++] = data[i];
    }
  *ret_size = n;
  return FALSE;
}

/* To the monitor */

static void
finish (Session *s, HdSessionEnd end)
{
  s->end = end;
  s->done = TRUE;
}

static int
send_now (Session *s, mon_kind kind, const void *data, gsize size)
{
  int flags = fcntl (s->socket_fd, F_GETFL);
  fcntl (s->socket_fd, F_SETFL, flags | O_NONBLOCK);
  int r = mon_send (s->socket_fd, kind, 0, 0, data, size, -1);
  fcntl (s->socket_fd, F_SETFL, flags);
  return r;
}

static void
push_input (Session *s)
{
  if (s->pending_size > 0 && send_now (s, MON_STDIN, s->pending, s->pending_size) == -EAGAIN)
    return;
  s->pending_size = 0;
  if (s->pending_eof && send_now (s, MON_STDIN_EOF, NULL, 0) != -EAGAIN)
    s->pending_eof = FALSE;
}

static void
read_input (Session *s)
{
  /* Room for keys that were held back. */
  char buffer[MON_PAYLOAD_MAX - KEYS_MAX];
  gssize n = read (STDIN_FILENO, buffer, sizeof buffer);
  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (n <= 0)
    {
      s->input_open = FALSE;
      s->pending_eof = TRUE;
    }
  else if (filter_keys (s, buffer, (gsize)n, s->pending, &s->pending_size))
    {
      finish (s, HD_SESSION_DETACHED);
      return;
    }
  push_input (s);
}

static void
send_size (Session *s)
{
  struct winsize size;
  if (s->options->tty && ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
    mon_send (s->socket_fd, MON_RESIZE, size.ws_row, size.ws_col, NULL, 0, -1);
}

/* By a connection of its own: ours may be held while the container does not take its input. */
static void
forward_signal (Session *s, int number)
{
  g_autoptr (GError) error = NULL;
  hd_monitor_ask (s->store, s->container, MON_SIGNAL, number, 0, &error);
}

static void
read_signal (Session *s)
{
  struct signalfd_siginfo info;
  if (read (s->signal_fd, &info, sizeof info) != (gssize)sizeof info)
    return;
  int number = (int)info.ssi_signo;
  if (number == SIGWINCH)
    send_size (s);
  else if (s->options->sig_proxy)
    forward_signal (s, number);
  else if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT)
    finish (s, HD_SESSION_DETACHED);
}

/* From the monitor */

static void
read_message (Session *s)
{
  int n = mon_receive (s->socket_fd, &s->message, NULL);
  if (n < 0)
    {
      finish (s, HD_SESSION_LOST);
      return;
    }
  switch (s->message.head.kind)
    {
    case MON_STDOUT:
    case MON_STDERR:
      /* Whoever closes our output does not end the container. */
      (void)!hd_fs_write_all (s->message.head.kind == MON_STDOUT ? STDOUT_FILENO : STDERR_FILENO,
                              s->message.payload, (gsize)n);
      break;
    case MON_EXITED:
      s->status = s->message.head.a;
      finish (s, (s->message.head.b & MON_EXIT_CLEAN) != 0 ? HD_SESSION_CLEAN : HD_SESSION_ENDED);
      break;
    default:
      break;
    }
}

/* Around it */

static int
open_signals (sigset_t *ret_before)
{
  static const int kept[] = { SIGCHLD, SIGSEGV, SIGBUS,  SIGFPE, SIGILL, SIGTSTP,
                              SIGTTIN, SIGTTOU, SIGPIPE, SIGURG, SIGCONT };
  sigset_t set;
  sigfillset (&set);
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    sigdelset (&set, kept[i]);
  sigprocmask (SIG_BLOCK, &set, ret_before);
  return signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
make_raw (Session *s)
{
  struct termios raw;
  if (!s->options->tty || !s->options->input || tcgetattr (STDIN_FILENO, &s->saved) < 0)
    return;
  raw = s->saved;
  cfmakeraw (&raw);
  s->raw = tcsetattr (STDIN_FILENO, TCSANOW, &raw) == 0;
}

static void
step (Session *s)
{
  struct pollfd fds[] = {
    { s->socket_fd, POLLIN, 0 },
    { s->signal_fd, POLLIN, 0 },
    { s->input_open && s->pending_size == 0 ? STDIN_FILENO : -1, POLLIN, 0 },
  };
  if (s->pending_size > 0 || s->pending_eof)
    fds[0].events |= POLLOUT;
  if (poll (fds, G_N_ELEMENTS (fds), -1) < 0)
    return;
  if (fds[1].revents != 0)
    read_signal (s);
  if (!s->done && (fds[0].revents & POLLOUT) != 0)
    push_input (s);
  if (!s->done && (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
    read_message (s);
  if (!s->done && fds[2].revents != 0)
    read_input (s);
}

HdSessionEnd
hd_session_run (HdStore *store, const HdContainer *container, int socket_fd,
                const HdSessionOptions *options, int *ret_status)
{
  g_autofree Session *s = g_new0 (Session, 1);
  const char *keys = options->detach_keys != NULL ? options->detach_keys : DEFAULT_KEYS;
  sigset_t before;
  s->store = store;
  s->container = container;
  s->options = options;
  s->socket_fd = socket_fd;
  s->input_open = options->input;
  s->n_keys = options->tty && *keys != '\0' ? MAX (0, hd_session_parse_keys (keys, s->keys)) : 0;
  s->signal_fd = open_signals (&before);
  make_raw (s);
  send_size (s);
  while (!s->done)
    step (s);
  if (s->raw)
    tcsetattr (STDIN_FILENO, TCSADRAIN, &s->saved);
  hd_closep (&s->signal_fd);
  sigprocmask (SIG_SETMASK, &before, NULL);
  *ret_status = s->status;
  return s->end;
}
