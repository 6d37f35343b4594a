/* host/task: which verb takes which option, of which type, and what is said of the rest. */
#include "host/task.h"

#include <string.h>

#include "base/error.h"
#include "folder.h"

static HdTask *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  HdTask *task = hd_task_parse (text, strlen (text), &error);
  g_assert_no_error (error);
  return task;
}

static void
assert_parse_refused (const char *text, const char *message, const char *hint)
{
  g_autoptr (GError) error = NULL;
  HdTask *task = hd_task_parse (text, strlen (text), &error);
  g_assert_null (task);
  assert_refused (error, HD_USAGE, message);
  g_assert_cmpstr (hd_error_hint (error), ==, hint);
}

static void
test_defaults (void)
{
  g_autoptr (HdTask) task = parse ("{\"verb\": \"upgrade\"}");
  g_assert_cmpstr (task->verb, ==, "upgrade");
  g_assert_cmpstr (task->sysroot, ==, "/");
  g_assert_cmpint (task->timeout_seconds, ==, 60);
  g_assert_false (task->check || task->preview || task->download_only || task->allow_downgrade);
  g_assert_null (task->stateroot);
  g_autoptr (HdTask) made = hd_task_new ("finalize", "/mnt");
  g_assert_cmpstr (made->verb, ==, "finalize");
  g_assert_cmpstr (made->sysroot, ==, "/mnt");
  g_assert_cmpint (made->timeout_seconds, ==, 60);
}

static void
test_values (void)
{
  g_autoptr (HdTask) kargs
      = parse ("{\"verb\": \"kargs\", \"sysroot\": \"/mnt\", \"options\": {\"append\": [\"a\", "
               "\"b=c d\"], \"append-if-missing\": [], \"delete\": [\"e\"], \"delete-if-present\": "
               "[\"f\"], \"replace\": [\"g=h\"], \"stateroot\": \"s\", \"timeout\": 5}}");
  g_assert_cmpstr (kargs->sysroot, ==, "/mnt");
  g_assert_cmpint (kargs->timeout_seconds, ==, 5);
  g_assert_cmpstr (kargs->stateroot, ==, "s");
  assert_words ((const char *const *)kargs->append, "a|b=c d");
  assert_words ((const char *const *)kargs->append_if_missing, "");
  assert_words ((const char *const *)kargs->delete, "e");
  assert_words ((const char *const *)kargs->delete_if_present, "f");
  assert_words ((const char *const *)kargs->replace, "g=h");

  g_autoptr (HdTask) rebase = parse ("{\"verb\": \"rebase\", \"options\": {\"refspec\": \"r:b\", "
                                     "\"commit\": \"1\", \"preview\": false}}");
  g_assert_cmpstr (rebase->refspec, ==, "r:b");
  g_assert_cmpstr (rebase->commit, ==, "1");
  g_assert_false (rebase->preview);
  g_autoptr (HdTask) pin = parse ("{\"verb\": \"pin\", \"options\": {\"deployment\": \"0\"}}");
  g_assert_cmpstr (pin->deployment, ==, "0");
}

/* Each flag sets its own member and no other. */
static void
test_flags (void)
{
  static const struct
  {
    const char *verb;
    const char *option;
    gsize offset;
  } flags[] = {
    { "upgrade", "check", offsetof (HdTask, check) },
    { "upgrade", "preview", offsetof (HdTask, preview) },
    { "upgrade", "download-only", offsetof (HdTask, download_only) },
    { "upgrade", "allow-downgrade", offsetof (HdTask, allow_downgrade) },
    { "cleanup", "pending", offsetof (HdTask, pending) },
    { "cleanup", "rollback", offsetof (HdTask, rollback) },
    { "cleanup", "base", offsetof (HdTask, base) },
    { "cleanup", "repo", offsetof (HdTask, repo) },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"verb\": \"%s\", \"options\": {\"%s\": true}}",
                                               flags[i].verb, flags[i].option);
      g_autoptr (HdTask) task = parse (text);
      for (gsize j = 0; j < G_N_ELEMENTS (flags); j++)
        g_assert_cmpint (G_STRUCT_MEMBER (gboolean, task, flags[j].offset), ==, i == j);
    }
}

/* docs/ARCHITECTURE.md, "Requests, progress, results"; true values of each type. */
static const struct
{
  const char *option;
  const char *value;
  const char *verbs;
} options[] = {
  { "check", "true", "upgrade" },
  { "preview", "true", "upgrade deploy rebase" },
  { "download-only", "true", "upgrade deploy rebase" },
  { "allow-downgrade", "true", "upgrade" },
  { "stateroot", "\"s\"", "upgrade deploy rebase kargs" },
  { "commit", "\"1\"", "deploy rebase" },
  { "refspec", "\"r:b\"", "rebase" },
  { "deployment", "\"0\"", "pin unpin" },
  { "pending", "true", "cleanup" },
  { "rollback", "true", "cleanup" },
  { "base", "true", "cleanup" },
  { "repo", "true", "cleanup" },
  { "append", "[\"a\"]", "kargs" },
  { "append-if-missing", "[\"a\"]", "kargs" },
  { "delete", "[\"a\"]", "kargs" },
  { "delete-if-present", "[\"a\"]", "kargs" },
  { "replace", "[\"a\"]", "kargs" },
  { "timeout", "60", "upgrade deploy rebase rollback pin unpin cleanup kargs" },
  { "reboot", "true", "upgrade deploy rebase rollback pin unpin cleanup kargs" },
  { "no-wait", "true", "upgrade deploy rebase rollback pin unpin cleanup kargs" },
  { "quiet", "true", "upgrade deploy rebase rollback pin unpin cleanup kargs" },
};

