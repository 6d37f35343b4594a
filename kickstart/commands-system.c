/* Language, keys, time, services, security. */
#include <string.h>

#include "kickstart/entry.h"

#define F HD_KS_FEDORA

static void
check_keyboard (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  if (hd_ks_n_operands (entry) == 0 && !hd_ks_given (entry, "vckeymap")
      && !hd_ks_given (entry, "xlayouts"))
    hd_ks_error (report, entry->place, "write keyboard us, or --vckeymap=us",
                 "keyboard: no layout is named");
}

/* A path below /usr/share/zoneinfo. */
static void
check_zone (const HdKsEntry *entry, HdKsReport *report)
{
  const char *zone = hd_ks_operand (entry, 0);

  if (zone != NULL
      && (*zone == '\0' || *zone == '/' || *zone == '.' || strstr (zone, "..") != NULL
          || strpbrk (zone, " \t") != NULL))
    hd_ks_error (report, hd_ks_operand_place (entry, 0), "write it as Europe/Sofia or Etc/UTC",
                 "timezone: \"%s\" is no time zone", zone);
}

static void
check_timezone (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  gboolean alone = hd_ks_n_operands (entry) == 0;
  gboolean time = hd_ks_given (entry, "nontp") || hd_ks_given (entry, "ntpservers");

  check_zone (entry, report);
  if (alone && !time && !hd_ks_given (entry, "utc"))
    hd_ks_error (report, entry->place, "write it as Europe/Sofia", "timezone: no zone is named");
  /* From Fedora 23 on, --utc alone is enough (RHEL 7 has it, too). */
  else if (alone && version != HD_KS_ANY && version < F (23) && version != HD_KS_RHEL7)
    hd_ks_error (report, entry->place, "write it as Europe/Sofia", "timezone: no zone is named");
  if (hd_ks_given (entry, "nontp") && hd_ks_given (entry, "ntpservers"))
    hd_ks_error (report, hd_ks_value_place (entry, "ntpservers"), "give one of them",
                 "timezone: --nontp and --ntpservers exclude each other");
}

static void
check_timesource (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  int given = hd_ks_given (entry, "ntp-server") + hd_ks_given (entry, "ntp-pool")
              + hd_ks_given (entry, "ntp-disable");

  if (given != 1)
    hd_ks_error (report, entry->place, "give one of --ntp-server=, --ntp-pool= and --ntp-disable",
                 "timesource: %s",
                 given == 0 ? "no source is named" : "its sources exclude each other");
}

static void
check_services (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  if (!hd_ks_given (entry, "enabled") && !hd_ks_given (entry, "disabled"))
    hd_ks_error (report, entry->place,
                 "give --enabled= or --disabled=", "services: no service is named");
}

static const HdKsOption lang_options[] = { { "addsupport", HD_KS_LIST, "LOCALE,...",
                                             "further languages", .span = { .since = F (19) } },
                                           { NULL } };

static const HdKsOption keyboard_options[]
    = { { "vckeymap", HD_KS_TEXT, "KEYMAP", "keymap of the console", .span = { .since = F (18) } },
        { "xlayouts", HD_KS_LIST, "LAYOUT,...", "layouts of X", .span = { .since = F (18) } },
        { "switch", HD_KS_LIST, "OPTION,...", "how layouts are switched",
          .span = { .since = F (18) }, .note = "the console has one layout" },
        { NULL } };

static const HdKsOption timezone_options[]
    = { { "utc isUtc", HD_KS_FLAG, NULL, "the clock of the machine has UTC" },
        { "nontp", HD_KS_FLAG, NULL, "no time from the network",
          .span = { .since = F (18), .deprecated = F (33), .removed = F (40) } },
        { "ntpservers", HD_KS_LIST, "SERVER,...", "time servers",
          .span = { .since = F (18), .deprecated = F (33), .removed = F (40) } },
        { NULL } };

static const HdKsOption timesource_options[]
    = { { "ntp-server", HD_KS_TEXT, "HOST", "time server" },
        { "ntp-pool", HD_KS_TEXT, "HOST", "pool of time servers" },
        { "ntp-disable", HD_KS_FLAG, NULL, "no time from the network" },
        { "nts", HD_KS_FLAG, NULL, "authenticated time", .note = "systemd-timesyncd has no NTS" },
        { NULL } };

static const HdKsOption services_options[]
    = { { "enabled", HD_KS_LIST, "UNIT,...", "units to enable" },
        { "disabled", HD_KS_LIST, "UNIT,...", "units to disable, before others are enabled" },
        { NULL } };

#define SELINUX_NOTE "the host has AppArmor; SELinux has no policy here"
static const HdKsOption selinux_options[]
    = { { "enforcing", HD_KS_FLAG, NULL, "enforce the policy", .note = SELINUX_NOTE },
        { "permissive", HD_KS_FLAG, NULL, "log what the policy forbids", .note = SELINUX_NOTE },
        { "disabled", HD_KS_FLAG, NULL, "no SELinux" },
        { NULL } };

static const HdKsOption no_options[] = { { NULL } };

const HdKsCommand hd_ks_system_commands[] = {
  { "lang", "LOCALE", 1, 1, lang_options, "language of the host", 0 },
  { "keyboard", "[LAYOUT]", 0, 1, keyboard_options, "layout of the keyboard", 0,
    .check = check_keyboard },
  { "timezone", "[ZONE]", 0, 1, timezone_options, "time zone of the host", 0,
    .check = check_timezone },
  { "timesource", "", 0, 0, timesource_options, "where the time comes from", HD_KS_MANY,
    .span = { .since = F (33), .also = HD_KS_IN_RHEL8 }, .check = check_timesource },
  { "services", "", 0, 0, services_options, "units to enable and disable", 0,
    .check = check_services },
  { "selinux", "", 0, 0, selinux_options, "state of SELinux", 0 },
  { "authselect", "OPTION...", 0, -1, no_options, "how users are authenticated", HD_KS_RAW,
    .span = { .since = F (28) }, .note = "PAM is as the commit has it" },
  { "auth authconfig", "OPTION...", 0, -1, no_options, "how users are authenticated", HD_KS_RAW,
    .span = { .deprecated = F (28), .removed = F (35) }, .note = "PAM is as the commit has it" },
  { NULL },
};
