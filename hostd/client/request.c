/* Requests and the table of changing verbs. Pure: no I/O. */
#include "client/request.h"

#include "common/cleanup.h"

const HdChange hd_changes[] = {
  { "upgrade", "Upgrade", "Upgrading" },
  { "rollback", "Rollback", "Rolling back" },
  { "deploy", "Deploy", "Deploying" },
  { "rebase", "Rebase", "Rebasing" },
  { "pin", "Pin", "Pinning" },
  { "unpin", "Unpin", "Unpinning" },
  { "cleanup", "Cleanup", "Cleaning up" },
  { "kargs", "Kargs", "Changing kernel arguments" },
  { NULL },
};

const HdChange *
hd_change_by_verb (const char *verb)
{
  for (const HdChange *change = hd_changes; change->verb != NULL; change++)
    if (g_str_equal (change->verb, verb))
      return change;
  return NULL;
}

const HdChange *
hd_change_by_method (const char *method)
{
  for (const HdChange *change = hd_changes; change->verb != NULL; change++)
    if (g_str_equal (change->method, method))
      return change;
  return NULL;
}

HdRequest *
hd_request_new (const HdChange *change, const char *sysroot)
{
  HdRequest *request = g_new0 (HdRequest, 1);
  request->change = change;
  request->sysroot = g_strdup (sysroot);
  request->options = hd_json_new_object ();
  return request;
}

void
hd_request_free (HdRequest *request)
{
  if (request == NULL)
    return;
  g_free (request->sysroot);
  hd_json_free (request->options);
  g_free (request);
}

char *
hd_request_to_text (const HdRequest *request)
{
  hd_autojson object = hd_json_new_object ();
  hd_json_set_string (object, "verb", request->change->verb);
  hd_json_set_string (object, "sysroot", request->sysroot);
  hd_json_set (object, "options", hd_json_copy (request->options));
  hd_autofree char *text = hd_json_to_text (object, false);
  return g_strdup (text);
}

gboolean
hd_request_only_looks (const HdRequest *request)
{
  return hd_json_get_bool (request->options, "check", false)
         || hd_json_get_bool (request->options, "preview", false);
}
