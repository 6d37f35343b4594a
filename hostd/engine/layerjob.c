/* One atomic-layer at work. */
#include "engine/layerjob.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/parse.h"
#include "engine/helper.h"

#define PROGRAM "atomic-layer"
#define READ_BYTES 65536
/* Paths of folders, of a layer with all entries that are allowed. */
#define MAX_RESULT_BYTES HD_JSON_MAX_BYTES

struct _HdLayerJob
{
  pid_t pid;
  int pidfd;
  int output_fd;
  GString *output;
  gboolean ended;
};

void
hd_layer_result_free (HdLayerResult *result)
{
  if (result == NULL)
    return;
  g_free (result->blob);
  g_free (result->diff);
  g_strfreev (result->implied);
  g_strfreev (result->opaque);
  g_free (result);
}

static HdLayerJob *
start (const char *const *argv, int input_fd, int folder_fd, int blob_fd, GError **error)
{
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC) < 0)
    {
      hd_throw_errno (error, errno, "making a pipe");
      return NULL;
    }
  hd_autofd output = ends[0], theirs = ends[1];
  HdHelperFd fds[4];
  guint n = 0;
  fds[n++] = (HdHelperFd){ theirs, 1 };
  fds[n++] = (HdHelperFd){ folder_fd, 3 };
  if (input_fd >= 0)
    fds[n++] = (HdHelperFd){ input_fd, 0 };
  if (blob_fd >= 0)
    fds[n++] = (HdHelperFd){ blob_fd, 4 };
  int pidfd;
  pid_t pid = hd_helper_start (argv, fds, n, &pidfd, error);
  if (pid < 0)
    return NULL;
  HdLayerJob *job = g_new0 (HdLayerJob, 1);
  job->pid = pid;
  job->pidfd = pidfd;
  job->output_fd = hd_steal_fd (&output);
  job->output = g_string_new (NULL);
  return job;
}

static char *
number_option (const char *name, guint64 number)
{
  return g_strdup_printf ("--%s=%" G_GUINT64_FORMAT, name, number);
}

HdLayerJob *
hd_layer_job_unpack (const HdUnpackOptions *options, GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (argv, g_strdup (PROGRAM));
  g_ptr_array_add (argv, number_option ("max-entries", HD_LAYER_MAX_ENTRIES));
  g_ptr_array_add (argv, number_option ("max-output", HD_LAYER_MAX_BYTES));
  g_ptr_array_add (argv, number_option ("max-ratio", HD_LAYER_MAX_RATIO));
  if (options->max_input > 0)
    g_ptr_array_add (argv, number_option ("max-input", options->max_input));
  if (options->lowest)
    g_ptr_array_add (argv, g_strdup ("--lowest"));
  if (options->blob_fd >= 0)
    g_ptr_array_add (argv, g_strdup ("--blob"));
  g_ptr_array_add (argv, g_strdup ("unpack"));
  g_ptr_array_add (argv, NULL);
  return start ((const char *const *)argv->pdata, options->input_fd, options->folder_fd,
                options->blob_fd, error);
}

HdLayerJob *
hd_layer_job_pack (const HdPackOptions *options, GError **error)
{
  const char *argv[5] = { PROGRAM };
  guint n = 1;
  if (options->plain)
    argv[n++] = "--plain";
  if (options->merged)
    argv[n++] = "--merged";
  argv[n++] = "pack";
  argv[n] = NULL;
  return start (argv, -1, options->folder_fd, options->output_fd, error);
}

void
hd_layer_job_free (HdLayerJob *job)
{
  if (job == NULL)
    return;
  if (job->pid > 0)
    {
      pidfd_send_signal (job->pidfd, SIGKILL, NULL, 0);
      while (waitpid (job->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    }
  hd_closep (&job->pidfd);
  hd_closep (&job->output_fd);
  g_string_free (job->output, TRUE);
  g_free (job);
}

int
hd_layer_job_fd (const HdLayerJob *job)
{
  return job->output_fd;
}

gboolean
hd_layer_job_hear (HdLayerJob *job)
{
  char data[READ_BYTES];
  ssize_t n;
  if (job->ended)
    return TRUE;
  do
    n = read (job->output_fd, data, sizeof data);
  while (n < 0 && errno == EINTR);
  if (n > 0 && job->output->len + (gsize)n <= MAX_RESULT_BYTES)
    g_string_append_len (job->output, data, n);
  else
    job->ended = TRUE;
  return job->ended;
}

static char **
read_paths (const hd_json *list)
{
  gsize n = hd_json_length (list);
  char **paths = g_new0 (char *, n + 1);
  gsize used = 0;
  for (gsize i = 0; i < n; i++)
    {
      const char *text;
      char *path = NULL;
      if (hd_json_as_string (hd_json_at (list, i), &text))
        path = g_uri_unescape_string (text, NULL);
      if (path != NULL)
        paths[used++] = path;
    }
  return paths;
}

static HdLayerResult *
read_result (const hd_json *root, GError **error)
{
  hd_err err = { 0 };
  const char *blob = hd_json_get_string (root, "blob", "");
  const char *diff = hd_json_get_string (root, "diff", "");
  const char *code = hd_json_get_string (root, "code", "");
  if (!g_str_equal (code, "ok"))
    {
      hd_err_set (&err, hd_code_from_name (code), hd_json_get_string (root, "hint", ""), "%s",
                  hd_json_get_string (root, "message", PROGRAM " says nothing"));
      if (err.hint[0] == '\0')
        hd_throw (error, err.code, NULL, "%s", err.message);
      else
        hd_throw_err (error, &err);
      return NULL;
    }
  if (!hd_parse_is_checksum (blob) || !hd_parse_is_checksum (diff))
    {
      hd_throw (error, HD_WORKER, NULL, PROGRAM " gives no digests");
      return NULL;
    }
  HdLayerResult *result = g_new0 (HdLayerResult, 1);
  result->blob = g_strdup (blob);
  result->diff = g_strdup (diff);
  result->blob_bytes = (guint64)hd_json_get_int (root, "blob-bytes", 0);
  result->diff_bytes = (guint64)hd_json_get_int (root, "diff-bytes", 0);
  result->bytes = (guint64)hd_json_get_int (root, "bytes", 0);
  result->implied = read_paths (hd_json_get (root, "implied"));
  result->opaque = read_paths (hd_json_get (root, "opaque"));
  return result;
}

HdLayerResult *
hd_layer_job_result (HdLayerJob *job, GError **error)
{
  int status = 0;
  pid_t r;
  do
    r = waitpid (job->pid, &status, 0);
  while (r < 0 && errno == EINTR);
  job->pid = 0;
  hd_autojson root = hd_json_parse (job->output->str, job->output->len, NULL);
  if (root != NULL)
    return read_result (root, error);
  if (WIFSIGNALED (status))
    hd_throw (error, HD_WORKER, NULL, PROGRAM " was killed by signal %d", WTERMSIG (status));
  else
    hd_throw (error, HD_WORKER, NULL, PROGRAM " ended with status %d and without a result",
              WEXITSTATUS (status));
  return NULL;
}

HdLayerResult *
hd_layer_job_wait (HdLayerJob *job, GError **error)
{
  while (!hd_layer_job_hear (job))
    ;
  return hd_layer_job_result (job, error);
}
