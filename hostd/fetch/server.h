/* A registry as it is asked: how to reach it, who asks, and the tokens that it gave.
 *
 * Credentials go to the registry itself, and to the place where it says that tokens are given;
 * never to what it redirects to.
 */
#pragma once

#include <curl/curl.h>
#include <glib.h>
#include "common/err.h"
#include "common/json.h"

typedef struct _HdServer HdServer;

/* From the message that introduces it (engine/fetcher.h). */
HdServer *hd_server_new (const hd_json *message);
void hd_server_free (HdServer *server);

/* Absolute address of a path below its own; an address (from Location) is resolved against it. Free
 * with g_free. NULL when it leaves TLS for plain HTTP. */
char *hd_server_address (const HdServer *server, const char *path);
/* What every request to an address wants: TLS, time limits; and the header for who asks, for a
 * request of `scope` (NULL: none). The header list belongs to the caller. */
struct curl_slist *hd_server_prepare (HdServer *server, CURL *curl, const char *address,
                                      const char *scope);
/* The server answered 401 with this WWW-Authenticate (or NULL) to a request of `scope`. TRUE: there
 * is something new to say, ask again. FALSE with `err` set: there is not. May fetch a token:
 * blocks. */
gboolean hd_server_answer (HdServer *server, const char *challenge, const char *scope, hd_err *err);
/* Fill `err` from what curl says of a failed request. */
void hd_server_explain (const HdServer *server, CURLcode code, const char *detail, hd_err *err);
