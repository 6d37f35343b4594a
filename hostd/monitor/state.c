/* state.json, and times as Docker writes them. */
#include "monitor/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/fs.h"

/* A state has five results of health checks of 4 KiB at most. */
#define STATE_BYTES_MAX (256u << 10)

static const char *const status_names[MON_N_STATUSES]
    = { "created", "running", "paused", "restarting", "exited", "dead" };
static const char *const health_names[] = { "none", "starting", "healthy", "unhealthy" };

const char *
mon_status_name (mon_status status)
{
  return status_names[status];
}

const char *
mon_health_name (mon_health_status health)
{
  return health_names[health];
}

bool
mon_status_is_live (mon_status status)
{
  return status == MON_RUNNING || status == MON_PAUSED || status == MON_RESTARTING;
}

int64_t
mon_now_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
mon_format_time (int64_t ns, char *ret)
{
  time_t seconds = (time_t)(ns / 1000000000);
  struct tm parts;
  gmtime_r (&seconds, &parts);
  size_t n = strftime (ret, MON_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf (ret + n, MON_TIME_MAX - n, ".%09ldZ", (long)(ns % 1000000000));
}

static hd_json *
to_json (const mon_state *state)
{
  hd_json *json = hd_json_new_object ();
  hd_json_set_string (json, "status", mon_status_name (state->status));
  hd_json_set_int (json, "pid", state->pid);
  hd_json_set_int (json, "monitor", state->monitor);
  hd_json_set_int (json, "exit_code", state->exit_code);
  hd_json_set_int (json, "started_ns", state->started_ns);
  hd_json_set_int (json, "finished_ns", state->finished_ns);
  hd_json_set_int (json, "restarts", state->restarts);
  hd_json_set_bool (json, "oom_killed", state->oom_killed);
  hd_json_set_bool (json, "stopped_by_user", state->stopped_by_user);
  hd_json_set_string (json, "health", mon_health_name (state->health));
  hd_json_set_int (json, "failing", state->failing);
  if (state->checks != NULL)
    hd_json_set (json, "checks", hd_json_copy (state->checks));
  hd_json_set_string (json, "error", state->error);
  return json;
}

static int
replace_quickly (int dir_fd, const char *text, size_t size)
{
  static const char partial[] = MON_STATE_FILE ".new";
  hd_autofd fd = openat (dir_fd, partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  int r = fd < 0 ? -errno : hd_fs_write_all (fd, text, size);
  if (r == 0 && renameat (dir_fd, partial, dir_fd, MON_STATE_FILE) < 0)
    r = -errno;
  return r;
}

int
mon_state_write (int dir_fd, const mon_state *state, bool durable)
{
  hd_autojson json = to_json (state);
  hd_autofree char *text = hd_json_to_text (json, false);
  return durable ? hd_fs_replace (dir_fd, MON_STATE_FILE, text, strlen (text), 0600)
                 : replace_quickly (dir_fd, text, strlen (text));
}

static int
find_name (const char *const *names, int count, const char *name)
{
  for (int i = 0; i < count; i++)
    if (strcmp (names[i], name) == 0)
      return i;
  return -1;
}

int
mon_state_read (int dir_fd, mon_state *ret)
{
  hd_autofree char *text = NULL;
  size_t size;
  int r = hd_fs_read (dir_fd, MON_STATE_FILE, STATE_BYTES_MAX, &text, &size);
  if (r < 0)
    return r;
  hd_autojson json = hd_json_parse (text, size, NULL);
  int status
      = find_name (status_names, MON_N_STATUSES, hd_json_get_string (json, "status", "none"));
  int health = find_name (health_names, 4, hd_json_get_string (json, "health", "none"));
  if (json == NULL || status < 0 || health < 0)
    return -EBADMSG;
  *ret = (mon_state){
    .status = (mon_status)status,
    .pid = (pid_t)hd_json_get_int (json, "pid", 0),
    .monitor = (pid_t)hd_json_get_int (json, "monitor", 0),
    .exit_code = (int)hd_json_get_int (json, "exit_code", 0),
    .started_ns = hd_json_get_int (json, "started_ns", 0),
    .finished_ns = hd_json_get_int (json, "finished_ns", 0),
    .restarts = hd_json_get_int (json, "restarts", 0),
    .oom_killed = hd_json_get_bool (json, "oom_killed", false),
    .stopped_by_user = hd_json_get_bool (json, "stopped_by_user", false),
    .health = (mon_health_status)health,
    .failing = hd_json_get_int (json, "failing", 0),
  };
  const hd_json *checks = hd_json_get (json, "checks");
  if (checks != NULL)
    ret->checks = hd_json_copy (checks);
  snprintf (ret->error, sizeof ret->error, "%s", hd_json_get_string (json, "error", ""));
  return 0;
}

void
mon_state_clear (mon_state *state)
{
  hd_json_freep (&state->checks);
  state->checks = NULL;
}
