/* From the command line to the request: every changing verb with its options. */
#include "cli/change.h"

#include <string.h>

#include "cli/host.h"

static char *request_text;

/* Stands in for the run function of each verb. */
static int
keep_request (const HdInvocation *invocation)
{
  g_autoptr (HdRequest) request = hd_cli_request (invocation);
  g_free (request_text);
  request_text = hd_request_to_text (request);
  return 0;
}

static int
parse (const char *line)
{
  static const HdOption no_options[] = { { NULL } };
  g_autoptr (GArray) verbs = g_array_new (TRUE, TRUE, sizeof (HdVerb));
  for (const HdVerb *verb = hd_host_verbs; verb->path != NULL; verb++)
    {
      HdVerb copy = *verb;
      copy.run = keep_request;
      g_array_append_val (verbs, copy);
    }
  const HdVerb *const tables[] = { (const HdVerb *)verbs->data, NULL };
  const HdProgram program = {
    .name = "atomic", .summary = "", .version = "0", .options = no_options, .verb_tables = tables
  };
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  return hd_verbs_main (&program, (int)g_strv_length (words), words);
}

static void
test_requests (void)
{
  static const struct
  {
    const char *line;
    const char *verb;
    const char *sysroot;
    const char *options;
  } cases[] = {
    { "atomic host upgrade", "upgrade", "/", "{}" },
    { "atomic host upgrade --check --json -q -v", "upgrade", "/", "{\"check\":true}" },
    { "atomic host upgrade --sysroot=/s --stateroot debian --timeout=5", "upgrade", "/s",
      "{\"stateroot\":\"debian\",\"timeout\":5}" },
    { "atomic host upgrade -r --no-wait --allow-downgrade --download-only", "upgrade", "/",
      "{\"allow-downgrade\":true,\"no-wait\":true,\"reboot\":true,\"download-only\":true}" },
    { "atomic host deploy 7 --preview", "deploy", "/", "{\"preview\":true,\"commit\":\"7\"}" },
    { "atomic host rebase other:ref abc", "rebase", "/",
      "{\"refspec\":\"other:ref\",\"commit\":\"abc\"}" },
    { "atomic host pin 0", "pin", "/", "{\"deployment\":\"0\"}" },
    { "atomic host unpin booted", "unpin", "/", "{\"deployment\":\"booted\"}" },
    { "atomic host cleanup -p --rollback", "cleanup", "/", "{\"pending\":true,\"rollback\":true}" },
    { "atomic host kargs --append=a=b --delete c --append d", "kargs", "/",
      "{\"append\":[\"a=b\",\"d\"],\"delete\":[\"c\"]}" },
    { "atomic host rollback --reboot", "rollback", "/", "{\"reboot\":true}" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *expected
          = g_strdup_printf ("{\"verb\":\"%s\",\"sysroot\":\"%s\",\"options\":%s}", cases[i].verb,
                             cases[i].sysroot, cases[i].options);
      g_assert_cmpint (parse (cases[i].line), ==, 0);
      g_assert_cmpstr (request_text, ==, expected);
    }
  g_clear_pointer (&request_text, g_free);
}

static void
test_usage_errors (void)
{
  static const char *const lines[] = {
    "atomic host deploy",        "atomic host pin",          "atomic host rebase a b c",
    "atomic host upgrade extra", "atomic host upgrade --ch", "atomic host upgrade --timeout=soon",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    g_assert_cmpint (parse (lines[i]), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/change/requests", test_requests);
  g_test_add_func ("/change/usage-errors", test_usage_errors);
  return g_test_run ();
}
