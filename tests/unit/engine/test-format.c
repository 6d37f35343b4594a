/* engine/format: templates as scripts write them, and what is wrong with others. */
#include "engine/format.h"

#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"

static const char data_text[]
    = "{\"Name\":\"web\",\"Id\":\"0123456789abcdef\",\"Empty\":\"\",\"Zero\":0,\"N\":42,"
      "\"On\":true,\"Off\":false,\"Null\":null,\"List\":[\"a\",\"b\",\"c\"],\"None\":[],"
      "\"State\":{\"Running\":true,\"Pid\":7},"
      "\"Ports\":{\"80/tcp\":[{\"HostPort\":\"8080\"}],\"443/tcp\":null},"
      "\"Map\":{\"b\":\"2\",\"a\":\"1\"},\"Nested\":[{\"X\":1},{\"X\":2}]}";

static char *
evaluate (const char *text, GError **error)
{
  hd_err err = { 0 };
  hd_autojson data = hd_json_parse (data_text, strlen (data_text), &err);
  g_autoptr (HdFormat) format = hd_format_parse (text, error);
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_nonnull (data);
  if (format == NULL || !hd_format_write (format, data, NULL, out, error))
    return NULL;
  return g_strdup (out->str);
}

static void
test_values (void)
{
  /* Made with Go's text/template and Docker's functions. */
  static const char *const cases[][2] = {
    { "plain", "plain" },
    { "{{.Name}}", "web" },
    { "{{ .State.Running }}/{{.State.Pid}}", "true/7" },
    { "{{.Missing}}", "<no value>" },
    { "{{.Null}}", "<no value>" },
    { "{{.List}} {{.Map}}", "[a b c] map[a:1 b:2]" },
    { "{{json .List}} {{json .Map}}", "[\"a\",\"b\",\"c\"] {\"b\":\"2\",\"a\":\"1\"}" },
    { "{{json .Name}} {{.Name | json}}", "\"web\" \"web\"" },
    { "{{upper .Name}} {{.Name | upper | lower}} {{title .Name}}", "WEB web Web" },
    { "{{join .List \", \"}}", "a, b, c" },
    { "{{split \"a:b\" \":\"}}", "[a b]" },
    { "{{index .List 1}} {{index .Map \"b\"}}", "b 2" },
    { "{{(index (index .Ports \"80/tcp\") 0).HostPort}}", "8080" },
    { "{{len .List}} {{len .Name}}", "3 3" },
    { "{{slice .Id 0 4}} {{truncate .Id 3}}", "0123 012" },
    { "{{pad .Name 1 2}}|", " web  |" },
    { "{{println .Name .N}}", "web 42\n" },
    { "{{print .N .N}} {{print \"a\" \"b\"}}", "42 42 ab" },
    { "{{printf \"%-5s|%05d|%v|%q|%.1f|%%\" .Name .N .On .Name 1.25}}",
      "web  |00042|true|\"web\"|1.2|%" },
    { "{{if .On}}yes{{else}}no{{end}}{{if .Off}}yes{{else}}no{{end}}", "yesno" },
    { "{{if .Empty}}1{{else if .Zero}}2{{else if .N}}3{{else}}4{{end}}", "3" },
    { "{{if and .On .Off}}1{{end}}{{if or .Off .On}}2{{end}}{{if not .Off}}3{{end}}", "23" },
    { "{{if eq .Name \"x\" \"web\"}}1{{end}}{{if ne .N 41}}2{{end}}{{if lt .N 43}}3{{end}}",
      "123" },
    { "{{if ge .N 42}}1{{end}}{{if gt .N 42}}2{{end}}{{if le .N 42}}3{{end}}", "13" },
    { "{{range .List}}<{{.}}>{{end}}{{range .None}}x{{else}}none{{end}}", "<a><b><c>none" },
    { "{{range $i, $v := .List}}{{$i}}={{$v}} {{end}}", "0=a 1=b 2=c " },
    { "{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}", "a=1;b=2;" },
    { "{{range .Nested}}{{.X}}{{$.Name}}{{end}}", "1web2web" },
    { "{{range $p, $c := .Ports}}{{$p}}{{if $c}}={{(index $c 0).HostPort}}{{end}} {{end}}",
      "443/tcp 80/tcp=8080 " },
    { "{{with .State}}{{.Pid}}{{end}}{{with .Empty}}x{{else}}y{{end}}", "7y" },
    { "{{$x := .Name}}{{$x}}{{$x | upper}}", "webWEB" },
    { "a {{- .Name -}} b", "awebb" },
    { "{{/* a comment */}}x", "x" },
    { "{{\"a\\tb\"}}{{`raw\\t`}}", "a\tbraw\\t" },
    { "{{true}} {{1.5}} {{-3}}", "true 1.5 -3" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *out = evaluate (cases[i][0], &error);
      if (error != NULL)
        g_error ("%s: %s", cases[i][0], error->message);
      g_assert_cmpstr (out, ==, cases[i][1]);
    }
}

static void
test_mistakes (void)
{
  static const char *const texts[] = {
    "{{1e999}}",
    "{{99999999999999999999}}",
    "{{.Name",
    "{{nosuch .Name}}",
    "{{if .On}}x",
    "{{end}}",
    "{{else}}",
    "{{}}",
    "{{\"abc}}",
    "{{(.Name}}",
    "{{.Name.First}}",
    "{{index .List 9}}",
    "{{index .Name 1}}",
    "{{join .Name \",\"}}",
    "{{range .Name}}{{end}}",
    "{{$none}}",
    "{{.Name \"x\"}}",
    "{{lt .Name 1}}",
    "{{upper}}",
    "{{if .On}}1{{else}}2{{else}}3{{end}}",
    "{{slice .Id 4 2}}",
    "\xff",
    "{{/* open",
    "{{printf \"%9999d\" 1}}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *out = evaluate (texts[i], &error);
      if (out != NULL)
        g_error ("%s gave %s", texts[i], out);
      g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
    }
}

static void
test_limits (void)
{
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  for (int i = 0; i < 1000; i++)
    g_string_append (deep, "{{if .On}}");
  g_assert_null (hd_format_parse (deep->str, &error));
  g_assert_nonnull (strstr (error->message, "nested too deeply"));
  g_clear_error (&error);
  g_string_truncate (deep, 0);
  g_string_append (deep, "{{");
  for (int i = 0; i < 1000; i++)
    g_string_append_c (deep, '(');
  g_assert_null (hd_format_parse (deep->str, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/format/values", test_values);
  g_test_add_func ("/engine/format/mistakes", test_mistakes);
  g_test_add_func ("/engine/format/limits", test_limits);
  return g_test_run ();
}
