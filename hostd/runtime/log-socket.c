/* Messages to the machine's own log. */
#include "runtime/log-socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "runtime/socket.h"

#define SYSLOG "syslog:"
#define JOURNAL "journald:"
#define OUR_NAME "atomic-runtime"

static struct
{
  int fd;
  bool journal;
  const char *name;
} log_socket = { -1, false, NULL };

static bool
starts_with (const char *text, const char *start)
{
  return strncmp (text, start, strlen (start)) == 0;
}

bool
rt_log_socket_is (const char *file)
{
  return starts_with (file, SYSLOG) || starts_with (file, JOURNAL);
}

bool
rt_log_socket_open (const char *file)
{
  log_socket.journal = starts_with (file, JOURNAL);
  log_socket.name = strchr (file, ':') + 1;
  if (log_socket.name[0] == '\0')
    log_socket.name = OUR_NAME;
  log_socket.fd = rt_socket_connect (
      AT_FDCWD, log_socket.journal ? "/run/systemd/journal/socket" : "/dev/log", SOCK_DGRAM);
  return log_socket.fd >= 0;
}

/* What it quotes may be a stranger's, and a line end would begin another field. */
static void
clean (char *text)
{
  for (; *text != '\0'; text++)
    if ((unsigned char)*text < ' ' || *text == 0x7f)
      *text = '?';
}

void
rt_log_socket_send (int priority, const char *text)
{
  char message[1024], name[64], line[1280], when[32];
  time_t seconds = time (NULL);
  struct tm local;
  int n;
  snprintf (message, sizeof message, "%s", text);
  snprintf (name, sizeof name, "%s", log_socket.name);
  clean (message);
  clean (name);
  if (log_socket.journal)
    /* The journal's native protocol: fields, a line each. */
    n = snprintf (line, sizeof line, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nMESSAGE=%s\n", priority,
                  name, message);
  else
    {
      /* RFC 3164, as syslog(3) writes it. */
      localtime_r (&seconds, &local);
      strftime (when, sizeof when, "%b %e %H:%M:%S", &local);
      n = snprintf (line, sizeof line, "<%d>%s %s[%d]: %s", LOG_DAEMON | priority, when, name,
                    (int)getpid (), message);
    }
  (void)send (log_socket.fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
rt_log_socket_close (void)
{
  if (log_socket.fd >= 0)
    close (log_socket.fd);
  log_socket.fd = -1;
}
