/* A compressed archive as it comes: a thread reads, hashes, keeps and inflates into a ring of
 * buffers; the caller hashes and takes what is in them. */
#include "fetch/source.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "fetch/hash.h"
#include "fetch/inflate.h"

#define INPUT_BYTES (128u << 10)
#define SLOT_BYTES (256u << 10)
#define N_SLOTS 6

typedef struct
{
  uint8_t *data;
  size_t size;
} slot;

struct hd_source
{
  hd_source_options options;
  hd_source_result result;
  hd_hash *output_hash;

  pthread_t thread;
  bool has_thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  slot slots[N_SLOTS];
  unsigned first;  /* slot that the caller takes */
  unsigned filled; /* slots that wait for the caller */
  bool ended;      /* no more will be filled */
  bool stopped;    /* the caller wants no more */
  hd_err failure;  /* of the thread; code HD_OK: none */

  const uint8_t *next; /* in the slot that the caller takes, or in memory */
  size_t left;
  bool holds_slot;
};

/* ---- The thread ---- */

typedef struct
{
  hd_source *source;
  hd_hash *hash;
  hd_inflate *inflate;
  uint8_t *input;
  hd_err err;
} producer;

/* Read until there are `least` bytes or the end. Returns how many there are, or a negative errno.
 */
static ssize_t
read_some (producer *p, size_t least)
{
  const hd_source_options *options = &p->source->options;
  size_t used = 0;
  while (used < least)
    {
      ssize_t n = read (options->input_fd, p->input + used, INPUT_BYTES - used);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return hd_err_set_errno (&p->err, errno, "reading the archive");
      if (n == 0)
        break;
      used += (size_t)n;
    }
  p->source->result.input_bytes += used;
  if (p->source->result.input_bytes > options->max_input_bytes)
    return hd_err_set (&p->err, HD_CORRUPT, NULL, "more bytes than the %llu that were announced",
                       (unsigned long long)options->max_input_bytes);
  hd_hash_update (p->hash, p->input, used);
  if (options->blob_fd >= 0 && used > 0)
    {
      int r = hd_fs_write_all (options->blob_fd, p->input, used);
      if (r < 0)
        return hd_err_set_errno (&p->err, -r, "writing the blob");
    }
  return (ssize_t)used;
}

/* A slot to fill; NULL when the caller wants no more. */
static slot *
wait_for_room (hd_source *source)
{
  pthread_mutex_lock (&source->lock);
  while (source->filled == N_SLOTS && !source->stopped)
    pthread_cond_wait (&source->changed, &source->lock);
  slot *free_slot
      = source->stopped ? NULL : &source->slots[(source->first + source->filled) % N_SLOTS];
  pthread_mutex_unlock (&source->lock);
  return free_slot;
}

static void
hand_over (hd_source *source)
{
  pthread_mutex_lock (&source->lock);
  source->filled++;
  pthread_cond_signal (&source->changed);
  pthread_mutex_unlock (&source->lock);
}

static int
check_output (producer *p)
{
  const hd_source_options *options = &p->source->options;
  const hd_source_result *result = &p->source->result;
  if (result->output_bytes > options->max_output_bytes)
    return hd_err_set (&p->err, HD_FAILED, NULL, "the archive has more than %llu bytes unpacked",
                       (unsigned long long)options->max_output_bytes);
  if (options->max_ratio > 0 && result->output_bytes > HD_SOURCE_RATIO_FROM
      && result->output_bytes / options->max_ratio > result->input_bytes)
    return hd_err_set (&p->err, HD_FAILED, NULL,
                       "the archive grows more than %u times while it is unpacked",
                       options->max_ratio);
  return 0;
}

/* Inflate what was read into as many slots as it takes. 1 when the caller wants no more. */
static int
fill_slots (producer *p, size_t size)
{
  hd_inflate_io io = { .in = p->input, .in_size = size };
  for (;;)
    {
      slot *free_slot = wait_for_room (p->source);
      if (free_slot == NULL)
        return 1;
      io.out = free_slot->data;
      io.out_size = SLOT_BYTES;
      size_t before;
      do
        {
          before = io.in_size + io.out_size;
          int r = hd_inflate_step (p->inflate, &io, &p->err);
          if (r < 0)
            return r;
        }
      while (io.out_size > 0 && io.in_size + io.out_size < before);
      free_slot->size = SLOT_BYTES - io.out_size;
      p->source->result.output_bytes += free_slot->size;
      int r = check_output (p);
      if (r < 0)
        return r;
      if (free_slot->size > 0)
        hand_over (p->source);
      if (io.out_size > 0)
        return io.in_size == 0
                   ? 0
                   : hd_err_set (&p->err, HD_CORRUPT, NULL, "inflating: the stream does not go on");
    }
}

static int
produce (producer *p)
{
  ssize_t size = read_some (p, HD_INFLATE_MAGIC);
  if (size < 0)
    return (int)size;
  p->inflate = hd_inflate_new (p->input, (size_t)size);
  while (size > 0)
    {
      int r = fill_slots (p, (size_t)size);
      if (r != 0)
        return r;
      size = read_some (p, 1);
    }
  if (size == 0 && !hd_inflate_is_complete (p->inflate))
    return hd_err_set (&p->err, HD_CORRUPT, NULL, "inflating: the stream ends too early");
  return (int)size;
}

