/* atomic-fetch: talks to registries for the engine, as nobody.
 *
 * Started by the engine, not by people; messages come and go on descriptor 0 (engine/fetcher.h). It
 * gives up root and the right to write files before the first message is read. One thread; curl's
 * multi interface carries what runs side by side.
 */
#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fetch/channel.h"
#include "fetch/signature.h"
#include "fetch/transfer.h"

/* The ids of nobody and nogroup. */
#define NOBODY 65534
#define PROGRESS_MS 100
#define LONGEST_WAIT_MS 10000

typedef struct
{
  HdChannel *channel;
  CURLM *multi;
  GHashTable *servers;  /* number -> HdServer */
  GPtrArray *transfers; /* of HdTransfer */
} Session;

/* ---- Privileges ---- */

/* No file may be written, made, removed or executed, whatever its permissions say. A kernel without
 * Landlock has only the permissions. */
static void
forbid_files (void)
{
  const struct landlock_ruleset_attr attributes
      = { .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE
                               | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE
                               | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR
                               | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK
                               | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK
                               | LANDLOCK_ACCESS_FS_MAKE_SYM };
  long fd = syscall (SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (fd < 0)
    return;
  (void)syscall (SYS_landlock_restrict_self, fd, 0);
  close ((int)fd);
}

static gboolean
give_up_privileges (void)
{
  const struct rlimit core = { 0, 0 };
  setrlimit (RLIMIT_CORE, &core);
  if (geteuid () == 0
      && (setgroups (0, NULL) < 0 || setresgid (NOBODY, NOBODY, NOBODY) < 0
          || setresuid (NOBODY, NOBODY, NOBODY) < 0))
    return FALSE;
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return FALSE;
  forbid_files ();
  return TRUE;
}

/* ---- Messages ---- */

static void
start_transfer (Session *session, const hd_json *message)
{
  int number = (int)hd_json_get_int (message, "server", -1);
  HdServer *server = g_hash_table_lookup (session->servers, GINT_TO_POINTER (number));
  int fd = hd_json_get_bool (message, "fd", false) ? hd_channel_take_fd (session->channel) : -1;
  if (server == NULL)
    {
      if (fd >= 0)
        close (fd);
      return;
    }
  HdTransfer *transfer = hd_transfer_new (server, message, fd);
  g_ptr_array_add (session->transfers, transfer);
  hd_transfer_start (transfer, session->multi);
}

static GBytes *
take_base64 (const hd_json *message, const char *key)
{
  gsize size;
  guchar *data = g_base64_decode (hd_json_get_string (message, key, ""), &size);
  return g_bytes_new_take (data, size);
}

static void
verify (Session *session, const hd_json *message)
{
  g_autoptr (GBytes) payload = take_base64 (message, "payload");
  g_autoptr (GBytes) signature = take_base64 (message, "signature");
  hd_err err = { 0 };
  hd_signature_verify (hd_json_get_string (message, "key", ""), payload, signature, &err);
  hd_json *end = hd_json_new_object ();
  hd_json_set_int (end, "id", hd_json_get_int (message, "id", 0));
  hd_json_set_string (end, "event", "end");
  hd_json_set_string (end, "code", hd_code_name (err.code));
  hd_json_set_string (end, "message", err.message);
  hd_channel_send (session->channel, end);
}

static void
hear (Session *session, const hd_json *message)
{
  const char *op = hd_json_get_string (message, "op", "");
  if (g_str_equal (op, "server"))
    g_hash_table_replace (session->servers,
                          GINT_TO_POINTER ((int)hd_json_get_int (message, "server", -1)),
                          hd_server_new (message));
  else if (g_str_equal (op, "request"))
    start_transfer (session, message);
  else if (g_str_equal (op, "verify"))
    verify (session, message);
}

static void
tell (Session *session, hd_json *message)
{
  if (message != NULL)
    hd_channel_send (session->channel, message);
}

static void
tell_trouble (Session *session, HdTransfer *transfer)
{
  g_autofree char *text = hd_transfer_take_trouble (transfer);
  if (text == NULL)
    return;
  hd_json *message = hd_json_new_object ();
  hd_json_set_string (message, "event", "trouble");
  hd_json_set_string (message, "message", text);
  tell (session, message);
}

/* ---- Turns ---- */

static void
finish_transfers (Session *session)
{
  CURLMsg *done;
  int left;
  while ((done = curl_multi_info_read (session->multi, &left)) != NULL)
    {
      HdTransfer *transfer;
      CURLcode code = done->data.result;
      if (done->msg != CURLMSG_DONE)
        continue;
      curl_easy_getinfo (done->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
      hd_transfer_finish (transfer, session->multi, code);
    }
}

/* Start what waited long enough, tell of what ended. Returns how long nothing has to be done. */
static int
look_after_transfers (Session *session, gboolean tell_progress)
{
  int wait_ms = LONGEST_WAIT_MS;
  for (guint i = 0; i < session->transfers->len;)
    {
      HdTransfer *transfer = g_ptr_array_index (session->transfers, i);
      int pause_ms = hd_transfer_pause_ms (transfer);
      tell_trouble (session, transfer);
      if (pause_ms == 0)
        hd_transfer_start (transfer, session->multi);
      if (pause_ms >= 0)
        wait_ms = MIN (wait_ms, pause_ms);
      if (tell_progress || hd_transfer_has_ended (transfer))
        tell (session, hd_transfer_progress (transfer));
      if (!hd_transfer_has_ended (transfer))
        {
          i++;
          continue;
        }
      tell (session, hd_transfer_end (transfer));
      g_ptr_array_remove_index_fast (session->transfers, i);
    }
  return session->transfers->len > 0 ? MIN (wait_ms, PROGRESS_MS) : LONGEST_WAIT_MS;
}

/* Wait for the network, for the engine, and for pipes that are full. */
static void
wait_for_something (Session *session, int wait_ms)
{
  guint n = session->transfers->len;
  g_autofree struct curl_waitfd *fds = g_new0 (struct curl_waitfd, n + 1);
  guint used = 1;
  fds[0] = (struct curl_waitfd){ STDIN_FILENO, CURL_WAIT_POLLIN, 0 };
  for (guint i = 0; i < n; i++)
    {
      int fd = hd_transfer_waits_for (g_ptr_array_index (session->transfers, i));
      if (fd >= 0)
        fds[used++] = (struct curl_waitfd){ fd, CURL_WAIT_POLLOUT, 0 };
    }
  curl_multi_poll (session->multi, fds, used, wait_ms, NULL);
  for (guint i = 0; i < n; i++)
    if (hd_transfer_waits_for (g_ptr_array_index (session->transfers, i)) >= 0)
      hd_transfer_flush (g_ptr_array_index (session->transfers, i));
}

static void
run (Session *session)
{
  gint64 told_us = 0;
  while (hd_channel_read (session->channel))
    {
      int running;
      for (hd_json *message; (message = hd_channel_take (session->channel)) != NULL;)
        {
          hear (session, message);
          hd_json_free (message);
        }
      curl_multi_perform (session->multi, &running);
      finish_transfers (session);
      gint64 now_us = g_get_monotonic_time ();
      gboolean tell_progress = now_us - told_us >= PROGRESS_MS * 1000;
      if (tell_progress)
        told_us = now_us;
      wait_for_something (session, look_after_transfers (session, tell_progress));
    }
}

int
main (void)
{
  Session session = { .channel = hd_channel_new (STDIN_FILENO) };
  signal (SIGPIPE, SIG_IGN);
  if (!give_up_privileges () || curl_global_init (CURL_GLOBAL_ALL) != CURLE_OK)
    return 1;
  session.multi = curl_multi_init ();
  session.servers = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)hd_server_free);
  session.transfers = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_transfer_free);
  run (&session);
  /* Each handle leaves the multi handle before it goes. */
  g_ptr_array_unref (session.transfers);
  curl_multi_cleanup (session.multi);
  g_hash_table_unref (session.servers);
  hd_channel_free (session.channel);
  curl_global_cleanup ();
  return 0;
}
