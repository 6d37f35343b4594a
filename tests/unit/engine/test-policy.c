/* engine/policy: which scope counts, and that nothing unknown is taken for a yes. */
#include "engine/policy.h"

#include <string.h>

#include "base/error.h"

#define ACCEPT "[{\"type\":\"insecureAcceptAnything\"}]"
#define REJECT "[{\"type\":\"reject\"}]"

static hd_code
ask (const char *text, const char *name, char **ret_message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdRef) ref = hd_ref_parse (name, NULL);
  g_autoptr (GPtrArray) found
      = hd_policy_parse ("policy.json", text, strlen (text), "docker", ref, &error);
  if (ret_message != NULL)
    *ret_message = error != NULL ? g_strdup (error->message) : NULL;
  return found != NULL ? HD_OK : hd_error_code (error);
}

static void
test_scopes (void)
{
  static const char *const scopes[] = { "r.a.example:5000/team/app:1",
                                        "r.a.example:5000/team/app",
                                        "r.a.example:5000/team",
                                        "r.a.example:5000",
                                        "*.a.example:5000",
                                        "*.example:5000",
                                        "" };
  for (gsize i = 0; i < G_N_ELEMENTS (scopes); i++)
    {
      /* The more special one says yes, the next more general one no. */
      g_autofree char *general = g_strdup_printf (
          "{\"default\":" REJECT ",\"transports\":{\"docker\":{\"%s\":" ACCEPT "%s%s%s}}}",
          scopes[i], i + 1 < G_N_ELEMENTS (scopes) ? ",\"" : "",
          i + 1 < G_N_ELEMENTS (scopes) ? scopes[i + 1] : "",
          i + 1 < G_N_ELEMENTS (scopes) ? "\":" REJECT : "");
      g_assert_cmpint (ask (general, "r.a.example:5000/team/app:1", NULL), ==, HD_OK);
    }
  g_assert_cmpint (ask ("{\"default\":" REJECT "}", "x", NULL), ==, HD_SIGNATURE);
  g_assert_cmpint (ask ("{\"default\":" REJECT
                        ",\"transports\":{\"docker\":{\"docker.io/library\":" ACCEPT "}}}",
                        "x", NULL),
                   ==, HD_OK);
  g_assert_cmpint (
      ask ("{\"default\":" ACCEPT ",\"transports\":{\"atomic\":{\"\":" REJECT "}}}", "x", NULL), ==,
      HD_OK);
}

static void
test_refused (void)
{
  static const char *const cases[] = {
    "",
    "[]",
    "{}",
    "{\"default\":[]}",
    "{\"default\":{}}",
    "{\"default\":[1]}",
    "{\"default\":[{\"type\":\"no such\"}]}",
    "{\"default\":[{\"type\":\"signedBy\"}]}",
    "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyPaths\":[1]}]}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (ask (cases[i], "x", NULL), ==, HD_CONFIG);
  g_autofree char *message = NULL;
  ask ("{\"default\":" REJECT "}", "x", &message);
  g_assert_cmpstr (message, ==, "rejected by default of policy.json");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy/scopes", test_scopes);
  g_test_add_func ("/policy/refused", test_refused);
  return g_test_run ();
}
