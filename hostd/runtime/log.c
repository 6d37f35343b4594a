/* Messages: text, or JSON lines as callers parse them ({"level","msg","time"}). */
#include "runtime/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"
#include "runtime/log-socket.h"

static const char *const level_names[] = { "error", "warning", "info", "debug" };

/* The one thing that a process has of its own besides its standard streams. */
static struct
{
  int fd;
  bool json;
  bool socket;        /* the machine's log instead */
  rt_log_level level; /* the last that is written */
} output = { STDERR_FILENO, false, false, RT_LOG_WARNING };

/* Warnings wait until it is known whether the verb succeeds. */
#define HELD_MAX 16
static char *held[HELD_MAX];
static size_t n_held;

static int
choose_level (const char *name, hd_err *err)
{
  for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++)
    if (strcmp (level_names[i], name) == 0)
      {
        output.level = (rt_log_level)i;
        return 0;
      }
  return hd_err_set (err, HD_USAGE, NULL,
                     "--log-level: expected error, warning, info or debug, got \"%.40s\"", name);
}

int
rt_log_open (const char *file, const char *format, const char *level, hd_err *err)
{
  output.json = format != NULL && strcmp (format, "json") == 0;
  if (format != NULL && !output.json && strcmp (format, "text") != 0)
    return hd_err_set (err, HD_USAGE, NULL, "--log-format: expected text or json, got \"%.40s\"",
                       format);
  if (level != NULL && choose_level (level, err) < 0)
    return -EINVAL;
  if (file == NULL || file[0] == '\0')
    return 0;
  if (rt_log_socket_is (file))
    {
      output.socket = rt_log_socket_open (file);
      return 0;
    }
  if (strncmp (file, "file:", 5) == 0)
    file += 5;
  int fd = open (file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0)
    return hd_err_set_errno (err, errno, "opening the log %s", file);
  output.fd = fd;
  return 0;
}

static void
write_json (rt_log_level level, const char *text)
{
  char now[32];
  time_t seconds = time (NULL);
  struct tm utc;
  gmtime_r (&seconds, &utc);
  strftime (now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &utc);
  hd_autojson line = hd_json_new_object ();
  hd_json_set_string (line, "msg", text);
  hd_json_set_string (line, "level", level_names[level]);
  hd_json_set_string (line, "time", now);
  hd_autofree char *json = hd_json_to_text (line, false);
  dprintf (output.fd, "%s\n", json);
}

/* A line stays one: what it quotes may be a stranger's. */
static void
write_text (int fd, rt_log_level level, const char *text)
{
  char line[1024];
  size_t i = 0;
  for (; i < sizeof line - 1 && text[i] != '\0'; i++)
    line[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
  line[i] = '\0';
  dprintf (fd, "%s: %s\n", level_names[level], line);
}

static void
write_line (rt_log_level level, const char *text)
{
  static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
  if (output.socket)
    rt_log_socket_send (priorities[level], text);
  else if (output.json)
    write_json (level, text);
  else
    write_text (output.fd, level, text);
}

bool
rt_log_wants (rt_log_level level)
{
  return level <= output.level;
}

void
rt_log (rt_log_level level, const char *format, ...)
{
  char text[1024];
  va_list args;
  if (!rt_log_wants (level))
    return;
  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  if (level != RT_LOG_WARNING || output.level == RT_LOG_DEBUG)
    write_line (level, text);
  else if (n_held < HELD_MAX && (held[n_held] = strdup (text)) != NULL)
    n_held++;
}

void
rt_log_settle (bool write)
{
  for (size_t i = 0; i < n_held; i++)
    {
      if (write)
        write_line (RT_LOG_WARNING, held[i]);
      free (held[i]);
    }
  n_held = 0;
}

bool
rt_log_is_file (void)
{
  return output.socket || output.fd != STDERR_FILENO;
}

void
rt_log_error (const hd_err *err)
{
  rt_log_settle (false);
  if (err->hint[0] != '\0')
    rt_log (RT_LOG_ERROR, "%s (%s)", err->message, err->hint);
  else
    rt_log (RT_LOG_ERROR, "%s", err->message);
  /* Callers read the log; whoever looks at the terminal or the shim's error stream sees it too. */
  if (rt_log_is_file ())
    write_text (STDERR_FILENO, RT_LOG_ERROR, err->message);
}

void
rt_log_close (void)
{
  rt_log_settle (true);
  if (output.fd != STDERR_FILENO)
    close (output.fd);
  output.fd = STDERR_FILENO;
  rt_log_socket_close ();
  output.socket = false;
}
