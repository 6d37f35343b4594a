/* A registry as it is asked. */
#include "fetch/server.h"

#include <string.h>

#include "fetch/challenge.h"

#define USER_AGENT "atomic"
#define CONNECT_SECONDS 20L
/* A connection that brings nothing for so long is broken. */
#define STALL_SECONDS 60L
#define MAX_REDIRECTS 10L
#define MAX_TOKEN_BYTES (1u << 20)
#define BUFFER_BYTES (256L << 10)

struct _HdServer
{
  char *url;  /* ends with a slash */
  char *host; /* "scheme://host:port" of it */
  char *user, *password, *identity_token;
  char *authorities, *certificate, *key; /* PEM */
  gboolean unverified, plain;
  gboolean basic;     /* it asked for Basic */
  GHashTable *tokens; /* scope or "" -> token */
};

static char *
origin_of (const char *url)
{
  const char *host = strstr (url, "://");
  gsize length = host == NULL ? 0 : (gsize)(host - url) + 3 + strcspn (host + 3, "/?#");
  return g_strndup (url, length);
}

HdServer *
hd_server_new (const hd_json *message)
{
  HdServer *server = g_new0 (HdServer, 1);
  server->url = g_strdup (hd_json_get_string (message, "url", ""));
  server->host = origin_of (server->url);
  server->user = g_strdup (hd_json_get_string (message, "user", NULL));
  server->password = g_strdup (hd_json_get_string (message, "password", NULL));
  server->identity_token = g_strdup (hd_json_get_string (message, "identity-token", NULL));
  server->authorities = g_strdup (hd_json_get_string (message, "authorities", NULL));
  server->certificate = g_strdup (hd_json_get_string (message, "certificate", NULL));
  server->key = g_strdup (hd_json_get_string (message, "key", NULL));
  server->unverified = hd_json_get_bool (message, "unverified", false);
  server->plain = g_str_has_prefix (server->url, "http://");
  server->tokens = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return server;
}

void
hd_server_free (HdServer *server)
{
  if (server == NULL)
    return;
  char *const texts[] = { server->url,
                          server->host,
                          server->user,
                          server->password,
                          server->identity_token,
                          server->authorities,
                          server->certificate,
                          server->key };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_hash_table_unref (server->tokens);
  g_free (server);
}

char *
hd_server_address (const HdServer *server, const char *path)
{
  if (strstr (path, "://") != NULL)
    return server->plain || g_str_has_prefix (path, "https://") ? g_strdup (path) : NULL;
  return *path == '/' ? g_strconcat (server->host, path, NULL)
                      : g_strconcat (server->url, path, NULL);
}

/* ---- Requests ---- */

static void
set_blob (CURL *curl, CURLoption option, char *text)
{
  struct curl_blob blob = { text, text != NULL ? strlen (text) : 0, CURL_BLOB_NOCOPY };
  if (text != NULL)
    curl_easy_setopt (curl, option, &blob);
}

