/* The question to polkit and its answer. */
#include "daemon/polkit.h"

#include <errno.h>

#include "base/error.h"
#include "client/bus.h"

#define ALLOW_USER_INTERACTION 1u

typedef struct
{
  sd_bus_message *call;
  char *action;
  HdPolkitFunc done;
  gpointer data;
  GDestroyNotify free_data;
} Check;

static void
check_free (Check *check)
{
  if (check->free_data != NULL)
    check->free_data (check->data);
  sd_bus_message_unref (check->call);
  g_free (check->action);
  g_free (check);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Check, check_free)

int
hd_polkit_sender_uid (sd_bus_message *call, uid_t *ret_uid)
{
  sd_bus_creds *creds = NULL;
  int r = sd_bus_query_sender_creds (call, SD_BUS_CREDS_EUID, &creds);
  if (r >= 0)
    r = sd_bus_creds_get_euid (creds, ret_uid);
  sd_bus_creds_unref (creds);
  return r < 0 ? r : 0;
}

/* What polkit's answer means; an error reply means that it cannot be asked. */
static gboolean
read_answer (sd_bus_message *reply, const char *action, GError **error)
{
  int authorized = 0, challenge = 0;
  const sd_bus_error *failed = sd_bus_message_get_error (reply);

  if (failed != NULL)
    return hd_throw (error, HD_DENIED, "run it with sudo", "polkit cannot be asked for %s: %s",
                     action, failed->message);
  if (sd_bus_message_enter_container (reply, 'r', "bba{ss}") < 0
      || sd_bus_message_read (reply, "bb", &authorized, &challenge) < 0)
    return hd_throw (error, HD_DENIED, "run it with sudo", "polkit gave no answer for %s", action);
  if (!authorized)
    return hd_throw (error, HD_DENIED, "run it with sudo, or allow the action in polkit",
                     challenge ? "%s needs authentication, and there is nobody to ask"
                               : "you are not allowed to do %s",
                     action);
  return TRUE;
}

static int
handle_answer (sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
  g_autoptr (Check) check = data;
  g_autoptr (GError) denied = NULL;

  read_answer (reply, check->action, &denied);
  check->done (check->call, denied, check->data);
  return 0;
}

static int
ask (Check *check)
{
  g_autoptr (sd_bus_message) question = NULL;
  sd_bus *bus = sd_bus_message_get_bus (check->call);
  const char *sender = sd_bus_message_get_sender (check->call);
  int interactive = sd_bus_message_get_allow_interactive_authorization (check->call);

  int r = sd_bus_message_new_method_call (
      bus, &question, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
      "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
  if (r >= 0)
    r = sd_bus_message_append (question, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
                               sender != NULL ? sender : "", check->action, 0,
                               interactive > 0 ? ALLOW_USER_INTERACTION : 0, "");
  if (r >= 0)
    r = sd_bus_call_async (bus, NULL, question, handle_answer, check, UINT64_MAX);
  return r;
}

int
hd_polkit_check (sd_bus_message *call, const char *action, HdPolkitFunc done, gpointer data,
                 GDestroyNotify free_data)
{
  uid_t uid;
  int r = hd_polkit_sender_uid (call, &uid);
  if (r < 0)
    return r;
  if (uid == 0)
    {
      done (call, NULL, data);
      if (free_data != NULL)
        free_data (data);
      return 0;
    }
  Check *check = g_new0 (Check, 1);
  *check = (Check){ sd_bus_message_ref (call), g_strdup (action), done, data, free_data };
  r = ask (check);
  if (r < 0)
    {
      check->free_data = NULL;
      check_free (check);
    }
  return r < 0 ? r : 0;
}
