/* The files log.json.N ... log.json, oldest first, and then what is added. */
#include "engine/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/parse.h"
#include "engine/monitor-link.h"
#include "engine/status.h"

#define LOG_NAME "log.json"
#define FILES_MAX 1000
#define NS 1000000000

typedef struct
{
  const HdLogsOptions *options;
  int dir_fd;
  int fd;        /* of the newest file */
  GString *rest; /* the beginning of a line whose end is not there yet */
  gint64 skip;   /* lines before those that are wanted */
  gboolean done; /* past `until` */
} Reader;

/* Times */

static gboolean
parse_seconds (const char *text, gint64 *ret_ns)
{
  char *end;
  double seconds = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || seconds < 0 || seconds > 9e9)
    return FALSE;
  *ret_ns = (gint64)(seconds * 1e9);
  return TRUE;
}

/* "2026-01-02T03:04:05.123456789Z" */
static gboolean
parse_rfc3339 (const char *text, gint64 *ret_ns)
{
  gsize length = strcspn (text, ".");
  g_autoptr (GString) plain = g_string_new_len (text, (gssize)length);
  gint64 seconds, fraction = 0;
  const char *p = text + length;
  if (*p == '.')
    {
      gint64 unit = NS / 10;
      for (p++; g_ascii_isdigit (*p); p++, unit /= 10)
        fraction += (*p - '0') * unit;
    }
  g_string_append (plain, p);
  if (strchr (plain->str, 'T') == NULL)
    g_string_append (plain, "T00:00:00");
  if (strlen (plain->str) <= 19)
    g_string_append_c (plain, 'Z');
  if (hd_parse_time (plain->str, &seconds) < 0)
    return FALSE;
  *ret_ns = seconds * NS + fraction;
  return TRUE;
}

gboolean
hd_logs_parse_time (const char *text, gint64 now_ns, gint64 *ret_ns)
{
  guint64 ms;
  if (parse_seconds (text, ret_ns) || parse_rfc3339 (text, ret_ns))
    return TRUE;
  if (hd_parse_duration (text, &ms) < 0 || ms > G_MAXINT64 / 1000000)
    return FALSE;
  *ret_ns = now_ns - (gint64)ms * 1000000;
  return TRUE;
}

/* Lines */

static void
put_line (Reader *reader, const hd_json *entry, const char *time)
{
  const HdLogsOptions *o = reader->options;
  FILE *out = strcmp (hd_json_get_string (entry, "stream", ""), "stderr") == 0 ? stderr : stdout;
  if (o->timestamps)
    fprintf (out, "%s ", time);
  fputs (hd_json_get_string (entry, "log", ""), out);
}

static void
take_line (Reader *reader, const char *line, gsize length)
{
  const HdLogsOptions *o = reader->options;
  gint64 ns = 0;
  if (reader->skip > 0)
    {
      reader->skip--;
      return;
    }
  hd_autojson entry = hd_json_parse (line, length, NULL);
  const char *time = hd_json_get_string (entry, "time", "");
  /* A line that a crash has torn. */
  if (entry == NULL || !parse_rfc3339 (time, &ns))
    return;
  if (o->until_ns != 0 && ns > o->until_ns)
    reader->done = TRUE;
  else if (ns >= o->since_ns)
    put_line (reader, entry, time);
}

/* Read to the end of the file as it is now. */
static gboolean
read_on (Reader *reader, int fd, GError **error)
{
  char buffer[65536];
  gssize n;
  while (!reader->done && (n = read (fd, buffer, sizeof buffer)) != 0)
    {
      if (n < 0)
        return hd_throw_errno (error, errno, "reading the log");
      const char *at = buffer, *end;
      while ((end = memchr (at, '\n', (gsize)(buffer + n - at))) != NULL)
        {
          g_string_append_len (reader->rest, at, end - at);
          take_line (reader, reader->rest->str, reader->rest->len);
          g_string_truncate (reader->rest, 0);
          at = end + 1;
        }
      g_string_append_len (reader->rest, at, buffer + n - at);
    }
  return TRUE;
}

static gint64
count_lines (int fd)
{
  char buffer[65536];
  gssize n;
  gint64 lines = 0;
  while ((n = read (fd, buffer, sizeof buffer)) > 0)
    for (const char *at = buffer; (at = memchr (at, '\n', (gsize)(buffer + n - at))) != NULL; at++)
      lines++;
  lseek (fd, 0, SEEK_SET);
  return lines;
}