static void
set_transport (HdServer *server, CURL *curl, const char *address)
{
  const char *protocols = server->plain ? "http,https" : "https";
  curl_easy_setopt (curl, CURLOPT_URL, address);
  curl_easy_setopt (curl, CURLOPT_PROTOCOLS_STR, protocols);
  curl_easy_setopt (curl, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
  curl_easy_setopt (curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt (curl, CURLOPT_MAXREDIRS, MAX_REDIRECTS);
  curl_easy_setopt (curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (curl, CURLOPT_USERAGENT, USER_AGENT);
  curl_easy_setopt (curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
  curl_easy_setopt (curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt (curl, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
  curl_easy_setopt (curl, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
  /* Several blobs come side by side: one stream of HTTP/2 for all would be slower. */
  curl_easy_setopt (curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (curl, CURLOPT_SSL_VERIFYPEER, server->unverified ? 0L : 1L);
  curl_easy_setopt (curl, CURLOPT_SSL_VERIFYHOST, server->unverified ? 0L : 2L);
  set_blob (curl, CURLOPT_CAINFO_BLOB, server->authorities);
  set_blob (curl, CURLOPT_SSLCERT_BLOB, server->certificate);
  set_blob (curl, CURLOPT_SSLKEY_BLOB, server->key);
}

static gboolean
is_own (const HdServer *server, const char *address)
{
  g_autofree char *origin = origin_of (address);
  return g_ascii_strcasecmp (origin, server->host) == 0;
}

static const char *
find_token (const HdServer *server, const char *scope)
{
  return g_hash_table_lookup (server->tokens, scope != NULL ? scope : "");
}

static struct curl_slist *
authorization (const char *scheme, const char *value)
{
  g_autofree char *text = g_strconcat ("Authorization: ", scheme, " ", value, NULL);
  return curl_slist_append (NULL, text);
}

static char *
basic_text (const HdServer *server)
{
  g_autofree char *pair = g_strdup_printf ("%s:%s", server->user, server->password);
  return g_base64_encode ((const guchar *)pair, strlen (pair));
}

struct curl_slist *
hd_server_prepare (HdServer *server, CURL *curl, const char *address, const char *scope)
{
  const char *token = find_token (server, scope);
  set_transport (server, curl, address);
  if (!is_own (server, address))
    return NULL;
  if (token != NULL)
    return authorization ("Bearer", token);
  if (!server->basic || server->user == NULL)
    return NULL;
  g_autofree char *encoded = basic_text (server);
  return authorization ("Basic", encoded);
}

void
hd_server_explain (const HdServer *server, CURLcode code, const char *detail, hd_err *err)
{
  const char *text = detail != NULL && *detail != '\0' ? detail : curl_easy_strerror (code);
  const char *hint = NULL;
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    hint = "if it is yours, put its authority's certificate into "
           "/etc/atomic/certs.d/HOST/ca.crt";
  else if (strstr (text, "alert certificate required") != NULL
           || strstr (text, "alert bad certificate") != NULL
           || strstr (text, "alert handshake failure") != NULL)
    hint = "it may want a client's certificate: /etc/atomic/certs.d/HOST/NAME.cert and NAME.key";
  else if (code == CURLE_SSL_CONNECT_ERROR)
    hint = "if it has no TLS, name it in /etc/atomic/registries.conf: Plain=HOST";
  else if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT)
    hint = "check the name, and the network of this machine";
  hd_err_set (err, HD_NETWORK, hint, "asking %s: %s", server->host, text);
}

/* ---- Tokens ---- */

static size_t
collect (char *data, size_t size, size_t count, void *user)
{
  GString *text = user;
  if (text->len + size * count > MAX_TOKEN_BYTES)
    return 0;
  g_string_append_len (text, data, (gssize)(size * count));
  return size * count;
}

static void
append_parameter (GString *text, const char *name, const char *value)
{
  if (value == NULL)
    return;
  g_autofree char *escaped = g_uri_escape_string (value, NULL, FALSE);
  g_string_append_printf (text, "%s%s=%s", text->len > 0 ? "&" : "", name, escaped);
}

/* All scopes that the registry or the request names. */
static void
append_scopes (GString *text, const HdChallenge *challenge, const char *scope)
{
  append_parameter (text, "scope", challenge->scope);
  if (g_strcmp0 (scope, challenge->scope) != 0)
    append_parameter (text, "scope", scope);
}

static char *
parse_token (const GString *body)
{
  hd_autojson root = hd_json_parse (body->str, body->len, NULL);
  const char *token = hd_json_get_string (root, "token", NULL);
  if (token == NULL || *token == '\0')
    token = hd_json_get_string (root, "access_token", NULL);
  /* It becomes a header: a line end in it would begin another. */
  return token != NULL && *token != '\0' && strpbrk (token, "\r\n") == NULL ? g_strdup (token)
                                                                            : NULL;
}

static void
prepare_token (HdServer *server, CURL *curl, const HdChallenge *challenge, const char *scope)
{
  g_autoptr (GString) form = g_string_new (NULL);
  append_parameter (form, "service", challenge->service);
  append_scopes (form, challenge, scope);
  if (server->identity_token != NULL)
    {
      append_parameter (form, "grant_type", "refresh_token");
      append_parameter (form, "client_id", USER_AGENT);
      append_parameter (form, "refresh_token", server->identity_token);
      set_transport (server, curl, challenge->realm);
      curl_easy_setopt (curl, CURLOPT_COPYPOSTFIELDS, form->str);
      return;
    }
  append_parameter (form, "account", server->user);
  g_autofree char *address = g_strconcat (
      challenge->realm, strchr (challenge->realm, '?') != NULL ? "&" : "?", form->str, NULL);
  set_transport (server, curl, address);
  if (server->user != NULL)
    {
      curl_easy_setopt (curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
      curl_easy_setopt (curl, CURLOPT_USERNAME, server->user);
      curl_easy_setopt (curl, CURLOPT_PASSWORD, server->password);
    }
}

static char *
fetch_token (HdServer *server, const HdChallenge *challenge, const char *scope, hd_err *err)
{
  CURL *curl = curl_easy_init ();
  char detail[CURL_ERROR_SIZE] = "";
  long status = 0;
  g_autoptr (GString) body = g_string_new (NULL);
  char *token = NULL;

  prepare_token (server, curl, challenge, scope);
  curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt (curl, CURLOPT_WRITEDATA, body);
  curl_easy_setopt (curl, CURLOPT_ERRORBUFFER, detail);
  CURLcode code = curl_easy_perform (curl);
  curl_easy_getinfo (curl, CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK)
    hd_server_explain (server, code, detail, err);
  else if (status == 401 || status == 403)
    hd_err_set (err, HD_DENIED, "log in again: atomic login",
                "%s refuses a token: name or password are wrong", challenge->realm);
  else if (status != 200 || (token = parse_token (body)) == NULL)
    hd_err_set (err, HD_SERVER, NULL, "%s gives no token (status %ld)", challenge->realm, status);
  curl_easy_cleanup (curl);
  return token;
}

static gboolean
refuse (const HdServer *server, hd_err *err)
{
  if (server->user != NULL || server->identity_token != NULL)
    hd_err_set (err, HD_DENIED, "log in again: atomic login",
                "%s refuses: the name or password is wrong, or lacks the right", server->host);
  else
    hd_err_set (err, HD_DENIED, "log in first: atomic login",
                "%s refuses: it wants to know who asks, or there is no such repository",
                server->host);
  return FALSE;
}

gboolean
hd_server_answer (HdServer *server, const char *text, const char *scope, hd_err *err)
{
  g_auto (HdChallenge) challenge = { 0 };
  hd_challenge_parse (text != NULL ? text : "", &challenge);
  if (challenge.scheme == HD_CHALLENGE_BASIC)
    {
      if (server->basic || server->user == NULL)
        return refuse (server, err);
      server->basic = TRUE;
      return TRUE;
    }
  if (challenge.scheme != HD_CHALLENGE_BEARER)
    return refuse (server, err);
  if (!server->plain && !g_str_has_prefix (challenge.realm, "https://"))
    {
      hd_err_set (err, HD_DENIED, NULL, "%s wants credentials sent without TLS to %s", server->host,
                  challenge.realm);
      return FALSE;
    }
  char *token = fetch_token (server, &challenge, scope, err);
  if (token == NULL)
    return FALSE;
  g_hash_table_replace (server->tokens, g_strdup (scope != NULL ? scope : ""), token);
  return TRUE;
}