static void *
run_thread (void *data)
{
  hd_source *source = data;
  producer p = { .source = source, .hash = hd_hash_new (), .input = malloc (INPUT_BYTES) };
  if (p.input == NULL)
    abort ();
  int r = produce (&p);
  hd_hash_finish (p.hash, source->result.input_sha256);
  hd_hash_free (p.hash);
  hd_inflate_free (p.inflate);
  free (p.input);
  pthread_mutex_lock (&source->lock);
  if (r < 0)
    source->failure = p.err;
  source->ended = true;
  pthread_cond_signal (&source->changed);
  pthread_mutex_unlock (&source->lock);
  return NULL;
}

/* ---- The caller ---- */

hd_source *
hd_source_new (const hd_source_options *options, hd_err *err)
{
  hd_source *source = calloc (1, sizeof *source);
  if (source == NULL)
    abort ();
  source->options = *options;
  source->output_hash = hd_hash_new ();
  pthread_mutex_init (&source->lock, NULL);
  pthread_cond_init (&source->changed, NULL);
  for (unsigned i = 0; i < N_SLOTS; i++)
    {
      source->slots[i].data = malloc (SLOT_BYTES);
      if (source->slots[i].data == NULL)
        abort ();
    }
  int r = pthread_create (&source->thread, NULL, run_thread, source);
  if (r != 0)
    {
      hd_err_set_errno (err, r, "starting a thread");
      hd_source_free (source);
      return NULL;
    }
  source->has_thread = true;
  return source;
}

hd_source *
hd_source_new_memory (const void *data, size_t size_bytes)
{
  hd_source *source = calloc (1, sizeof *source);
  if (source == NULL)
    abort ();
  pthread_mutex_init (&source->lock, NULL);
  pthread_cond_init (&source->changed, NULL);
  source->next = data;
  source->left = size_bytes;
  source->ended = true;
  return source;
}

void
hd_source_free (hd_source *source)
{
  if (source == NULL)
    return;
  if (source->has_thread)
    {
      pthread_mutex_lock (&source->lock);
      source->stopped = true;
      pthread_cond_signal (&source->changed);
      pthread_mutex_unlock (&source->lock);
      pthread_join (source->thread, NULL);
    }
  for (unsigned i = 0; i < N_SLOTS; i++)
    free (source->slots[i].data);
  hd_hash_free (source->output_hash);
  pthread_cond_destroy (&source->changed);
  pthread_mutex_destroy (&source->lock);
  free (source);
}

/* Give the slot back that was taken to its end, and wait for the next one. */
static int
next_slot (hd_source *source, hd_err *err)
{
  int r = 0;
  pthread_mutex_lock (&source->lock);
  if (source->holds_slot)
    {
      source->first = (source->first + 1) % N_SLOTS;
      source->filled--;
      source->holds_slot = false;
      pthread_cond_signal (&source->changed);
    }
  while (source->filled == 0 && !source->ended)
    pthread_cond_wait (&source->changed, &source->lock);
  if (source->filled > 0)
    {
      source->holds_slot = true;
      source->next = source->slots[source->first].data;
      source->left = source->slots[source->first].size;
    }
  else if (source->failure.code != HD_OK)
    {
      if (err != NULL)
        *err = source->failure;
      r = -EINVAL;
    }
  pthread_mutex_unlock (&source->lock);
  if (r == 0 && source->left > 0)
    hd_hash_update (source->output_hash, source->next, source->left);
  return r;
}

int
hd_source_peek (hd_source *source, const uint8_t **ret_data, size_t *ret_size, hd_err *err)
{
  if (source->left == 0 && source->has_thread)
    {
      int r = next_slot (source, err);
      if (r < 0)
        return r;
    }
  *ret_data = source->next;
  *ret_size = source->left;
  return 0;
}

void
hd_source_skip (hd_source *source, size_t size_bytes)
{
  source->next += size_bytes;
  source->left -= size_bytes;
}

static int
fail_short (hd_err *err)
{
  return hd_err_set (err, HD_CORRUPT, NULL, "the archive ends too early");
}

int
hd_source_read (hd_source *source, void *data, size_t size_bytes, hd_err *err)
{
  uint8_t *out = data;
  while (size_bytes > 0)
    {
      const uint8_t *some;
      size_t size;
      int r = hd_source_peek (source, &some, &size, err);
      if (r < 0)
        return r;
      if (size == 0)
        return fail_short (err);
      if (size > size_bytes)
        size = size_bytes;
      memcpy (out, some, size);
      hd_source_skip (source, size);
      out += size;
      size_bytes -= size;
    }
  return 0;
}

int
hd_source_pass (hd_source *source, uint64_t size_bytes, hd_err *err)
{
  while (size_bytes > 0)
    {
      const uint8_t *some;
      size_t size;
      int r = hd_source_peek (source, &some, &size, err);
      if (r < 0)
        return r;
      if (size == 0)
        return fail_short (err);
      if (size > size_bytes)
        size = (size_t)size_bytes;
      hd_source_skip (source, size);
      size_bytes -= size;
    }
  return 0;
}

int
hd_source_finish (hd_source *source, hd_source_result *ret, hd_err *err)
{
  const uint8_t *some;
  size_t size;
  do
    {
      int r = hd_source_peek (source, &some, &size, err);
      if (r < 0)
        return r;
      hd_source_skip (source, size);
    }
  while (size > 0);
  hd_hash_finish (source->output_hash, source->result.output_sha256);
  *ret = source->result;
  return 0;
}
