/* The verbs of atomic-image that work on images alone, without a definition. */
#pragma once

#include "base/verbs.h"
#include "tools/format.h"

extern const HdVerb hd_format_verbs[];

/* Options of the machine that images describe, for the verbs that write images. */
#define HD_FORMAT_MACHINE_OPTIONS                                                                  \
  { "hardware", 0, HD_OPT_INT, "N", "vSphere's hardware version, vmx-N [13]" },                    \
      { "firmware", 0, HD_OPT_STRING, "TYPE", "efi or bios, for vSphere and RHEV [efi]" },         \
      { "os-type", 0, HD_OPT_STRING, "TYPE", "vSphere's name of the system [by the suite]" },      \
      { "manifest", 0, HD_OPT_STRING, "TYPE",                                                      \
        "vSphere's: sha256, or sha1 for 5.5 and 6.0 [sha256]" },                                   \
      { "processors", 0, HD_OPT_INT, "N", "of the machine [2]" },                                  \
      { "memory", 0, HD_OPT_INT, "MIB", "of the machine [2048]" },                                 \
      { "sign-key", 0, HD_OPT_STRING, "FILE", "RSA key (PEM) that signs vSphere's manifest" },     \
  {                                                                                                \
    "sign-certificate", 0, HD_OPT_STRING, "FILE", "its certificate (PEM)"                          \
  }

/* Read them; what is not given stays as it is. Errors: HD_USAGE. */
gboolean hd_format_machine_options (const HdInvocation *inv, HdFormatMachine *machine,
                                    GError **error);
