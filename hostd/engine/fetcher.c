/* atomic-fetch at work. */
#include "engine/fetcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"
#include "engine/helper.h"

#define PROGRAM "atomic-fetch"
#define READ_BYTES 65536
#define MAX_LINE_BYTES (1u << 20)

struct _HdFetcher
{
  pid_t pid;
  int pidfd;
  int fd;
  GString *pending;
  GHashTable *ended; /* id -> hd_json of its last message */
  int n_servers;
  gint64 last_id;
  HdFetchWatch watch;
  gpointer watch_data;
};

void
hd_fetch_result_free (HdFetchResult *result)
{
  if (result == NULL)
    return;
  g_free (result->type);
  g_free (result->digest);
  g_free (result->location);
  g_free (result);
}

static void
free_json (gpointer data)
{
  hd_json_free (data);
}

HdFetcher *
hd_fetcher_new (GError **error)
{
  static const char *const argv[] = { PROGRAM, NULL };
  int ends[2];
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    {
      hd_throw_errno (error, errno, "making a socket");
      return NULL;
    }
  hd_autofd ours = ends[0], theirs = ends[1];
  const HdHelperFd fds[] = { { theirs, 0 } };
  int pidfd;
  pid_t pid = hd_helper_start (argv, fds, G_N_ELEMENTS (fds), &pidfd, error);
  if (pid < 0)
    return NULL;
  HdFetcher *fetcher = g_new0 (HdFetcher, 1);
  fetcher->pid = pid;
  fetcher->pidfd = pidfd;
  fetcher->fd = hd_steal_fd (&ours);
  fetcher->pending = g_string_new (NULL);
  fetcher->ended = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, free_json);
  return fetcher;
}

