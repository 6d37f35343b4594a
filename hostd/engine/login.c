/* Whether a registry knows somebody: its own address (OCI distribution specification, "end-1")
 * says. */
#include "engine/login.h"

#include "base/error.h"
#include "engine/fetcher.h"

gboolean
hd_login_try (const char *host, const HdCredentials *credentials, GError **error)
{
  g_autoptr (HdEndpoint) endpoint = hd_registries_endpoint (host, error);
  g_autoptr (HdFetcher) fetcher = endpoint != NULL ? hd_fetcher_new (error) : NULL;
  int server = fetcher != NULL ? hd_fetcher_add_server (fetcher, endpoint, credentials, error) : -1;
  if (server < 0)
    return FALSE;
  const HdFetchRequest request = { .server = server, .path = "", .size_bytes = -1, .fd = -1 };
  gint64 id = hd_fetcher_start (fetcher, &request, error);
  g_autoptr (HdFetchResult) result = id != 0 ? hd_fetcher_wait (fetcher, id, NULL, error) : NULL;
  return result != NULL;
}
