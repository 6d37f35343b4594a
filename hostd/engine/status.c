/* state.json and the monitor's lock. */
#include "engine/status.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"

gboolean
hd_status_monitor_lives (HdStore *store, const char *id)
{
  char path[128];
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  g_snprintf (path, sizeof path, "containers/%s/lock", id);
  hd_autofd fd = openat (hd_store_run_fd (store), path, O_RDWR | O_CLOEXEC);
  /* Only asked for, never taken: a monitor that is just starting shall find it free. */
  return fd >= 0 && fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* -ENOENT is no error: it was never started. */
static gboolean
read_state (int folder, const char *id, mon_state *ret, GError **error)
{
  int r = folder < 0 ? -ENOENT : mon_state_read (folder, ret);
  return r == 0 || r == -ENOENT
         || hd_throw (error, HD_CORRUPT, "remove the container with rm --force",
                      "the state of container %.12s cannot be read", id);
}

gboolean
hd_status_now (HdStore *store, const char *id, HdStatusNow *ret, GError **error)
{
  char path[128];
  *ret = (HdStatusNow){ .lives = FALSE };
  g_snprintf (path, sizeof path, "containers/%s", id);
  hd_autofd folder = openat (hd_store_root_fd (store), path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (!read_state (folder, id, &ret->state, error))
    return FALSE;
  if (!mon_status_is_live (ret->state.status))
    return TRUE;
  ret->lives = hd_status_monitor_lives (store, id);
  if (ret->lives)
    return TRUE;
  /* It may have ended between the two looks; now it writes no more. */
  mon_state_clear (&ret->state);
  if (!read_state (folder, id, &ret->state, error))
    return FALSE;
  ret->broken = mon_status_is_live (ret->state.status);
  return TRUE;
}

void
hd_status_now_clear (HdStatusNow *now)
{
  mon_state_clear (&now->state);
}

gboolean
hd_status_now_is_running (const HdStatusNow *now)
{
  return now->lives && (now->state.status == MON_RUNNING || now->state.status == MON_PAUSED);
}

char *
hd_status_duration (gint64 seconds)
{
  static const struct
  {
    gint64 below; /* seconds */
    gint64 unit;
    const char *text; /* without a number when it has none */
  } steps[] = {
    { 1, 1, "Less than a second" },
    { 2, 1, "1 second" },
    { 60, 1, "%" G_GINT64_FORMAT " seconds" },
    { 120, 60, "About a minute" },
    { 46 * 60, 60, "%" G_GINT64_FORMAT " minutes" },
    { 90 * 60, 3600, "About an hour" },
    { 48 * 3600, 3600, "%" G_GINT64_FORMAT " hours" },
    { 14 * 86400, 86400, "%" G_GINT64_FORMAT " days" },
    { 60 * 86400, 7 * 86400, "%" G_GINT64_FORMAT " weeks" },
    { 730 * 86400, 30 * 86400, "%" G_GINT64_FORMAT " months" },
    { G_MAXINT64, 365 * 86400, "%" G_GINT64_FORMAT " years" },
  };
  guint i = 0;
  while (seconds >= steps[i].below)
    i++;
  /* Hours are rounded, as Docker does. */
  gint64 number = steps[i].unit == 3600 ? (seconds + 1800) / 3600 : seconds / steps[i].unit;
  GString *text = g_string_new (NULL);
  const char *place = g_strstr_len (steps[i].text, -1, "%");
  if (place == NULL)
    g_string_append (text, steps[i].text);
  else
    g_string_printf (text, "%" G_GINT64_FORMAT "%s", number, strchr (place, ' '));
  return g_string_free (text, FALSE);
}

static char *
up_text (const HdStatusNow *now, gint64 now_ns)
{
  const mon_state *state = &now->state;
  g_autofree char *age = hd_status_duration ((now_ns - state->started_ns) / 1000000000);
  const char *health = state->health == MON_HEALTH_STARTING ? " (health: starting)"
                       : state->health == MON_HEALTH_GOOD   ? " (healthy)"
                       : state->health == MON_HEALTH_BAD    ? " (unhealthy)"
                                                            : "";
  if (state->status == MON_PAUSED)
    return g_strconcat ("Up ", age, " (Paused)", NULL);
  return g_strconcat ("Up ", age, health, NULL);
}

char *
hd_status_to_text (const HdStatusNow *now, gint64 now_ns)
{
  const mon_state *state = &now->state;
  g_autofree char *ago = hd_status_duration ((now_ns - state->finished_ns) / 1000000000);
  if (now->broken)
    return g_strdup ("Dead");
  switch (state->status)
    {
    case MON_RUNNING:
    case MON_PAUSED:
      return up_text (now, now_ns);
    case MON_RESTARTING:
      return g_strdup_printf ("Restarting (%d) %s ago", state->exit_code, ago);
    case MON_EXITED_STATUS:
      return g_strdup_printf ("Exited (%d) %s ago", state->exit_code, ago);
    case MON_DEAD:
      return g_strdup ("Dead");
    default:
      return g_strdup ("Created");
    }
}
