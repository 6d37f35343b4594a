/* A ring of chunks: threads take the next place, read and pack; the caller's thread takes them in
 * order. */
#include "tools/format-source.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "tools/format-bytes.h"
#include "tools/format-identity.h"

#define MIB G_GUINT64_CONSTANT (1048576)
/* More would only wait for the writer. liblzma needs 24 MiB a thread. */
#define MAX_THREADS 4
#define MAX_XZ_THREADS 2
#define MAX_SLOTS (MAX_THREADS + 2)

struct _HdFormatSource
{
  char *path;
  int fd;
  guint64 size_bytes;
  guint8 *map; /* one bit for each block */
  guint64 n_used;
  gboolean scanned;
  char *identity;
};

HdFormatSource *
hd_format_source_open (const char *path, GError **error)
{
  g_autoptr (HdFormatSource) source = g_new0 (HdFormatSource, 1);
  struct stat info;
  source->path = g_strdup (path);
  source->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (source->fd < 0 || fstat (source->fd, &info) < 0)
    {
      hd_throw_errno (error, errno, "opening the disk %s", path);
      return NULL;
    }
  if (!S_ISREG (info.st_mode) || info.st_size <= 0)
    {
      hd_throw (error, HD_CONFIG, "give a raw disk image", "%s is no disk", path);
      return NULL;
    }
  source->size_bytes = (guint64)info.st_size;
  if (source->size_bytes % MIB != 0)
    {
      hd_throw (error, HD_CONFIG, "truncate --size=%1M FILE rounds it up",
                "D1: the size of %s, %" G_GUINT64_FORMAT
                " bytes, is no multiple of 1 MiB, and Hyper-V and Azure refuse such disks",
                path, source->size_bytes);
      return NULL;
    }
  return g_steal_pointer (&source);
}

void
hd_format_source_free (HdFormatSource *source)
{
  if (source->fd >= 0)
    close (source->fd);
  g_free (source->path);
  g_free (source->map);
  g_free (source->identity);
  g_free (source);
}

guint64
hd_format_source_size (const HdFormatSource *source)
{
  return source->size_bytes;
}

gboolean
hd_format_source_is_used (const HdFormatSource *source, guint64 block)
{
  return (source->map[block / 8] & (1u << (block % 8))) != 0;
}

guint64
hd_format_source_n_used (const HdFormatSource *source)
{
  return source->n_used;
}

gboolean
hd_format_source_any_used (const HdFormatSource *source, guint64 offset_bytes, guint64 size_bytes)
{
  guint64 end = MIN (offset_bytes + size_bytes, source->size_bytes);
  for (guint64 at = offset_bytes; at < end; at += HD_BLOCK_BYTES)
    if (hd_format_source_is_used (source, at / HD_BLOCK_BYTES))
      return TRUE;
  return FALSE;
}

const char *
hd_format_source_identity (const HdFormatSource *source)
{
  return source->identity;
}

typedef struct
{
  HdFormatSource *source;
  guint32 codecs;
  GMutex mutex;
  GCond changed;
  guint n_slots;
  HdChunk *slots[MAX_SLOTS];
  gboolean ready[MAX_SLOTS];
  guint64 n_taken;    /* places that threads took */
  guint64 n_given;    /* places that the caller has finished */
  guint64 next_chunk; /* to look for data from */
  gboolean exhausted; /* no chunk is left to take */
  gboolean stop;
  int errnum; /* of a read that failed */
} Ring;

/* The next chunk that may hold data, or G_MAXUINT64. With the lock. */
static guint64
next_chunk (Ring *ring)
{
  HdFormatSource *source = ring->source;
  guint64 n_chunks = hd_round_up (source->size_bytes, HD_CHUNK_BYTES) / HD_CHUNK_BYTES;
  if (source->scanned)
    {
      while (
          ring->next_chunk < n_chunks
          && !hd_format_source_any_used (source, ring->next_chunk * HD_CHUNK_BYTES, HD_CHUNK_BYTES))
        ring->next_chunk++;
    }
  else if (ring->next_chunk < n_chunks)
    {
      off_t data = lseek (source->fd, (off_t)(ring->next_chunk * HD_CHUNK_BYTES), SEEK_DATA);
      if (data >= 0)
        ring->next_chunk = (guint64)data / HD_CHUNK_BYTES;
      else if (errno == ENXIO)
        ring->next_chunk = n_chunks;
      /* A file system that knows no holes: every chunk is looked at. */
    }
  return ring->next_chunk < n_chunks ? ring->next_chunk++ : G_MAXUINT64;
}

