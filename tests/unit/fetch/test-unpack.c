/* fetch/unpack, as an ordinary user: limits of entries and bytes, and what is reported. */
#include "fetch/unpack.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "common/fs.h"
#include "fetch/tarwrite.h"

static uint8_t *archive;
static size_t archive_size;

/* a/b/file (10 bytes), then `n` empty ones in c. */
static void
make_archive (int n)
{
  int fd = memfd_create ("archive", MFD_CLOEXEC);
  hd_sink *sink = hd_sink_new (fd, false);
  hd_source_result result;
  hd_tar_writer head = {
    .path = "a/b/file", .type = '0', .mode = 0644, .size = 10, .uid = getuid (), .gid = getgid ()
  };
  CHECK (hd_tar_write_head (&head, sink, NULL) == 0);
  CHECK (hd_sink_write (sink, "0123456789", 10, NULL) == 0);
  CHECK (hd_tar_write_padding (10, sink, NULL) == 0);
  for (int i = 0; i < n; i++)
    {
      char path[32];
      snprintf (path, sizeof path, "c/%d", i);
      head.path = path;
      head.size = 0;
      CHECK (hd_tar_write_head (&head, sink, NULL) == 0);
    }
  CHECK (hd_tar_write_end (sink, NULL) == 0 && hd_sink_finish (sink, &result, NULL) == 0);
  archive_size = (size_t)result.output_bytes;
  archive = malloc (archive_size);
  CHECK (archive != NULL && pread (fd, archive, archive_size, 0) == (ssize_t)archive_size);
  hd_sink_free (sink);
  close (fd);
}

static hd_code
unpack (uint64_t max_entries, uint64_t max_bytes, hd_unpack_result *ret)
{
  char top[] = "/tmp/atomic-unpack-XXXXXX";
  CHECK (mkdtemp (top) != NULL);
  int fd = open (top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  hd_source *source = hd_source_new_memory (archive, archive_size);
  const hd_unpack_options options
      = { .root_fd = fd, .max_entries = max_entries, .max_bytes = max_bytes };
  hd_err err = { 0 };
  int r = hd_unpack (source, &options, ret, &err);
  CHECK ((r < 0) == (err.code != HD_OK));
  struct stat st;
  CHECK (r < 0 || (fstatat (fd, "a/b/file", &st, 0) == 0 && st.st_size == 10));
  hd_source_free (source);
  close (fd);
  CHECK (hd_fs_remove_tree (AT_FDCWD, top) == 0);
  return err.code;
}

int
main (void)
{
  hd_unpack_result result;
  umask (0);
  make_archive (20);
  CHECK (unpack (21, 10, &result) == HD_OK);
  CHECK (result.entries == 21 && result.bytes == 10 && result.opaque.count == 0);
  CHECK (result.implied.count == 4 && strcmp (result.implied.items[0], "a") == 0);
  CHECK (strcmp (result.implied.items[1], "a/b") == 0
         && strcmp (result.implied.items[2], "c") == 0);
  CHECK (strcmp (result.implied.items[3], "") == 0);
  hd_unpack_result_clear (&result);
  CHECK (unpack (20, 10, &result) == HD_FAILED);
  hd_unpack_result_clear (&result);
  CHECK (unpack (21, 9, &result) == HD_FAILED);
  hd_unpack_result_clear (&result);
  free (archive);
  return 0;
}
