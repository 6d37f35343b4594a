/* A worker process: request by memfd, JSON lines by a pipe, its end by a pidfd. */
#include "client/runner.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define WORKER_NAME "hostd-worker"
#define READ_BYTES 65536
#define HINT_WORKER "every deployment is whole, before or after the change; run the command again"

struct _HdRunner
{
  sd_event *event;
  HdEventFunc on_event;
  HdRunnerDone done;
  gpointer data;
  pid_t pid;
  int pidfd;
  int output_fd;
  GString *pending; /* the beginning of a line that has not ended yet */
  HdResult *result;
  GError *garbage; /* the first line that was no message */
  gboolean cancelled;
  sd_event_source *on_output;
  sd_event_source *on_exit;
  sd_event_source *on_impatient;
};

char *
hd_runner_default_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  if (self != NULL)
    {
      g_autofree char *folder = g_path_get_dirname (self);
      g_autofree char *beside = g_build_filename (folder, WORKER_NAME, NULL);
      if (access (beside, X_OK) == 0)
        return g_steal_pointer (&beside);
    }
  return g_build_filename (ATOMIC_LIBEXECDIR, WORKER_NAME, NULL);
}

/* What the worker finds on its standard input: a file in memory, so that no write can block. */
static int
open_request (const HdRequest *request, GError **error)
{
  g_autofree char *text = hd_request_to_text (request);
  hd_autofd fd = memfd_create ("request", MFD_CLOEXEC);
  if (fd < 0 || hd_fs_write_all (fd, text, strlen (text)) < 0 || lseek (fd, 0, SEEK_SET) < 0)
    {
      hd_throw_errno (error, errno, "writing the request for %s", WORKER_NAME);
      return -1;
    }
  return hd_steal_fd (&fd);
}

/* posix_spawn in a process group of its own (Ctrl-C reaches the worker only through us), with
 * default signals. Returns 0 or an errno. */
static int
spawn (const char *program, int stdin_fd, int stdout_fd, pid_t *ret_pid)
{
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, all;

  sigemptyset (&none);
  sigfillset (&all);
  posix_spawn_file_actions_init (&files);
  posix_spawn_file_actions_adddup2 (&files, stdin_fd, STDIN_FILENO);
  posix_spawn_file_actions_adddup2 (&files, stdout_fd, STDOUT_FILENO);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &all);
  posix_spawnattr_setflags (&attributes,
                            POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  char *argv[] = { (char *)program, NULL };
  int failed = posix_spawn (ret_pid, program, &files, &attributes, argv, environ);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&files);
  return failed;
}

static void
take_line (HdRunner *runner, const char *line, gsize length_bytes)
{
  if (runner->garbage != NULL || runner->result != NULL)
    return;
  g_autoptr (HdEvent) event = hd_event_parse (line, length_bytes, &runner->garbage);
  if (event == NULL)
    pidfd_send_signal (runner->pidfd, SIGTERM, NULL, 0);
  else if (event->type == HD_EVENT_RESULT)
    runner->result = g_steal_pointer (&event->result);
  else
    runner->on_event (event, runner->data);
}

static void
take_bytes (HdRunner *runner, const char *bytes, gsize size_bytes)
{
  const char *newline;
  while ((newline = memchr (bytes, '\n', size_bytes)) != NULL)
    {
      gsize length = newline - bytes;
      g_string_append_len (runner->pending, bytes, length);
      take_line (runner, runner->pending->str, runner->pending->len);
      g_string_truncate (runner->pending, 0);
      bytes = newline + 1;
      size_bytes -= length + 1;
    }
  g_string_append_len (runner->pending, bytes, size_bytes);
  if (runner->pending->len > HD_JSON_MAX_BYTES)
    {
      take_line (runner, runner->pending->str, runner->pending->len);
      g_string_truncate (runner->pending, 0);
    }
}

/* Read what is there. FALSE when there will be no more. */
static gboolean
drain (HdRunner *runner)
{
  char buffer[READ_BYTES];
  for (;;)
    {
      ssize_t n = read (runner->output_fd, buffer, sizeof buffer);
      if (n > 0)
        take_bytes (runner, buffer, n);
      else if (n == 0)
        return FALSE;
      else if (errno != EINTR)
        return errno == EAGAIN;
    }
}

static int
handle_output (sd_event_source *source, int fd, uint32_t revents, void *data)
{
  if (!drain (data))
    sd_event_source_set_enabled (source, SD_EVENT_OFF);
  return 0;
}

