/* A status as JSON, schema 1 of docs/status.schema.json. */
#include "state/status.h"

#include "base/output.h"

#define SCHEMA 1

/* A time as RFC 3339, or null when it is not known. */
static void
set_time (hd_json *object, const char *key, gint64 seconds)
{
  g_autofree char *text = seconds > 0 ? hd_format_time (seconds) : NULL;
  hd_json_set (object, key, text != NULL ? hd_json_new_string (text) : hd_json_new_null ());
}

/* A string, or null. */
static void
set_text (hd_json *object, const char *key, const char *text)
{
  hd_json_set (object, key, text != NULL ? hd_json_new_string (text) : hd_json_new_null ());
}

static hd_json *
signature_to_json (const HdDeployment *deployment)
{
  if (deployment->signature_key == NULL)
    return hd_json_new_null ();
  hd_json *object = hd_json_new_object ();
  set_text (object, "key", deployment->signature_key);
  set_text (object, "uid", deployment->signature_uid);
  set_time (object, "verified_at", deployment->verified_at);
  return object;
}

static hd_json *
deployment_to_json (const HdDeployment *deployment)
{
  hd_json *object = hd_json_new_object ();
  set_text (object, "id", deployment->id);
  set_text (object, "stateroot", deployment->stateroot);
  set_text (object, "commit", deployment->commit);
  hd_json_set_int (object, "serial", deployment->serial);
  set_text (object, "version", deployment->version);
  set_text (object, "origin", deployment->origin);
  set_time (object, "timestamp", deployment->timestamp);
  set_text (object, "kernel", deployment->kernel);
  hd_json *kargs = hd_json_new_array ();
  for (char **karg = deployment->kargs; karg != NULL && *karg != NULL; karg++)
    hd_json_append (kargs, hd_json_new_string (*karg));
  hd_json_set (object, "kargs", kargs);
  hd_json_set_bool (object, "booted", deployment->booted);
  hd_json_set_bool (object, "staged", deployment->staged);
  hd_json_set_bool (object, "next", deployment->next);
  hd_json_set_bool (object, "fallback", deployment->fallback);
  hd_json_set_bool (object, "pinned", deployment->pinned);
  set_text (object, "boot_state", hd_boot_state_name (deployment->boot_state));
  hd_json_set (object, "signature", signature_to_json (deployment));
  return object;
}

hd_json *
hd_status_to_json (const HdStatus *status)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_int (object, "schema", SCHEMA);
  set_text (object, "sysroot", status->sysroot);
  hd_json_set_bool (object, "booted_here", status->booted_here);
  set_text (object, "health", status->health);
  set_text (object, "health_detail", status->health_detail);
  set_text (object, "currency", status->currency);
  set_text (object, "available_version", status->available_version);
  set_text (object, "available_commit", status->available_commit);
  set_time (object, "checked_at", status->checked_at);
  set_text (object, "check_error", status->check_error);
  hd_json_set_int (object, "tries_left", status->tries_left);
  set_text (object, "failed_version", status->failed_version);
  hd_json *deployments = hd_json_new_array ();
  for (guint i = 0; i < status->deployments->len; i++)
    hd_json_append (deployments, deployment_to_json (g_ptr_array_index (status->deployments, i)));
  hd_json_set (object, "deployments", deployments);
  return object;
}
