/* Errors of the whole project: one table of codes.
 *
 * A code has a name (journal, JSON), a D-Bus error name and an exit status.  Plain C code fills an
 * hd_err where the error happens; GLib code carries the same codes in a GError (base/error.h).
 * Only mains print.  A message names what failed and on what object, without a full stop; a hint
 * says what to type or do next.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>

/* The order is that of the table in err.c; values are internal and may change. */
typedef enum
{
  HD_OK = 0,
  HD_FAILED,     /* exit 1:  anything without a code of its own */
  HD_USAGE,      /* exit 2:  unknown verb or option, bad argument */
  HD_CONFIG,     /* exit 3:  a configuration or definition file is wrong */
  HD_NOT_FOUND,  /* exit 4:  no such deployment, commit, ref, stateroot or file */
  HD_NO_SYSROOT, /* exit 5:  this is not an OSTree system or sysroot */
  HD_NETWORK,    /* exit 10: unreachable, stalled or broken connection */
  HD_SERVER,     /* exit 11: the server answered, with an error (404, 500 ...) */
  HD_SIGNATURE,  /* exit 12: no, unknown, expired or bad signature */
  HD_CORRUPT,    /* exit 13: content does not match its checksum */
  HD_NO_SPACE,   /* exit 14: no room on a file system */
  HD_BUSY,       /* exit 15: another change is under way and waiting was not wanted */
  HD_CANCELLED,  /* exit 16: cancelled by a user */
  HD_DOWNGRADE,  /* exit 17: older than what is booted, not allowed */
  HD_ARCH,       /* exit 18: for another architecture */
  HD_DENIED,     /* exit 19: not authorised */
  HD_WORKER,     /* exit 20: the worker died */
  HD_BOOTLOADER, /* exit 21: boot entries could not be written or read */
  HD_KNOWN_BAD,  /* exit 22: this version failed to boot here before */
  HD_NO_BUS,     /* exit 23: hostd cannot be reached over D-Bus */
  HD_NOTHING,    /* exit 77: nothing to do */
  HD_N_CODES
} hd_code;

/* An error of plain C code.  `code` HD_OK: no error.  Strings are cut to fit, never overrun. */
typedef struct
{
  hd_code code;
  char message[512];
  char hint[256];
} hd_err;

/* Exit status of a code, 0 to 77. */
int hd_code_exit_status (hd_code code);
/* Short name, as "no-space"; static storage. */
const char *hd_code_name (hd_code code);
/* D-Bus error name, as "org.atomichost.Host1.Error.NoSpace"; static storage. */
const char *hd_code_dbus_name (hd_code code);
/* What it means, one phrase without a full stop, for man pages; static storage. */
const char *hd_code_summary (hd_code code);
/* The code with this short name or D-Bus error name; HD_FAILED when there is none. */
hd_code hd_code_from_name (const char *name);
/* The code that fits an errno: ENOSPC and EDQUOT to HD_NO_SPACE, ENOENT to HD_NOT_FOUND, EACCES
 * and EPERM to HD_DENIED, everything else to HD_FAILED. */
hd_code hd_code_from_errno (int errnum);

/* Fill `err` (may be NULL).  Returns a negative errno for plain C callers: always -EINVAL. */
int hd_err_set (hd_err *err, hd_code code, const char *hint, const char *format, ...)
    __attribute__ ((format (printf, 4, 5)));
/* Fill `err` with "MESSAGE: strerror(errnum)" and the code that fits.  Returns -errnum. */
int hd_err_set_errno (hd_err *err, int errnum, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