/* Descriptors of all files, oldest first; the newest is the last. */
static GArray *
open_files (int dir_fd)
{
  GArray *fds = g_array_new (FALSE, FALSE, sizeof (int));
  int fd = openat (dir_fd, LOG_NAME, O_RDONLY | O_CLOEXEC);
  if (fd >= 0)
    g_array_append_val (fds, fd);
  for (int i = 1; i < FILES_MAX; i++)
    {
      char name[32];
      g_snprintf (name, sizeof name, LOG_NAME ".%d", i);
      fd = openat (dir_fd, name, O_RDONLY | O_CLOEXEC);
      if (fd < 0)
        break;
      g_array_prepend_val (fds, fd);
    }
  return fds;
}

static gboolean
print_files (Reader *reader, GError **error)
{
  g_autoptr (GArray) fds = open_files (reader->dir_fd);
  gboolean good = TRUE;
  gint64 lines = 0;
  for (guint i = 0; reader->options->tail >= 0 && i < fds->len; i++)
    lines += count_lines (g_array_index (fds, int, i));
  if (reader->options->tail >= 0)
    reader->skip = MAX (0, lines - reader->options->tail);
  for (guint i = 0; i < fds->len; i++)
    {
      int fd = g_array_index (fds, int, i);
      good = good && read_on (reader, fd, error);
      if (i + 1 < fds->len)
        close (fd);
      else
        reader->fd = fd;
    }
  fflush (stdout);
  return good;
}

/* Following */

/* After a rotation there is a new file: first the rest of the old one, then that. */
static gboolean
read_newest (Reader *reader, GError **error)
{
  struct stat old, now;
  if (reader->fd >= 0 && !read_on (reader, reader->fd, error))
    return FALSE;
  if (fstatat (reader->dir_fd, LOG_NAME, &now, 0) < 0)
    return TRUE;
  if (reader->fd >= 0 && fstat (reader->fd, &old) == 0 && old.st_ino == now.st_ino)
    return TRUE;
  hd_closep (&reader->fd);
  reader->fd = openat (reader->dir_fd, LOG_NAME, O_RDONLY | O_CLOEXEC);
  return reader->fd < 0 || read_on (reader, reader->fd, error);
}

/* A connection to its monitor, which ends with it. */
static int
watch_end (HdStore *store, const HdContainer *container)
{
  int fd = hd_monitor_connect (store, container, NULL);
  if (fd >= 0)
    mon_send (fd, MON_WAIT, 0, 0, NULL, 0, -1);
  return fd;
}

static gboolean
follow (HdStore *store, const HdContainer *container, Reader *reader, GError **error)
{
  g_autofree char *folder = hd_container_folder (store, container->id);
  hd_autofd notify = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (notify < 0 || inotify_add_watch (notify, folder, IN_MODIFY | IN_CREATE) < 0)
    return hd_throw_errno (error, errno, "watching %s", folder);
  hd_autofd end = watch_end (store, container);
  for (;;)
    {
      char events[4096];
      struct pollfd fds[] = { { notify, POLLIN, 0 }, { end, POLLIN, 0 } };
      if (!read_newest (reader, error))
        return FALSE;
      fflush (stdout);
      if (end < 0 || reader->done)
        return TRUE;
      if (poll (fds, 2, -1) < 0 && errno != EINTR)
        return hd_throw_errno (error, errno, "waiting for the log");
      while (read (notify, events, sizeof events) > 0)
        ;
      /* One more look at the log after its end. */
      if (fds[1].revents != 0)
        hd_closep (&end);
    }
}

gboolean
hd_logs_print (HdStore *store, const HdContainer *container, const HdLogsOptions *options,
               GError **error)
{
  const hd_json *log = hd_json_get (hd_container_host_config (container), "LogConfig");
  const char *driver = hd_json_get_string (log, "Type", "json-file");
  g_autofree char *folder = hd_container_folder (store, container->id);
  g_autofree char *hint = g_strdup_printf ("journalctl CONTAINER_ID_FULL=%s", container->id);
  if (strcmp (driver, "json-file") != 0)
    return hd_throw (error, HD_USAGE, strcmp (driver, "journald") == 0 ? hint : NULL,
                     "the log driver \"%s\" of container %s cannot be read here", driver,
                     container->name);
  hd_autofd dir = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0)
    return errno == ENOENT || hd_throw_errno (error, errno, "opening %s", folder);
  Reader reader = { .options = options, .dir_fd = dir, .fd = -1 };
  reader.rest = g_string_new (NULL);
  gboolean good = print_files (&reader, error)
                  && (!options->follow || follow (store, container, &reader, error));
  hd_closep (&reader.fd);
  g_string_free (reader.rest, TRUE);
  return good;
}
