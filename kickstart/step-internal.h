/* What the files of step.h share: the text that is being made, and its lines. */
#pragma once

#include "kickstart/step.h"

typedef struct
{
  HdKsStep *step;
  const HdKsEntry *entry;
  GString *detail;
  const GPtrArray *volumes;
} HdKsText;

/* Set the title; add a line to the details. */
void hd_ks_title (HdKsText *text, const char *format, ...) G_GNUC_PRINTF (2, 3);
void hd_ks_line (HdKsText *text, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Add "LABEL: VALUE" when the option was given, "LABEL" for a flag; a secret is not shown. */
void hd_ks_say (HdKsText *text, const char *option, const char *label);
/* The same for pairs of options and labels, which end with a NULL. */
void hd_ks_say_all (HdKsText *text, const char *const *pairs);

/* One for each kind of step: step-storage.c, step-host.c. */
void hd_ks_describe_disks (HdKsText *text);
void hd_ks_describe_zero (HdKsText *text);
void hd_ks_describe_clear (HdKsText *text);
void hd_ks_describe_volume (HdKsText *text);
void hd_ks_describe_snapshot (HdKsText *text);
void hd_ks_describe_mount (HdKsText *text);
void hd_ks_describe_link (HdKsText *text);
void hd_ks_describe_network (HdKsText *text);
void hd_ks_describe_hostname (HdKsText *text);
void hd_ks_describe_firewall (HdKsText *text);
void hd_ks_describe_lang (HdKsText *text);
void hd_ks_describe_keyboard (HdKsText *text);
void hd_ks_describe_timezone (HdKsText *text);
void hd_ks_describe_timesource (HdKsText *text);
void hd_ks_describe_root (HdKsText *text);
void hd_ks_describe_group (HdKsText *text);
void hd_ks_describe_user (HdKsText *text);
void hd_ks_describe_key (HdKsText *text);
void hd_ks_describe_services (HdKsText *text);
