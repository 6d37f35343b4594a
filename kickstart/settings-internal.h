/* What the files of settings.h share. */
#pragma once

#include "kickstart/settings.h"

/* What names of interfaces consist of here: nothing that a pattern or a path would take. */
#define HD_KS_DEVICE_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

/* Add a setting, or find that with this name: its text. The array owns it. */
GString *hd_ks_setting_add (GPtrArray *settings, HdKsSettingKind kind, const char *name);
/* The text of a file that is there already; NULL when it is not. */
GString *hd_ks_setting_find (const GPtrArray *settings, const char *name);

/* HD_CONFIG with the place of the option's value (of the line when it was not given, or is NULL).
 * Returns FALSE. */
gboolean hd_ks_setting_refuse (const HdKsEntry *entry, const char *option, const char *hint,
                               GError **error, const char *format, ...) G_GNUC_PRINTF (5, 6);

/* One for each kind of step that has a file of its own. */
gboolean hd_ks_settings_network (GPtrArray *settings, const HdKsEntry *entry, GError **error);
gboolean hd_ks_settings_firewall (GPtrArray *settings, const HdKsEntry *entry, GError **error);

/* Whether an option names an interface by what can be written down; HD_CONFIG when not. */
gboolean hd_ks_check_device (const HdKsEntry *entry, const char *option, const char *name,
                             GError **error);
/* The path of an interface's file. NULL is any: its file stands behind the others, since the first
 * that matches counts. Free with g_free. */
char *hd_ks_network_file (const char *device, const char *suffix);
/* Which interface the file is for. */
void hd_ks_put_match (GString *text, const char *device);
/* Make a bond or a bridge, and tell its ports. */
gboolean hd_ks_put_upper (GPtrArray *settings, const HdKsEntry *entry, gboolean bond,
                          GError **error);
/* Make a VLAN, and tell the interface below it. Returns its name (free with g_free), or NULL. */
char *hd_ks_put_vlan (GPtrArray *settings, const HdKsEntry *entry, GError **error);
