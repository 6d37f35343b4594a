/* org.atomichost.Host1.Job: the jobs of the queue as objects below /org/atomichost/Host1/jobs. */
#pragma once

#include "daemon/context.h"

/* Serve the interface. `context` must outlive the bus. Returns 0 or a negative errno. */
int hd_job_object_add (HdContext *context);
/* The object path of a job; free with g_free. */
char *hd_job_object_path (const HdJob *job);
/* Tell observers: PropertiesChanged for HdJobChange bits, and Finished. */
void hd_job_object_emit_changed (HdContext *context, HdJob *job, guint changes);
void hd_job_object_emit_finished (HdContext *context, HdJob *job);
