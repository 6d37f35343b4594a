/* engine/layer: chain ids, rows, and who holds what. */
#include "engine/layer.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/lock.h"
#include "sample-store.h"

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* The OCI image specification's rule: ChainID(L0|L1) = Digest(ChainID(L0) + " " + DiffID(L1)). */
static void
test_chain (void)
{
  static const char *const diff_ids[] = { A, B, NULL };
  g_autoptr (GPtrArray) layers = hd_layer_chain (diff_ids);
  const HdLayer *lower = g_ptr_array_index (layers, 0), *upper = g_ptr_array_index (layers, 1);
  g_autofree char *expected = g_compute_checksum_for_string (G_CHECKSUM_SHA256, A " " B, -1);
  g_assert_cmpuint (layers->len, ==, 2);
  g_assert_cmpstr (lower->chain, ==, A + 7);
  g_assert_cmpstr (upper->chain, ==, expected);
  g_assert_cmpstr (upper->diff, ==, B + 7);
}

static void
test_rows (SampleStore *sample, gconstpointer data)
{
  static const char *const diff_ids[] = { A, B, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) layers = hd_layer_chain (diff_ids);
  HdLayer *lower = g_ptr_array_index (layers, 0), *upper = g_ptr_array_index (layers, 1);
  g_assert_true (hd_layer_insert (sample->store, lower, 0, 100, &error));
  g_assert_true (hd_layer_insert (sample->store, upper, lower->id, 23, &error));
  g_assert_no_error (error);

  guint64 size = 0;
  g_assert_true (hd_layer_size (sample->store, upper->id, &size, &error));
  g_assert_cmpuint (size, ==, 123);
  g_assert_true (hd_layer_size (sample->store, 0, &size, &error));
  g_assert_cmpuint (size, ==, 0);
  g_auto (GStrv) paths = hd_layer_paths (sample->store, upper->id, &error);
  g_assert_cmpuint (g_strv_length (paths), ==, 2);
  g_assert_nonnull (strstr (paths[0], upper->chain));
  g_assert_true (g_str_has_suffix (paths[1], "/fs"));

  g_autoptr (GPtrArray) again = hd_layer_chain (diff_ids);
  g_assert_true (hd_layer_look_up (sample->store, again, &error));
  g_assert_cmpint (((HdLayer *)g_ptr_array_index (again, 1))->id, ==, upper->id);
  g_assert_null (hd_layer_find_blob (sample->store, lower->diff, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_CORRUPT);
}

static void
test_locks (SampleStore *sample, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int first = hd_layer_lock_images (sample->store, &error);
  int second = hd_layer_lock_images (sample->store, &error);
  g_assert_cmpint (first, >=, 0);
  g_assert_cmpint (second, >=, 0);
  g_assert_cmpint (hd_lock_take (sample->store, HD_LAYERS_LOCK, HD_LOCK_TRY, &error), ==, -1);
  g_assert_cmpint (hd_error_code (error), ==, HD_BUSY);
  g_clear_error (&error);
  close (first);
  close (second);
  int alone = hd_lock_take (sample->store, HD_LAYERS_LOCK, HD_LOCK_TRY, &error);
  g_assert_no_error (error);
  close (alone);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layer/chain", test_chain);
  g_test_add ("/layer/rows", SampleStore, NULL, sample_store_open, test_rows, sample_store_close);
  g_test_add ("/layer/locks", SampleStore, NULL, sample_store_open, test_locks, sample_store_close);
  return g_test_run ();
}
