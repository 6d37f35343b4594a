/* Rules that commands for disks share. */
#include "kickstart/volume-options.h"

#include <string.h>

void
hd_ks_refuse (const HdKsEntry *entry, HdKsReport *report, const char *option, const char *hint,
              const char *what)
{
  hd_ks_error (report, option != NULL ? hd_ks_value_place (entry, option) : entry->place, hint,
               "%s: %s", entry->name, what);
}

void
hd_ks_check_luks (const HdKsEntry *entry, HdKsReport *report)
{
  const char *version = hd_ks_text (entry, "luks-version");
  gboolean hardware = version != NULL && strstr (version, "hw-opal") != NULL;

  if (hd_ks_given (entry, "pbkdf-time") && hd_ks_given (entry, "pbkdf-iterations"))
    hd_ks_refuse (entry, report, "pbkdf-iterations", "give one of them",
                  "--pbkdf-time and --pbkdf-iterations exclude each other");
  if (hd_ks_given (entry, "hw-passphrase") && (!hd_ks_given (entry, "encrypted") || !hardware))
    hd_ks_refuse (entry, report, "hw-passphrase", "add --encrypted --luks-version=luks2-hw-opal",
                  "--hw-passphrase is for hardware encryption");
  if (hd_ks_given (entry, "passphrase") && !hd_ks_given (entry, "encrypted"))
    hd_ks_warn (report, hd_ks_value_place (entry, "passphrase"), "add --encrypted",
                "%s: --passphrase does nothing without --encrypted", entry->name);
}

gboolean
hd_ks_lacks_btrfs (HdKsVersion version)
{
  return version == HD_KS_RHEL8 || version == HD_KS_RHEL9 || version == HD_KS_RHEL10;
}
