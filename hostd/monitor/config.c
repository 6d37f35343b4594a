/* monitor.json to a value, and the restart policy. */
#include "monitor/config.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/fs.h"

#define CONFIG_BYTES_MAX (1u << 20)
#define DELAY_FIRST_MS 100
#define DELAY_MAX_MS 60000
#define RAN_WELL_MS 10000

static const char *const restart_names[MON_N_RESTARTS]
    = { "no", "on-failure", "always", "unless-stopped" };

mon_restart
mon_restart_parse (const char *name)
{
  int i = 0;
  while (i < MON_N_RESTARTS && strcmp (restart_names[i], name) != 0)
    i++;
  return (mon_restart)i;
}

const char *
mon_restart_name (mon_restart restart)
{
  return restart_names[restart];
}

static void
read_health (const hd_json *json, mon_health_config *ret)
{
  *ret = (mon_health_config){
    .test = hd_json_get (json, "test"),
    .interval_ms = hd_json_get_int (json, "interval_ms", 30000),
    .timeout_ms = hd_json_get_int (json, "timeout_ms", 30000),
    .start_period_ms = hd_json_get_int (json, "start_period_ms", 0),
    .retries = hd_json_get_int (json, "retries", 3),
  };
}

static int
check (const mon_config *config, hd_err *err)
{
  if (config->id == NULL || config->runtime == NULL || config->runtime_root == NULL
      || config->rootfs == NULL || config->restart == MON_N_RESTARTS || config->stop_signal <= 0
      || config->stop_signal > SIGRTMAX)
    return hd_err_set (err, HD_CORRUPT, "remove the container and make it again",
                       MON_CONFIG_FILE ": a member is missing or wrong");
  return 0;
}

int
mon_config_read (int dir_fd, mon_config *ret, hd_err *err)
{
  hd_autofree char *text = NULL;
  size_t size;
  int r = hd_fs_read (dir_fd, MON_CONFIG_FILE, CONFIG_BYTES_MAX, &text, &size);
  if (r < 0)
    return hd_err_set_errno (err, -r, "reading " MON_CONFIG_FILE);
  hd_json *json = hd_json_parse (text, size, err);
  if (json == NULL)
    return -EINVAL;
  *ret = (mon_config){
    .json = json,
    .id = hd_json_get_string (json, "id", NULL),
    .name = hd_json_get_string (json, "name", ""),
    .image = hd_json_get_string (json, "image", ""),
    .runtime = hd_json_get_string (json, "runtime", NULL),
    .runtime_root = hd_json_get_string (json, "runtime_root", NULL),
    .cgroup_manager = hd_json_get_string (json, "cgroup_manager", "cgroupfs"),
    .rootfs = hd_json_get_string (json, "rootfs", NULL),
    .layers = hd_json_get (json, "layers"),
    .cleanup = hd_json_get (json, "cleanup"),
    .health_process = hd_json_get (json, "health_process"),
    .log_driver = hd_json_get_string (json, "log_driver", "json-file"),
    .log_tag = hd_json_get_string (json, "log_tag", ""),
    .log_max_bytes = hd_json_get_int (json, "log_max_bytes", 0),
    .log_max_files = hd_json_get_int (json, "log_max_files", 1),
    .tty = hd_json_get_bool (json, "tty", false),
    .stdin_open = hd_json_get_bool (json, "stdin_open", false),
    .stdin_once = hd_json_get_bool (json, "stdin_once", false),
    .auto_remove = hd_json_get_bool (json, "auto_remove", false),
    .watches_rules = hd_json_get_bool (json, "watches_rules", false),
    .tells_status = hd_json_get_bool (json, "tells_status", false),
    .unit = hd_json_get_string (json, "unit", NULL),
    .program = hd_json_get_string (json, "program", NULL),
    .restart = mon_restart_parse (hd_json_get_string (json, "restart", "no")),
    .restart_max = hd_json_get_int (json, "restart_max", 0),
    .stop_signal = (int)hd_json_get_int (json, "stop_signal", SIGTERM),
    .stop_timeout_ms = hd_json_get_int (json, "stop_timeout_ms", 10000),
  };
  read_health (hd_json_get (json, "health"), &ret->health);
  return check (ret, err);
}

void
mon_config_clear (mon_config *config)
{
  hd_json_freep (&config->json);
  *config = (mon_config){ 0 };
}

int64_t
mon_restart_delay_ms (int64_t previous_ms, int64_t ran_ms)
{
  if (previous_ms == 0 || ran_ms >= RAN_WELL_MS)
    return DELAY_FIRST_MS;
  return previous_ms * 2 < DELAY_MAX_MS ? previous_ms * 2 : DELAY_MAX_MS;
}

bool
mon_restart_wanted (mon_restart restart, int64_t max, int64_t restarts, int exit_code,
                    bool stopped_by_user)
{
  if (stopped_by_user || restart == MON_RESTART_NO)
    return false;
  if (restart != MON_RESTART_ON_FAILURE)
    return true;
  return exit_code != 0 && (max == 0 || restarts < max);
}