/* The result of a worker that said none. */
static HdResult *
result_of_exit (HdRunner *runner, const siginfo_t *info)
{
  g_autofree char *message = NULL;
  if (runner->garbage != NULL)
    message = g_strdup_printf ("%s said %s", WORKER_NAME, runner->garbage->message);
  else if (runner->cancelled)
    return hd_result_new (HD_CANCELLED, "cancelled", NULL);
  else if (info->si_code == CLD_EXITED)
    message = g_strdup_printf ("%s ended with status %d and without a result", WORKER_NAME,
                               info->si_status);
  else
    message = g_strdup_printf ("%s was killed by SIG%s", WORKER_NAME,
                               sigabbrev_np (info->si_status) ?: "?");
  return hd_result_new (HD_WORKER, message, HINT_WORKER);
}

static int
handle_exit (sd_event_source *source, int fd, uint32_t revents, void *data)
{
  HdRunner *runner = data;
  siginfo_t info = { 0 };

  if (waitid (P_PIDFD, runner->pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
    return 0;
  runner->pid = 0;
  sd_event_source_set_enabled (source, SD_EVENT_OFF);
  drain (runner);
  HdResult *result = g_steal_pointer (&runner->result);
  if (result == NULL)
    result = result_of_exit (runner, &info);
  runner->done (result, runner->data);
  return 0;
}

static int
handle_impatient (sd_event_source *source, uint64_t usec, void *data)
{
  HdRunner *runner = data;
  pidfd_send_signal (runner->pidfd, SIGKILL, NULL, 0);
  return 0;
}

static gboolean
watch (HdRunner *runner, GError **error)
{
  int r = sd_event_add_io (runner->event, &runner->on_output, runner->output_fd, EPOLLIN,
                           handle_output, runner);
  if (r >= 0)
    r = sd_event_add_io (runner->event, &runner->on_exit, runner->pidfd, EPOLLIN, handle_exit,
                         runner);
  if (r < 0)
    return hd_throw_errno (error, -r, "watching %s", WORKER_NAME);
  return TRUE;
}

static HdRunner *
runner_new (sd_event *event, HdEventFunc on_event, HdRunnerDone done, gpointer data)
{
  HdRunner *runner = g_new0 (HdRunner, 1);
  runner->event = sd_event_ref (event);
  runner->on_event = on_event;
  runner->done = done;
  runner->data = data;
  runner->pidfd = runner->output_fd = -1;
  runner->pending = g_string_new (NULL);
  return runner;
}

HdRunner *
hd_runner_start (sd_event *event, const char *program, const HdRequest *request,
                 HdEventFunc on_event, HdRunnerDone done, gpointer data, GError **error)
{
  g_autoptr (HdRunner) runner = runner_new (event, on_event, done, data);
  hd_autofd request_fd = open_request (request, error);
  int ends[2];

  if (request_fd < 0)
    return NULL;
  if (pipe2 (ends, O_CLOEXEC) < 0)
    {
      hd_throw_errno (error, errno, "making a pipe for %s", WORKER_NAME);
      return NULL;
    }
  runner->output_fd = ends[0];
  hd_autofd write_end = ends[1];
  fcntl (runner->output_fd, F_SETFL, O_NONBLOCK);

  int failed = spawn (program, request_fd, write_end, &runner->pid);
  if (failed != 0)
    {
      runner->pid = 0;
      hd_throw (error, HD_WORKER, "is the package complete? try 'dpkg --verify atomic-host'",
                "starting %s: %s", program, g_strerror (failed));
      return NULL;
    }
  runner->pidfd = pidfd_open (runner->pid, 0);
  if (runner->pidfd < 0)
    {
      hd_throw_errno (error, errno, "following %s", program);
      return NULL;
    }
  return watch (runner, error) ? g_steal_pointer (&runner) : NULL;
}

void
hd_runner_cancel (HdRunner *runner, guint64 patience_ms)
{
  if (runner->cancelled)
    return;
  runner->cancelled = TRUE;
  pidfd_send_signal (runner->pidfd, SIGTERM, NULL, 0);
  sd_event_add_time_relative (runner->event, &runner->on_impatient, CLOCK_MONOTONIC,
                              patience_ms * 1000, 0, handle_impatient, runner);
}

void
hd_runner_free (HdRunner *runner)
{
  if (runner == NULL)
    return;
  sd_event_source_disable_unref (runner->on_output);
  sd_event_source_disable_unref (runner->on_exit);
  sd_event_source_disable_unref (runner->on_impatient);
  if (runner->pid > 0)
    {
      kill (runner->pid, SIGKILL);
      waitpid (runner->pid, NULL, 0);
    }
  hd_closep (&runner->pidfd);
  hd_closep (&runner->output_fd);
  g_string_free (runner->pending, TRUE);
  hd_result_free (runner->result);
  g_clear_error (&runner->garbage);
  sd_event_unref (runner->event);
  g_free (runner);
}
