/* Sections, included files, and the limits for files of strangers. */
#include "kickstart/parser.h"

#include <string.h>
#include "base/error.h"
#include "sample.h"

/* Files by name, for a loader: pairs that end with NULL. */
static gboolean
load (gpointer data, const char *name, const char *from, char **ret_name, char **ret_text,
      gsize *ret_length, GError **error)
{
  for (const char *const *pair = data; *pair != NULL; pair += 2)
    if (strcmp (pair[0], name) == 0)
      {
        *ret_name = g_strdup (name);
        *ret_text = g_strdup (pair[1]);
        *ret_length = strlen (pair[1]);
        return TRUE;
      }
  return hd_throw (error, HD_NOT_FOUND, NULL, "no file %s in %s", name, from);
}

static HdKickstart *
parse (const char *text, const char *const *files)
{
  HdKsLoader loader = { .load = load, .data = (gpointer)files };

  return hd_ks_parse ("-", text, strlen (text), &loader);
}

static void
assert_findings (const HdKickstart *kickstart, const char *expected)
{
  g_autofree char *findings = sample_findings (kickstart);

  g_assert_cmpstr (findings, ==, expected);
}

static const HdKsSection *
section (const HdKickstart *kickstart, guint index)
{
  g_assert_cmpuint (index, <, kickstart->sections->len);
  return g_ptr_array_index (kickstart->sections, index);
}

static void
test_script (void)
{
  g_autoptr (HdKickstart) kickstart
      = sample_kickstart ("text\n%post --interpreter=/usr/bin/python3 --log /root/post.log\n"
                          "# kept\n\n%wheel ALL\n  indented \"\n%endless\n  %end\nreboot\n");
  const HdKsSection *post = section (kickstart, 0);

  assert_findings (kickstart, "");
  g_assert_cmpstr (post->body->str, ==, "# kept\n\n%wheel ALL\n  indented \"\n%endless\n");
  g_assert_cmpuint (post->first_line, ==, 3);
  g_assert_cmpstr (hd_ks_text (post->header, "interpreter"), ==, "/usr/bin/python3");
  g_assert_cmpstr (hd_ks_text (post->header, "log"), ==, "/root/post.log");
  g_assert_cmpuint (kickstart->commands->len, ==, 2);
}

static void
test_packages (void)
{
  g_autoptr (HdKickstart) kickstart
      = sample_kickstart ("%packages\n# no\n@core  # group\n\n-vim\n%end\n");

  g_assert_cmpstr (section (kickstart, 0)->body->str, ==, "@core\n-vim\n");
}

/* A header that is refused does not make commands of its lines. */
static void
test_refused_section (void)
{
  g_autoptr (HdKickstart) kickstart = sample_kickstart ("%post --bogus\nnot a command\n%end\n");

  assert_findings (kickstart, "error 1:7 %post has no option --bogus");
  g_assert_cmpuint (kickstart->sections->len, ==, 0);
}

static void
test_line_ends (void)
{
  g_autoptr (HdKickstart) kickstart
      = sample_kickstart ("\xef\xbb\xbflang C\r\n%pre\r\necho\r\n%end\r\ntext");

  assert_findings (kickstart, "");
  g_assert_cmpuint (kickstart->commands->len, ==, 2);
  g_assert_cmpstr (section (kickstart, 0)->body->str, ==, "echo\n");
}

static void
test_include (void)
{
  static const char *const files[] = { "a.ks", "zerombr\n%include b.ks\nclearpart --al\n", "b.ks",
                                       "%post\necho b\n%end\nreboot\n", NULL };
  g_autoptr (HdKickstart) kickstart = parse ("text\n%include a.ks\nskipx\n", files);
  const HdKsFinding *finding = hd_ks_report_get (kickstart->report, 0);

  g_assert_cmpuint (hd_ks_report_length (kickstart->report), ==, 1);
  g_assert_cmpstr (finding->place.file, ==, "a.ks");
  g_assert_cmpuint (finding->place.line, ==, 3);
  g_assert_cmpstr (finding->message, ==, "clearpart has no option --al");
  g_assert_cmpuint (kickstart->commands->len, ==, 4);
  g_assert_cmpstr (((const HdKsEntry *)g_ptr_array_index (kickstart->commands, 2))->place.file, ==,
                   "b.ks");
  g_assert_cmpstr (section (kickstart, 0)->body->str, ==, "echo b\n");
}

