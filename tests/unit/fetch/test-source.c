/* fetch/source, fetch/sink: what was compressed comes back, with the same hashes, and limits hold.
 */
#include "fetch/source.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "fetch/sink.h"

#define SIZE (5u << 20)

static uint8_t *
pattern (void)
{
  uint8_t *data = malloc (SIZE);
  uint32_t state = 1;
  CHECK (data != NULL);
  for (size_t i = 0; i < SIZE; i++)
    {
      state = state * 1664525 + 1013904223;
      data[i] = (i >> 16) % 2 == 0 ? (uint8_t)(state >> 24) : 'z';
    }
  return data;
}

static int
compress_into_memory (const uint8_t *data, bool compress, hd_source_result *ret)
{
  int fd = memfd_create ("compressed", MFD_CLOEXEC);
  hd_sink *sink = hd_sink_new (fd, compress);
  CHECK (hd_sink_write (sink, data, SIZE, NULL) == 0 && hd_sink_finish (sink, ret, NULL) == 0);
  hd_sink_free (sink);
  CHECK (lseek (fd, 0, SEEK_SET) == 0);
  return fd;
}

static hd_source_options
options_for (int fd)
{
  return (hd_source_options){
    .input_fd = fd, .blob_fd = -1, .max_input_bytes = UINT64_MAX, .max_output_bytes = UINT64_MAX
  };
}

static void
test_round (const uint8_t *data, bool compress)
{
  hd_source_result packed, unpacked;
  int fd = compress_into_memory (data, compress, &packed);
  int blob = memfd_create ("blob", MFD_CLOEXEC);
  hd_source_options options = options_for (fd);
  options.blob_fd = blob;
  hd_source *source = hd_source_new (&options, NULL);
  uint8_t *back = malloc (SIZE);
  CHECK (back != NULL && hd_source_read (source, back, SIZE, NULL) == 0);
  CHECK (memcmp (back, data, SIZE) == 0);
  CHECK (hd_source_finish (source, &unpacked, NULL) == 0);
  CHECK (strcmp (unpacked.output_sha256, packed.input_sha256) == 0);
  CHECK (strcmp (unpacked.input_sha256, packed.output_sha256) == 0);
  CHECK (unpacked.output_bytes == SIZE && unpacked.input_bytes == packed.output_bytes);
  CHECK (compress == (packed.output_bytes < SIZE));
  CHECK (lseek (blob, 0, SEEK_END) == (off_t)packed.output_bytes);
  free (back);
  hd_source_free (source);
  close (blob);
  close (fd);
}

/* The error of taking all of a stream. */
static hd_code
take_all (const hd_source_options *options)
{
  hd_err err = { 0 };
  hd_source_result result;
  hd_source *source = hd_source_new (options, NULL);
  int r = hd_source_finish (source, &result, &err);
  CHECK ((r < 0) == (err.code != HD_OK));
  hd_source_free (source);
  return err.code;
}

static void
test_limits (const uint8_t *data)
{
  hd_source_result packed;
  int fd = compress_into_memory (data, true, &packed);
  hd_source_options options = options_for (fd);
  options.max_output_bytes = SIZE - 1;
  CHECK (take_all (&options) == HD_FAILED);
  CHECK (lseek (fd, 0, SEEK_SET) == 0);
  options = options_for (fd);
  options.max_input_bytes = packed.output_bytes - 1;
  CHECK (take_all (&options) == HD_CORRUPT);
  /* Cut off. */
  CHECK (lseek (fd, 0, SEEK_SET) == 0 && ftruncate (fd, (off_t)packed.output_bytes - 5) == 0);
  options = options_for (fd);
  CHECK (take_all (&options) == HD_CORRUPT);
  close (fd);
}

/* A caller that stops early does not wait for the rest. */
static void
test_stop (const uint8_t *data)
{
  hd_source_result packed;
  int fd = compress_into_memory (data, true, &packed);
  const hd_source_options options = options_for (fd);
  hd_source *source = hd_source_new (&options, NULL);
  uint8_t first;
  CHECK (hd_source_read (source, &first, 1, NULL) == 0 && first == data[0]);
  hd_source_free (source);
  close (fd);
}

int
main (void)
{
  uint8_t *data = pattern ();
  test_round (data, true);
  test_round (data, false);
  test_limits (data);
  test_stop (data);
  free (data);
  return 0;
}
