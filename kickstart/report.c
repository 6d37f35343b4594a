/* A list of findings, and its printing. */
#include "kickstart/report.h"

#include <string.h>
#include "base/output.h"

struct _HdKsReport
{
  GStringChunk *names;
  GPtrArray *findings;
  guint counts[HD_KS_ERROR + 1];
};

static void
finding_free (gpointer pointer)
{
  HdKsFinding *finding = pointer;

  g_free (finding->message);
  g_free (finding->hint);
  g_free (finding);
}

HdKsReport *
hd_ks_report_new (void)
{
  HdKsReport *report = g_new0 (HdKsReport, 1);

  report->names = g_string_chunk_new (256);
  report->findings = g_ptr_array_new_with_free_func (finding_free);
  return report;
}

void
hd_ks_report_free (HdKsReport *report)
{
  if (report == NULL)
    return;
  g_string_chunk_free (report->names);
  g_ptr_array_unref (report->findings);
  g_free (report);
}

const char *
hd_ks_report_file (HdKsReport *report, const char *name)
{
  return g_string_chunk_insert_const (report->names, name);
}

static void G_GNUC_PRINTF (5, 0) add (HdKsReport *report, HdKsSeverity severity, HdKsPlace place,
                                      const char *hint, const char *format, va_list args)
{
  HdKsFinding *finding;

  report->counts[severity]++;
  if (report->findings->len >= HD_KS_MAX_FINDINGS)
    return;
  finding = g_new0 (HdKsFinding, 1);
  finding->severity = severity;
  finding->place = place;
  finding->message = g_strdup_vprintf (format, args);
  finding->hint = g_strdup (hint);
  g_ptr_array_add (report->findings, finding);
}

void
hd_ks_error (HdKsReport *report, HdKsPlace place, const char *hint, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  add (report, HD_KS_ERROR, place, hint, format, args);
  va_end (args);
}

void
hd_ks_warn (HdKsReport *report, HdKsPlace place, const char *hint, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  add (report, HD_KS_WARNING, place, hint, format, args);
  va_end (args);
}

void
hd_ks_add (HdKsReport *report, HdKsSeverity severity, HdKsPlace place, const char *hint,
           const char *format, ...)
{
  va_list args;

  va_start (args, format);
  add (report, severity, place, hint, format, args);
  va_end (args);
}

guint
hd_ks_report_count (const HdKsReport *report, HdKsSeverity severity)
{
  return report->counts[severity];
}

guint
hd_ks_report_length (const HdKsReport *report)
{
  return report->findings->len;
}

const HdKsFinding *
hd_ks_report_get (const HdKsReport *report, guint index)
{
  return g_ptr_array_index (report->findings, index);
}

/* By file and line; findings of one line keep their order. */
static int
compare (gconstpointer a, gconstpointer b)
{
  const HdKsFinding *first = *(const HdKsFinding *const *)a;
  const HdKsFinding *second = *(const HdKsFinding *const *)b;
  int files = strcmp (first->place.file, second->place.file);

  if (files != 0)
    return files;
  return (first->place.line > second->place.line) - (first->place.line < second->place.line);
}

static void
print_finding (const HdKsFinding *finding, FILE *out)
{
  /* What a file says is a stranger's text: no control character reaches the terminal. */
  g_autofree char *file = hd_printable (finding->place.file);
  g_autofree char *message = hd_printable (finding->message);
  const char *word = finding->severity == HD_KS_ERROR ? "error" : "warning";

  if (finding->place.line == 0)
    fprintf (out, "%s: %s: %s\n", word, file, message);
  else
    fprintf (out, "%s: %s:%u:%u: %s\n", word, file, finding->place.line, finding->place.column,
             message);
  if (finding->hint != NULL)
    {
      g_autofree char *hint = hd_printable (finding->hint);
      fprintf (out, "hint: %s\n", hint);
    }
}

void
hd_ks_report_print (const HdKsReport *report, FILE *out)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  guint all = 0;

  for (guint i = 0; i < report->findings->len; i++)
    g_ptr_array_add (sorted, g_ptr_array_index (report->findings, i));
  g_ptr_array_sort (sorted, compare);
  for (guint i = 0; i < sorted->len; i++)
    print_finding (g_ptr_array_index (sorted, i), out);
  for (gsize i = 0; i < G_N_ELEMENTS (report->counts); i++)
    all += report->counts[i];
  if (all > report->findings->len)
    fprintf (out, "and %u more\n", all - report->findings->len);
}
