/* What is said of each mistake, word for word: tests/data/kickstart/NAME.findings has a kickstart,
 * below it lines "= SEVERITY LINE:COLUMN MESSAGE | HINT" or "= nothing", and "--" before the next.
 */
#include <string.h>

#include "sample.h"

static void
check_block (const char *block)
{
  g_auto (GStrv) lines = g_strsplit (block, "\n", -1);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autoptr (HdKickstart) kickstart = NULL;
  g_autofree char *findings = NULL;

  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, "= "))
      g_string_append_printf (expected, "%s%s", expected->len > 0 ? "\n" : "", *line + 2);
    else if (**line != '\0')
      g_string_append_printf (text, "%s\n", *line);
  kickstart = sample_kickstart (text->str);
  findings = sample_findings (kickstart);
  if (strcmp (*findings != '\0' ? findings : "nothing", expected->str) != 0)
    g_test_message ("%s", text->str);
  g_assert_cmpstr (*findings != '\0' ? findings : "nothing", ==, expected->str);
}

static void
test_file (gconstpointer data)
{
  g_autofree char *name = g_strconcat (data, ".findings", NULL);
  g_autofree char *path = sample_path (name);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) blocks = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  blocks = g_strsplit (text, "\n--\n", -1);
  g_assert_cmpuint (g_strv_length (blocks), >, 20);
  for (char **block = blocks; *block != NULL; block++)
    check_block (*block);
}

int
main (int argc, char **argv)
{
  static const char *const files[]
      = { "words", "versions", "sections", "storage", "system", "rules" };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *name = g_strconcat ("/kickstart/findings/", files[i], NULL);
      g_test_add_data_func (name, files[i], test_file);
    }
  return g_test_run ();
}
