/* Run another program: an argv array, never a shell line; descriptors are closed except 0 to 2 and
 * those that are passed on purpose. Uses posix_spawn or pidfd, so it is safe beside threads. */
#pragma once

#include <gio/gio.h>

typedef struct
{
  const char *cwd;          /* NULL: as it is */
  const char *const *env;   /* additional "NAME=value" entries, NULL-terminated, or NULL */
  const char *stdin_text;   /* fed to standard input; NULL: /dev/null */
  gboolean capture_stdout;  /* into *ret_stdout */
  gboolean inherit_stderr;  /* else it is captured, its last 4 KiB end in the error message */
  int stdout_fd;            /* when > 0: standard output goes there instead */
  guint64 max_output_bytes; /* of captured output; 0: 16 MiB; more is HD_FAILED */
  void (*on_line) (const char *line,
                   gpointer data); /* each line of stdout and stderr as it comes */
  gpointer on_line_data;
} HdSpawn;

/* Run `argv` and wait. Blocks. `options` and `ret_stdout` may be NULL. A non-zero exit status or a
 * signal is HD_FAILED with program, status and the end of standard error; a program that is not
 * there is HD_NOT_FOUND with the hint `not_found_hint` ("apt-get install ...") that the caller sets
 * by hd_error_set_hint. Cancelling sends SIGTERM and waits. */
gboolean hd_spawn_run (const char *const *argv, const HdSpawn *options, char **ret_stdout,
                       GCancellable *cancellable, GError **error);
