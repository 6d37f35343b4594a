/* The queue of jobs: one runs, the others wait in order, ended ones are kept for a while.
 *
 * Lives on an event loop and starts the workers; knows no D-Bus. Whoever wants to hear of jobs
 * gives an HdQueueObserver.
 */
#pragma once

#include "daemon/job.h"

/* Jobs that may wait; a further one is HD_BUSY, so that no caller can fill the memory. */
#define HD_QUEUE_MAX_WAITING 16

typedef struct
{
  char *worker;        /* path of the worker's program */
  guint64 keep_ms;     /* how long an ended job is kept */
  guint64 patience_ms; /* from SIGTERM to SIGKILL of a cancelled worker */
  guint64 tell_ms;     /* counts are told this often at most, everything else at once */
} HdQueueConfig;

/* All are called from the event loop or from the hd_queue function that caused it; `job` stays
 * valid until `removed` returns. */
typedef struct
{
  void (*added) (HdJob *job, gpointer data);
  void (*changed) (HdJob *job, guint changes, gpointer data); /* HdJobChange bits */
  void (*ended) (HdJob *job, gpointer data);                  /* after `changed` */
  void (*removed) (HdJob *job, gpointer data);
} HdQueueObserver;

typedef struct _HdQueue HdQueue;

/* `config` and `observer` must outlive the queue. */
HdQueue *hd_queue_new (sd_event *event, const HdQueueConfig *config,
                       const HdQueueObserver *observer, gpointer data);
/* Kills a worker that runs; tells nobody. */
void hd_queue_free (HdQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdQueue, hd_queue_free)

/* Put a request (taken over, also on an error) at the end. It is started from the event loop, never
 * in here. Returns the job, which belongs to the queue. Errors: HD_BUSY when another job is live
 * and `no_wait`, or when too many wait. */
HdJob *hd_queue_add (HdQueue *queue, HdRequest *request, uid_t owner, gboolean no_wait,
                     GError **error);
/* A waiting job ends at once; a running one when its worker has ended. Errors: HD_NOT_FOUND when
 * the job is over already. */
gboolean hd_queue_cancel (HdQueue *queue, HdJob *job, GError **error);
/* Cancel all that are live. */
void hd_queue_cancel_all (HdQueue *queue);

/* NULL when there is no such job (any more). */
HdJob *hd_queue_find (HdQueue *queue, guint id);
/* All jobs, oldest first, of HdJob; belongs to the queue. */
const GPtrArray *hd_queue_jobs (const HdQueue *queue);
/* Jobs that wait or run. */
guint hd_queue_count_live (const HdQueue *queue);
