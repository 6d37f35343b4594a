/* GError with the codes of common/err.h and a hint.
 *
 * hd_error_quark() is an extended GError domain: each error has room for a hint.  A prefix is added
 * once per layer with g_prefix_error.
 */
#pragma once

#include <gio/gio.h>
#include "common/err.h"

#define HD_ERROR hd_error_quark ()
GQuark hd_error_quark (void);

/* Set *error (may be NULL).  `hint` may be NULL. Always returns FALSE, for `return hd_throw (...)`.
 */
gboolean hd_throw (GError **error, hd_code code, const char *hint, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
/* "MESSAGE: strerror(errnum)", with the code that fits the errno. Returns FALSE. */
gboolean hd_throw_errno (GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* Turn a plain C error into a GError. Returns FALSE. */
gboolean hd_throw_err (GError **error, const hd_err *err);

/* The code of any GError: its own for HD_ERROR; for G_IO_ERROR the code that fits (NO_SPACE,
 * CANCELLED, TIMED_OUT and HOST_NOT_FOUND as HD_NETWORK ...), HD_FAILED for the rest. */
hd_code hd_error_code (const GError *error);
/* The hint, or NULL; belongs to the error. */
const char *hd_error_hint (const GError *error);
/* Set or replace the hint of an HD_ERROR. */
void hd_error_set_hint (GError *error, const char *hint);
/* Print "error: MESSAGE" and "hint: HINT" to standard error; returns the exit status. For mains. */
int hd_error_report (const GError *error);
