/* Streams to lines, and which driver takes them. */
#include "monitor/logfile.h"

#include <string.h>
#include <syslog.h>

#include "common/cleanup.h"

static int
write_none (mon_log *log, const mon_line *stream, const char *text, size_t size, bool whole)
{
  return 0;
}

const mon_log_driver mon_log_none = { write_none };

int
mon_log_open (mon_log *log, const mon_config *config, int dir_fd, hd_err *err)
{
  *log = (mon_log){ .driver = &mon_log_none, .config = config, .dir_fd = dir_fd, .fd = -1 };
  log->out.name = "stdout";
  log->out.priority = LOG_INFO;
  log->err.name = "stderr";
  log->err.priority = LOG_ERR;
  if (strcmp (config->log_driver, "json-file") == 0)
    return mon_log_json_open (log, err);
  if (strcmp (config->log_driver, "journald") == 0)
    return mon_log_journal_open (log, err);
  return 0;
}

void
mon_log_add (mon_log *log, mon_line *stream, const char *data, size_t size)
{
  while (size > 0)
    {
      size_t room = MON_LINE_MAX - stream->used;
      size_t n = size < room ? size : room;
      const char *end = memchr (data, '\n', n);
      if (end != NULL)
        n = (size_t)(end - data);
      if (stream->used == 0 && (end != NULL || n == MON_LINE_MAX))
        log->driver->write (log, stream, data, n, end != NULL);
      else
        {
          memcpy (stream->line + stream->used, data, n);
          stream->used += n;
          if (end != NULL || stream->used == MON_LINE_MAX)
            {
              log->driver->write (log, stream, stream->line, stream->used, end != NULL);
              stream->used = 0;
            }
        }
      n += end != NULL;
      data += n;
      size -= n;
    }
}

static void
flush_line (mon_log *log, mon_line *stream)
{
  if (stream->used > 0)
    log->driver->write (log, stream, stream->line, stream->used, false);
  stream->used = 0;
}

void
mon_log_flush (mon_log *log)
{
  flush_line (log, &log->out);
  flush_line (log, &log->err);
}

void
mon_log_close (mon_log *log)
{
  mon_log_flush (log);
  hd_closep (&log->fd);
}
