/* One change that was asked for: what it is, how far it is, how it ended. A value with a state
 * machine; knows neither D-Bus nor the queue that it stands in.
 *
 *   queued -> running -> done | failed | cancelled
 *   queued -> cancelled
 */
#pragma once

#include <sys/types.h>
#include <systemd/sd-event.h>
#include "client/request.h"
#include "client/runner.h"

typedef enum
{
  HD_JOB_QUEUED,
  HD_JOB_RUNNING,
  HD_JOB_DONE, /* also when there was nothing to do */
  HD_JOB_FAILED,
  HD_JOB_CANCELLED
} HdJobState;

/* What changed, as a set of bits; each stands for the properties of the same name. */
typedef enum
{
  HD_JOB_CHANGED_STATE = 1 << 0,
  HD_JOB_CHANGED_PHASE = 1 << 1,
  HD_JOB_CHANGED_MESSAGE = 1 << 2,
  HD_JOB_CHANGED_COUNTS = 1 << 3, /* Done, Total, Unit, Percent, Rate */
  HD_JOB_CHANGED_RESULT = 1 << 4  /* Code, Result */
} HdJobChange;

typedef struct
{
  guint id; /* from 1 */
  uid_t owner;
  HdRequest *request;
  HdJobState state;
  char *phase; /* never NULL; "" until there is one */
  char *message;
  guint64 done;
  guint64 total;
  char *unit;
  guint64 rate;     /* per second, smoothed */
  HdResult *result; /* NULL until it has ended */

  /* For the queue. */
  HdRunner *runner;
  sd_event_source *expiry;
  guint untold;          /* HdJobChange bits that no observer has been told of */
  guint64 rate_since_us; /* CLOCK_MONOTONIC of the last measurement of the rate; 0: none */
  guint64 rate_done;     /* `done` at that time */
} HdJob;

/* `request` is taken over. */
HdJob *hd_job_new (guint id, HdRequest *request, uid_t owner);
void hd_job_free (HdJob *job);

const char *hd_job_state_name (HdJobState state);
gboolean hd_job_is_over (const HdJob *job);
/* 0 to 100; 0 when the total is not known, 100 when the job is done. */
guint hd_job_percent (const HdJob *job);

/* Apply what the worker said; returns the HdJobChange bits. `now_us` is CLOCK_MONOTONIC. */
guint hd_job_apply (HdJob *job, const HdEvent *event, guint64 now_us);
/* The job has ended; `result` is taken over. Returns the bits. */
guint hd_job_end (HdJob *job, HdResult *result);
