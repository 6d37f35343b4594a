/* Run another program and wait for it.
 *
 * One poll loop over its output, its pidfd and the cancellable: no thread, no signal handler, no
 * main loop.  Text for its standard input lies in a memory file, so that a program that does not
 * read it blocks nobody and raises no SIGPIPE.  Knows nothing of what it runs. */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

/* Weak: who makes no GCancellable does not load GIO and the dozen libraries behind it, which would
 * be a third of a short command's start. */
#pragma weak g_cancellable_get_fd
#pragma weak g_cancellable_is_cancelled
#pragma weak g_cancellable_release_fd

#define DEFAULT_MAX_OUTPUT_BYTES (G_GUINT64_CONSTANT (16) << 20)
/* How much of standard error ends in a message. */
#define STDERR_TAIL_BYTES 4096
/* A line longer than this is handed over in pieces. */
#define MAX_LINE_BYTES (64 * 1024)

extern char **environ;

/* One of the child's two outputs. */
typedef struct
{
  int fd;        /* our end; -1: not a pipe, or at its end */
  GString *kept; /* what is captured; NULL: nothing */
  guint64 max_bytes;
  gboolean keep_tail; /* forget the beginning instead of failing at max_bytes */
  GString *line;      /* begun, without its end; NULL: nobody wants lines */
} Stream;

typedef struct
{
  const HdSpawn *options;
  const char *program;
  Stream streams[2]; /* standard output, standard error */
  int pidfd;
  pid_t pid;
  gboolean overflow;
} Run;

static void
stream_clear (Stream *stream)
{
  hd_closep (&stream->fd);
  if (stream->kept != NULL)
    g_string_free (stream->kept, TRUE);
  if (stream->line != NULL)
    g_string_free (stream->line, TRUE);
}

static void
run_clear (Run *run)
{
  stream_clear (&run->streams[0]);
  stream_clear (&run->streams[1]);
  hd_closep (&run->pidfd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* ---- Starting ---- */

/* A descriptor from which `text` can be read, or /dev/null. */
static int
open_stdin (const char *text)
{
  hd_autofd fd = -1;
  int r;

  if (text == NULL)
    return open ("/dev/null", O_RDONLY | O_CLOEXEC);
  fd = memfd_create ("stdin", MFD_CLOEXEC);
  if (fd < 0)
    return -1;
  r = hd_fs_write_all (fd, text, strlen (text));
  if (r < 0 || lseek (fd, 0, SEEK_SET) < 0)
    {
      errno = r < 0 ? -r : errno;
      return -1;
    }
  return hd_steal_fd (&fd);
}

/* Make a pipe for a stream that is captured or read by lines; *ret_child is the child's end. */
static int
open_pipe (Stream *stream, int *ret_child)
{
  int fds[2];

  if (pipe2 (fds, O_CLOEXEC) < 0)
    return -1;
  /* Ours alone: what the child gets has to block. */
  if (fcntl (fds[0], F_SETFL, O_NONBLOCK) < 0)
    {
      close (fds[0]);
      close (fds[1]);
      return -1;
    }
  stream->fd = fds[0];
  *ret_child = fds[1];
  return 0;
}

static char **
make_environment (const char *const *additions)
{
  char **env = g_get_environ ();

  for (; additions != NULL && *additions != NULL; additions++)
    {
      const char *equals = strchr (*additions, '=');
      g_autofree char *name = NULL;

      g_assert (equals != NULL);
      name = g_strndup (*additions, (gsize)(equals - *additions));
      env = g_environ_setenv (env, name, equals + 1, TRUE);
    }
  return env;
}

/* posix_spawn with these descriptors as 0 to 2 and no others; returns 0 or an errno. */
static int
spawn_with (const char *const *argv, const HdSpawn *options, const int fds[3], pid_t *ret_pid)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, pipe_only;
  g_auto (GStrv) env = make_environment (options->env);
  int r;

  sigemptyset (&none);
  sigemptyset (&pipe_only);
  sigaddset (&pipe_only, SIGPIPE);
  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attributes);
  for (int i = 0; i < 3; i++)
    posix_spawn_file_actions_adddup2 (&actions, fds[i], i);
  posix_spawn_file_actions_addclosefrom_np (&actions, 3);
  if (options->cwd != NULL)
    posix_spawn_file_actions_addchdir_np (&actions, options->cwd);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &pipe_only);
  r = posix_spawnp (ret_pid, argv[0], &actions, &attributes, (char *const *)argv, env);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  return r;
}

