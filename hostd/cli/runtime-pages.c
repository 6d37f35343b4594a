/* The man page and the completion of atomic-runtime, from its own tables.  Runs while building; the
 * runtime itself knows nothing of GLib. */
#include <string.h>
#include "base/verb-completion.h"
#include "base/verb-man.h"
#include "runtime/verbs.h"

static const HdExitStatus exit_statuses[] = {
  { "0", "Done; of run and exec: the program ended with 0" },
  { "1", "Failure; standard error and the log say of what" },
  { "2", "Unknown verb or option, or a bad argument" },
  { "126", "run, exec: the program cannot be executed" },
  { "127", "run, exec: there is no such program" },
  { "255", "exec: the process could not be made at all" },
  { "128+N", "run, exec: signal N ended the program; other statuses are the program's own" },
  { NULL },
};

static const char details[]
    = "DESCRIPTION\n\n"
      "An OCI runtime (runtime specification 1.3; every 1.x is read) that podman, containerd, "
      "Docker "
      "and CRI-O can start in place of runc or crun. A bundle is a folder with config.json and a "
      "root file system. An option with one dash, as -bundle, is the same as one with two.\n\n"
      "Global options stand before the verb. What follows the ID of exec belongs to the command. A "
      "warning goes to the log when the verb has succeeded, so that the first line after a failure "
      "is its reason; a wrong config.json is named by the JSON path.\n\n"
      "ANNOTATIONS\n\n"
      "org.atomichost.landlock in config.json lists what the container may reach, as RIGHTS:PATH "
      "with \";\" between: r reads, w writes and makes, x executes. All else is denied by "
      "landlock(7), beside every other restriction.\n\n"
      " \"annotations\": { \"org.atomichost.landlock\": \"rx:/usr;rx:/bin;rw:/tmp\" }\n\n"
      "org.systemd.property.NAME sets a property of the container's scope, with the systemd "
      "driver. "
      "The value is text in quotes, true, false, or a number, as 5 or uint64 5.\n\n"
      "run.oci.keep_original_groups keeps the additional groups of the caller, unless it is 0.\n\n"
      "ENVIRONMENT\n\n"
      "XDG_RUNTIME_DIR is where an ordinary user's containers are kept. The sockets of LISTEN_FDS "
      "and their names in LISTEN_FDNAMES are handed on (sd_listen_fds(3)).\n\n"
      "EXAMPLES\n\n"
      " atomic-runtime spec --bundle box        a config.json to start from\n"
      " atomic-runtime plan --bundle box ID     what run would do, step by step\n"
      " atomic-runtime run --bundle box ID      run it in the foreground\n"
      " atomic-runtime exec --tty ID sh         a shell in it\n"
      " atomic-runtime update --memory 64m ID\n"
      " podman --runtime /usr/bin/atomic-runtime run --rm debian true\n\n"
      "FILES\n\n"
      " /run/atomic-runtime            root's containers, a folder each\n"
      " $XDG_RUNTIME_DIR/atomic-runtime  an ordinary user's\n"
      " .../.filters                   compiled seccomp filters, named by the digest of the "
      "profile\n\n"
      "SEE ALSO\n\n"
      "podman(1), runc(8), crun(1), landlock(7), seccomp(2), cgroups(7), namespaces(7)";

/* --help and --version are named by the writers themselves. */
static HdOption *
convert_options (const rt_option *options)
{
  GArray *array = g_array_new (TRUE, TRUE, sizeof (HdOption));

  for (; options->name != NULL; options++)
    {
      const HdOption option = {
        .name = options->name,
        .short_name = options->letter,
        .type = options->kind == RT_OPTION_FLAG ? HD_OPT_FLAG : HD_OPT_STRING,
        .arg = options->argument,
        .help = options->help,
      };

      if (strcmp (options->name, "help") != 0 && strcmp (options->name, "version") != 0)
        g_array_append_val (array, option);
    }
  return (HdOption *)(void *)g_array_free (array, FALSE);
}

static HdVerb *
convert_verbs (void)
{
  GArray *array = g_array_new (TRUE, TRUE, sizeof (HdVerb));

  for (const rt_verb *row = rt_verbs; row->name != NULL; row++)
    {
      const HdVerb verb = {
        .path = row->name,
        .args = row->words,
        .min_args = row->least_words,
        .max_args = row->most_words,
        .raw_tail = row->most_words < 0,
        .options = convert_options (row->options),
        .summary = row->help,
      };

      g_array_append_val (array, verb);
    }
  return (HdVerb *)(void *)g_array_free (array, FALSE);
}

static void
free_verbs (HdVerb *verbs)
{
  for (HdVerb *verb = verbs; verb->path != NULL; verb++)
    g_free ((HdOption *)verb->options);
  g_free (verbs);
}

int
main (int argc, char **argv)
{
  HdVerb *verbs = convert_verbs ();
  g_autofree HdOption *options = convert_options (rt_global_options);
  const HdVerb *const tables[] = { verbs, NULL };
  const HdProgram program = {
    .name = "atomic-runtime",
    .summary = "start and look after containers as an OCI runtime",
    .version = ATOMIC_VERSION,
    .options = options,
    .verb_tables = tables,
    .section = 1,
    .exit_statuses = exit_statuses,
    .details = details,
  };
  const char *what = argc == 2 ? argv[1] : "";
  int status = 0;

  if (strcmp (what, "man") == 0)
    hd_program_write_man (&program, stdout);
  else if (strcmp (what, "completion") == 0)
    hd_program_write_bash_completion (&program, stdout);
  else
    {
      g_printerr ("usage: runtime-pages man|completion\n");
      status = 2;
    }
  free_verbs (verbs);
  return status;
}
