/* One request to a registry. */
#include "fetch/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

#define MAX_ATTEMPTS 6
#define MAX_LOGINS 2
#define FIRST_PAUSE_MS 250
#define MAX_PAUSE_MS 8000
#define MAX_HEADER 1024
#define MAX_CHALLENGE 8192
#define MAX_ERROR_BYTES 8192

/* Of the answer that came last. */
typedef struct
{
  long status;
  char *type, *digest, *location, *challenge, *range;
} answer;

struct _HdTransfer
{
  HdServer *server;
  gint64 id;
  char *method; /* NULL: GET */
  char *path, *accept, *scope, *content_type;
  guint64 max_bytes;
  gint64 size; /* of the body that is expected or sent; -1: not known */
  int fd;
  gboolean sends;

  CURL *curl;
  struct curl_slist *headers;
  char detail[CURL_ERROR_SIZE];
  answer answer;
  GString *error_body;
  GString *pending; /* taken from curl, not yet by the descriptor */
  gboolean paused;
  guint64 received; /* in all: written or pending */
  guint64 start;    /* where this attempt began */
  guint64 passed;   /* bytes to pass over, when the server began at 0 again */
  guint64 reported;
  guint64 sent;
  unsigned attempts, logins;
  gint64 again_us; /* monotonic; 0: it is not waiting */
  char *trouble;
  gboolean complete; /* curl is done; what is pending is not written yet */
  gboolean ended;
  hd_err err;
};

static void
answer_clear (answer *a)
{
  char *const texts[] = { a->type, a->digest, a->location, a->challenge, a->range };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  memset (a, 0, sizeof *a);
}

HdTransfer *
hd_transfer_new (HdServer *server, const hd_json *message, int fd)
{
  HdTransfer *t = g_new0 (HdTransfer, 1);
  t->server = server;
  t->id = hd_json_get_int (message, "id", 0);
  t->method = g_strdup (hd_json_get_string (message, "method", NULL));
  t->path = g_strdup (hd_json_get_string (message, "path", ""));
  t->accept = g_strdup (hd_json_get_string (message, "accept", NULL));
  t->scope = g_strdup (hd_json_get_string (message, "scope", NULL));
  t->content_type = g_strdup (hd_json_get_string (message, "content-type", NULL));
  t->sends = hd_json_get_bool (message, "sends", false);
  t->size = hd_json_get_int (message, "size", -1);
  t->max_bytes = (guint64)hd_json_get_int (message, "max", t->size >= 0 ? t->size : 0);
  t->fd = fd;
  t->error_body = g_string_new (NULL);
  t->pending = g_string_new (NULL);
  if (fd >= 0 && !t->sends)
    fcntl (fd, F_SETFL, O_NONBLOCK | fcntl (fd, F_GETFL));
  return t;
}

void
hd_transfer_free (HdTransfer *t)
{
  if (t == NULL)
    return;
  char *const texts[] = { t->method, t->path, t->accept, t->scope, t->content_type, t->trouble };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  if (t->curl != NULL)
    curl_easy_cleanup (t->curl);
  curl_slist_free_all (t->headers);
  answer_clear (&t->answer);
  g_string_free (t->error_body, TRUE);
  g_string_free (t->pending, TRUE);
  hd_closep (&t->fd);
  g_free (t);
}

/* ---- What curl calls ---- */

static void
keep_header (char **target, const char *value, gsize length, gsize most)
{
  g_free (*target);
  *target = length <= most ? g_strstrip (g_strndup (value, length)) : NULL;
}

static size_t
on_header (char *data, size_t size, size_t count, void *user)
{
  HdTransfer *t = user;
  gsize length = size * count;
  static const struct
  {
    const char *name;
    gsize offset, most;
  } wanted[] = {
    { "content-type:", G_STRUCT_OFFSET (answer, type), MAX_HEADER },
    { "docker-content-digest:", G_STRUCT_OFFSET (answer, digest), MAX_HEADER },
    { "location:", G_STRUCT_OFFSET (answer, location), MAX_CHALLENGE },
    { "www-authenticate:", G_STRUCT_OFFSET (answer, challenge), MAX_CHALLENGE },
    { "content-range:", G_STRUCT_OFFSET (answer, range), MAX_HEADER },
  };
  if (length > 5 && memcmp (data, "HTTP/", 5) == 0)
    answer_clear (&t->answer);
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      gsize name = strlen (wanted[i].name);
      if (length > name && g_ascii_strncasecmp (data, wanted[i].name, name) == 0)
        keep_header (G_STRUCT_MEMBER_P (&t->answer, wanted[i].offset), data + name, length - name,
                     wanted[i].most);
    }
  return length;
}

