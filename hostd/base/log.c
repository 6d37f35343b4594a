/* Log lines for services.
 *
 * Under systemd standard error is a stream to the journal ($JOURNAL_STREAM names it,
 * systemd.exec(5)) and entries go there with fields; elsewhere a line is printed, without a prefix.
 */
#include "base/log.h"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>
#include "base/error.h"

/* Whether standard error is the stream that systemd connected. */
static gboolean
stderr_is_journal (void)
{
  const char *stream = g_getenv ("JOURNAL_STREAM");
  unsigned long long device, inode;
  struct stat st;

  return stream != NULL && sscanf (stream, "%llu:%llu", &device, &inode) == 2
         && fstat (STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

/* Send "NAME=value" fields, a NULL-terminated list whose first is MESSAGE=. */
static void
emit (int priority, const char *const *fields)
{
  g_autofree char *priority_field = NULL;
  struct iovec vectors[8];
  int n = 0;

  if (!stderr_is_journal ())
    {
      fprintf (stderr, "%s\n", fields[0] + strlen ("MESSAGE="));
      return;
    }
  priority_field = g_strdup_printf ("PRIORITY=%d", priority);
  vectors[n++] = (struct iovec){ priority_field, strlen (priority_field) };
  for (; *fields != NULL && n < (int)G_N_ELEMENTS (vectors); fields++)
    vectors[n++] = (struct iovec){ (char *)*fields, strlen (*fields) };
  (void)sd_journal_sendv (vectors, n);
}

void
hd_log (int priority, const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  message = g_strconcat ("MESSAGE=", text, NULL);
  emit (priority, (const char *const[]){ message, NULL });
}

void
hd_log_error (int priority, const GError *error)
{
  const char *hint = hd_error_hint (error);
  g_autofree char *message = g_strconcat ("MESSAGE=", error->message, NULL);
  g_autofree char *code
      = g_strconcat ("HD_ERROR_CODE=", hd_code_name (hd_error_code (error)), NULL);
  g_autofree char *hint_field = hint != NULL ? g_strconcat ("HD_HINT=", hint, NULL) : NULL;

  emit (priority, (const char *const[]){ message, code, hint_field, NULL });
}
