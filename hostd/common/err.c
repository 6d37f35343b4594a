/* The table of error codes, and the plain C error that is filled where something happens.
 *
 * One row gives a code its exit status, its short name (JSON, journal), its D-Bus name and what it
 * means; nothing else in the tree repeats these.  Knows nothing of GLib: base/error.c carries the
 * codes upward. */
#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DBUS_PREFIX "org.atomichost.Host1.Error."

static const struct
{
  int exit_status;
  const char *name;
  const char *dbus_name;
  const char *summary;
} codes[HD_N_CODES] = {
  [HD_OK] = { 0, "ok", DBUS_PREFIX "Ok", "Done" },
  [HD_FAILED] = { 1, "failed", DBUS_PREFIX "Failed", "Failure without a status of its own" },
  [HD_USAGE] = { 2, "usage", DBUS_PREFIX "Usage", "Unknown verb or option, or a bad argument" },
  [HD_CONFIG]
  = { 3, "config", DBUS_PREFIX "Config", "A configuration or definition file is wrong" },
  [HD_NOT_FOUND] = { 4, "not-found", DBUS_PREFIX "NotFound",
                     "No such deployment, commit, ref, stateroot or file" },
  [HD_NO_SYSROOT] = { 5, "no-sysroot", DBUS_PREFIX "NoSysroot", "Not an OSTree system or sysroot" },
  [HD_NETWORK]
  = { 10, "network", DBUS_PREFIX "Network", "The connection cannot be made, stalled or broke" },
  [HD_SERVER] = { 11, "server", DBUS_PREFIX "Server", "The server answered with an error" },
  [HD_SIGNATURE] = { 12, "signature", DBUS_PREFIX "Signature",
                     "A signature is missing, bad, expired or by an unknown key" },
  [HD_CORRUPT] = { 13, "corrupt", DBUS_PREFIX "Corrupt", "Content does not match its checksum" },
  [HD_NO_SPACE] = { 14, "no-space", DBUS_PREFIX "NoSpace", "No room on a file system" },
  [HD_BUSY] = { 15, "busy", DBUS_PREFIX "Busy", "Another change is under way" },
  [HD_CANCELLED] = { 16, "cancelled", DBUS_PREFIX "Cancelled", "Cancelled" },
  [HD_DOWNGRADE] = { 17, "downgrade", DBUS_PREFIX "Downgrade",
                     "Older than what is booted, which was not allowed" },
  [HD_ARCH] = { 18, "arch", DBUS_PREFIX "Arch", "For another architecture" },
  [HD_DENIED] = { 19, "denied", DBUS_PREFIX "Denied", "Not authorised" },
  [HD_WORKER] = { 20, "worker", DBUS_PREFIX "Worker", "The worker died" },
  [HD_BOOTLOADER]
  = { 21, "bootloader", DBUS_PREFIX "Bootloader", "Boot entries could not be read or written" },
  [HD_KNOWN_BAD]
  = { 22, "known-bad", DBUS_PREFIX "KnownBad", "This version failed to boot here before" },
  [HD_NO_BUS] = { 23, "no-bus", DBUS_PREFIX "NoBus", "hostd cannot be reached over D-Bus" },
  [HD_NOTHING] = { 77, "nothing", DBUS_PREFIX "Nothing", "There is nothing to do" },
};

static bool
is_code (hd_code code)
{
  return (unsigned)code < HD_N_CODES;
}

int
hd_code_exit_status (hd_code code)
{
  return codes[is_code (code) ? code : HD_FAILED].exit_status;
}

const char *
hd_code_name (hd_code code)
{
  return codes[is_code (code) ? code : HD_FAILED].name;
}

const char *
hd_code_dbus_name (hd_code code)
{
  return codes[is_code (code) ? code : HD_FAILED].dbus_name;
}

const char *
hd_code_summary (hd_code code)
{
  return codes[is_code (code) ? code : HD_FAILED].summary;
}

hd_code
hd_code_from_name (const char *name)
{
  if (name == NULL)
    return HD_FAILED;
  for (int code = 0; code < HD_N_CODES; code++)
    if (strcmp (name, codes[code].name) == 0 || strcmp (name, codes[code].dbus_name) == 0)
      return (hd_code)code;
  return HD_FAILED;
}

hd_code
hd_code_from_errno (int errnum)
{
  switch (errnum)
    {
    case ENOSPC:
    case EDQUOT:
      return HD_NO_SPACE;
    case ENOENT:
      return HD_NOT_FOUND;
    case EACCES:
    case EPERM:
      return HD_DENIED;
    default:
      return HD_FAILED;
    }
}

int
hd_err_set (hd_err *err, hd_code code, const char *hint, const char *format, ...)
{
  va_list args;

  if (err == NULL)
    return -EINVAL;
  err->code = code;
  va_start (args, format);
  vsnprintf (err->message, sizeof err->message, format, args);
  va_end (args);
  snprintf (err->hint, sizeof err->hint, "%s", hint != NULL ? hint : "");
  return -EINVAL;
}

int
hd_err_set_errno (hd_err *err, int errnum, const char *format, ...)
{
  va_list args;
  size_t used;

  if (err == NULL)
    return -errnum;
  err->code = hd_code_from_errno (errnum);
  err->hint[0] = '\0';
  va_start (args, format);
  vsnprintf (err->message, sizeof err->message, format, args);
  va_end (args);
  used = strlen (err->message);
  snprintf (err->message + used, sizeof err->message - used, ": %s", strerror (errnum));
  return -errnum;
}
