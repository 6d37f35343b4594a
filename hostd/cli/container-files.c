/* cp, diff, export, commit. */
#include "cli/container-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/engine.h"
#include "common/cleanup.h"
#include "engine/commit-container.h"
#include "engine/container-root.h"
#include "engine/copy.h"
#include "engine/diff.h"
#include "engine/layerjob.h"

/* cp */

/* "CONTAINER:PATH": TRUE and the container's name. A path of the host has a slash before its colon.
 */
static gboolean
split_place (const char *text, char **ret_name, const char **ret_path)
{
  gsize length = strcspn (text, ":");
  if (*text == '/' || *text == '.' || text[length] != ':' || length == 0
      || memchr (text, '/', length) != NULL)
    return FALSE;
  *ret_name = g_strndup (text, length);
  *ret_path = text + length + 1;
  return TRUE;
}

/* The root of the host's files, to which a relative path is made absolute. */
static char *
host_path (const char *text)
{
  g_autofree char *path = g_canonicalize_filename (text, NULL);
  gsize length = strlen (text);
  gboolean dot = g_str_has_suffix (text, "/.") || strcmp (text, ".") == 0;
  gboolean slash = length > 0 && text[length - 1] == '/';
  return g_strconcat (path, dot ? "/." : slash ? "/" : "", NULL);
}

static gboolean
copy (HdStore *store, const HdInvocation *inv, GError **error)
{
  const char *const *args = hd_inv_args (inv);
  const char *from = args[0], *to = args[1];
  g_autofree char *from_name = NULL, *to_name = NULL, *from_host = NULL, *to_host = NULL;
  gboolean out = split_place (args[0], &from_name, &from);
  gboolean in = split_place (args[1], &to_name, &to);
  const HdCopyOptions options
      = { .keep_owner = hd_inv_flag (inv, "archive"), .follow = hd_inv_flag (inv, "follow-link") };
  if (strcmp (args[0], "-") == 0 || strcmp (args[1], "-") == 0)
    return hd_throw (error, HD_USAGE, "use exec with tar", "cp of an archive is not possible");
  if (in == out)
    return hd_throw (error, HD_USAGE, "as cp FILE CONTAINER:PATH or cp CONTAINER:PATH FILE",
                     "exactly one of the two must be in a container");
  g_autoptr (HdContainer) container = hd_container_find (store, out ? from_name : to_name, error);
  hd_autofd inside = container != NULL ? hd_container_root_open (store, container, error) : -1;
  hd_autofd outside = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (inside < 0 || outside < 0)
    return FALSE;
  if (out)
    return hd_copy (inside, *from != '\0' ? from : "/", outside, to_host = host_path (to), &options,
                    error);
  return hd_copy (outside, from_host = host_path (from), inside, *to != '\0' ? to : "/", &options,
                  error);
}

int
hd_cli_cp (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store == NULL || !copy (store, inv, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

/* diff */

static void
print_change (char kind, const char *path, gpointer data)
{
  printf ("%c %s\n", kind, path);
}

int
hd_cli_diff (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdContainer) container
      = store != NULL ? hd_container_find (store, hd_inv_args (inv)[0], &error) : NULL;
  if (container == NULL || !hd_diff (store, container, print_change, NULL, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

/* export */

static gboolean
pack (int root_fd, int output_fd, GError **error)
{
  const HdPackOptions options
      = { .plain = TRUE, .merged = TRUE, .folder_fd = root_fd, .output_fd = output_fd };
  g_autoptr (HdLayerJob) job = hd_layer_job_pack (&options, error);
  g_autoptr (HdLayerResult) result = job != NULL ? hd_layer_job_wait (job, error) : NULL;
  return result != NULL;
}

int
hd_cli_export (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  const char *path = hd_inv_string (inv, "output");
  if (path == NULL && isatty (STDOUT_FILENO))
    return hd_inv_usage_error (inv, "an archive is not written to a terminal: use --output");
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdContainer) container
      = store != NULL ? hd_container_find (store, hd_inv_args (inv)[0], &error) : NULL;
  hd_autofd tree = container != NULL ? hd_container_root_open_alone (store, container, &error) : -1;
  hd_autofd root = tree >= 0 ? openat (tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  hd_autofd file = path != NULL && root >= 0
                       ? open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
                       : -1;
  if (root >= 0 && path != NULL && file < 0)
    hd_throw_errno (&error, errno, "--output: %s", path);
  if (error != NULL || !pack (root, path != NULL ? file : STDOUT_FILENO, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

/* commit */

int
hd_cli_commit (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  const char *const *args = hd_inv_args (inv);
  const HdCommitRequest request = {
    .name = args[1],
    .author = hd_inv_string (inv, "author"),
    .comment = hd_inv_string (inv, "message"),
    .changes = hd_inv_strings (inv, "change"),
    .pause = !hd_inv_given (inv, "pause") || hd_inv_flag (inv, "pause"),
  };
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autofree char *id
      = store != NULL ? hd_commit_container (store, args[0], &request, &error) : NULL;
  if (id == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  printf ("sha256:%s\n", id);
  return 0;
}
