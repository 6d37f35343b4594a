/* stats, events, update. */
#include "cli/container-watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/container-options.h"
#include "cli/engine.h"
#include "cli/listing.h"
#include "common/cleanup.h"
#include "engine/container-lock.h"
#include "engine/events.h"
#include "engine/format.h"
#include "engine/logs.h"
#include "engine/stats.h"
#include "engine/status.h"
#include "engine/update.h"

/* stats */

static const HdColumn stats_columns[] = {
  { "ID", "CONTAINER ID", TRUE },
  { "Container", "CONTAINER", FALSE },
  { "Name", "NAME", TRUE },
  { "CPUPerc", "CPU %", TRUE },
  { "MemUsage", "MEM USAGE / LIMIT", TRUE },
  { "MemPerc", "MEM %", TRUE },
  { "NetIO", "NET I/O", TRUE },
  { "BlockIO", "BLOCK I/O", TRUE },
  { "PIDs", "PIDS", TRUE },
  { NULL },
};

typedef struct
{
  HdStore *store;
  GPtrArray *containers;
  HdStats *before;
  gboolean *known; /* `before` was read */
  const HdInvocation *inv;
} Watch;

/* Those that are named, or all that run. */
static GPtrArray *
find_containers (HdStore *store, const HdInvocation *inv, GError **error)
{
  g_autoptr (GPtrArray) list = NULL;
  if (hd_inv_n_args (inv) == 0)
    {
      list = hd_container_list (store, error);
      for (guint i = list != NULL ? list->len : 0; i > 0; i--)
        {
          const HdContainer *container = g_ptr_array_index (list, i - 1);
          g_auto (HdStatusNow) now = { .lives = FALSE };
          if (!hd_status_now (store, container->id, &now, NULL) || !hd_status_now_is_running (&now))
            g_ptr_array_remove_index (list, i - 1);
        }
      return g_steal_pointer (&list);
    }
  list = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_container_free);
  for (const char *const *name = hd_inv_args (inv); *name != NULL; name++)
    {
      HdContainer *container = hd_container_find (store, *name, error);
      if (container == NULL)
        return NULL;
      g_ptr_array_add (list, container);
    }
  return g_steal_pointer (&list);
}

static void
free_row (gpointer row)
{
  hd_json_free (row);
}

static gboolean
print_round (Watch *watch, gboolean clear, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (free_row);
  gboolean truncate = !hd_inv_flag (watch->inv, "no-trunc");
  for (guint i = 0; i < watch->containers->len; i++)
    {
      const HdContainer *container = g_ptr_array_index (watch->containers, i);
      HdStats now = { 0 };
      /* One that has ended uses nothing. */
      gboolean runs = hd_stats_read (watch->store, container, &now, NULL);
      const HdStats *before = runs && watch->known[i] ? &watch->before[i] : &now;
      g_ptr_array_add (rows, hd_stats_row (container, before, &now, truncate));
      watch->before[i] = now;
      watch->known[i] = runs;
    }
  if (clear)
    fputs ("\033[2J\033[H", stdout);
  gboolean good
      = hd_listing_print (rows, stats_columns, hd_inv_string (watch->inv, "format"), error);
  fflush (stdout);
  return good;
}

static void
read_all (Watch *watch)
{
  for (guint i = 0; i < watch->containers->len; i++)
    watch->known[i] = hd_stats_read (watch->store, g_ptr_array_index (watch->containers, i),
                                     &watch->before[i], NULL);
}

static int
open_ticks (void)
{
  const struct itimerspec second = { { 1, 0 }, { 1, 0 } };
  int fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (fd >= 0)
    timerfd_settime (fd, 0, &second, NULL);
  return fd;
}

static gboolean
watch_stats (Watch *watch, GError **error)
{
  hd_autofd ticks = open_ticks ();
  gboolean once = hd_inv_flag (watch->inv, "no-stream");
  guint64 n;
  if (ticks < 0)
    return hd_throw_errno (error, errno, "making a timer");
  read_all (watch);
  do
    {
      if (read (ticks, &n, sizeof n) < 0 && errno != EINTR)
        return hd_throw_errno (error, errno, "waiting");
      if (!print_round (watch, !once && isatty (STDOUT_FILENO), error))
        return FALSE;
    }
  while (!once);
  return TRUE;
}

