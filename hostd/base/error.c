/* GError with the project's codes and a hint.
 *
 * GIO's error domain is known by its name and not by calling into GIO: a program that reports
 * errors and needs nothing else of GIO is then not linked with it, which saves a third of its
 * start. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct
{
  char *hint;
} HdErrorPrivate;

static void
hd_error_private_init (HdErrorPrivate *private)
{
  private->hint = NULL;
}

static void
hd_error_private_copy (const HdErrorPrivate *source, HdErrorPrivate *copy)
{
  copy->hint = g_strdup (source->hint);
}

static void
hd_error_private_clear (HdErrorPrivate *private)
{
  g_free (private->hint);
}

G_DEFINE_EXTENDED_ERROR (HdError, hd_error)

gboolean
hd_throw (GError **error, hd_code code, const char *hint, const char *format, ...)
{
  va_list args;

  if (error == NULL)
    return FALSE;
  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (HD_ERROR, (int)code, format, args));
  va_end (args);
  hd_error_set_hint (*error, hint);
  return FALSE;
}

gboolean
hd_throw_errno (GError **error, int errnum, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  return hd_throw (error, hd_code_from_errno (errnum), NULL, "%s: %s", message,
                   g_strerror (errnum));
}

gboolean
hd_throw_err (GError **error, const hd_err *err)
{
  return hd_throw (error, err->code, err->hint[0] != '\0' ? err->hint : NULL, "%s", err->message);
}

/* A foreign code and ours; tables end with { -1 }. */
typedef struct
{
  int foreign;
  hd_code code;
} CodePair;

static const CodePair io_codes[] = {
  { G_IO_ERROR_NOT_FOUND, HD_NOT_FOUND },
  { G_IO_ERROR_NO_SPACE, HD_NO_SPACE },
  { G_IO_ERROR_PERMISSION_DENIED, HD_DENIED },
  { G_IO_ERROR_CANCELLED, HD_CANCELLED },
  { G_IO_ERROR_BUSY, HD_BUSY },
  { G_IO_ERROR_TIMED_OUT, HD_NETWORK },
  { G_IO_ERROR_HOST_NOT_FOUND, HD_NETWORK },
  { G_IO_ERROR_HOST_UNREACHABLE, HD_NETWORK },
  { G_IO_ERROR_NETWORK_UNREACHABLE, HD_NETWORK },
  { G_IO_ERROR_CONNECTION_REFUSED, HD_NETWORK },
  /* Also G_IO_ERROR_CONNECTION_CLOSED, which is a second name for it. */
  { G_IO_ERROR_BROKEN_PIPE, HD_NETWORK },
  { G_IO_ERROR_PARTIAL_INPUT, HD_NETWORK },
  { G_IO_ERROR_PROXY_FAILED, HD_NETWORK },
  { -1 },
};

static const CodePair file_codes[] = {
  { G_FILE_ERROR_NOENT, HD_NOT_FOUND },
  { G_FILE_ERROR_NOSPC, HD_NO_SPACE },
  { G_FILE_ERROR_ACCES, HD_DENIED },
  { G_FILE_ERROR_PERM, HD_DENIED },
  { -1 },
};

static hd_code
look_up (const CodePair *pairs, int foreign)
{
  for (; pairs->foreign >= 0; pairs++)
    if (pairs->foreign == foreign)
      return pairs->code;
  return HD_FAILED;
}

hd_code
hd_error_code (const GError *error)
{
  if (error->domain == HD_ERROR)
    return (hd_code)error->code;
  if (error->domain == g_quark_from_static_string ("g-io-error-quark"))
    return look_up (io_codes, error->code);
  if (error->domain == G_FILE_ERROR)
    return look_up (file_codes, error->code);
  return HD_FAILED;
}

const char *
hd_error_hint (const GError *error)
{
  return error->domain == HD_ERROR ? hd_error_get_private (error)->hint : NULL;
}

void
hd_error_set_hint (GError *error, const char *hint)
{
  HdErrorPrivate *private = hd_error_get_private (error);

  g_return_if_fail (private != NULL);
  g_free (private->hint);
  private->hint = g_strdup (hint);
}

int
hd_error_report (const GError *error)
{
  hd_code code = hd_error_code (error);
  const char *hint = hd_error_hint (error);

  fprintf (stderr, code == HD_NOTHING ? "%s\n" : "error: %s\n", error->message);
  if (hint != NULL)
    fprintf (stderr, "hint: %s\n", hint);
  return hd_code_exit_status (code);
}
