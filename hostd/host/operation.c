/* The outcome of an operation. */
#include "host/operation.h"

void
hd_operation_clear (HdOperation *operation)
{
  g_clear_pointer (&operation->message, g_free);
  g_clear_pointer (&operation->hint, g_free);
  g_clear_pointer (&operation->data, hd_json_free);
}

void
hd_operation_say (HdOperation *operation, const char *hint, const char *format, ...)
{
  /* The new texts may be made from the old ones. */
  g_autofree char *old_message = operation->message;
  g_autofree char *old_hint = operation->hint;
  va_list args;
  va_start (args, format);
  operation->message = g_strdup_vprintf (format, args);
  va_end (args);
  operation->hint = g_strdup (hint);
}
