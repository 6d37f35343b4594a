#include "sample.h"

#include <string.h>
#include "kickstart/loader.h"

HdKickstart *
sample_kickstart (const char *text)
{
  HdKickstart *kickstart = hd_ks_parse ("-", text, strlen (text), &hd_ks_file_loader);

  hd_ks_rules (kickstart);
  return kickstart;
}

char *
sample_findings (const HdKickstart *kickstart)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char *printed = NULL;
  size_t length;
  FILE *out = open_memstream (&printed, &length);
  g_auto (GStrv) lines = NULL;

  hd_ks_report_print (kickstart->report, out);
  fclose (out);
  lines = g_strsplit (printed, "\n", -1);
  free (printed);
  for (char **line = lines; *line != NULL; line++)
    {
      unsigned row = 0, column = 0;
      int end = 0;
      char word[16];
      if (sscanf (*line, "%15[a-z]: -:%u:%u: %n", word, &row, &column, &end) == 3 && end > 0)
        g_string_append_printf (text, "%s%s %u:%u %s", text->len > 0 ? "\n" : "", word, row, column,
                                *line + end);
      else if (g_str_has_prefix (*line, "hint: "))
        g_string_append_printf (text, " | %s", *line + strlen ("hint: "));
      else if (**line != '\0')
        g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", *line);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

const HdKsEntry *
sample_entry (const HdKickstart *kickstart)
{
  g_autofree char *findings = sample_findings (kickstart);

  g_assert_null (strstr (findings, "error"));
  g_assert_cmpuint (kickstart->commands->len, ==, 1);
  return g_ptr_array_index (kickstart->commands, 0);
}

char *
sample_path (const char *name)
{
  return g_build_filename (TEST_DATA_DIR, "kickstart", name, NULL);
}