static void
test_include_in_section (void)
{
  static const char *const files[] = { "b", "x\n", NULL };
  g_autoptr (HdKickstart) kickstart = parse ("%post\none\n%include b\nthree\n%end\n", files);

  assert_findings (kickstart, "");
  g_assert_cmpstr (section (kickstart, 0)->body->str, ==, "one\nx\nthree\n");
}

static void
test_include_that_opens (void)
{
  static const char *const files[] = { "a", "%post\nx\n", NULL };
  g_autoptr (HdKickstart) kickstart = parse ("%include a\ntext\n", files);

  g_assert_cmpstr (hd_ks_report_get (kickstart->report, 0)->message, ==,
                   "section %post does not end with %end");
  g_assert_cmpuint (kickstart->commands->len, ==, 1);
}

static void
test_include_itself (void)
{
  static const char *const files[] = { "a", "%include b\n", "b", "text\n%include a\n", NULL };
  g_autoptr (HdKickstart) kickstart = parse ("%include a\n", files);

  g_assert_cmpuint (hd_ks_report_length (kickstart->report), ==, 1);
  g_assert_cmpstr (hd_ks_report_get (kickstart->report, 0)->message, ==, "a includes itself");
  g_assert_cmpstr (hd_ks_report_get (kickstart->report, 0)->place.file, ==, "b");
}

/* What %pre writes is left for later; what it cannot write has to be there. */
static void
test_deferred (void)
{
  static const char *const files[] = { "/tmp/old", "bogus\n", "common", "text\n", NULL };
  g_autoptr (HdKickstart) kickstart
      = parse ("%include /tmp/old\n%include common\n%pre\necho > /tmp/old\n%end\n", files);
  const HdKsDeferred *deferred;

  assert_findings (kickstart,
                   "warning 1:10 /tmp/old is read when %pre has run: it is not checked now");
  g_assert_cmpuint (kickstart->deferred->len, ==, 1);
  deferred = g_ptr_array_index (kickstart->deferred, 0);
  g_assert_cmpstr (deferred->name, ==, "/tmp/old");
  g_assert_cmpuint (kickstart->commands->len, ==, 1);
}

static void
test_pre_in_include (void)
{
  static const char *const files[] = { "a", "%pre\nx\n%end\n", NULL };
  g_autoptr (HdKickstart) include = parse ("%include a\n", files);
  g_autoptr (HdKickstart) append = parse ("%ksappend a\n", files);

  g_assert_cmpuint (hd_ks_report_count (include->report, HD_KS_WARNING), ==, 1);
  g_assert_cmpuint (hd_ks_report_length (append->report), ==, 0);
  g_assert_cmpuint (append->sections->len, ==, 1);
}

static void
test_no_loader (void)
{
  g_autoptr (HdKickstart) kickstart = hd_ks_parse ("-", "%include a\n", 11, NULL);

  g_assert_cmpuint (kickstart->deferred->len, ==, 1);
  g_assert_cmpuint (hd_ks_report_count (kickstart->report, HD_KS_ERROR), ==, 0);
}

/* ---- Limits ---- */

static gboolean
load_deeper (gpointer data, const char *name, const char *from, char **ret_name, char **ret_text,
             gsize *ret_length, GError **error)
{
  guint *n = data;

  *ret_name = g_strdup_printf ("%u", ++*n);
  *ret_text = g_strdup ("%include x\n");
  *ret_length = strlen (*ret_text);
  return TRUE;
}

