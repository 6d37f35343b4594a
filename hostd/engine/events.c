/* The file RUN/events, followed with inotify. */
#include "engine/events.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "monitor/event.h"
#include "monitor/state.h"

#define NS 1000000000

typedef struct
{
  HdStore *store;
  const HdEventsOptions *options;
  gint64 since_ns;
  HdEventSeen seen;
  gpointer data;
  GString *rest;
  int fd;
  gboolean done;
} Follower;

static const char *
attribute (const hd_json *event, const char *key)
{
  return hd_json_get_string (hd_json_get (hd_json_get (event, "Actor"), "Attributes"), key, "");
}

static gboolean
has_label (const hd_json *event, const char *text)
{
  gsize length = strcspn (text, "=");
  g_autofree char *key = g_strndup (text, length);
  const char *value = attribute (event, key);
  return text[length] == '=' ? strcmp (value, text + length + 1) == 0 : *value != '\0';
}

static gboolean
matches_one (const hd_json *event, const char *key, const char *value)
{
  const char *id = hd_json_get_string (hd_json_get (event, "Actor"), "ID", "");
  const char *action = hd_json_get_string (event, "Action", "");
  if (strcmp (key, "type") == 0)
    return strcmp (hd_json_get_string (event, "Type", ""), value) == 0;
  if (strcmp (key, "event") == 0)
    return strcmp (action, value) == 0
           || (g_str_has_prefix (action, value) && action[strlen (value)] == ':');
  if (strcmp (key, "container") == 0)
    return strcmp (attribute (event, "name"), value) == 0 || g_str_has_prefix (id, value);
  if (strcmp (key, "image") == 0)
    return strcmp (attribute (event, "image"), value) == 0;
  return has_label (event, value);
}

/* Of one key one is enough, of different keys all. */
static gboolean
matches (const hd_json *event, const char *const *filters)
{
  static const char *const keys[] = { "type", "event", "container", "image", "label" };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      gboolean asked = FALSE, found = FALSE;
      gsize length = strlen (keys[i]);
      for (const char *const *filter = filters; *filter != NULL; filter++)
        if (strncmp (*filter, keys[i], length) == 0 && (*filter)[length] == '=')
          {
            asked = TRUE;
            found = found || matches_one (event, keys[i], *filter + length + 1);
          }
      if (asked && !found)
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_filters (const char *const *filters, GError **error)
{
  static const char *const known[] = { "type=", "event=", "container=", "image=", "label=" };
  for (; *filters != NULL; filters++)
    {
      gboolean good = FALSE;
      for (guint i = 0; i < G_N_ELEMENTS (known); i++)
        good = good || g_str_has_prefix (*filters, known[i]);
      if (!good)
        return hd_throw (error, HD_USAGE, "type, event, container, image or label",
                         "--filter: \"%s\" is not understood", *filters);
    }
  return TRUE;
}

static void
take_line (Follower *f, const char *line, gsize length)
{
  hd_autojson event = hd_json_parse (line, length, NULL);
  gint64 ns = hd_json_get_int (event, "timeNano", 0);
  if (event == NULL || ns < f->since_ns || !matches (event, f->options->filters))
    return;
  if (f->options->until_ns != 0 && ns > f->options->until_ns)
    f->done = TRUE;
  else
    f->done = !f->seen (event, f->data);
}

static void
read_on (Follower *f)
{
  char buffer[16384];
  gssize n;
  while (!f->done && f->fd >= 0 && (n = read (f->fd, buffer, sizeof buffer)) > 0)
    {
      const char *at = buffer, *end;
      while (!f->done && (end = memchr (at, '\n', (gsize)(buffer + n - at))) != NULL)
        {
          g_string_append_len (f->rest, at, end - at);
          take_line (f, f->rest->str, f->rest->len);
          g_string_truncate (f->rest, 0);
          at = end + 1;
        }
      g_string_append_len (f->rest, at, buffer + n - at);
    }
}

/* The file, or the new one after it was renamed. */
static void
read_newest (Follower *f)
{
  int run = hd_store_run_fd (f->store);
  struct stat old, now;
  read_on (f);
  if (fstatat (run, MON_EVENTS_FILE, &now, 0) < 0
      || (f->fd >= 0 && fstat (f->fd, &old) == 0 && old.st_ino == now.st_ino))
    return;
  hd_closep (&f->fd);
  f->fd = openat (run, MON_EVENTS_FILE, O_RDONLY | O_CLOEXEC);
  read_on (f);
}

static void
read_old (Follower *f)
{
  f->fd = openat (hd_store_run_fd (f->store), MON_EVENTS_FILE ".1", O_RDONLY | O_CLOEXEC);
  read_on (f);
  hd_closep (&f->fd);
}

/* A timer for --until; -1 for none. */
static int
open_timer (gint64 until_ns)
{
  struct itimerspec when = { .it_value = { until_ns / NS, until_ns % NS } };
  int fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC);
  if (fd >= 0)
    timerfd_settime (fd, TFD_TIMER_ABSTIME, &when, NULL);
  return fd;
}

static gboolean
follow (Follower *f, GError **error)
{
  const char *run = hd_store_run_root (f->store);
  hd_autofd notify = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  hd_autofd timer = f->options->until_ns != 0 ? open_timer (f->options->until_ns) : -1;
  if (notify < 0 || inotify_add_watch (notify, run, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
    return hd_throw_errno (error, errno, "watching %s", run);
  for (;;)
    {
      char events[4096];
      struct pollfd fds[] = { { notify, POLLIN, 0 }, { timer, POLLIN, 0 } };
      read_newest (f);
      if (f->done || fds[1].revents != 0)
        return TRUE;
      if (poll (fds, 2, -1) < 0 && errno != EINTR)
        return hd_throw_errno (error, errno, "waiting for events");
      while (read (notify, events, sizeof events) > 0)
        ;
      if (fds[1].revents != 0)
        {
          read_newest (f);
          return TRUE;
        }
    }
}

gboolean
hd_events_follow (HdStore *store, const HdEventsOptions *options, HdEventSeen seen, gpointer data,
                  GError **error)
{
  Follower f = { .store = store,
                 .options = options,
                 .since_ns = options->since_ns != 0 ? options->since_ns : mon_now_ns (),
                 .seen = seen,
                 .data = data,
                 .fd = -1 };
  if (!check_filters (options->filters, error))
    return FALSE;
  f.rest = g_string_new (NULL);
  read_old (&f);
  gboolean good = follow (&f, error);
  hd_closep (&f.fd);
  g_string_free (f.rest, TRUE);
  return good;
}
