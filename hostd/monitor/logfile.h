/* What the container says: lines in Docker's json-file format, with rotation, or to the journal.
 *
 * A line is at most MON_LINE_MAX bytes long; a longer one is written in parts, of which only the
 * last ends with "\n" (Docker, "json-file"; journald gets CONTAINER_PARTIAL_MESSAGE).  Plain C.
 */
#pragma once

#include <stddef.h>

#include "common/err.h"
#include "monitor/config.h"

#define MON_LINE_MAX 16384

typedef struct mon_log mon_log;

/* One of the two streams. */
typedef struct
{
  const char *name; /* "stdout", "stderr" */
  int priority;     /* of the journal */
  size_t used;
  char line[MON_LINE_MAX];
} mon_line;

typedef struct
{
  /* Write one line or part of one; `whole`: it ended with a line end, which is not in `text`. */
  int (*write) (mon_log *log, const mon_line *stream, const char *text, size_t size, bool whole);
} mon_log_driver;

struct mon_log
{
  const mon_log_driver *driver;
  const mon_config *config;
  int dir_fd; /* of the container, not owned */
  int fd;     /* of the file or of the journal's socket */
  int64_t size_bytes;
  mon_line out;
  mon_line err;
};

extern const mon_log_driver mon_log_json_file;
extern const mon_log_driver mon_log_journald;
extern const mon_log_driver mon_log_none;

/* Open the log that the configuration names; `log` is zeroed.  0 or a negative errno with `err`. */
int mon_log_open (mon_log *log, const mon_config *config, int dir_fd, hd_err *err);
/* Add what was read from a stream.  An error of the log is kept to itself: the container goes on.
 */
void mon_log_add (mon_log *log, mon_line *stream, const char *data, size_t size);
/* Write what stands in the lines without their end. */
void mon_log_flush (mon_log *log);
void mon_log_close (mon_log *log);

/* Drivers: open the file, the socket. */
int mon_log_json_open (mon_log *log, hd_err *err);
int mon_log_journal_open (mon_log *log, hd_err *err);

/* The JSON line of one entry into `ret` (6 * size + 256 bytes are enough).  Bytes that are no UTF-8
 * become U+FFFD.  Returns its length. */
size_t mon_log_json_line (const char *stream, const char *text, size_t size, bool whole,
                          const char *time, char *ret);
