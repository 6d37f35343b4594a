/* json-file: {"log":"TEXT\n","stream":"stdout","time":"..."} a line; log.json is the newest,
 * log.json.1 the one before. */
#include "monitor/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "common/utf8.h"
#include "monitor/state.h"

#define LOG_NAME "log.json"

static char *
put (char *to, const char *text)
{
  return stpcpy (to, text);
}

static char *
put_ascii (char *to, unsigned char c)
{
  static const char escaped[] = "\"\\\n\r\t\b\f", letters[] = "\"\\nrtbf";
  const char *found = c != '\0' ? strchr (escaped, c) : NULL;
  if (found != NULL)
    {
      *to++ = '\\';
      *to++ = letters[found - escaped];
    }
  else if (c < 0x20 || c == 0x7f)
    to += sprintf (to, "\\u%04x", c);
  else
    *to++ = (char)c;
  return to;
}

size_t
mon_log_json_line (const char *stream, const char *text, size_t size, bool whole, const char *time,
                   char *ret)
{
  char *to = put (ret, "{\"log\":\"");
  const unsigned char *from = (const unsigned char *)text, *end = from + size;
  while (from < end)
    {
      size_t n = hd_utf8_length (from, end);
      if (n == 1)
        to = put_ascii (to, *from);
      else if (n == 0)
        to = put (to, "\\ufffd");
      else
        to = (char *)memcpy (to, from, n) + n;
      from += n + (n == 0);
    }
  to = put (to, whole ? "\\n\",\"stream\":\"" : "\",\"stream\":\"");
  to = put (to, stream);
  to = put (to, "\",\"time\":\"");
  to = put (to, time);
  to = put (to, "\"}\n");
  return (size_t)(to - ret);
}

static int
open_file (mon_log *log)
{
  struct stat stat;
  log->fd = openat (log->dir_fd, LOG_NAME, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log->fd < 0)
    return -errno;
  log->size_bytes = fstat (log->fd, &stat) == 0 ? stat.st_size : 0;
  return 0;
}

int
mon_log_json_open (mon_log *log, hd_err *err)
{
  log->driver = &mon_log_json_file;
  int r = open_file (log);
  return r < 0 ? hd_err_set_errno (err, -r, "opening " LOG_NAME) : 0;
}

/* log.json becomes log.json.1, that log.json.2, and the oldest goes. */
static void
rotate (mon_log *log)
{
  char from[32], to[32];
  for (int64_t i = log->config->log_max_files - 1; i > 0; i--)
    {
      snprintf (from, sizeof from, i > 1 ? LOG_NAME ".%d" : LOG_NAME, (int)i - 1);
      snprintf (to, sizeof to, LOG_NAME ".%d", (int)i);
      renameat (log->dir_fd, from, log->dir_fd, to);
    }
  if (log->config->log_max_files <= 1)
    unlinkat (log->dir_fd, LOG_NAME, 0);
  hd_closep (&log->fd);
  open_file (log);
}

static int
write_line (mon_log *log, const mon_line *stream, const char *text, size_t size, bool whole)
{
  static char buffer[6 * MON_LINE_MAX + 256];
  char time[MON_TIME_MAX];
  mon_format_time (mon_now_ns (), time);
  size_t n = mon_log_json_line (stream->name, text, size, whole, time, buffer);
  int64_t limit = log->config->log_max_bytes;
  if (limit > 0 && log->size_bytes > 0 && log->size_bytes + (int64_t)n > limit)
    rotate (log);
  log->size_bytes += (int64_t)n;
  return log->fd < 0 ? -EBADF : hd_fs_write_all (log->fd, buffer, n);
}

const mon_log_driver mon_log_json_file = { write_line };