/* Why posix_spawn failed: the folder to start in, or the program. */
static gboolean
throw_start (const Run *run, int errnum, GError **error)
{
  const char *cwd = run->options->cwd;

  if (cwd != NULL && !g_file_test (cwd, G_FILE_TEST_IS_DIR))
    return hd_throw (error, HD_NOT_FOUND, NULL, "starting %s in %s: no such folder", run->program,
                     cwd);
  return hd_throw_errno (error, errnum, "starting %s", run->program);
}

static gboolean
start (Run *run, const char *const *argv, GError **error)
{
  const HdSpawn *options = run->options;
  gboolean lines = options->on_line != NULL;
  hd_autofd in = open_stdin (options->stdin_text);
  hd_autofd null = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  hd_autofd out = -1;
  hd_autofd err = -1;
  int fds[3], r;

  if (in < 0 || null < 0)
    return hd_throw_errno (error, errno, "preparing the input of %s", run->program);
  if ((options->stdout_fd <= 0 && (options->capture_stdout || lines)
       && open_pipe (&run->streams[0], &out) < 0)
      || (!options->inherit_stderr && open_pipe (&run->streams[1], &err) < 0))
    return hd_throw_errno (error, errno, "making a pipe for %s", run->program);
  fds[0] = in;
  fds[1] = options->stdout_fd > 0 ? options->stdout_fd : out >= 0 ? out : null;
  fds[2] = err >= 0 ? err : STDERR_FILENO;
  r = spawn_with (argv, options, fds, &run->pid);
  if (r != 0)
    return throw_start (run, r, error);
  run->pidfd = pidfd_open (run->pid, 0);
  if (run->pidfd < 0)
    {
      r = errno;
      kill (run->pid, SIGKILL);
      waitpid (run->pid, NULL, 0);
      return hd_throw_errno (error, r, "watching %s", run->program);
    }
  return TRUE;
}

/* ---- Reading ---- */

/* Hand over the complete lines among `size` new bytes. */
static void
feed_lines (const Run *run, Stream *stream, const char *data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    {
      if (data[i] != '\n' && data[i] != '\0')
        g_string_append_c (stream->line, data[i]);
      if (data[i] == '\n' || stream->line->len >= MAX_LINE_BYTES)
        {
          run->options->on_line (stream->line->str, run->options->on_line_data);
          g_string_truncate (stream->line, 0);
        }
    }
}

static void
keep (Run *run, Stream *stream, const char *data, gsize size)
{
  g_string_append_len (stream->kept, data, (gssize)size);
  if (stream->kept->len <= stream->max_bytes)
    return;
  if (stream->keep_tail)
    g_string_erase (stream->kept, 0, (gssize)(stream->kept->len - stream->max_bytes));
  else
    {
      run->overflow = TRUE;
      hd_closep (&stream->fd);
    }
}

