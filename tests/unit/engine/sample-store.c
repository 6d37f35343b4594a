#include "sample-store.h"

#include <fcntl.h>
#include <string.h>

#include "common/fs.h"

void
sample_store_open (SampleStore *sample, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  sample->top = g_dir_make_tmp ("atomic-engine-XXXXXX", NULL);
  g_autofree char *root = g_build_filename (sample->top, "root", NULL);
  g_autofree char *run = g_build_filename (sample->top, "run", NULL);
  sample->store = hd_store_open (root, run, &error);
  g_assert_no_error (error);
}

void
sample_store_close (SampleStore *sample, gconstpointer data)
{
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
  return kept;
}