static void
test_depth (void)
{
  guint n = 0;
  HdKsLoader loader = { .load = load_deeper, .data = &n };
  g_autoptr (HdKickstart) kickstart = hd_ks_parse ("-", "%include x\n", 11, &loader);

  g_assert_cmpuint (n, ==, HD_KS_MAX_DEPTH - 1);
  g_assert_cmpstr (hd_ks_report_get (kickstart->report, 0)->message, ==,
                   "too many files include each other");
}

static gboolean
load_leaf (gpointer data, const char *name, const char *from, char **ret_name, char **ret_text,
           gsize *ret_length, GError **error)
{
  *ret_name = g_strdup (name);
  *ret_text = g_strdup ("# leaf\n");
  *ret_length = strlen (*ret_text);
  return TRUE;
}

static void
test_files (void)
{
  HdKsLoader loader = { .load = load_leaf };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (HdKickstart) kickstart = NULL;

  for (int i = 0; i < HD_KS_MAX_FILES; i++)
    g_string_append (text, "%include x\n");
  kickstart = hd_ks_parse ("-", text->str, text->len, &loader);
  g_assert_cmpuint (hd_ks_report_count (kickstart->report, HD_KS_ERROR), ==, 1);
}

static void
test_long_line (void)
{
  g_autofree char *spaces = g_strnfill (HD_KS_MAX_LINE_BYTES + 1, ' ');
  g_autofree char *text = g_strdup_printf ("%s\nzerombr x\n", spaces);
  g_autoptr (HdKickstart) kickstart = sample_kickstart (text);

  assert_findings (kickstart, "error 1:1 a line of more than 65536 bytes\n"
                              "error 2:9 unexpected \"x\" for zerombr | it takes options only");
}

static void
test_large_file (void)
{
  g_autofree char *text = g_strnfill (HD_KS_MAX_FILE_BYTES + 1, '\n');
  g_autoptr (HdKickstart) kickstart = sample_kickstart (text);

  assert_findings (kickstart, "error: -: larger than 1048576 bytes");
}

static void
test_many_commands (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (HdKickstart) kickstart = NULL;

  for (int i = 0; i < HD_KS_MAX_COMMANDS + 3; i++)
    g_string_append (text, "part swap --size=1\n");
  kickstart = sample_kickstart (text->str);
  g_assert_cmpuint (kickstart->commands->len, ==, HD_KS_MAX_COMMANDS);
  g_assert_cmpuint (hd_ks_report_count (kickstart->report, HD_KS_ERROR), ==, 3);
}

static void
test_encoding (void)
{
  g_autoptr (HdKickstart) latin = sample_kickstart ("text\nlang \xc3\xa4\xe4\n");
  g_autoptr (HdKickstart) nul = hd_ks_parse ("-", "text\0\n", 6, NULL);

  assert_findings (latin, "error 2:7 not UTF-8 text | save the file as UTF-8");
  assert_findings (nul, "error 1:5 not UTF-8 text | save the file as UTF-8");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (void);
  } tests[] = {
    { "script", test_script },
    { "packages", test_packages },
    { "refused-section", test_refused_section },
    { "line-ends", test_line_ends },
    { "include", test_include },
    { "include-in-section", test_include_in_section },
    { "include-that-opens", test_include_that_opens },
    { "include-itself", test_include_itself },
    { "deferred", test_deferred },
    { "pre-in-include", test_pre_in_include },
    { "no-loader", test_no_loader },
    { "depth", test_depth },
    { "files", test_files },
    { "long-line", test_long_line },
    { "large-file", test_large_file },
    { "many-commands", test_many_commands },
    { "encoding", test_encoding },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *name = g_strconcat ("/kickstart/parser/", tests[i].name, NULL);
      g_test_add_func (name, tests[i].run);
    }
  return g_test_run ();
}
