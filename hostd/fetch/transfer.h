/* One request to a registry: a body that is fetched into a descriptor, or sent from one.
 *
 * What breaks off is asked for again where it stopped (RFC 9110, section 14, Range), after a pause
 * that grows; what the other end of a pipe does not take yet is waited for. The descriptor gets
 * every byte once, in order. Does not block.
 */
#pragma once

#include <curl/curl.h>
#include <glib.h>
#include "common/json.h"
#include "fetch/server.h"

typedef struct _HdTransfer HdTransfer;

/* From the engine's message (engine/fetcher.h); takes `fd` over (-1: none). */
HdTransfer *hd_transfer_new (HdServer *server, const hd_json *message, int fd);
void hd_transfer_free (HdTransfer *transfer);

/* Begin, or begin again, as a handle of `multi`. FALSE: it has ended already. */
gboolean hd_transfer_start (HdTransfer *transfer, CURLM *multi);
/* Curl is done with the handle. TRUE: start it again when hd_transfer_pause_ms is over. */
gboolean hd_transfer_finish (HdTransfer *transfer, CURLM *multi, CURLcode code);
/* Milliseconds until it should start again; 0: now; -1: it runs or has ended. */
int hd_transfer_pause_ms (const HdTransfer *transfer);
gboolean hd_transfer_has_ended (const HdTransfer *transfer);

/* The descriptor to wait for, to write, or -1; then call hd_transfer_flush. */
int hd_transfer_waits_for (const HdTransfer *transfer);
void hd_transfer_flush (HdTransfer *transfer);

/* "progress" with the bytes so far, or NULL when there are no more than at the last call. */
hd_json *hd_transfer_progress (HdTransfer *transfer);
/* The last message: "end". */
hd_json *hd_transfer_end (const HdTransfer *transfer);
/* Free with g_free: why it is asked for again, or NULL. Once for each time. */
char *hd_transfer_take_trouble (HdTransfer *transfer);
