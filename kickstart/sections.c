/* Sections: their headers, in the form of commands. */
#include "kickstart/entry.h"

#define F HD_KS_FEDORA

#define SCRIPT_OPTIONS                                                                             \
  { "interpreter", HD_KS_TEXT, "PATH", "what runs it [/bin/sh]" },                                 \
      { "erroronfail", HD_KS_FLAG, NULL, "stop when it fails" },                                   \
  {                                                                                                \
    "log logfile", HD_KS_TEXT, "FILE", "its output goes there, too"                                \
  }

static void
check_packages (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  static const char *const others[] = { "nocore", "nobase" };

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    if (hd_ks_given (entry, "default") && hd_ks_given (entry, others[i]))
      hd_ks_error (report, hd_ks_value_place (entry, others[i]), "give one of them",
                   "%%packages: --default and --%s exclude each other", others[i]);
}

static const HdKsOption script_options[] = { SCRIPT_OPTIONS, { NULL } };

static const HdKsOption post_options[]
    = { SCRIPT_OPTIONS,
        { "nochroot", HD_KS_FLAG, NULL, "run it in the installer; the host is at /mnt/sysimage" },
        { NULL } };

static const HdKsOption packages_options[]
    = { { "default", HD_KS_FLAG, NULL, "the default set" },
        { "excludedocs", HD_KS_FLAG, NULL, "no documentation" },
        { "exclude-weakdeps excludeWeakdeps", HD_KS_FLAG, NULL, "no weak dependencies",
          .span = { .since = F (24) } },
        { "ignoremissing", HD_KS_FLAG, NULL, "go on without what is missing" },
        { "ignorebroken", HD_KS_FLAG, NULL, "go on with conflicts", .span = { .since = F (28) } },
        { "inst-langs instLangs", HD_KS_TEXT, "LOCALES", "translations",
          .span = { .since = F (9) } },
        { "multilib", HD_KS_FLAG, NULL, "all architectures", .span = { .since = F (18) } },
        { "nocore", HD_KS_FLAG, NULL, "not the group core", .span = { .since = F (21) } },
        { "nobase", HD_KS_FLAG, NULL, "not the group base",
          .span = { .deprecated = F (18), .removed = F (22) } },
        { "timeout", HD_KS_INT, "SECONDS", "patience with a server",
          .span = { .since = F (24), .also = HD_KS_IN_RHEL7 } },
        { "retries", HD_KS_INT, "N", "tries with a server",
          .span = { .since = F (24), .also = HD_KS_IN_RHEL7 } },
        { "ignoredeps", HD_KS_FLAG, NULL, "no dependencies",
          .span = { .deprecated = F (4), .removed = F (9) } },
        { "resolvedeps", HD_KS_FLAG, NULL, "dependencies",
          .span = { .deprecated = F (4), .removed = F (9) } },
        { NULL } };

static const HdKsOption certificate_options[]
    = { { "filename", HD_KS_TEXT, "NAME", "name of the file", HD_KS_REQUIRED },
        { "dir", HD_KS_TEXT, "PATH", "folder of the file", HD_KS_REQUIRED },
        { NULL } };

static const HdKsOption no_options[] = { { NULL } };

const HdKsCommand hd_ks_sections[] = {
  { "%pre", "", 0, 0, script_options, "a script before anything else, in the installer",
    HD_KS_SCRIPT | HD_KS_MANY },
  { "%pre-install", "", 0, 0, script_options,
    "a script when the disks are ready, in the installer; the host is at /mnt/sysimage",
    HD_KS_SCRIPT | HD_KS_MANY, .span = { .since = F (24), .also = HD_KS_IN_RHEL7 } },
  { "%post", "", 0, 0, post_options, "a script at the end, in the host",
    HD_KS_SCRIPT | HD_KS_MANY },
  { "%onerror", "", 0, 0, script_options, "a script when the installation fails",
    HD_KS_SCRIPT | HD_KS_MANY, .span = { .since = F (24), .also = HD_KS_IN_RHEL7 } },
  { "%traceback", "", 0, 0, script_options, "a script when the installer itself fails",
    HD_KS_SCRIPT | HD_KS_MANY },
  { "%packages", "", 0, 0, packages_options, "packages to install", HD_KS_MANY,
    .check = check_packages, .note = "the host's content is the commit of ostreesetup" },
  { "%certificate", "", 0, 0, certificate_options, "a certificate for the installer and the host",
    HD_KS_MANY, .span = { .since = F (42), .also = HD_KS_IN_RHEL10 } },
  { "%addon", "NAME OPTION...", 0, -1, no_options, "data of an add-on of the installer",
    HD_KS_RAW | HD_KS_MANY, .note = "the installer has no add-ons" },
  { "%anaconda", "", 0, -1, no_options, "settings of another installer", HD_KS_RAW | HD_KS_MANY,
    .note = "these settings are for another installer" },
  { NULL },
};
