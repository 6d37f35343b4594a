/* Events of an operation -> lines. */
#include "worker/output.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "common/fs.h"

static gboolean plain_lines;

void
hd_output_init (gboolean plain)
{
  plain_lines = plain;
}

/* Whoever reads may be gone; the change goes on to its end all the same. */
static void
write_line (hd_json *object)
{
  g_autofree char *text = hd_json_to_text (object, false);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  (void)hd_fs_write_all (STDOUT_FILENO, line, strlen (line));
  hd_json_free (object);
}

static hd_json *
new_event (const char *type)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_string (object, "type", type);
  return object;
}

static void
say_phase (const char *phase, gpointer data)
{
  if (plain_lines)
    return;
  hd_json *object = new_event ("phase");
  hd_json_set_string (object, "phase", phase);
  write_line (object);
}

static void
say_progress (guint64 done, guint64 total, const char *unit, gpointer data)
{
  if (plain_lines)
    return;
  hd_json *object = new_event ("progress");
  hd_json_set_uint (object, "done", done);
  hd_json_set_uint (object, "total", total);
  hd_json_set_string (object, "unit", unit);
  write_line (object);
}

static void
say_message (const char *text, gpointer data)
{
  if (plain_lines)
    {
      hd_log (LOG_NOTICE, "%s", text);
      return;
    }
  hd_json *object = new_event ("message");
  hd_json_set_string (object, "text", text);
  write_line (object);
}

static const HdReport report
    = { .phase = say_phase, .progress = say_progress, .message = say_message };

const HdReport *
hd_output_report (void)
{
  return &report;
}

static void
say_plain_result (const HdOperation *operation, const GError *error, hd_code code)
{
  if (code == HD_NOTHING)
    hd_log (LOG_INFO, "%s", error->message);
  else if (error != NULL)
    hd_log_error (LOG_ERR, error);
  else if (operation->message != NULL)
    hd_log (LOG_NOTICE, "%s", operation->message);
}

int
hd_output_result (const HdOperation *operation, const GError *error)
{
  hd_code code = error != NULL ? hd_error_code (error) : HD_OK;
  if (plain_lines)
    {
      say_plain_result (operation, error, code);
      return hd_code_exit_status (code);
    }
  hd_json *object = new_event ("result");
  const char *message = error != NULL ? error->message : operation->message;
  hd_json_set_string (object, "code", hd_code_name (code));
  hd_json_set_string (object, "message", message != NULL ? message : "");
  hd_json_set_string (object, "hint", error != NULL ? hd_error_hint (error) : operation->hint);
  if (operation->data != NULL)
    hd_json_set (object, "data", hd_json_copy (operation->data));
  write_line (object);
  return hd_code_exit_status (code);
}