int
hd_cli_stats (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (GPtrArray) containers = store != NULL ? find_containers (store, inv, &error) : NULL;
  if (containers == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  g_autofree HdStats *before = g_new0 (HdStats, containers->len + 1);
  g_autofree gboolean *known = g_new0 (gboolean, containers->len + 1);
  Watch watch = { store, containers, before, known, inv };
  if (!watch_stats (&watch, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

/* events */

typedef struct
{
  const HdFormat *format;
  gboolean json;
  GError *error;
} EventPrinter;

static int
append_attribute (const char *key, const hd_json *value, void *data)
{
  const char *text = "";
  GString *out = data;
  hd_json_as_string (value, &text);
  g_string_append_printf (out, "%s%s=%s", out->len > 0 ? ", " : "", key, text);
  return 0;
}

/* "2026-01-02T03:04:05.123456789Z container start ID (image=..., name=...)" */
static void
print_plain (const hd_json *event)
{
  char time[MON_TIME_MAX];
  const hd_json *actor = hd_json_get (event, "Actor");
  g_autoptr (GString) attributes = g_string_new (NULL);
  mon_format_time (hd_json_get_int (event, "timeNano", 0), time);
  if (hd_json_get (actor, "Attributes") != NULL)
    hd_json_each (hd_json_get (actor, "Attributes"), append_attribute, attributes);
  printf ("%s %s %s %s (%s)\n", time, hd_json_get_string (event, "Type", ""),
          hd_json_get_string (event, "Action", ""), hd_json_get_string (actor, "ID", ""),
          attributes->str);
}

static gboolean
print_event (const hd_json *event, gpointer data)
{
  EventPrinter *printer = data;
  g_autoptr (GString) out = g_string_new (NULL);
  if (printer->json)
    {
      hd_autofree char *text = hd_json_to_text (event, false);
      puts (text);
    }
  else if (printer->format == NULL)
    print_plain (event);
  else if (hd_format_write (printer->format, event, NULL, out, &printer->error))
    puts (out->str);
  fflush (stdout);
  return printer->error == NULL && !ferror (stdout);
}

static gboolean
read_time (const HdInvocation *inv, const char *option, gint64 *ret, GError **error)
{
  const char *text = hd_inv_string (inv, option);
  return text == NULL || hd_logs_parse_time (text, mon_now_ns (), ret)
         || hd_throw (error, HD_USAGE, "as 2026-01-02T03:04:05, 10m, or seconds since 1970",
                      "--%s: \"%s\" is no time", option, text);
}

int
hd_cli_events (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdFormat) format = NULL;
  const char *text = hd_inv_string (inv, "format");
  HdEventsOptions options = { .filters = hd_inv_strings (inv, "filter") };
  EventPrinter printer = {
    .json = text != NULL && (strcmp (text, "json") == 0 || strcmp (text, "{{json .}}") == 0),
  };
  if (text != NULL && !printer.json)
    printer.format = format = hd_format_parse (text, &error);
  if (error != NULL || !read_time (inv, "since", &options.since_ns, &error)
      || !read_time (inv, "until", &options.until_ns, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store == NULL || !hd_events_follow (store, &options, print_event, &printer, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  if (printer.error != NULL)
    {
      int status = hd_engine_fail (printer.error, HD_STATUS_FAILED);
      g_error_free (printer.error);
      return status;
    }
  return 0;
}

/* update */

static gboolean
update_one (HdStore *store, const char *name, const HdInvocation *inv, GError **error)
{
  g_autoptr (HdContainer) container = NULL;
  const char *restart = hd_inv_string (inv, "restart");
  hd_autojson changes = hd_json_new_object ();
  hd_autojson none = hd_json_new_object ();
  if (!hd_container_options_simple (inv, TRUE, none, changes, error))
    return FALSE;
  if (restart != NULL)
    {
      hd_json *policy = hd_container_options_restart (restart, error);
      if (policy == NULL)
        return FALSE;
      hd_json_set (changes, "RestartPolicy", policy);
    }
  if (hd_json_length (changes) == 0)
    return hd_throw (error, HD_USAGE, "see \"atomic update --help\"",
                     "nothing was said that is to be changed");
  hd_autofd lock = hd_container_lock_named (store, name, &container, error);
  return lock >= 0 && hd_update (store, container, changes, error);
}

int
hd_cli_update (const HdInvocation *inv)
{
  return hd_engine_each (inv, update_one, TRUE);
}
