/* fetch/tarread: entries of archives that tarwrite has made, and pax records. */
#include "fetch/tarread.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "fetch/tarwrite.h"

#define LONG_NAME 1000

/* What `write` puts into a sink, in memory. */
static uint8_t *
collect (void (*write) (hd_sink *sink), size_t *ret_size)
{
  int fd = memfd_create ("archive", MFD_CLOEXEC);
  hd_sink *sink = hd_sink_new (fd, false);
  hd_source_result result;
  write (sink);
  CHECK (hd_tar_write_end (sink, NULL) == 0 && hd_sink_finish (sink, &result, NULL) == 0);
  CHECK (result.input_bytes == result.output_bytes);
  CHECK (strcmp (result.input_sha256, result.output_sha256) == 0);
  *ret_size = (size_t)result.output_bytes;
  uint8_t *data = malloc (*ret_size);
  CHECK (data != NULL && pread (fd, data, *ret_size, 0) == (ssize_t)*ret_size);
  hd_sink_free (sink);
  close (fd);
  return data;
}

static char long_name[LONG_NAME + 1];

static void
write_entries (hd_sink *sink)
{
  hd_tar_writer file
      = { .path = "file", .type = '0', .mode = 04755, .uid = 1, .size = 5, .mtime = 7 };
  hd_tar_add_xattr (&file, "user.a", "b\0c", 3);
  CHECK (hd_tar_write_head (&file, sink, NULL) == 0 && hd_sink_write (sink, "hello", 5, NULL) == 0);
  CHECK (hd_tar_write_padding (5, sink, NULL) == 0);
  hd_tar_writer_clear (&file);
  memset (long_name, 'n', LONG_NAME);
  hd_tar_writer link
      = { .path = long_name, .link = long_name, .type = '2', .uid = 1ull << 31, .mtime = -3 };
  CHECK (hd_tar_write_head (&link, sink, NULL) == 0);
  hd_tar_writer_clear (&link);
}

static void
test_round (void)
{
  size_t size;
  uint8_t *data = collect (write_entries, &size);
  hd_source *source = hd_source_new_memory (data, size);
  hd_tar_reader *reader = hd_tar_reader_new (source);
  const hd_tar_entry *entry;
  const uint8_t *content;
  size_t content_size;
  CHECK (hd_tar_next (reader, &entry, NULL) == 1);
  CHECK (entry->type == HD_TAR_FILE && strcmp (entry->path, "file") == 0 && entry->mode == 04755);
  CHECK (entry->uid == 1 && entry->mtime == 7 && entry->size == 5 && entry->n_xattrs == 1);
  CHECK (strcmp (entry->xattrs[0].name, "user.a") == 0 && entry->xattrs[0].size == 3);
  CHECK (memcmp (entry->xattrs[0].value, "b\0c", 3) == 0);
  CHECK (hd_tar_data (reader, &content, &content_size, NULL) == 0 && content_size == 5);
  CHECK (memcmp (content, "hello", 5) == 0);
  /* What is not taken is passed over; the next entry has nothing of this one. */
  CHECK (hd_tar_next (reader, &entry, NULL) == 1);
  CHECK (entry->type == HD_TAR_SYMLINK && strcmp (entry->path, long_name) == 0);
  CHECK (strcmp (entry->link, long_name) == 0 && entry->uid == 1u << 31 && entry->mtime == -3);
  CHECK (entry->n_xattrs == 0);
  CHECK (hd_tar_next (reader, &entry, NULL) == 0 && hd_tar_next (reader, &entry, NULL) == 0);
  hd_tar_reader_free (reader);
  hd_source_free (source);
  free (data);
}

/* Wherever it is cut, it is an error or an end, and never more than that. */
static void
test_cut (void)
{
  size_t size;
  uint8_t *data = collect (write_entries, &size);
  for (size_t cut = 0; cut < size; cut += 13)
    {
      hd_source *source = hd_source_new_memory (data, cut);
      hd_tar_reader *reader = hd_tar_reader_new (source);
      const hd_tar_entry *entry;
      hd_err err = { 0 };
      int r;
      while ((r = hd_tar_next (reader, &entry, &err)) == 1)
        ;
      CHECK (r == 0 || err.code == HD_CORRUPT);
      hd_tar_reader_free (reader);
      hd_source_free (source);
    }
  free (data);
}

int
main (void)
{
  test_round ();
  test_cut ();
  return 0;
}
