/* hostd as a whole: the interfaces on a connection, the queue behind them, leaving when idle.
 *
 * Leaving without losing a caller: the service manager is told first (STOPPING=1, so that it starts
 * another hostd for what comes next), then the name is given back, then what had already come is
 * answered, and only then the loop ends. A change that is asked for in between is told to ask
 * again.
 */
#pragma once

#include <systemd/sd-bus.h>
#include "daemon/queue.h"

typedef struct
{
  const char *sysroot;
  guint64 idle_ms; /* without jobs, calls and questions to polkit */
  HdQueueConfig queue;
} HdServiceConfig;

typedef struct _HdService HdService;

/* Serve on `bus`, which is attached to `event`. `config` must outlive the service. The service must
 * be freed after the bus has been closed. */
HdService *hd_service_new (sd_event *event, sd_bus *bus, const HdServiceConfig *config,
                           GError **error);
void hd_service_free (HdService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdService, hd_service_free)

/* Take the well-known name, tell the service manager READY=1, and begin to count idleness. Errors:
 * HD_BUSY when another hostd has the name, HD_DENIED when the bus policy forbids it. */
gboolean hd_service_open (HdService *service, GError **error);
/* Cancel every job, and leave when they have ended. */
void hd_service_stop (HdService *service);
