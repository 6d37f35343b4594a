/* atomic-fetch at work: requests to registries, made by a process without privileges.
 *
 * Messages are JSON objects, one a line, on a socket; descriptors go beside them. To it:
 *   {"op":"server","server":N,"url","user","password","identity-token","authorities","certificate","key","unverified"}
 *   {"op":"request","id":N,"server":N,"path","method","accept","scope","content-type","max","size","sends","fd"}
 *   {"op":"verify","id":N,"key":PEM,"payload":BASE64,"signature":BASE64}
 * From it:
 *   {"event":"progress","id":N,"bytes":N}     {"event":"trouble","message"}
 *   {"event":"end","id":N,"code","message","hint","status","type","digest","location","bytes"}
 * `path` is below the server's address, or an address of it (from "location"). `max` bytes are
 * taken at most. With "sends" the body comes from the descriptor, which is a file.
 */
#pragma once

#include <glib.h>
#include "engine/auth.h"
#include "engine/registries.h"

typedef struct _HdFetcher HdFetcher;

typedef struct
{
  int server;
  const char *method; /* NULL: GET */
  const char *path;
  const char *accept, *scope, *content_type; /* or NULL */
  guint64 max_bytes;                         /* of the answer's body */
  gint64 size_bytes;                         /* of the body that is sent or expected; -1: unknown */
  gboolean sends;
  int fd; /* stays the caller's; -1: none */
} HdFetchRequest;

typedef struct
{
  int status;                     /* of HTTP; 0: there was no answer */
  char *type, *digest, *location; /* or NULL */
  guint64 bytes;
} HdFetchResult;

void hd_fetch_result_free (HdFetchResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdFetchResult, hd_fetch_result_free)

HdFetcher *hd_fetcher_new (GError **error);
/* Ends the process. */
void hd_fetcher_free (HdFetcher *fetcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdFetcher, hd_fetcher_free)

/* What is called with the bytes of a request so far, and with messages of trouble (bytes 0, text
 * not NULL). */
typedef void (*HdFetchWatch) (gint64 id, guint64 bytes, const char *trouble, gpointer data);
void hd_fetcher_watch (HdFetcher *fetcher, HdFetchWatch watch, gpointer data);

/* Introduce a registry; `credentials` may be NULL. Returns its number for requests, -1 on an error
 * (certificates). */
int hd_fetcher_add_server (HdFetcher *fetcher, const HdEndpoint *endpoint,
                           const HdCredentials *credentials, GError **error);
/* Start a request; returns its id, or 0: HD_WORKER. */
gint64 hd_fetcher_start (HdFetcher *fetcher, const HdFetchRequest *request, GError **error);
/* Polls readable when there is something to hear. */
int hd_fetcher_fd (const HdFetcher *fetcher);
/* Hear without blocking. HD_WORKER: it is gone. */
gboolean hd_fetcher_hear (HdFetcher *fetcher, GError **error);
gboolean hd_fetcher_has_ended (const HdFetcher *fetcher, gint64 id);
/* Take the result of a request that has ended, or its error: HD_NETWORK, HD_SERVER, HD_DENIED,
 * HD_NOT_FOUND, HD_CORRUPT. `*ret_status` (may be NULL) is set in any case. */
HdFetchResult *hd_fetcher_take (HdFetcher *fetcher, gint64 id, int *ret_status, GError **error);
/* Wait for a request and take its result. */
HdFetchResult *hd_fetcher_wait (HdFetcher *fetcher, gint64 id, int *ret_status, GError **error);
/* Whether `signature` (base64) over `payload` is by the public key `pem`: HD_SIGNATURE, HD_CONFIG
 * (no key). The work is done where strangers' bytes are read anyway. */
gboolean hd_fetcher_verify (HdFetcher *fetcher, const char *pem, const void *payload,
                            gsize payload_size, const char *signature, GError **error);
/* A request whose answer's body is small: start, wait, and give the body in memory, with a NUL
 * behind it (not counted). Free with g_free. */
char *hd_fetcher_get (HdFetcher *fetcher, const HdFetchRequest *request, gsize *ret_size,
                      HdFetchResult **ret_result, int *ret_status, GError **error);
