/* The command line: every way to write an option, and the words for what is wrong. */
#include <string.h>
#include "runtime/verbs.h"
#include "sample.h"

/* Parse `text`, words separated by spaces, with the options of `verb` (NULL: the global ones). */
static int
parse (const char *verb, const char *text, int stop_after, rt_args *ret, rt_arena *arena,
       hd_err *err)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  int argc = *text != '\0' ? (int)g_strv_length (words) : 0;
  char **argv = rt_new_array (arena, char *, (size_t)argc + 1);

  for (int i = 0; i < argc; i++)
    argv[i] = rt_strdup (arena, words[i]);
  *ret = (rt_args){ 0 };
  *err = (hd_err){ HD_OK };
  return rt_args_parse (verb != NULL ? rt_verb_find (verb)->options : rt_global_options, argc, argv,
                        stop_after, ret, arena, err);
}

static void
test_forms (void)
{
  static const char *const forms[] = { "--bundle /b --detach c1",
                                       "--bundle=/b -d c1",
                                       "-b /b -d c1",
                                       "-b=/b -d c1",
                                       "-b/b c1 -d",
                                       "-db /b c1",
                                       "-db/b c1",
                                       "-bundle /b -detach c1",
                                       "c1 --detach=true -b /b",
                                       "--detach=1 -b /b -- c1" };
  rt_auto_arena arena = { 0 };
  rt_args args;
  hd_err err;

  for (size_t i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      const char *id;

      g_test_message ("%s", forms[i]);
      int used = parse ("run", forms[i], -1, &args, &arena, &err);
      g_assert_cmpstr (err.message, ==, "");
      g_assert_cmpstr (args.bundle, ==, "/b");
      g_assert_true (args.detach);
      /* What comes after "--" is left to the caller. */
      id = args.n_words > 0 ? args.words[0] : NULL;
      if (strstr (forms[i], "-- ") == NULL)
        g_assert_cmpstr (id, ==, "c1");
      else
        g_assert_cmpint (used, ==, 4);
    }
}

static void
test_values (void)
{
  rt_auto_arena arena = { 0 };
  rt_args args;
  hd_err err;

  parse ("exec", "-e A=1 --env=B=2 -eC=3 -c CAP_KILL -t=false --preserve-fds 3 c1 ls -l", 1, &args,
         &arena, &err);
  g_assert_cmpuint (args.env.count, ==, 3);
  g_assert_cmpstr (args.env.items[0], ==, "A=1");
  g_assert_cmpstr (args.env.items[1], ==, "B=2");
  g_assert_cmpstr (args.env.items[2], ==, "C=3");
  g_assert_cmpstr (args.caps.items[0], ==, "CAP_KILL");
  g_assert_false (args.tty);
  g_assert_cmpuint (args.preserve_fds, ==, 3);
  g_assert_cmpint (args.n_words, ==, 1);

  parse ("update", "-m 64m --memory-swap -1 --cpu-quota=-1 --pids-limit 5 --cpu-share 10 c1", -1,
         &args, &arena, &err);
  g_assert_cmpint (args.memory.limit.value, ==, 64 << 20);
  g_assert_cmpint (args.memory.swap.value, ==, -1);
  g_assert_true (args.memory.swap.set && !args.memory.reservation.set);
  g_assert_cmpint (args.cpu.quota.value, ==, -1);
  g_assert_cmpint (args.pids.limit.value, ==, 5);
  g_assert_cmpuint (args.cpu.shares.value, ==, 10);
}

static void
test_sizes (void)
{
  static const struct
  {
    const char *text;
    int64_t bytes;
  } cases[] = { { "0", 0 },           { "4096", 4096 }, { "-1", -1 },
                { "32K", 32768 },     { "32k", 32768 }, { "2G", INT64_C (2) << 30 },
                { "64MB", 64 << 20 }, { "64MiB", -2 },  { "-2", -2 },
                { "", -2 },           { "K", -2 },      { "1.5G", -2 },
                { "9999999999T", -2 } };
  rt_auto_arena arena = { 0 };
  rt_args args;
  hd_err err;

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("--memory=%s", cases[i].text);
      int used = parse ("update", text, -1, &args, &arena, &err);

      g_test_message ("%s", text);
      if (cases[i].bytes == -2)
        {
          g_assert_cmpint (used, ==, -EINVAL);
          g_assert_true (g_str_has_prefix (err.message, "--memory: expected a size as 64M or -1"));
        }
      else
        g_assert_cmpint (args.memory.limit.value, ==, cases[i].bytes);
    }
}

/* The global options end at the verb, those of exec at the id: the rest is the command's. */
static void
test_stop (void)
{
  rt_auto_arena arena = { 0 };
  rt_args args;
  hd_err err;

  g_assert_cmpint (parse (NULL, "--root /r --debug run --root x", 1, &args, &arena, &err), ==, 4);
  g_assert_cmpstr (args.root, ==, "/r");
  g_assert_cmpstr (args.words[0], ==, "run");
  g_assert_cmpint (parse ("exec", "-d c1 -x --foo", 1, &args, &arena, &err), ==, 2);
  g_assert_cmpint (parse (NULL, "", 1, &args, &arena, &err), ==, 0);
  g_assert_cmpint (args.n_words, ==, 0);
  g_assert_cmpint (parse ("kill", "-", -1, &args, &arena, &err), ==, 1);
  g_assert_cmpstr (args.words[0], ==, "-");
}

