/* Inflating: a table of three forms. */
#include "fetch/inflate.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* Room for what `zstd --ultra` makes: 128 MiB, taken only by streams that want it. */
#define ZSTD_WINDOW_LOG 27

typedef struct
{
  int (*step) (hd_inflate *inflate, hd_inflate_io *io, hd_err *err);
} form;

struct hd_inflate
{
  const form *form;
  struct inflate_state *gzip;
  ZSTD_DCtx *zstd;
  bool complete;
};

static int
step_plain (hd_inflate *inflate, hd_inflate_io *io, hd_err *err)
{
  size_t n = io->in_size < io->out_size ? io->in_size : io->out_size;
  memcpy (io->out, io->in, n);
  io->in += n;
  io->in_size -= n;
  io->out += n;
  io->out_size -= n;
  return 0;
}

static int
fail_corrupt (hd_err *err, const char *what)
{
  return hd_err_set (err, HD_CORRUPT, NULL, "inflating: %s", what);
}

/* A member begins behind the last one. */
static void
start_member (hd_inflate *inflate)
{
  isal_inflate_reset (inflate->gzip);
  inflate->gzip->crc_flag = ISAL_GZIP;
  inflate->complete = false;
}

static int
step_gzip (hd_inflate *inflate, hd_inflate_io *io, hd_err *err)
{
  struct inflate_state *state = inflate->gzip;
  if (inflate->complete && io->in_size > 0)
    {
      if (io->in[0] != 0x1f)
        return fail_corrupt (err, "bytes that are no gzip stand behind the end");
      start_member (inflate);
    }
  uint32_t room = io->out_size > UINT32_MAX ? UINT32_MAX : (uint32_t)io->out_size;
  uint32_t size = io->in_size > UINT32_MAX ? UINT32_MAX : (uint32_t)io->in_size;
  /* The interface is not const, but nothing is written there. */
  state->next_in = (uint8_t *)(uintptr_t)io->in;
  state->avail_in = size;
  state->next_out = io->out;
  state->avail_out = room;
  int r = isal_inflate (state);
  if (r != ISAL_DECOMP_OK && r != ISAL_END_INPUT)
    return fail_corrupt (err, r == ISAL_INCORRECT_CHECKSUM ? "wrong checksum in a gzip stream"
                                                           : "a gzip stream is broken");
  io->in = state->next_in;
  io->in_size -= size - state->avail_in;
  io->out = state->next_out;
  io->out_size -= room - state->avail_out;
  inflate->complete = state->block_state == ISAL_BLOCK_FINISH;
  return 0;
}

static int
step_zstd (hd_inflate *inflate, hd_inflate_io *io, hd_err *err)
{
  /* Behind a frame zstd waits for the next one, which need not come. */
  if (inflate->complete && io->in_size == 0)
    return 0;
  ZSTD_inBuffer in = { io->in, io->in_size, 0 };
  ZSTD_outBuffer out = { io->out, io->out_size, 0 };
  size_t left = ZSTD_decompressStream (inflate->zstd, &out, &in);
  if (ZSTD_isError (left))
    return fail_corrupt (err, ZSTD_getErrorName (left));
  io->in += in.pos;
  io->in_size -= in.pos;
  io->out += out.pos;
  io->out_size -= out.pos;
  inflate->complete = left == 0;
  return 0;
}

static const form plain = { step_plain };
static const form gzip = { step_gzip };
static const form zstd = { step_zstd };

static const form *
find_form (const uint8_t *start, size_t size_bytes)
{
  static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
  if (size_bytes >= 2 && start[0] == 0x1f && start[1] == 0x8b)
    return &gzip;
  if (size_bytes >= 4 && memcmp (start, zstd_magic, 4) == 0)
    return &zstd;
  /* A skippable frame, as zstd:chunked has them. */
  if (size_bytes >= 4 && (start[0] & 0xf0) == 0x50 && start[1] == 0x2a && start[2] == 0x4d
      && start[3] == 0x18)
    return &zstd;
  return &plain;
}

hd_inflate *
hd_inflate_new (const uint8_t *start, size_t size_bytes)
{
  hd_inflate *inflate = calloc (1, sizeof *inflate);
  if (inflate == NULL)
    abort ();
  inflate->form = find_form (start, size_bytes);
  inflate->complete = inflate->form == &plain;
  if (inflate->form == &gzip)
    {
      inflate->gzip = malloc (sizeof *inflate->gzip);
      if (inflate->gzip == NULL)
        abort ();
      isal_inflate_init (inflate->gzip);
      inflate->gzip->crc_flag = ISAL_GZIP;
    }
  else if (inflate->form == &zstd)
    {
      inflate->zstd = ZSTD_createDCtx ();
      if (inflate->zstd == NULL)
        abort ();
      ZSTD_DCtx_setParameter (inflate->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
    }
  return inflate;
}

void
hd_inflate_free (hd_inflate *inflate)
{
  if (inflate == NULL)
    return;
  free (inflate->gzip);
  ZSTD_freeDCtx (inflate->zstd);
  free (inflate);
}

int
hd_inflate_step (hd_inflate *inflate, hd_inflate_io *io, hd_err *err)
{
  return inflate->form->step (inflate, io, err);
}

bool
hd_inflate_is_complete (const hd_inflate *inflate)
{
  return inflate->complete;
}