/* Write what the descriptor takes; the rest is kept. FALSE when the other end is gone. */
static gboolean
write_some (HdTransfer *t, const char *data, gsize size)
{
  while (size > 0 && t->pending->len == 0)
    {
      ssize_t n = write (t->fd, data, size);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        break;
      if (n < 0)
        return FALSE;
      data += n;
      size -= (gsize)n;
    }
  g_string_append_len (t->pending, data, (gssize)size);
  return TRUE;
}

static gboolean
is_success (long status)
{
  return status >= 200 && status < 300;
}

/* The first bytes of an answer: do they continue what is there? */
static gboolean
check_start (HdTransfer *t)
{
  if (t->start == 0 || t->answer.status != 0)
    return TRUE;
  curl_easy_getinfo (t->curl, CURLINFO_RESPONSE_CODE, &t->answer.status);
  if (t->answer.status == 200)
    {
      t->passed = t->start;
      return TRUE;
    }
  g_autofree char *expected = g_strdup_printf ("bytes %" G_GUINT64_FORMAT "-", t->start);
  if (t->answer.status == 206
      && !g_str_has_prefix (t->answer.range != NULL ? t->answer.range : "", expected))
    {
      hd_err_set (&t->err, HD_SERVER, NULL,
                  "%s: the server answers with other bytes than asked for", t->path);
      return FALSE;
    }
  return TRUE;
}

static size_t
on_data (char *data, size_t size, size_t count, void *user)
{
  HdTransfer *t = user;
  gsize length = size * count;
  long status;
  if (t->pending->len > 0)
    {
      t->paused = TRUE;
      return CURL_WRITEFUNC_PAUSE;
    }
  if (!check_start (t))
    return 0;
  curl_easy_getinfo (t->curl, CURLINFO_RESPONSE_CODE, &status);
  if (!is_success (status) || t->fd < 0 || t->sends)
    {
      if (t->error_body->len < MAX_ERROR_BYTES)
        g_string_append_len (t->error_body, data, (gssize)length);
      return length;
    }
  gsize pass = MIN (t->passed, length);
  t->passed -= pass;
  if (t->received + length - pass > t->max_bytes)
    {
      hd_err_set (&t->err, HD_CORRUPT, NULL,
                  "%s: the server sends more than the %" G_GUINT64_FORMAT " bytes announced",
                  t->path, t->max_bytes);
      return 0;
    }
  t->received += length - pass;
  if (write_some (t, data + pass, length - pass))
    return length;
  hd_err_set (&t->err, HD_CANCELLED, NULL, "%s: nobody takes the bytes any more", t->path);
  return 0;
}

static size_t
on_read (char *data, size_t size, size_t count, void *user)
{
  HdTransfer *t = user;
  ssize_t n;
  do
    n = pread (t->fd, data, size * count, (off_t)t->sent);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return CURL_READFUNC_ABORT;
  t->sent += (guint64)n;
  return (size_t)n;
}

/* Curl asks for it when a body has to be sent again. */
static int
on_seek (void *user, curl_off_t offset, int origin)
{
  HdTransfer *t = user;
  if (origin != SEEK_SET)
    return CURL_SEEKFUNC_CANTSEEK;
  t->sent = (guint64)offset;
  return CURL_SEEKFUNC_OK;
}

/* ---- Life ---- */

