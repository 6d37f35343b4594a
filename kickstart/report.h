/* What is wrong with a kickstart file, or only worth saying: findings with file, line and column.
 *
 * A file is read to its end, so that one run shows all of its errors. Knows nothing of commands.
 */
#pragma once

#include <glib.h>
#include <stdio.h>

/* Lines and columns count from 1; columns count characters. Line 0: the file as a whole. */
typedef struct
{
  const char *file; /* belongs to the report */
  guint line;
  guint column;
} HdKsPlace;

typedef enum
{
  HD_KS_WARNING, /* accepted; says what is not done and why */
  HD_KS_ERROR,   /* refused */
} HdKsSeverity;

typedef struct
{
  HdKsSeverity severity;
  HdKsPlace place;
  char *message;
  char *hint; /* or NULL */
} HdKsFinding;

/* More findings than this are counted and not kept. */
#define HD_KS_MAX_FINDINGS 200

typedef struct _HdKsReport HdKsReport;

HdKsReport *hd_ks_report_new (void);
void hd_ks_report_free (HdKsReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdKsReport, hd_ks_report_free)

/* `name` as a string that lives as long as the report, for places. */
const char *hd_ks_report_file (HdKsReport *report, const char *name);

/* Add a finding; `hint` may be NULL. Messages name what is wrong on what, without a full stop. */
void hd_ks_error (HdKsReport *report, HdKsPlace place, const char *hint, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
void hd_ks_warn (HdKsReport *report, HdKsPlace place, const char *hint, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
void hd_ks_add (HdKsReport *report, HdKsSeverity severity, HdKsPlace place, const char *hint,
                const char *format, ...) G_GNUC_PRINTF (5, 6);

/* How many there were, also of those that are not kept. */
guint hd_ks_report_count (const HdKsReport *report, HdKsSeverity severity);
/* The findings that are kept, in the order in which they were made. */
guint hd_ks_report_length (const HdKsReport *report);
const HdKsFinding *hd_ks_report_get (const HdKsReport *report, guint index);

/* "error: FILE:LINE:COLUMN: MESSAGE", below it "hint: HINT", in the order of files and lines. */
void hd_ks_report_print (const HdKsReport *report, FILE *out);
