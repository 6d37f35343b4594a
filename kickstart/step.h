/* A step of an installation: a kind with what it needs, and what it says of itself.
 *
 * Texts are made here and nowhere else; passwords and passphrases are not in them. Pure.
 */
#pragma once

#include "kickstart/storage.h"

typedef enum
{
  HD_KS_STEP_SCRIPT,      /* `section` */
  HD_KS_STEP_READ,        /* read the file again, with what %pre wrote: `deferred` */
  HD_KS_STEP_LINK,        /* network of the installer: `entry` */
  HD_KS_STEP_DISKS,       /* choose the disks: `entry`, or NULL for all */
  HD_KS_STEP_ZERO,        /* zerombr */
  HD_KS_STEP_CLEAR,       /* clearpart: `entry` */
  HD_KS_STEP_VOLUME,      /* make `volume`, with its file system */
  HD_KS_STEP_SNAPSHOT,    /* `entry` */
  HD_KS_STEP_MOUNT,       /* mount all volumes */
  HD_KS_STEP_DEPLOY,      /* ostreesetup: `entry` */
  HD_KS_STEP_FSTAB,       /* mounts of the host */
  HD_KS_STEP_BOOTLOADER,  /* `entry`, or NULL for the defaults */
  HD_KS_STEP_HOSTNAME,    /* `entry` */
  HD_KS_STEP_NETWORK,     /* network of the host: `entry` */
  HD_KS_STEP_FIREWALL,    /* `entry` */
  HD_KS_STEP_LANG,        /* `entry` */
  HD_KS_STEP_KEYBOARD,    /* `entry` */
  HD_KS_STEP_TIMEZONE,    /* `entry` */
  HD_KS_STEP_TIMESOURCE,  /* `entry` */
  HD_KS_STEP_ROOT,        /* password of root: `entry` */
  HD_KS_STEP_GROUP,       /* `entry` */
  HD_KS_STEP_USER,        /* `entry` */
  HD_KS_STEP_KEY,         /* `entry` */
  HD_KS_STEP_SERVICES,    /* `entry` */
  HD_KS_STEP_CERTIFICATE, /* `section` */
  HD_KS_STEP_END,         /* reboot, poweroff or halt: `entry`, or NULL */
} HdKsStepKind;

typedef struct
{
  HdKsStepKind kind;
  char *title;  /* one line */
  char *detail; /* lines, or NULL */
  const HdKsEntry *entry;
  const HdKsSection *section;
  const HdKsVolume *volume;
  const HdKsDeferred *deferred;
} HdKsStep;

/* Fill title and detail of a step whose other fields are set; `volumes` are all of the plan. */
void hd_ks_step_describe (HdKsStep *step, const GPtrArray *volumes);

/* Whether a network line is about an interface of the host, and not only about its name. */
gboolean hd_ks_is_network_of_host (const HdKsEntry *entry);
