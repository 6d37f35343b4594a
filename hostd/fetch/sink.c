/* An archive on its way out. */
#include "fetch/sink.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

#include "common/fs.h"
#include "fetch/hash.h"

#define BUFFER_BYTES (256u << 10)
#define LEVEL 2

struct hd_sink
{
  int fd;
  bool compress;
  hd_hash *input_hash, *output_hash;
  uint8_t *input, *output;
  size_t used; /* of input */
  struct isal_zstream gzip;
  uint8_t *level_buffer;
  uint64_t input_bytes, output_bytes;
};

static void *
check_memory (void *pointer)
{
  if (pointer == NULL)
    abort ();
  return pointer;
}

hd_sink *
hd_sink_new (int fd, bool compress)
{
  hd_sink *sink = check_memory (calloc (1, sizeof *sink));
  sink->fd = fd;
  sink->compress = compress;
  sink->input_hash = hd_hash_new ();
  sink->output_hash = hd_hash_new ();
  sink->input = check_memory (malloc (BUFFER_BYTES));
  sink->output = check_memory (malloc (BUFFER_BYTES));
  sink->level_buffer = check_memory (malloc (ISAL_DEF_LVL2_DEFAULT));
  isal_deflate_init (&sink->gzip);
  sink->gzip.level = LEVEL;
  sink->gzip.level_buf = sink->level_buffer;
  sink->gzip.level_buf_size = ISAL_DEF_LVL2_DEFAULT;
  sink->gzip.gzip_flag = IGZIP_GZIP;
  return sink;
}

void
hd_sink_free (hd_sink *sink)
{
  if (sink == NULL)
    return;
  hd_hash_free (sink->input_hash);
  hd_hash_free (sink->output_hash);
  free (sink->input);
  free (sink->output);
  free (sink->level_buffer);
  free (sink);
}

static int
put (hd_sink *sink, const void *data, size_t size, hd_err *err)
{
  hd_hash_update (sink->output_hash, data, size);
  sink->output_bytes += size;
  int r = hd_fs_write_all (sink->fd, data, size);
  return r < 0 ? hd_err_set_errno (err, -r, "writing the archive") : 0;
}

static int
flush (hd_sink *sink, bool last, hd_err *err)
{
  hd_hash_update (sink->input_hash, sink->input, sink->used);
  sink->input_bytes += sink->used;
  if (!sink->compress)
    {
      int r = put (sink, sink->input, sink->used, err);
      sink->used = 0;
      return r;
    }
  sink->gzip.next_in = sink->input;
  sink->gzip.avail_in = (uint32_t)sink->used;
  sink->gzip.end_of_stream = last;
  sink->used = 0;
  do
    {
      sink->gzip.next_out = sink->output;
      sink->gzip.avail_out = BUFFER_BYTES;
      if (isal_deflate (&sink->gzip) != COMP_OK)
        return hd_err_set (err, HD_FAILED, NULL, "compressing the archive");
      int r = put (sink, sink->output, BUFFER_BYTES - sink->gzip.avail_out, err);
      if (r < 0)
        return r;
    }
  while (sink->gzip.avail_out == 0);
  return 0;
}

int
hd_sink_write (hd_sink *sink, const void *data, size_t size_bytes, hd_err *err)
{
  const uint8_t *next = data;
  while (size_bytes > 0)
    {
      size_t room = BUFFER_BYTES - sink->used;
      size_t some = size_bytes < room ? size_bytes : room;
      memcpy (sink->input + sink->used, next, some);
      sink->used += some;
      next += some;
      size_bytes -= some;
      int r = sink->used == BUFFER_BYTES ? flush (sink, false, err) : 0;
      if (r < 0)
        return r;
    }
  return 0;
}

int
hd_sink_finish (hd_sink *sink, hd_source_result *ret, hd_err *err)
{
  int r = flush (sink, true, err);
  if (r < 0)
    return r;
  hd_hash_finish (sink->input_hash, ret->input_sha256);
  hd_hash_finish (sink->output_hash, ret->output_sha256);
  ret->input_bytes = sink->input_bytes;
  ret->output_bytes = sink->output_bytes;
  return 0;
}