static void
test_options_of_verbs (void)
{
  g_auto (GStrv) verbs = g_strsplit (options[G_N_ELEMENTS (options) - 1].verbs, " ", -1);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_auto (GStrv) takers = g_strsplit (options[i].verbs, " ", -1);
      for (char **verb = verbs; *verb != NULL; verb++)
        {
          g_autofree char *text = g_strdup_printf ("{\"verb\": \"%s\", \"options\": {\"%s\": %s}}",
                                                   *verb, options[i].option, options[i].value);
          g_autofree char *message
              = g_strdup_printf ("%s has no option %s", *verb, options[i].option);
          g_autoptr (GError) error = NULL;
          g_autoptr (HdTask) task = hd_task_parse (text, strlen (text), &error);
          gboolean is_taken = g_strv_contains ((const char *const *)takers, *verb);
          g_test_message ("%s", text);
          g_assert_cmpint (task != NULL, ==, is_taken);
          if (!is_taken)
            assert_refused (error, HD_USAGE, message);
        }
    }
}

/* Whatever type an option has, all others are refused; what is for the one who starts the worker is
 * not looked at. */
static void
test_types (void)
{
  static const char *const values[]
      = { "null", "true", "1", "1.5", "\"text\"", "[\"text\"]", "[1]", "{}" };
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (values); j++)
      {
        gboolean is_ignored = g_strv_contains (
            (const char *const[]){ "reboot", "no-wait", "quiet", NULL }, options[i].option);
        gboolean is_same_type = options[i].value[0] == values[j][0]
                                || (options[i].value[0] == '6' && strcmp (values[j], "1") == 0);
        gboolean is_right = is_same_type && strcmp (values[j], "[1]") != 0;
        g_autofree char *verb = g_strndup (options[i].verbs, strcspn (options[i].verbs, " "));
        g_autofree char *text = g_strdup_printf ("{\"verb\": \"%s\", \"options\": {\"%s\": %s}}",
                                                 verb, options[i].option, values[j]);
        g_autofree char *message
            = g_strdup_printf ("option %s of %s has a wrong value", options[i].option, verb);
        if (is_ignored || is_right)
          hd_task_free (parse (text));
        else
          assert_parse_refused (text, message, NULL);
      }
}

static void
test_timeout (void)
{
  static const char *const wrong[] = { "0", "-1", "86401", "99999999999999999999" };
  g_autoptr (HdTask) most = parse ("{\"verb\": \"pin\", \"options\": {\"timeout\": 86400}}");
  g_assert_cmpint (most->timeout_seconds, ==, 86400);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *text
          = g_strdup_printf ("{\"verb\": \"pin\", \"options\": {\"timeout\": %s}}", wrong[i]);
      g_autoptr (GError) error = NULL;
      HdTask *task = hd_task_parse (text, strlen (text), &error);
      g_assert_null (task);
      assert_refused (error, HD_USAGE, "");
    }
}

static void
test_refused (void)
{
  assert_parse_refused ("", "the request is malformed", NULL);
  assert_parse_refused ("{\"verb\": \"upgrade\"", "the request is malformed: line 1", NULL);
  assert_parse_refused ("{}", "the worker has no verb \"\"", NULL);
  assert_parse_refused ("[]", "the worker has no verb \"\"", NULL);
  assert_parse_refused ("{\"verb\": 3}", "the worker has no verb \"\"", NULL);
  assert_parse_refused ("{\"verb\": \"finalize\"}", "the worker has no verb \"finalize\"", NULL);
  assert_parse_refused ("{\"verb\": \"upgrade\", \"options\": {\"chek\": true}}",
                        "upgrade has no option chek", "did you mean check?");
  assert_parse_refused ("{\"verb\": \"upgrade\", \"options\": {\"zzzzzz\": true}}",
                        "upgrade has no option zzzzzz", NULL);
}

/* What is no text must not be taken for "not given": that would be the running system. */
static void
test_wrong_members (void)
{
  static const char *const values[] = { "null", "5", "[\"/mnt\"]", "{}", "true" };
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *sysroot
          = g_strdup_printf ("{\"verb\": \"upgrade\", \"sysroot\": %s}", values[i]);
      g_autofree char *given
          = g_strdup_printf ("{\"verb\": \"upgrade\", \"options\": %s}", values[i]);
      assert_parse_refused (sysroot, "the request is malformed: sysroot is no text", NULL);
      if (values[i][0] != '{')
        assert_parse_refused (given, "the request is malformed: options is no object", NULL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/task/defaults", test_defaults);
  g_test_add_func ("/task/values", test_values);
  g_test_add_func ("/task/flags", test_flags);
  g_test_add_func ("/task/options-of-verbs", test_options_of_verbs);
  g_test_add_func ("/task/types", test_types);
  g_test_add_func ("/task/timeout", test_timeout);
  g_test_add_func ("/task/refused", test_refused);
  g_test_add_func ("/task/wrong-members", test_wrong_members);
  return g_test_run ();
}