/* Read what is there; closes the stream at its end. */
static void
drain (Run *run, Stream *stream)
{
  char buffer[16384];
  ssize_t n;

  while (stream->fd >= 0)
    {
      n = read (stream->fd, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        return;
      if (n <= 0)
        {
          hd_closep (&stream->fd);
          return;
        }
      if (stream->kept != NULL)
        keep (run, stream, buffer, (gsize)n);
      if (stream->line != NULL)
        feed_lines (run, stream, buffer, (gsize)n);
    }
}

static void
finish_stream (Run *run, Stream *stream)
{
  drain (run, stream);
  if (stream->line != NULL && stream->line->len > 0)
    run->options->on_line (stream->line->str, run->options->on_line_data);
}

/* ---- Waiting ---- */

static void
terminate (const Run *run)
{
  (void)pidfd_send_signal (run->pidfd, SIGTERM, NULL, 0);
}

/* Serve the outputs until the child ends. What holds a pipe longer than the child is not waited
 * for. */
static void
serve (Run *run, GCancellable *cancellable)
{
  int cancel_fd = cancellable != NULL ? g_cancellable_get_fd (cancellable) : -1;
  gboolean told = FALSE;

  for (;;)
    {
      struct pollfd fds[] = {
        { .fd = run->streams[0].fd, .events = POLLIN },
        { .fd = run->streams[1].fd, .events = POLLIN },
        { .fd = run->pidfd, .events = POLLIN },
        { .fd = told ? -1 : cancel_fd, .events = POLLIN },
      };

      if (poll (fds, G_N_ELEMENTS (fds), -1) < 0 && errno != EINTR)
        break;
      drain (run, &run->streams[0]);
      drain (run, &run->streams[1]);
      if (fds[2].revents != 0)
        break;
      if (!told && (run->overflow || fds[3].revents != 0))
        {
          terminate (run);
          told = TRUE;
        }
    }
  if (cancel_fd >= 0)
    g_cancellable_release_fd (cancellable);
  finish_stream (run, &run->streams[0]);
  finish_stream (run, &run->streams[1]);
}

/* The end of standard error as ": TEXT", or "". */
static char *
stderr_tail (const Run *run)
{
  g_autofree char *valid = NULL;

  if (run->streams[1].kept == NULL)
    return g_strdup ("");
  valid = g_utf8_make_valid (run->streams[1].kept->str, (gssize)run->streams[1].kept->len);
  g_strstrip (valid);
  return *valid != '\0' ? g_strconcat (": ", valid, NULL) : g_strdup ("");
}

/* Take the child's status and say what went wrong, if anything. */
static gboolean
reap (Run *run, GCancellable *cancellable, GError **error)
{
  g_autofree char *tail = NULL;
  siginfo_t info = { 0 };

  while (waitid (P_PIDFD, (id_t)run->pidfd, &info, WEXITED) < 0)
    if (errno != EINTR)
      return hd_throw_errno (error, errno, "waiting for %s", run->program);
  if (run->overflow)
    return hd_throw (error, HD_FAILED, NULL, "%s printed more than %" G_GUINT64_FORMAT " bytes",
                     run->program, run->streams[0].max_bytes);
  if (info.si_code == CLD_EXITED && info.si_status == 0)
    return TRUE;
  if (cancellable != NULL && g_cancellable_is_cancelled (cancellable))
    return hd_throw (error, HD_CANCELLED, NULL, "%s was cancelled", run->program);
  tail = stderr_tail (run);
  if (info.si_code == CLD_EXITED)
    return hd_throw (error, HD_FAILED, NULL, "%s failed with exit status %d%s", run->program,
                     info.si_status, tail);
  return hd_throw (error, HD_FAILED, NULL, "%s was killed by signal %d (%s)%s", run->program,
                   info.si_status, g_strsignal (info.si_status), tail);
}

static Run
new_run (const HdSpawn *options, const char *program)
{
  Run run = {
    .options = options,
    .program = program,
    .streams = {
      { .fd = -1, .max_bytes = options->max_output_bytes },
      { .fd = -1, .max_bytes = STDERR_TAIL_BYTES, .keep_tail = TRUE },
    },
    .pidfd = -1,
  };

  if (run.streams[0].max_bytes == 0)
    run.streams[0].max_bytes = DEFAULT_MAX_OUTPUT_BYTES;
  if (options->capture_stdout)
    run.streams[0].kept = g_string_new (NULL);
  run.streams[1].kept = g_string_new (NULL);
  for (int i = 0; i < 2 && options->on_line != NULL; i++)
    run.streams[i].line = g_string_new (NULL);
  return run;
}

gboolean
hd_spawn_run (const char *const *argv, const HdSpawn *options, char **ret_stdout,
              GCancellable *cancellable, GError **error)
{
  static const HdSpawn defaults;
  g_auto (Run) run = new_run (options != NULL ? options : &defaults, argv[0]);

  if (cancellable != NULL && g_cancellable_is_cancelled (cancellable))
    return hd_throw (error, HD_CANCELLED, NULL, "%s was cancelled", run.program);
  if (!start (&run, argv, error))
    return FALSE;
  serve (&run, cancellable);
  if (!reap (&run, cancellable, error))
    return FALSE;
  if (ret_stdout != NULL && run.streams[0].kept != NULL)
    *ret_stdout = g_string_free (g_steal_pointer (&run.streams[0].kept), FALSE);
  return TRUE;
}
