/* Talking to a container's monitor. */
#pragma once

#include "engine/container.h"
#include "monitor/protocol.h"

/* Connect; -1 with HD_FAILED ("is not running") when there is no monitor. */
int hd_monitor_connect (HdStore *store, const HdContainer *container, GError **error);
/* Ask, and wait for MON_OK; a refusal is an error with the monitor's words. */
gboolean hd_monitor_ask (HdStore *store, const HdContainer *container, mon_kind kind, int a, int b,
                         GError **error);
/* Stop (MON_STOP) or wait (MON_WAIT) until it has ended: *ret_status is its exit status. A monitor
 * that is killed meanwhile is no error: *ret_status is that of its state then. */
gboolean hd_monitor_await (HdStore *store, const HdContainer *container, mon_kind kind, int a,
                           int b, int *ret_status, GError **error);
/* Wait until the monitor itself has gone, after its container has ended. Blocks. */
void hd_monitor_await_gone (HdStore *store, const char *id);
