/* hostd-worker: one change of one sysroot, then the end.
 *
 * A request comes on standard input, progress and result go to standard output; units name the verb
 * as the first argument instead. Standard error is for libraries. SIGTERM and SIGINT cancel.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "host/boot.h"
#include "host/cleanup.h"
#include "host/finalize.h"
#include "host/kargs.h"
#include "host/pin.h"
#include "host/recover.h"
#include "host/rollback.h"
#include "host/upgrade.h"
#include "worker/output.h"

#define MAX_REQUEST_BYTES (1u << 20)
/* What `status` looks for, see state/status.c. */
#define MARKS_FOLDER "/run/atomic"

typedef struct
{
  const char *name;
  HdVerbFunc *run;
  const char *mark;   /* left in MARKS_FOLDER on a booted host, or NULL */
  gboolean for_units; /* named on the command line, without a request */
} Verb;

static const Verb verbs[] = {
  { "upgrade", hd_upgrade_run, NULL, FALSE },
  { "deploy", hd_deploy_run, NULL, FALSE },
  { "rebase", hd_rebase_run, NULL, FALSE },
  { "rollback", hd_rollback_run, NULL, FALSE },
  { "pin", hd_pin_run, NULL, FALSE },
  { "unpin", hd_unpin_run, NULL, FALSE },
  { "cleanup", hd_cleanup_run, NULL, FALSE },
  { "kargs", hd_kargs_run, NULL, FALSE },
  { "finalize", hd_finalize_run, NULL, TRUE },
  { "recover", hd_recover_run, NULL, TRUE },
  { "boot-complete", hd_boot_complete_run, "boot-complete", TRUE },
  { "boot-failed", hd_boot_failed_run, "boot-failed", TRUE },
};

static const Verb *
find_verb (const char *name, gboolean for_units)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (verbs[i].for_units == for_units && strcmp (verbs[i].name, name) == 0)
      return &verbs[i];
  return NULL;
}

/* A thread of its own, because most of libostree's calls do not look at the main context. */
static gpointer
wait_for_signal (gpointer data)
{
  GCancellable *cancellable = data;
  sigset_t set;
  int number;
  sigemptyset (&set);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGINT);
  if (sigwait (&set, &number) == 0)
    g_cancellable_cancel (cancellable);
  return NULL;
}

static void
cancel_on_signals (GCancellable *cancellable)
{
  sigset_t set;
  sigemptyset (&set);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGINT);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  signal (SIGPIPE, SIG_IGN);
  g_thread_unref (g_thread_new ("signals", wait_for_signal, cancellable));
}

/* "VERB [--sysroot=PATH]", or a request on standard input. */
static HdTask *
read_task (int argc, char **argv, GError **error)
{
  if (argc == 1)
    {
      hd_autofree char *text = NULL;
      gsize length_bytes = 0;
      int r = hd_fs_read_fd (STDIN_FILENO, MAX_REQUEST_BYTES, &text, &length_bytes);
      if (r < 0)
        {
          hd_throw_errno (error, -r, "reading the request");
          return NULL;
        }
      return hd_task_parse (text, length_bytes, error);
    }
  const char *sysroot = "/";
  if (argc == 3 && g_str_has_prefix (argv[2], "--sysroot="))
    sysroot = argv[2] + strlen ("--sysroot=");
  else if (argc != 2)
    argv[1] = (char *)"";
  if (find_verb (argv[1], TRUE) == NULL)
    {
      hd_throw (error, HD_USAGE,
                "hostd-worker finalize|recover|boot-complete|boot-failed [--sysroot=PATH]",
                "wrong arguments");
      return NULL;
    }
  return hd_task_new (argv[1], sysroot);
}

static void
leave_mark (const Verb *verb)
{
  g_autofree char *path = g_build_filename (MARKS_FOLDER, verb->mark, NULL);
  (void)g_mkdir_with_parents (MARKS_FOLDER, 0755);
  hd_autofd fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
}

/* What follows from a verb outside of the sysroot. */
static gboolean
follow_up (const Verb *verb, const HdOperation *operation, GError **error)
{
  static const char *const reboot[] = { "systemctl", "reboot", NULL };
  if (verb->mark != NULL)
    leave_mark (verb);
  if (!hd_json_get_bool (operation->data, "reboot", false))
    return TRUE;
  return hd_spawn_run (reboot, NULL, NULL, NULL, error);
}

static gboolean
run (HdOperation *operation, GError **error)
{
  const HdTask *task = operation->task;
  const Verb *verb = find_verb (task->verb, FALSE);
  if (verb == NULL)
    verb = find_verb (task->verb, TRUE);
  g_autoptr (HdSysroot) sysroot = hd_sysroot_open (task->sysroot, operation->cancellable, error);
  if (sysroot == NULL)
    return FALSE;
  operation->sysroot = sysroot;
  return verb->run (operation, error) && follow_up (verb, operation, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (HdOperation) operation = { .report = hd_output_report (), .cancellable = cancellable };
  hd_output_init (argc > 1 && g_getenv ("JOURNAL_STREAM") != NULL);
  cancel_on_signals (cancellable);
  umask (0022);

  g_autoptr (HdTask) task = read_task (argc, argv, &error);
  operation.task = task;
  if (task != NULL)
    (void)run (&operation, &error);
  int status = hd_output_result (&operation, error);
  /* A download that was given up may still wait in its thread: tear nothing down under it. */
  if (error != NULL
      && (hd_error_code (error) == HD_CANCELLED || hd_error_code (error) == HD_NETWORK))
    _exit (status);
  return status;
}