static int
fill_chunk (const HdFormatSource *source, HdChunk *chunk)
{
  guint64 start = chunk->index * HD_CHUNK_BYTES;
  chunk->size_bytes = (gsize)MIN (HD_CHUNK_BYTES, source->size_bytes - start);
  memset (chunk->data + chunk->size_bytes, 0, HD_CHUNK_BYTES - chunk->size_bytes);
  for (gsize done = 0; done < chunk->size_bytes;)
    {
      ssize_t length
          = pread (source->fd, chunk->data + done, chunk->size_bytes - done, (off_t)(start + done));
      if (length < 0 && errno == EINTR)
        continue;
      if (length <= 0)
        return length < 0 ? errno : ESTALE; /* it became shorter */
      done += (gsize)length;
    }
  return 0;
}

static gpointer
work (gpointer data)
{
  Ring *ring = data;
  g_autoptr (HdCodecs) codecs = hd_codecs_new (ring->codecs);
  g_mutex_lock (&ring->mutex);
  for (;;)
    {
      while (!ring->stop && !ring->exhausted && ring->n_taken - ring->n_given == ring->n_slots)
        g_cond_wait (&ring->changed, &ring->mutex);
      guint64 index = ring->stop || ring->exhausted ? G_MAXUINT64 : next_chunk (ring);
      if (index == G_MAXUINT64)
        break;
      guint slot = (guint)(ring->n_taken++ % ring->n_slots);
      g_mutex_unlock (&ring->mutex);

      HdChunk *chunk = ring->slots[slot];
      chunk->index = index;
      int errnum = fill_chunk (ring->source, chunk);
      if (errnum == 0)
        {
          hd_chunk_look (chunk);
          if (chunk->used != 0)
            hd_chunk_pack (chunk, codecs);
        }

      g_mutex_lock (&ring->mutex);
      if (errnum != 0)
        ring->errnum = errnum;
      ring->ready[slot] = TRUE;
      g_cond_broadcast (&ring->changed);
    }
  ring->exhausted = TRUE;
  g_cond_broadcast (&ring->changed);
  g_mutex_unlock (&ring->mutex);
  return NULL;
}

/* Whether the same blocks are used as in the first pass: tables were made from them. */
static gboolean
is_as_scanned (const HdFormatSource *source, const HdChunk *chunk)
{
  guint64 first = chunk->index * HD_CHUNK_BLOCKS;
  for (guint i = 0; source->scanned && i < HD_CHUNK_BLOCKS; i++)
    if (hd_format_source_is_used (source, first + i) != ((chunk->used & (1u << i)) != 0))
      return FALSE;
  return TRUE;
}

/* Hand the chunks to the caller, in order. */
static gboolean
give_all (Ring *ring, HdFormatOnChunk on_chunk, gpointer data, GCancellable *cancellable,
          GError **error)
{
  for (;;)
    {
      guint slot = (guint)(ring->n_given % ring->n_slots);
      g_mutex_lock (&ring->mutex);
      while (!ring->ready[slot] && !(ring->exhausted && ring->n_given == ring->n_taken))
        g_cond_wait (&ring->changed, &ring->mutex);
      gboolean ready = ring->ready[slot];
      int errnum = ring->errnum;
      g_mutex_unlock (&ring->mutex);
      if (errnum != 0)
        return hd_throw_errno (error, errnum, "reading the disk %s", ring->source->path);
      if (!ready)
        return TRUE;
      HdChunk *chunk = ring->slots[slot];
      if (!is_as_scanned (ring->source, chunk))
        return hd_throw (error, HD_BUSY, "stop what uses it, and begin again",
                         "the disk %s changed while it was read", ring->source->path);
      if (g_cancellable_set_error_if_cancelled (cancellable, error)
          || (chunk->used != 0 && !on_chunk (chunk, data, error)))
        return FALSE;
      g_mutex_lock (&ring->mutex);
      ring->ready[slot] = FALSE;
      ring->n_given++;
      g_cond_broadcast (&ring->changed);
      g_mutex_unlock (&ring->mutex);
    }
}