void
hd_fetcher_free (HdFetcher *fetcher)
{
  if (fetcher == NULL)
    return;
  hd_closep (&fetcher->fd);
  pidfd_send_signal (fetcher->pidfd, SIGKILL, NULL, 0);
  while (waitpid (fetcher->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  hd_closep (&fetcher->pidfd);
  g_string_free (fetcher->pending, TRUE);
  g_hash_table_unref (fetcher->ended);
  g_free (fetcher);
}

void
hd_fetcher_watch (HdFetcher *fetcher, HdFetchWatch watch, gpointer data)
{
  fetcher->watch = watch;
  fetcher->watch_data = data;
}

/* ---- To it ---- */

static gboolean
throw_gone (GError **error)
{
  return hd_throw (error, HD_WORKER, NULL, PROGRAM " ended too early");
}

static gboolean
send_message (HdFetcher *fetcher, const hd_json *message, int fd, GError **error)
{
  hd_autofree char *text = hd_json_to_text (message, false);
  gsize length = strlen (text) + 1;
  text[length - 1] = '\n';
  union
  {
    struct cmsghdr align;
    char room[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec vector = { text, length };
  struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };
  if (fd >= 0)
    {
      header.msg_control = control.room;
      header.msg_controllen = sizeof control.room;
      struct cmsghdr *c = CMSG_FIRSTHDR (&header);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (c), &fd, sizeof (int));
    }
  ssize_t n = sendmsg (fetcher->fd, &header, MSG_NOSIGNAL);
  if (n < 0)
    return throw_gone (error);
  for (gsize sent = (gsize)n; sent < length; sent += (gsize)n)
    {
      n = send (fetcher->fd, text + sent, length - sent, MSG_NOSIGNAL);
      if (n < 0)
        return throw_gone (error);
    }
  return TRUE;
}

int
hd_fetcher_add_server (HdFetcher *fetcher, const HdEndpoint *endpoint,
                       const HdCredentials *credentials, GError **error)
{
  g_autoptr (HdCertificates) certificates = hd_registries_certificates (endpoint->host, error);
  if (certificates == NULL)
    return -1;
  hd_autojson message = hd_json_new_object ();
  hd_json_set_string (message, "op", "server");
  hd_json_set_int (message, "server", fetcher->n_servers);
  hd_json_set_string (message, "url", endpoint->url);
  hd_json_set_bool (message, "unverified", endpoint->unverified);
  hd_json_set_string (message, "authorities", certificates->authorities);
  hd_json_set_string (message, "certificate", certificates->certificate);
  hd_json_set_string (message, "key", certificates->key);
  if (credentials != NULL)
    {
      hd_json_set_string (message, "user", credentials->user);
      hd_json_set_string (message, "password", credentials->password);
      hd_json_set_string (message, "identity-token", credentials->identity_token);
    }
  return send_message (fetcher, message, -1, error) ? fetcher->n_servers++ : -1;
}

gint64
hd_fetcher_start (HdFetcher *fetcher, const HdFetchRequest *request, GError **error)
{
  hd_autojson message = hd_json_new_object ();
  hd_json_set_string (message, "op", "request");
  hd_json_set_int (message, "id", fetcher->last_id + 1);
  hd_json_set_int (message, "server", request->server);
  hd_json_set_string (message, "method", request->method);
  hd_json_set_string (message, "path", request->path);
  hd_json_set_string (message, "accept", request->accept);
  hd_json_set_string (message, "scope", request->scope);
  hd_json_set_string (message, "content-type", request->content_type);
  hd_json_set_int (message, "max", (gint64)MIN (request->max_bytes, G_MAXINT64));
  hd_json_set_int (message, "size", request->size_bytes);
  hd_json_set_bool (message, "sends", request->sends);
  hd_json_set_bool (message, "fd", request->fd >= 0);
  return send_message (fetcher, message, request->fd, error) ? ++fetcher->last_id : 0;
}

/* ---- From it ---- */

int
hd_fetcher_fd (const HdFetcher *fetcher)
{
  return fetcher->fd;
}

static void
take_message (HdFetcher *fetcher, hd_json *message)
{
  const char *event = hd_json_get_string (message, "event", "");
  gint64 id = hd_json_get_int (message, "id", 0);
  if (g_str_equal (event, "end"))
    {
      g_hash_table_replace (fetcher->ended, g_memdup2 (&id, sizeof id), message);
      return;
    }
  if (fetcher->watch != NULL)
    {
      const char *trouble
          = g_str_equal (event, "trouble") ? hd_json_get_string (message, "message", NULL) : NULL;
      fetcher->watch (id, (guint64)hd_json_get_int (message, "bytes", 0), trouble,
                      fetcher->watch_data);
    }
  hd_json_free (message);
}

gboolean
hd_fetcher_hear (HdFetcher *fetcher, GError **error)
{
  char data[READ_BYTES];
  const char *end;
  ssize_t n = recv (fetcher->fd, data, sizeof data, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return TRUE;
  if (n <= 0)
    return throw_gone (error);
  g_string_append_len (fetcher->pending, data, n);
  while ((end = memchr (fetcher->pending->str, '\n', fetcher->pending->len)) != NULL)
    {
      gsize length = (gsize)(end - fetcher->pending->str);
      hd_json *message = hd_json_parse (fetcher->pending->str, length, NULL);
      g_string_erase (fetcher->pending, 0, (gssize)length + 1);
      if (message == NULL)
        return hd_throw (error, HD_WORKER, NULL, PROGRAM " says what cannot be understood");
      take_message (fetcher, message);
    }
  return fetcher->pending->len <= MAX_LINE_BYTES
         || hd_throw (error, HD_WORKER, NULL, PROGRAM " says too much");
}

gboolean
hd_fetcher_has_ended (const HdFetcher *fetcher, gint64 id)
{
  return g_hash_table_contains (fetcher->ended, &id);
}

HdFetchResult *
hd_fetcher_take (HdFetcher *fetcher, gint64 id, int *ret_status, GError **error)
{
  const hd_json *message = g_hash_table_lookup (fetcher->ended, &id);
  g_autoptr (HdFetchResult) result = g_new0 (HdFetchResult, 1);
  const char *code = hd_json_get_string (message, "code", "");
  result->status = (int)hd_json_get_int (message, "status", 0);
  result->type = g_strdup (hd_json_get_string (message, "type", NULL));
  result->digest = g_strdup (hd_json_get_string (message, "digest", NULL));
  result->location = g_strdup (hd_json_get_string (message, "location", NULL));
  result->bytes = (guint64)hd_json_get_int (message, "bytes", 0);
  if (ret_status != NULL)
    *ret_status = result->status;
  if (!g_str_equal (code, "ok"))
    {
      hd_throw (error, hd_code_from_name (code), hd_json_get_string (message, "hint", NULL), "%s",
                hd_json_get_string (message, "message", PROGRAM " failed"));
      g_clear_pointer (&result, hd_fetch_result_free);
    }
  g_hash_table_remove (fetcher->ended, &id);
  return g_steal_pointer (&result);
}

HdFetchResult *
hd_fetcher_wait (HdFetcher *fetcher, gint64 id, int *ret_status, GError **error)
{
  if (ret_status != NULL)
    *ret_status = 0;
  while (!hd_fetcher_has_ended (fetcher, id))
    {
      struct pollfd waits = { fetcher->fd, POLLIN, 0 };
      if (poll (&waits, 1, -1) < 0 && errno != EINTR)
        {
          hd_throw_errno (error, errno, "waiting for " PROGRAM);
          return NULL;
        }
      if (!hd_fetcher_hear (fetcher, error))
        return NULL;
    }
  return hd_fetcher_take (fetcher, id, ret_status, error);
}

gboolean
hd_fetcher_verify (HdFetcher *fetcher, const char *pem, const void *payload, gsize payload_size,
                   const char *signature, GError **error)
{
  hd_autojson message = hd_json_new_object ();
  g_autofree char *encoded = g_base64_encode (payload, payload_size);
  hd_json_set_string (message, "op", "verify");
  hd_json_set_int (message, "id", fetcher->last_id + 1);
  hd_json_set_string (message, "key", pem);
  hd_json_set_string (message, "payload", encoded);
  hd_json_set_string (message, "signature", signature);
  if (!send_message (fetcher, message, -1, error))
    return FALSE;
  g_autoptr (HdFetchResult) result = hd_fetcher_wait (fetcher, ++fetcher->last_id, NULL, error);
  return result != NULL;
}

char *
hd_fetcher_get (HdFetcher *fetcher, const HdFetchRequest *request, gsize *ret_size,
                HdFetchResult **ret_result, int *ret_status, GError **error)
{
  HdFetchRequest own = *request;
  hd_autofd fd = memfd_create ("answer", MFD_CLOEXEC);
  hd_autofree char *data = NULL;
  if (fd < 0)
    {
      hd_throw_errno (error, errno, "making room for an answer");
      return NULL;
    }
  own.fd = fd;
  gint64 id = hd_fetcher_start (fetcher, &own, error);
  g_autoptr (HdFetchResult) result
      = id != 0 ? hd_fetcher_wait (fetcher, id, ret_status, error) : NULL;
  if (result == NULL)
    return NULL;
  int r = lseek (fd, 0, SEEK_SET) < 0 ? -errno
                                      : hd_fs_read_fd (fd, request->max_bytes, &data, ret_size);
  if (r < 0)
    {
      hd_throw_errno (error, -r, "reading an answer");
      return NULL;
    }
  if (ret_result != NULL)
    *ret_result = g_steal_pointer (&result);
  return g_steal_pointer (&data);
}