static void
set_request (HdTransfer *t)
{
  if (t->accept != NULL)
    {
      g_autofree char *text = g_strconcat ("Accept: ", t->accept, NULL);
      t->headers = curl_slist_append (t->headers, text);
    }
  if (t->content_type != NULL)
    {
      g_autofree char *text = g_strconcat ("Content-Type: ", t->content_type, NULL);
      t->headers = curl_slist_append (t->headers, text);
    }
  if (t->sends)
    {
      t->headers = curl_slist_append (t->headers, "Expect:");
      curl_easy_setopt (t->curl, CURLOPT_UPLOAD, 1L);
      curl_easy_setopt (t->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->size);
      curl_easy_setopt (t->curl, CURLOPT_READFUNCTION, on_read);
      curl_easy_setopt (t->curl, CURLOPT_READDATA, t);
      curl_easy_setopt (t->curl, CURLOPT_SEEKFUNCTION, on_seek);
      curl_easy_setopt (t->curl, CURLOPT_SEEKDATA, t);
    }
  else if (g_strcmp0 (t->method, "HEAD") == 0)
    curl_easy_setopt (t->curl, CURLOPT_NOBODY, 1L);
  else if (g_strcmp0 (t->method, "POST") == 0)
    curl_easy_setopt (t->curl, CURLOPT_POSTFIELDS, "");
  if (t->method != NULL)
    curl_easy_setopt (t->curl, CURLOPT_CUSTOMREQUEST, t->method);
  curl_easy_setopt (t->curl, CURLOPT_HTTPHEADER, t->headers);
  if (t->start > 0)
    {
      g_autofree char *range = g_strdup_printf ("%" G_GUINT64_FORMAT "-", t->start);
      curl_easy_setopt (t->curl, CURLOPT_RANGE, range);
    }
}