gboolean
hd_format_source_read (HdFormatSource *source, guint32 codecs, HdFormatOnChunk on_chunk,
                       gpointer data, GCancellable *cancellable, GError **error)
{
  Ring ring = { .source = source, .codecs = codecs };
  guint limit = (codecs & HD_CODEC_BIT (HD_CODEC_XZ_CHUNK)) != 0 ? MAX_XZ_THREADS : MAX_THREADS;
  guint n_threads = CLAMP (g_get_num_processors (), 1, limit);
  GThread *threads[MAX_THREADS];
  ring.n_slots = n_threads + 2;
  g_mutex_init (&ring.mutex);
  g_cond_init (&ring.changed);
  for (guint i = 0; i < ring.n_slots; i++)
    ring.slots[i] = hd_chunk_new (codecs);
  for (guint i = 0; i < n_threads; i++)
    threads[i] = g_thread_new ("pack", work, &ring);

  gboolean ok = give_all (&ring, on_chunk, data, cancellable, error);

  g_mutex_lock (&ring.mutex);
  ring.stop = TRUE;
  g_cond_broadcast (&ring.changed);
  g_mutex_unlock (&ring.mutex);
  for (guint i = 0; i < n_threads; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < ring.n_slots; i++)
    hd_chunk_free (ring.slots[i]);
  g_cond_clear (&ring.changed);
  g_mutex_clear (&ring.mutex);
  return ok;
}

typedef struct
{
  HdFormatSource *source;
  EVP_MD_CTX *digest;
} Scan;

static gboolean
note_chunk (const HdChunk *chunk, gpointer data, GError **error)
{
  Scan *scan = data;
  guint8 place[8];
  hd_put_be64 (place, chunk->index);
  EVP_DigestUpdate (scan->digest, place, sizeof place);
  EVP_DigestUpdate (scan->digest, chunk->whole[HD_CODEC_SHA256].data,
                    chunk->whole[HD_CODEC_SHA256].size_bytes);
  for (guint i = 0; i < HD_CHUNK_BLOCKS; i++)
    if ((chunk->used & (1u << i)) != 0)
      {
        guint64 block = chunk->index * HD_CHUNK_BLOCKS + i;
        scan->source->map[block / 8] |= (guint8)(1u << (block % 8));
        scan->source->n_used++;
      }
  return TRUE;
}

gboolean
hd_format_source_scan (HdFormatSource *source, GCancellable *cancellable, GError **error)
{
  Scan scan = { source, EVP_MD_CTX_new () };
  guint64 n_chunks = hd_round_up (source->size_bytes, HD_CHUNK_BYTES) / HD_CHUNK_BYTES;
  guint8 size[8];
  hd_put_be64 (size, source->size_bytes);
  source->map = g_malloc0 (n_chunks * (HD_CHUNK_BLOCKS / 8));
  g_assert (EVP_DigestInit_ex (scan.digest, EVP_sha256 (), NULL) == 1);
  EVP_DigestUpdate (scan.digest, size, sizeof size);
  gboolean ok = hd_format_source_read (source, HD_CODEC_BIT (HD_CODEC_SHA256), note_chunk, &scan,
                                       cancellable, error);
  guint8 bytes[32];
  g_assert (EVP_DigestFinal_ex (scan.digest, bytes, NULL) == 1);
  EVP_MD_CTX_free (scan.digest);
  if (!ok)
    return FALSE;
  source->identity = hd_identity_hex (bytes, sizeof bytes);
  source->scanned = TRUE;
  return TRUE;
}
