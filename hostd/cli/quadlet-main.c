/* atomic-quadlet: a generator of systemd (systemd.generator(7)) for .container files.
 *
 * usage: atomic-quadlet FOLDER [EARLY LATE]    folder to write to
 * $QUADLET_UNIT_DIRS replaces the folders that are read (separated by colons).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "cli/quadlet.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define SUFFIX ".container"
#define FILE_BYTES_MAX (1u << 20)

/* What stands in an earlier one counts. */
static const char default_folders[]
    = "/etc/containers/systemd:/run/containers/systemd:/usr/share/containers/systemd";

static gboolean
write_unit (int output_fd, const char *name, const char *unit, GError **error)
{
  g_autofree char *file = g_strconcat (name, ".service", NULL);
  hd_autofd fd = openat (output_fd, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  int r = fd < 0 ? -errno : hd_fs_write_all (fd, unit, strlen (unit));
  return r == 0 || hd_throw_errno (error, -r, "writing %s", file);
}

static gboolean
make_links (int output_fd, const char *name, char **links, GError **error)
{
  g_autofree char *target = g_strconcat ("../", name, ".service", NULL);
  for (char **link = links; *link != NULL; link++)
    {
      g_autofree char *folder = g_path_get_dirname (*link);
      if (hd_fs_mkdirs (output_fd, folder, 0755) < 0
          || (symlinkat (target, output_fd, *link) < 0 && errno != EEXIST))
        return hd_throw_errno (error, errno, "linking %s", *link);
    }
  return TRUE;
}

static gboolean
convert (int output_fd, const char *path, const char *name, GError **error)
{
  hd_autofree char *text = NULL;
  g_auto (GStrv) links = NULL;
  int r = hd_fs_read (AT_FDCWD, path, FILE_BYTES_MAX, &text, NULL);
  if (r < 0)
    return hd_throw_errno (error, -r, "reading %s", path);
  g_autofree char *unit
      = hd_quadlet_convert (path, name, ATOMIC_BINDIR "/atomic", text, &links, error);
  return unit != NULL && write_unit (output_fd, name, unit, error)
         && make_links (output_fd, name, links, error);
}

/* One that is wrong does not keep the others from starting. */
static guint
convert_folder (int output_fd, const char *path, GHashTable *seen)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *file;
  guint failed = 0;
  while (folder != NULL && (file = g_dir_read_name (folder)) != NULL)
    {
      g_autoptr (GError) error = NULL;
      if (!g_str_has_suffix (file, SUFFIX) || strlen (file) == strlen (SUFFIX))
        continue;
      char *name = g_strndup (file, strlen (file) - strlen (SUFFIX));
      g_autofree char *whole = g_build_filename (path, file, NULL);
      if (!g_hash_table_add (seen, name) || convert (output_fd, whole, name, &error))
        continue;
      failed++;
      hd_log_error (LOG_ERR, error);
    }
  return failed;
}

int
main (int argc, char **argv)
{
  const char *given = g_getenv ("QUADLET_UNIT_DIRS");
  g_auto (GStrv) folders
      = g_strsplit (given != NULL && *given != '\0' ? given : default_folders, ":", -1);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint failed = 0;
  if (argc < 2)
    {
      fputs ("usage: atomic-quadlet FOLDER [EARLY LATE]\n", stderr);
      return 2;
    }
  hd_autofd output = open (argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (output < 0)
    {
      hd_log (LOG_ERR, "opening %s: %s", argv[1], g_strerror (errno));
      return 1;
    }
  for (char **folder = folders; *folder != NULL; folder++)
    failed += convert_folder (output, *folder, seen);
  return failed > 0 ? 1 : 0;
}
