/* Paths to texts. */
#include "kickstart/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

/* The whole of an open file that is no folder, device or pipe, except standard input. */
static gboolean
read_fd (int fd, const char *path, gboolean any_kind, char **ret_text, gsize *ret_length,
         GError **error)
{
  hd_autofree char *data = NULL;
  struct stat st;
  size_t length;
  int r;

  if (fstat (fd, &st) < 0)
    return hd_throw_errno (error, errno, "reading %s", path);
  if (!any_kind && !S_ISREG (st.st_mode))
    return hd_throw (error, HD_CONFIG, NULL, "%s is no file", path);
  r = hd_fs_read_fd (fd, HD_KS_MAX_FILE_BYTES, &data, &length);
  if (r == -EFBIG)
    return hd_throw (error, HD_CONFIG, NULL, "%s is larger than %u bytes", path,
                     HD_KS_MAX_FILE_BYTES);
  if (r < 0)
    return hd_throw_errno (error, -r, "reading %s", path);
  *ret_text = g_memdup2 (data, length + 1);
  *ret_length = length;
  return TRUE;
}

gboolean
hd_ks_load (const char *path, char **ret_text, gsize *ret_length, GError **error)
{
  hd_autofd fd = -1;

  if (strcmp (path, "-") == 0)
    return read_fd (STDIN_FILENO, "standard input", TRUE, ret_text, ret_length, error);
  /* A pipe without a writer must not hold it up. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    return hd_throw_errno (error, errno, "reading %s", path);
  return read_fd (fd, path, FALSE, ret_text, ret_length, error);
}

static gboolean
load (gpointer data, const char *name, const char *from, char **ret_name, char **ret_text,
      gsize *ret_length, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (from);
  g_autofree char *beside = g_path_is_absolute (name) || strcmp (from, "-") == 0
                                ? g_strdup (name)
                                : g_build_filename (folder, name, NULL);
  const char *path = g_file_test (name, G_FILE_TEST_EXISTS) ? name : beside;

  if (!hd_ks_load (path, ret_text, ret_length, error))
    return FALSE;
  *ret_name = g_strdup (path);
  return TRUE;
}

const HdKsLoader hd_ks_file_loader = { .load = load };
