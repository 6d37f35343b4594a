/* One scan, one reading, all writers; then the digests, side by side. */
#include "tools/format.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>

#include "base/error.h"

typedef struct
{
  const HdFormat *format;
  HdFormatFile *file;
  gpointer writer;
} Running;

static void
running_free (Running *running)
{
  if (running->writer != NULL)
    running->format->free (running->writer);
  g_clear_pointer (&running->file, hd_format_file_free);
  g_free (running);
}

void
hd_format_output_free (HdFormatOutput *output)
{
  g_free (output->path);
  g_free (output->sha256);
  g_free (output);
}

static gboolean
begin_all (GPtrArray *formats, GPtrArray *all, HdFormatSource *source,
           const HdFormatMachine *machine, const char *folder, const char *base, GError **error)
{
  for (guint i = 0; i < formats->len; i++)
    {
      Running *running = g_new0 (Running, 1);
      g_ptr_array_add (all, running);
      running->format = g_ptr_array_index (formats, i);
      g_autofree char *path = g_strdup_printf ("%s/%s%s", folder, base, running->format->suffix);
      running->file = hd_format_file_new (path, error);
      if (running->file == NULL)
        return FALSE;
      const HdFormatJob job = { machine, source, running->file };
      running->writer = running->format->begin (&job, error);
      if (running->writer == NULL)
        {
          g_prefix_error (error, "%s: ", running->format->name);
          return FALSE;
        }
    }
  return TRUE;
}

/* Half-written images have gigabytes: who interrupts a run shall not have to look for them. */
static volatile sig_atomic_t interrupted;

static void
note_signal (int number)
{
  interrupted = number;
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static void
catch_signals (struct sigaction old[G_N_ELEMENTS (signals)])
{
  const struct sigaction action = { .sa_handler = note_signal, .sa_flags = SA_RESTART };
  interrupted = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      sigaction (signals[i], NULL, &old[i]);
      if (old[i].sa_handler != SIG_IGN) /* as nohup has it */
        sigaction (signals[i], &action, NULL);
    }
}

static void
release_signals (const struct sigaction old[G_N_ELEMENTS (signals)])
{
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &old[i], NULL);
}

static gboolean
check_interrupted (GError **error)
{
  return interrupted == 0 || hd_throw (error, HD_CANCELLED, NULL, "interrupted");
}

static gboolean
give_chunk (const HdChunk *chunk, gpointer data, GError **error)
{
  GPtrArray *all = data;
  if (!check_interrupted (error))
    return FALSE;
  for (guint i = 0; i < all->len; i++)
    {
      Running *running = g_ptr_array_index (all, i);
      if (!running->format->chunk (running->writer, chunk, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
end_all (GPtrArray *all, GError **error)
{
  for (guint i = 0; i < all->len; i++)
    {
      Running *running = g_ptr_array_index (all, i);
      if (!running->format->end (running->writer, error))
        {
          g_prefix_error (error, "%s: ", running->format->name);
          return FALSE;
        }
    }
  for (guint i = 0; i < all->len; i++)
    if (!hd_format_file_commit (((Running *)g_ptr_array_index (all, i))->file, error))
      return FALSE;
  return TRUE;
}

static void
take_digest (gpointer data, gpointer errors)
{
  HdFormatOutput *output = data;
  g_autoptr (GError) error = NULL;
  output->sha256 = hd_format_sha256_path (output->path, &output->size_bytes, &error);
  if (error != NULL)
    g_async_queue_push (errors, g_steal_pointer (&error));
}

static gboolean
take_digests (GPtrArray *outputs, GError **error)
{
  g_autoptr (GAsyncQueue) errors = g_async_queue_new_full ((GDestroyNotify)g_error_free);
  GThreadPool *pool = g_thread_pool_new (take_digest, errors,
                                         (int)CLAMP (g_get_num_processors (), 1, 4), FALSE, NULL);
  for (guint i = 0; i < outputs->len; i++)
    g_thread_pool_push (pool, g_ptr_array_index (outputs, i), NULL);
  g_thread_pool_free (pool, FALSE, TRUE);
  GError *first = g_async_queue_try_pop (errors);
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, first);
  return FALSE;
}

/* Scan, read, write; on an error nothing is left. */
static gboolean
write_all (HdFormatSource *source, GPtrArray *formats, GPtrArray *all,
           const HdFormatMachine *machine, const char *folder, const char *base,
           GCancellable *cancellable, GError **error)
{
  struct sigaction old[G_N_ELEMENTS (signals)];
  guint32 codecs = 0;
  for (guint i = 0; i < formats->len; i++)
    codecs |= ((const HdFormat *)g_ptr_array_index (formats, i))->codecs;
  catch_signals (old);
  gboolean ok = hd_format_source_scan (source, cancellable, error) && check_interrupted (error)
                && begin_all (formats, all, source, machine, folder, base, error)
                && hd_format_source_read (source, codecs, give_chunk, all, cancellable, error)
                && check_interrupted (error) && end_all (all, error);
  if (!ok)
    g_ptr_array_set_size (all, 0);
  release_signals (old);
  return ok;
}

GPtrArray *
hd_format_write (const char *disk, GPtrArray *formats, const HdFormatMachine *machine,
                 const char *folder, const char *base, char **ret_identity,
                 GCancellable *cancellable, GError **error)
{
  if (g_mkdir_with_parents (folder, 0755) < 0)
    {
      hd_throw_errno (error, errno, "making the folder %s", folder);
      return NULL;
    }
  g_autoptr (HdFormatSource) source = hd_format_source_open (disk, error);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify)running_free);
  if (source == NULL || !hd_format_machine_check (machine, error)
      || !write_all (source, formats, all, machine, folder, base, cancellable, error))
    return NULL;

  g_autoptr (GPtrArray) outputs
      = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_format_output_free);
  for (guint i = 0; i < all->len; i++)
    {
      const Running *running = g_ptr_array_index (all, i);
      HdFormatOutput *output = g_new0 (HdFormatOutput, 1);
      output->format = running->format;
      output->path = g_strdup (hd_format_file_path (running->file));
      g_ptr_array_add (outputs, output);
    }
  if (!take_digests (outputs, error))
    return NULL;
  if (ret_identity != NULL)
    *ret_identity = g_strdup (hd_format_source_identity (source));
  return g_steal_pointer (&outputs);
}
