/* monitor.json: what the engine asks of a monitor.  Plain C. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"

#define MON_CONFIG_FILE "monitor.json"

typedef enum
{
  MON_RESTART_NO,
  MON_RESTART_ON_FAILURE,
  MON_RESTART_ALWAYS,
  MON_RESTART_UNLESS_STOPPED,
  MON_N_RESTARTS
} mon_restart;

typedef struct
{
  const hd_json *test; /* arguments, or NULL for no checks */
  int64_t interval_ms;
  int64_t timeout_ms;
  int64_t start_period_ms;
  int64_t retries;
} mon_health_config;

/* Strings belong to `json`. */
typedef struct
{
  hd_json *json;
  const char *id;
  const char *name;
  const char *image;        /* as it was asked for */
  const char *runtime;      /* path of atomic-runtime */
  const char *runtime_root; /* --root of it */
  const char *cgroup_manager;
  const char *rootfs;            /* mount point, absolute */
  const hd_json *layers;         /* absolute paths, uppermost first */
  const hd_json *cleanup;        /* arguments of what runs when it has ended, or NULL */
  const hd_json *health_process; /* process of the runtime's exec for checks, or NULL */
  const char *log_driver;        /* "json-file", "journald", "none" */
  const char *log_tag;           /* of journald */
  int64_t log_max_bytes;         /* 0: no limit */
  int64_t log_max_files;
  bool tty;
  bool stdin_open;
  bool stdin_once; /* close it when the client that was attached first has gone */
  bool auto_remove;
  bool watches_rules;  /* of the packet filter: it has a published port or a bridge */
  bool tells_status;   /* the monitor's exit status is the container's */
  const char *unit;    /* of systemd that the monitor is, or NULL */
  const char *program; /* path of atomic, which puts them back */
  mon_restart restart;
  int64_t restart_max; /* of on-failure; 0: no limit */
  int stop_signal;
  int64_t stop_timeout_ms;
  mon_health_config health;
} mon_config;

/* "no", "on-failure", "always", "unless-stopped"; MON_N_RESTARTS when it is none. */
mon_restart mon_restart_parse (const char *name);
const char *mon_restart_name (mon_restart restart);

/* Read it from the container's folder.  Returns 0 or a negative errno with `err` set.  Free with
 * mon_config_clear. */
int mon_config_read (int dir_fd, mon_config *ret, hd_err *err);
void mon_config_clear (mon_config *config);

/* Milliseconds to wait before the next start, after `previous_ms` (0: none yet) and a run of
 * `ran_ms`: 100 ms, doubled each time up to a minute; one that ran for 10 s begins anew (Docker,
 * "restart policies").  */
int64_t mon_restart_delay_ms (int64_t previous_ms, int64_t ran_ms);
/* Whether the policy wants another start after this exit. */
bool mon_restart_wanted (mon_restart restart, int64_t max, int64_t restarts, int exit_code,
                         bool stopped_by_user);