static void
test_refused (void)
{
  static const struct
  {
    const char *verb;
    const char *text;
    const char *message;
    const char *hint;
  } cases[] = {
    { "create", "--bundel /b", "unknown option --bundel", "did you mean --bundle" },
    { "create", "--zzzzzz", "unknown option --zzzzzz", "see --help" },
    { "create", "-x", "unknown option -x", "see --help" },
    { "run", "-dx", "unknown option -dx", "see --help" },
    { "create", "--bundle", "--bundle: a value is missing", "" },
    { "create", "-b", "--bundle: a value is missing", "" },
    { "run", "--detach=maybe", "--detach: expected true or false, got \"maybe\"", "" },
    { "create", "--preserve-fds=many", "--preserve-fds: expected a number, got \"many\"", "" },
    { "create", "--preserve-fds=65537", "--preserve-fds: expected a number, got \"65537\"", "" },
    { "create", "--preserve-fds=-1", "--preserve-fds: expected a number, got \"-1\"", "" },
    { "update", "--cpu-share=-1", "--cpu-share: expected a number, got \"-1\"", "" },
    { "update", "--cpu-quota=x", "--cpu-quota: expected a whole number, got \"x\"", "" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      rt_auto_arena arena = { 0 };
      rt_args args;
      hd_err err;

      g_assert_cmpint (parse (cases[i].verb, cases[i].text, -1, &args, &arena, &err), ==, -EINVAL);
      g_assert_cmpint (err.code, ==, HD_USAGE);
      g_assert_cmpstr (err.message, ==, cases[i].message);
      g_assert_cmpstr (err.hint, ==, cases[i].hint);
    }
}

/* What containerd's shim, podman's conmon and Docker pass. */
static void
test_callers (void)
{
  static const char *const lines[][2] = {
    { NULL, "--root /run/r --log /l --log-format json --systemd-cgroup create" },
    { NULL, "--cgroup-manager=cgroupfs --rootless=auto --log-level=debug create" },
    { "create", "--bundle /b --pid-file /p --console-socket /s --no-pivot --no-new-keyring "
                "--preserve-fds 2 id" },
    { "run", "--bundle /b --pid-file /p --config /c -d --keep --no-subreaper id" },
    { "exec", "--process /p --pid-file /q --console-socket /s --detach --tty --preserve-fds 1 id" },
    { "exec", "--cwd / --user 1:1 --additional-gids 5 --cap CAP_KILL --no-new-privs --apparmor a "
              "--process-label l --cgroup /c --ignore-paused id true" },
    { "kill", "--all id 9" },
    { "delete", "--force id" },
    { "update", "--resources - id" },
    { "ps", "--format json id" },
    { "events", "--stats id" },
    { "events", "--interval 5s id" },
    { "list", "-q --format=table" },
    { "spec", "--rootless --bundle /b" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      rt_auto_arena arena = { 0 };
      rt_args args;
      hd_err err;

      g_test_message ("%s", lines[i][1]);
      g_assert_cmpint (
          parse (lines[i][0], lines[i][1], lines[i][0] == NULL ? 1 : -1, &args, &arena, &err), >,
          0);
    }
}

/* Tables that --help, the man page and the completion can be made from. */
static void
test_tables (void)
{
  for (const rt_verb *verb = rt_verbs; verb->name != NULL; verb++)
    {
      g_assert_true (rt_verb_find (verb->name) == verb);
      g_assert_nonnull (verb->run);
      for (const rt_option *a = verb->options; a->name != NULL; a++)
        {
          g_test_message ("%s --%s", verb->name, a->name);
          g_assert_true (g_ascii_isupper (*a->help) || g_str_has_prefix (a->help, "linux")
                         || g_ascii_isdigit (*a->help) || g_str_has_prefix (a->help, "table"));
          g_assert_false (g_str_has_suffix (a->help, "."));
          g_assert_true ((a->argument == NULL) == (a->kind == RT_OPTION_FLAG));
          for (const rt_option *b = a + 1; b->name != NULL; b++)
            g_assert_true (strcmp (a->name, b->name) != 0
                           && (a->letter == '\0' || a->letter != b->letter));
        }
    }
  g_assert_null (rt_verb_find ("nothing"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/args/forms", test_forms);
  g_test_add_func ("/args/values", test_values);
  g_test_add_func ("/args/sizes", test_sizes);
  g_test_add_func ("/args/stop", test_stop);
  g_test_add_func ("/args/refused", test_refused);
  g_test_add_func ("/args/callers", test_callers);
  g_test_add_func ("/args/tables", test_tables);
  return g_test_run ();
}
