/* The installation itself: how it looks, what it logs, how it ends. */
#include "kickstart/entry.h"

#define F HD_KS_FEDORA

static void
check_logging (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  if (hd_ks_given (entry, "port") && !hd_ks_given (entry, "host"))
    hd_ks_error (report, hd_ks_value_place (entry, "port"),
                 "add --host=", "logging: --port is the port of a host");
}

static void
check_rescue (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  if (hd_ks_given (entry, "nomount") && hd_ks_given (entry, "romount"))
    hd_ks_error (report, hd_ks_value_place (entry, "romount"), "give one of them",
                 "rescue: --nomount and --romount exclude each other");
}

static void
check_eula (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  if (!hd_ks_given (entry, "agreed"))
    hd_ks_error (report, entry->place, "write eula --agreed", "eula wants --agreed");
}

static const HdKsOption text_options[] = { { "non-interactive", HD_KS_FLAG, NULL, "ask nothing",
                                             .span = { .since = F (26), .also = HD_KS_IN_RHEL7 } },
                                           { NULL } };

static const HdKsOption end_options[]
    = { { "eject", HD_KS_FLAG, NULL, "eject the medium", .span = { .since = F (6) } },
        { "kexec", HD_KS_FLAG, NULL, "start the host without the firmware",
          .span = { .since = F (23), .also = HD_KS_IN_RHEL7 },
          .note = "the boot loader counts the first start" },
        { NULL } };

static const HdKsOption logging_options[]
    = { { "host", HD_KS_TEXT, "HOST", "send the log there", .note = "the log stays on the host" },
        { "port", HD_KS_TEXT, "PORT", "port of the host" },
        { "level", HD_KS_CHOICE, "LEVEL", "how much is shown [info]",
          .choices = "debug info warning error critical", .span = { .deprecated = F (34) } },
        { NULL } };

static const HdKsOption firstboot_options[]
    = { { "disabled disable", HD_KS_FLAG, NULL, "no questions at the first start" },
        { "enabled enable", HD_KS_FLAG, NULL, "ask at the first start",
          .note = "nothing asks at the first start; use cloud-init" },
        { "reconfig", HD_KS_FLAG, NULL, "ask for everything at the first start",
          .note = "nothing asks at the first start; use cloud-init" },
        { NULL } };

static const HdKsOption eula_options[]
    = { { "agreed agree accepted accept", HD_KS_FLAG, NULL, "agree" }, { NULL } };

static const HdKsOption rescue_options[]
    = { { "nomount", HD_KS_FLAG, NULL, "mount nothing" },
        { "romount", HD_KS_FLAG, NULL, "mount the host read-only" },
        { NULL } };

static const HdKsOption vnc_options[]
    = { { "host", HD_KS_TEXT, "HOST", "viewer to connect to", .span = { .since = F (6) } },
        { "port", HD_KS_TEXT, "PORT", "port of the viewer", .span = { .since = F (6) } },
        { "password", HD_KS_TEXT, "TEXT", "password of the screen", HD_KS_SECRET },
        { "connect", HD_KS_TEXT, "HOST", "viewer to connect to",
          .span = { .deprecated = F (6), .removed = F (9) } },
        { NULL } };

static const HdKsOption rdp_options[]
    = { { "username", HD_KS_TEXT, "NAME", "user of the screen" },
        { "password", HD_KS_TEXT, "TEXT", "password of the screen", HD_KS_SECRET },
        { NULL } };

#define NO_SCREEN "the installer has no graphical screens"

const HdKsCommand hd_ks_session_commands[] = {
  { "text", "", 0, 0, text_options, "install in text mode", 0 },
  { "cmdline", "", 0, 0, text_options, "install without any question", 0 },
  { "graphical", "", 0, 0, text_options, "install with a graphical screen", 0, .note = NO_SCREEN },
  { "vnc", "", 0, 0, vnc_options, "show the screen over VNC", 0, .note = NO_SCREEN },
  { "rdp", "", 0, 0, rdp_options, "show the screen over RDP", 0,
    .span = { .since = F (42), .also = HD_KS_IN_RHEL10 }, .note = NO_SCREEN },
  { "logging", "", 0, 0, logging_options, "what is logged", 0, .span = { .since = F (6) },
    .check = check_logging },
  { "rescue", "", 0, 0, rescue_options, "repair a system in place of an installation", HD_KS_ABSENT,
    .span = { .since = F (10) }, .check = check_rescue,
    .note = "the installer cannot repair; start the medium without a kickstart" },
  { "firstboot", "", 0, 0, firstboot_options, "questions at the first start", 0 },
  { "eula", "", 0, 0, eula_options, "agree to a licence", 0, .span = { .since = F (20) },
    .check = check_eula },
  { "reboot", "", 0, 0, end_options, "at the end: start the host", 0 },
  { "poweroff shutdown", "", 0, 0, end_options, "at the end: turn the machine off", 0 },
  { "halt", "", 0, 0, end_options, "at the end: stop, and leave the machine on", 0 },
  { NULL },
};
