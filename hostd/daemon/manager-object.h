/* org.atomichost.Host1.Manager: ask for changes, read status and history, list jobs. */
#pragma once

#include "daemon/context.h"

/* Serve the interface. `context` must outlive the bus. Returns 0 or a negative errno. */
int hd_manager_object_add (HdContext *context);
/* Tell observers: JobNew and JobRemoved. */
void hd_manager_object_emit_new (HdContext *context, HdJob *job);
void hd_manager_object_emit_removed (HdContext *context, HdJob *job);
