/* Two ways to have a change made, behind one table of functions: by hostd over D-Bus, or by a
 * worker that this process starts itself (a sysroot that is not booted, rescue without a bus).
 *
 * Both block until the change has ended, call `on_event` meanwhile, and cancel it when `cancel_fd`
 * (a signalfd or any descriptor; -1: none) becomes readable.
 */
#pragma once

#include "client/event.h"
#include "client/request.h"

typedef struct
{
  const char *name;
  /* A result, whatever its code, or NULL with HD_NO_BUS (nobody was asked: hostd cannot be
   * reached), HD_DENIED, HD_BUSY, HD_USAGE (the request was refused) or HD_WORKER (hostd or the
   * worker died; the host is as it was, or the change is whole). */
  HdResult *(*run) (const HdRequest *request, HdEventFunc on_event, gpointer data, int cancel_fd,
                    GError **error);
} HdTransport;

extern const HdTransport hd_transport_bus;
extern const HdTransport hd_transport_direct;

/* The bus for "/", direct for every other sysroot; for "/" direct also when there is no bus and
 * this is root. Errors as in HdTransport. */
HdResult *hd_transport_run (const HdRequest *request, HdEventFunc on_event, gpointer data,
                            int cancel_fd, GError **error);