gboolean
hd_transfer_start (HdTransfer *t, CURLM *multi)
{
  g_autofree char *address = hd_server_address (t->server, t->path);
  t->again_us = 0;
  if (address == NULL)
    {
      hd_err_set (&t->err, HD_DENIED, NULL, "%s: the server wants to go on without TLS", t->path);
      t->ended = TRUE;
      return FALSE;
    }
  if (t->curl == NULL)
    t->curl = curl_easy_init ();
  curl_easy_reset (t->curl);
  curl_slist_free_all (t->headers);
  answer_clear (&t->answer);
  g_string_truncate (t->error_body, 0);
  t->detail[0] = '\0';
  t->err = (hd_err){ 0 };
  t->start = t->received;
  t->passed = t->sent = 0;
  t->paused = FALSE;
  t->attempts++;
  t->headers = hd_server_prepare (t->server, t->curl, address, t->scope);
  set_request (t);
  curl_easy_setopt (t->curl, CURLOPT_PRIVATE, t);
  curl_easy_setopt (t->curl, CURLOPT_ERRORBUFFER, t->detail);
  curl_easy_setopt (t->curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt (t->curl, CURLOPT_HEADERDATA, t);
  curl_easy_setopt (t->curl, CURLOPT_WRITEFUNCTION, on_data);
  curl_easy_setopt (t->curl, CURLOPT_WRITEDATA, t);
  curl_multi_add_handle (multi, t->curl);
  return TRUE;
}

/* What the registry says of an error: {"errors": [{"code", "message"}]}. */
static void
explain_status (HdTransfer *t, long status)
{
  hd_autojson root = hd_json_parse (t->error_body->str, t->error_body->len, NULL);
  const hd_json *first = root != NULL ? hd_json_at (hd_json_get (root, "errors"), 0) : NULL;
  const char *text = hd_json_get_string (first, "message", NULL);
  hd_code code = status == 404                    ? HD_NOT_FOUND
                 : status == 401 || status == 403 ? HD_DENIED
                                                  : HD_SERVER;
  hd_err_set (&t->err, code, NULL, "%s: the server answers %ld%s%.200s", t->path, status,
              text != NULL ? ", " : "", text != NULL ? text : "");
}

static gboolean
is_passing (CURLcode code, long status, const char *detail)
{
  /* An alert of TLS is an answer, though curl takes it for a broken connection. */
  if (strstr (detail, " alert ") != NULL)
    return FALSE;
  switch (code)
    {
    case CURLE_OK:
      return status == 429 || status == 408 || status >= 500;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_OPERATION_TIMEDOUT:
      return TRUE;
    /* Before the first byte came there may be nobody; after it, somebody restarts. */
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
wait_for_again (HdTransfer *t)
{
  guint shift = MIN (t->attempts - 1, 5);
  gint64 pause_ms = MIN (FIRST_PAUSE_MS << shift, MAX_PAUSE_MS);
  /* Not all at once, when many were cut off. */
  pause_ms += g_random_int_range (0, FIRST_PAUSE_MS);
  g_free (t->trouble);
  t->trouble = g_strdup (t->err.message);
  t->again_us = g_get_monotonic_time () + pause_ms * 1000;
}

static gboolean
may_try_again (HdTransfer *t, CURLcode code, long status)
{
  gboolean nobody = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST;
  /* Progress gives new tries. */
  if (t->received > t->start)
    t->attempts = 1;
  return is_passing (code, status, t->detail)
         && t->attempts < (nobody && t->received == 0 ? 3 : MAX_ATTEMPTS);
}

gboolean
hd_transfer_finish (HdTransfer *t, CURLM *multi, CURLcode code)
{
  long status = 0;
  hd_err own = t->err;
  curl_easy_getinfo (t->curl, CURLINFO_RESPONSE_CODE, &status);
  curl_multi_remove_handle (multi, t->curl);
  t->answer.status = status;
  if (own.code != HD_OK)
    t->err = own;
  else if (code == CURLE_OK && status == 401 && t->logins < MAX_LOGINS
           && hd_server_answer (t->server, t->answer.challenge, t->scope, &t->err))
    {
      t->logins++;
      t->attempts--;
      t->again_us = g_get_monotonic_time ();
      return TRUE;
    }
  else if (code != CURLE_OK)
    hd_server_explain (t->server, code, t->detail, &t->err);
  else if (!is_success (status) && t->err.code == HD_OK)
    explain_status (t, status);
  else if (is_success (status) && t->fd >= 0 && !t->sends && t->size >= 0
           && t->received < (guint64)t->size)
    {
      curl_off_t announced = -1;
      curl_easy_getinfo (t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
      code = announced < 0 ? CURLE_PARTIAL_FILE : CURLE_OK;
      hd_err_set (&t->err, announced < 0 ? HD_NETWORK : HD_CORRUPT, NULL,
                  "%s: the server sends %" G_GUINT64_FORMAT " bytes, and not %" G_GINT64_FORMAT,
                  t->path, t->received, t->size);
    }
  if (own.code == HD_OK && t->err.code != HD_OK && may_try_again (t, code, status))
    {
      wait_for_again (t);
      return TRUE;
    }
  t->complete = TRUE;
  t->ended = t->err.code != HD_OK || t->pending->len == 0;
  return FALSE;
}

int
hd_transfer_pause_ms (const HdTransfer *t)
{
  if (t->again_us == 0)
    return -1;
  gint64 left = t->again_us - g_get_monotonic_time ();
  return left > 0 ? (int)(left / 1000) + 1 : 0;
}

gboolean
hd_transfer_has_ended (const HdTransfer *t)
{
  return t->ended;
}

int
hd_transfer_waits_for (const HdTransfer *t)
{
  return t->pending->len > 0 && !t->ended ? t->fd : -1;
}

void
hd_transfer_flush (HdTransfer *t)
{
  while (t->pending->len > 0)
    {
      ssize_t n = write (t->fd, t->pending->str, t->pending->len);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        return;
      if (n < 0)
        {
          hd_err_set (&t->err, HD_CANCELLED, NULL, "%s: nobody takes the bytes any more", t->path);
          g_string_truncate (t->pending, 0);
          break;
        }
      g_string_erase (t->pending, 0, n);
    }
  if (t->paused)
    {
      t->paused = FALSE;
      curl_easy_pause (t->curl, CURLPAUSE_CONT);
    }
  else
    t->ended = t->complete;
}

hd_json *
hd_transfer_progress (HdTransfer *t)
{
  guint64 now = t->sends ? t->sent : t->received;
  if (now == t->reported)
    return NULL;
  t->reported = now;
  hd_json *message = hd_json_new_object ();
  hd_json_set_int (message, "id", t->id);
  hd_json_set_string (message, "event", "progress");
  hd_json_set_uint (message, "bytes", now);
  return message;
}

char *
hd_transfer_take_trouble (HdTransfer *t)
{
  return g_steal_pointer (&t->trouble);
}

hd_json *
hd_transfer_end (const HdTransfer *t)
{
  hd_json *message = hd_json_new_object ();
  hd_json_set_int (message, "id", t->id);
  hd_json_set_string (message, "event", "end");
  hd_json_set_string (message, "code", hd_code_name (t->err.code));
  if (t->err.code != HD_OK)
    {
      hd_json_set_string (message, "message", t->err.message);
      hd_json_set_string (message, "hint", t->err.hint[0] != '\0' ? t->err.hint : NULL);
    }
  hd_json_set_int (message, "status", t->answer.status);
  hd_json_set_string (message, "type", t->answer.type);
  hd_json_set_string (message, "digest", t->answer.digest);
  hd_json_set_string (message, "location", t->answer.location);
  hd_json_set_uint (message, "bytes", t->received);
  return message;
}
