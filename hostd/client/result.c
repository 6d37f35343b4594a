/* Results and their JSON form. Pure: no I/O. */
#include "client/result.h"

#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"

HdResult *
hd_result_new (hd_code code, const char *message, const char *hint)
{
  HdResult *result = g_new0 (HdResult, 1);
  result->code = code;
  result->message = g_strdup (message != NULL ? message : "");
  result->hint = g_strdup (hint);
  return result;
}

HdResult *
hd_result_new_error (const GError *error)
{
  return hd_result_new (hd_error_code (error), error->message, hd_error_hint (error));
}

void
hd_result_free (HdResult *result)
{
  if (result == NULL)
    return;
  g_free (result->message);
  g_free (result->hint);
  hd_json_free (result->data);
  g_free (result);
}

HdResult *
hd_result_from_json (const hd_json *object, GError **error)
{
  const char *code = hd_json_get_string (object, "code", NULL);
  if (code == NULL)
    {
      hd_throw (error, HD_WORKER, NULL, "a result without a code");
      return NULL;
    }
  HdResult *result
      = hd_result_new (hd_code_from_name (code), hd_json_get_string (object, "message", ""),
                       hd_json_get_string (object, "hint", NULL));
  const hd_json *data = hd_json_get (object, "data");
  if (data != NULL && hd_json_get_type (data) == HD_JSON_OBJECT)
    result->data = hd_json_copy (data);
  return result;
}

HdResult *
hd_result_from_text (const char *text, GError **error)
{
  hd_err err = { 0 };
  hd_autojson object = hd_json_parse (text, strlen (text), &err);
  if (object == NULL)
    {
      hd_throw_err (error, &err);
      g_prefix_error (error, "reading a result: ");
      return NULL;
    }
  return hd_result_from_json (object, error);
}

hd_json *
hd_result_to_json (const HdResult *result)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_string (object, "code", hd_code_name (result->code));
  hd_json_set_string (object, "message", result->message);
  if (result->hint != NULL)
    hd_json_set_string (object, "hint", result->hint);
  if (result->data != NULL)
    hd_json_set (object, "data", hd_json_copy (result->data));
  return object;
}

char *
hd_result_to_text (const HdResult *result)
{
  hd_autojson object = hd_result_to_json (result);
  hd_autofree char *text = hd_json_to_text (object, false);
  return g_strdup (text);
}
