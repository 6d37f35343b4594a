/* Messages: text, or JSON lines as callers parse them ({"level","msg","time"}). */
#include "runtime/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"

static const char *const level_names[] = { "error", "warning", "info", "debug" };

/* The one thing that a process has of its own besides its standard streams. */
static struct
{
  int fd;
  bool json;
  bool debug;
} output = { STDERR_FILENO, false, false };

/* Warnings wait until it is known whether the verb succeeds. */
#define HELD_MAX 16
static char *held[HELD_MAX];
static size_t n_held;

int
rt_log_open (const char *file, bool json, bool debug, hd_err *err)
{
  output.json = json;
  output.debug = debug;
  if (file == NULL || file[0] == '\0' || strncmp (file, "journald:", 9) == 0
      || strncmp (file, "syslog:", 7) == 0)
    return 0;
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

static void
write_line (rt_log_level level, const char *text)
{
  if (output.json)
    write_json (level, text);
  else
    dprintf (output.fd, "%s: %s\n", level_names[level], text);
}

void
rt_log (rt_log_level level, const char *format, ...)
{
  char text[1024];
  va_list args;
  if (level == RT_LOG_DEBUG && !output.debug)
    return;
  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  if (level != RT_LOG_WARNING || output.debug)
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
  return output.fd != STDERR_FILENO;
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
  if (output.fd != STDERR_FILENO)
    dprintf (STDERR_FILENO, "error: %s\n", err->message);
}

void
rt_log_close (void)
{
  rt_log_settle (true);
  if (output.fd != STDERR_FILENO)
    close (output.fd);
  output.fd = STDERR_FILENO;
}
