/* Run a fuzz target over the files of the folders that are named, without libFuzzer.
 *
 * usage: fuzz-NAME DIR...     Exit status 1 when a folder has no file, since then nothing was
 * tried. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/cleanup.h"
#include "common/fs.h"
#include "fuzz.h"

#define MAX_FILE_BYTES (32u << 20)

static int
replay_file (int dir_fd, const char *name)
{
  hd_autofree char *data = NULL;
  hd_autofree uint8_t *exact = NULL;
  size_t size;
  int r = hd_fs_read (dir_fd, name, MAX_FILE_BYTES, &data, &size);

  if (r < 0)
    {
      fprintf (stderr, "reading %s: %s\n", name, strerror (-r));
      return r;
    }
  /* Without the NUL behind it, so that the sanitizer sees a byte read too many. */
  exact = malloc (size > 0 ? size : 1);
  if (exact == NULL)
    return -ENOMEM;
  memcpy (exact, data, size);
  LLVMFuzzerTestOneInput (exact, size);
  return 0;
}

/* Returns the number of files, or a negative errno. */
static int
replay_folder (const char *path)
{
  DIR *dir = opendir (path);
  struct dirent *entry;
  int n = 0;

  if (dir == NULL)
    return -errno;
  while ((entry = readdir (dir)) != NULL)
    {
      if (entry->d_name[0] == '.')
        continue;
      if (replay_file (dirfd (dir), entry->d_name) < 0)
        {
          closedir (dir);
          return -EIO;
        }
      n++;
    }
  closedir (dir);
  return n;
}

int
main (int argc, char **argv)
{
  int status = argc > 1 ? 0 : 2;

  for (int i = 1; i < argc; i++)
    {
      int n = replay_folder (argv[i]);
      printf ("%s: %d files\n", argv[i], n);
      if (n <= 0)
        status = 1;
    }
  return status;
}
