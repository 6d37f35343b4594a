/* The lines of a worker as events. Pure: no I/O. */
#include "client/event.h"

#include "base/error.h"

static gboolean
fill_text (HdEvent *event, const hd_json *object, const char *key, GError **error)
{
  event->text = g_strdup (hd_json_get_string (object, key, NULL));
  if (event->text == NULL)
    return hd_throw (error, HD_WORKER, NULL, "a message without \"%s\"", key);
  return TRUE;
}

static gboolean
fill_phase (HdEvent *event, const hd_json *object, GError **error)
{
  return fill_text (event, object, "phase", error);
}

static gboolean
fill_message (HdEvent *event, const hd_json *object, GError **error)
{
  return fill_text (event, object, "text", error);
}

static gboolean
fill_progress (HdEvent *event, const hd_json *object, GError **error)
{
  if (!hd_json_as_uint64 (hd_json_get (object, "done"), &event->done))
    return hd_throw (error, HD_WORKER, NULL, "progress without \"done\"");
  hd_json_as_uint64 (hd_json_get (object, "total"), &event->total);
  event->unit = g_strdup (hd_json_get_string (object, "unit", "bytes"));
  return TRUE;
}

static gboolean
fill_result (HdEvent *event, const hd_json *object, GError **error)
{
  event->result = hd_result_from_json (object, error);
  return event->result != NULL;
}

static const struct
{
  const char *name;
  HdEventType type;
  gboolean (*fill) (HdEvent *event, const hd_json *object, GError **error);
} kinds[] = {
  { "phase", HD_EVENT_PHASE, fill_phase },
  { "progress", HD_EVENT_PROGRESS, fill_progress },
  { "message", HD_EVENT_MESSAGE, fill_message },
  { "result", HD_EVENT_RESULT, fill_result },
};

HdEvent *
hd_event_parse (const char *line, gsize length_bytes, GError **error)
{
  hd_err err = { 0 };
  hd_autojson object = hd_json_parse (line, length_bytes, &err);
  if (object == NULL)
    {
      hd_throw (error, HD_WORKER, NULL, "a line that is no JSON: %s", err.message);
      return NULL;
    }
  const char *type = hd_json_get_string (object, "type", "");
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, type))
      {
        g_autoptr (HdEvent) event = g_new0 (HdEvent, 1);
        event->type = kinds[i].type;
        return kinds[i].fill (event, object, error) ? g_steal_pointer (&event) : NULL;
      }
  hd_throw (error, HD_WORKER, NULL, "a message of unknown type \"%s\"", type);
  return NULL;
}

void
hd_event_free (HdEvent *event)
{
  if (event == NULL)
    return;
  g_free (event->text);
  g_free (event->unit);
  hd_result_free (event->result);
  g_free (event);
}
