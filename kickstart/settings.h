/* What a plan writes into the host's /etc, as data: files, links, and units to enable or disable.
 *
 * Network for systemd-networkd, firewall for nftables, name, language, keyboard, time, units.
 * Accounts are not among them. Only hd_ks_settings_write touches anything.
 */
#pragma once

#include <gio/gio.h>
#include <stdio.h>

#include "kickstart/plan.h"

typedef enum
{
  HD_KS_SETTING_FILE,
  HD_KS_SETTING_LINK,
  HD_KS_SETTING_DISABLE,
  HD_KS_SETTING_ENABLE,
} HdKsSettingKind;

typedef struct
{
  HdKsSettingKind kind;
  char *name;    /* path below the root, without a slash before it; of units the unit */
  GString *text; /* content, or target of the link; empty for units */
} HdKsSetting;

/* The settings in the order in which they are made: of HdKsSetting. `fstab` is the text for that
 * step; NULL: it is not written. HD_CONFIG with the place of
 * what cannot be written for this host. */
GPtrArray *hd_ks_settings_new (const HdKsPlan *plan, const char *fstab, GError **error);

/* Print each with its path. */
void hd_ks_settings_print (const GPtrArray *settings, FILE *out);

/* Write them below the folder `root`, where a host is deployed; links in it lead nowhere outside.
 * A unit that is not there cannot be enabled (HD_FAILED); that it cannot be disabled is logged.
 * Blocks. */
gboolean hd_ks_settings_write (const GPtrArray *settings, const char *root,
                               GCancellable *cancellable, GError **error);
