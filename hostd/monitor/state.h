/* state.json: what a monitor knows of its container, for everybody who asks without it.
 *
 * Written whole beside the old one and renamed; the monitor is its only writer while it lives.
 * Plain C.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/json.h"

#define MON_STATE_FILE "state.json"

typedef enum
{
  MON_CREATED,
  MON_RUNNING,
  MON_PAUSED,
  MON_RESTARTING,
  MON_EXITED_STATUS,
  MON_DEAD,
  MON_N_STATUSES
} mon_status;

typedef enum
{
  MON_HEALTH_NONE,
  MON_HEALTH_STARTING,
  MON_HEALTH_GOOD,
  MON_HEALTH_BAD,
} mon_health_status;

typedef struct
{
  mon_status status;
  pid_t pid;           /* of the container's first process, 0 when there is none */
  pid_t monitor;       /* process id of the monitor */
  int exit_code;       /* of the last run */
  int64_t started_ns;  /* since 1970; 0: never */
  int64_t finished_ns; /* since 1970; 0: never */
  int64_t restarts;
  bool oom_killed;
  bool stopped_by_user; /* the policy does not start it again, not even after a boot */
  mon_health_status health;
  int64_t failing; /* failed checks in a row */
  hd_json *checks; /* the last results, or NULL; belongs to the state */
  char error[512]; /* why it could not be started, or "" */
} mon_state;

/* "created", "running", "paused", "restarting", "exited", "dead". */
const char *mon_status_name (mon_status status);
/* "starting", "healthy", "unhealthy", or "none". */
const char *mon_health_name (mon_health_status health);
/* Whether a monitor should be alive in this status. */
bool mon_status_is_live (mon_status status);

/* Replace state.json in the folder; `durable` makes it survive a power cut. 0 or a negative errno.
 */
int mon_state_write (int dir_fd, const mon_state *state, bool durable);
/* Read it; -ENOENT when there is none, -EBADMSG when it is damaged.  Free with mon_state_clear. */
int mon_state_read (int dir_fd, mon_state *ret);
void mon_state_clear (mon_state *state);

/* Nanoseconds since 1970. */
int64_t mon_now_ns (void);
/* "2026-01-02T03:04:05.123456789Z" (31 bytes with NUL). */
#define MON_TIME_MAX 40
void mon_format_time (int64_t ns, char *ret);
