/* What the language has beside all that: accepted, and not done here; or no longer in it. */
#include "kickstart/entry.h"

#define F HD_KS_FEDORA
#define NO_PACKAGES "the host's content is the commit of ostreesetup"
#define NO_X "the host has no graphical screen"
#define NO_SUBSCRIPTION "the host is registered with its own update server"
#define NO_DEVICE "this kind of disk is not attached by the installer"
#define NO_ARGUMENTS "OPTION...", 0, -1, no_options

static const HdKsOption no_options[] = { { NULL } };

const HdKsCommand hd_ks_other_commands[] = {
  { "install", NO_ARGUMENTS, "install, and do not upgrade", HD_KS_RAW,
    .span = { .deprecated = F (29), .removed = F (34) } },
  { "upgrade", NO_ARGUMENTS, "upgrade what is there", HD_KS_RAW,
    .span = { .since = F (11), .deprecated = F (20), .removed = F (29) },
    .note = "upgrades are done by atomic host upgrade" },
  { "mediacheck", "", 0, 0, no_options, "check the medium first", 0, .span = { .since = F (4) },
    .note = "each object that is installed is checked" },
  { "module", NO_ARGUMENTS, "enable a module of packages", HD_KS_RAW | HD_KS_MANY,
    .span = { .since = F (29), .also = HD_KS_IN_RHEL8 }, .note = NO_PACKAGES },
  { "realm", NO_ARGUMENTS, "join a realm", HD_KS_RAW | HD_KS_MANY, .span = { .since = F (19) },
    .note = "do it in %post or with cloud-init" },
  { "rhsm", NO_ARGUMENTS, "register with a subscription", HD_KS_RAW,
    .span = { .since = HD_KS_RHEL8 }, .note = NO_SUBSCRIPTION },
  { "syspurpose", NO_ARGUMENTS, "purpose of the subscription", HD_KS_RAW,
    .span = { .since = HD_KS_RHEL8 }, .note = NO_SUBSCRIPTION },
  { "pwpolicy", NO_ARGUMENTS, "policy for passwords in the installer", HD_KS_RAW | HD_KS_MANY,
    .note = "passwords are taken as they are" },
  { "skipx", "", 0, 0, no_options, "set up no X", 0 },
  { "xconfig", NO_ARGUMENTS, "set up X", HD_KS_RAW, .note = NO_X },
  { "monitor", NO_ARGUMENTS, "monitor of X", HD_KS_RAW, .span = { .deprecated = F (10) },
    .note = NO_X },
  { "autostep", NO_ARGUMENTS, "show each screen of the installer", HD_KS_RAW,
    .span = { .deprecated = F (34), .removed = F (40) }, .note = NO_X },
  { "device", NO_ARGUMENTS, "load a driver", HD_KS_RAW | HD_KS_MANY,
    .span = { .deprecated = F (24), .removed = F (34) },
    .note = "drivers are loaded by themselves" },
  { "unsupported_hardware", "", 0, 0, no_options, "do not warn of old hardware", 0 },
  { "zipl", NO_ARGUMENTS, "boot loader of IBM Z", HD_KS_RAW, .span = { .since = F (32) },
    .note = "there is no IBM Z" },
  { "bootc", NO_ARGUMENTS, "install a bootable container", HD_KS_RAW | HD_KS_ABSENT,
    .span = { .since = F (43), .also = HD_KS_IN_RHEL10 },
    .note = "bootable containers are not read; use ostreesetup" },
  { "iscsi", NO_ARGUMENTS, "attach an iSCSI disk", HD_KS_RAW | HD_KS_MANY | HD_KS_ABSENT,
    .note = NO_DEVICE },
  { "iscsiname", NO_ARGUMENTS, "name for iSCSI", HD_KS_RAW | HD_KS_ABSENT, .note = NO_DEVICE },
  { "fcoe", NO_ARGUMENTS, "attach an FCoE disk", HD_KS_RAW | HD_KS_MANY | HD_KS_ABSENT,
    .note = NO_DEVICE },
  { "zfcp", NO_ARGUMENTS, "attach a Fibre Channel disk", HD_KS_RAW | HD_KS_MANY | HD_KS_ABSENT,
    .note = NO_DEVICE },
  { "nvdimm", NO_ARGUMENTS, "set up an NVDIMM", HD_KS_RAW | HD_KS_MANY | HD_KS_ABSENT,
    .span = { .since = F (28), .deprecated = F (40) }, .note = NO_DEVICE },
  { "dmraid", NO_ARGUMENTS, "attach a firmware RAID", HD_KS_RAW | HD_KS_MANY | HD_KS_ABSENT,
    .span = { .deprecated = F (24), .removed = F (34) }, .note = NO_DEVICE },
  { "multipath", NO_ARGUMENTS, "attach a multipath disk", HD_KS_RAW | HD_KS_MANY | HD_KS_ABSENT,
    .span = { .deprecated = F (24), .removed = F (34) }, .note = NO_DEVICE },
  { "stratispool stratisfs", NO_ARGUMENTS, "storage of Stratis",
    HD_KS_RAW | HD_KS_MANY | HD_KS_ABSENT, .note = "Stratis is not set up; use logvol" },
  { "hmc", "", 0, 0, no_options, "install from a hardware console", HD_KS_ABSENT,
    .note = "there is no IBM Z" },
  { "key", NO_ARGUMENTS, "installation number", HD_KS_RAW, .span = { .removed = F (9) } },
  { "lilo", NO_ARGUMENTS, "LILO", HD_KS_RAW, .span = { .removed = F (4) } },
  { "lilocheck", NO_ARGUMENTS, "LILO", HD_KS_RAW, .span = { .removed = F (4) } },
  { "mouse", NO_ARGUMENTS, "mouse", HD_KS_RAW, .span = { .removed = F (3) } },
  { "langsupport", NO_ARGUMENTS, "further languages", HD_KS_RAW, .span = { .removed = F (7) } },
  { "interactive", NO_ARGUMENTS, "ask nevertheless", HD_KS_RAW, .span = { .removed = F (15) } },
  { "deviceprobe", NO_ARGUMENTS, "look for devices", HD_KS_RAW | HD_KS_MANY,
    .span = { .deprecated = F (29), .removed = F (34) } },
  { NULL },
};
