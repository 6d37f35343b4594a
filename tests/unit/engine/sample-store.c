#include "sample-store.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "engine/container-lock.h"

void
sample_store_open (SampleStore *sample, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  sample->top = g_dir_make_tmp ("atomic-engine-XXXXXX", NULL);
  g_autofree char *root = g_build_filename (sample->top, "root", NULL);
  g_autofree char *run = g_build_filename (sample->top, "run", NULL);
  sample->store = hd_store_open (root, run, &error);
  g_assert_no_error (error);
  sample->locks = g_hash_table_new (g_str_hash, g_str_equal);
}

void
sample_store_close (SampleStore *sample, gconstpointer data)
{
  GHashTableIter iter;
  gpointer fd;
  g_hash_table_iter_init (&iter, sample->locks);
  while (g_hash_table_iter_next (&iter, NULL, &fd))
    close (GPOINTER_TO_INT (fd));
  g_hash_table_unref (sample->locks);
  hd_store_free (sample->store);
  g_assert_cmpint (hd_fs_remove_tree (AT_FDCWD, sample->top), ==, 0);
  g_free (sample->top);
}

const char *
sample_store_container (SampleStore *sample, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *zeros = g_strnfill (64 - strlen (name), '0');
  g_autofree char *id = g_strconcat (name, zeros, NULL);
  const char *kept = g_intern_string (id);
  hd_store_run (sample->store, &error,
                "INSERT INTO container (id, name, image_name, created_ns, auto_remove, body)"
                " VALUES (?1, ?2, 'sample', 0, 0, '{\"Config\": {\"Hostname\": \"host-of-it\"}}')",
                "ss", kept, name);
  g_assert_no_error (error);
  int lock = hd_container_lock (sample->store, kept, FALSE, NULL);
  g_assert_cmpint (lock, >=, 0);
  g_hash_table_insert (sample->locks, (gpointer)kept, GINT_TO_POINTER (lock));
  return kept;
}

void
sample_store_abandon (SampleStore *sample, const char *id)
{
  close (GPOINTER_TO_INT (g_hash_table_lookup (sample->locks, id)));
  g_hash_table_remove (sample->locks, id);
}
