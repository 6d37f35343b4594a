/* The machine that images describe, and what a writer gets to work with. */
#pragma once

#include "tools/format-file.h"
#include "tools/format-source.h"

/* What goes into the descriptions of machines. Strings belong to the caller. */
typedef struct
{
  const char *name;    /* "atomic-host": members of archives are called so */
  const char *title;   /* for people */
  const char *version; /* of what is inside */
  gint64 epoch;        /* seconds since 1970: every time that a format has room for */
  guint hardware;      /* N of vSphere's vmx-N */
  const char *os_type; /* vSphere's name of the guest system, "debian13_64Guest" */
  gboolean bios;       /* firmware of the machine; else UEFI */
  guint n_processors;
  guint memory_mib;
  gboolean sha1;        /* vSphere's manifest is for 5.5 and 6.0, which know no other (rule O4) */
  const char *sign_key; /* PEM files of an RSA key and its certificate, for vSphere; or NULL */
  const char *sign_certificate;
} HdFormatMachine;

/* The defaults: vmx-13, UEFI, two processors, 2,048 MiB. */
void hd_format_machine_init (HdFormatMachine *machine);
/* vSphere's name for Debian `suite` (may be NULL), or for any Linux. */
const char *hd_format_os_type (const char *suite);
/* Errors: HD_USAGE for a hardware version that does not exist (rule O7), a name that no archive may
 * hold, a key without certificate. */
gboolean hd_format_machine_check (const HdFormatMachine *machine, GError **error);

typedef struct _HdFormatJob
{
  const HdFormatMachine *machine;
  HdFormatSource *source;
  HdFormatFile *file;
} HdFormatJob;
