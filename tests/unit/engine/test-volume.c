/* engine/volume: rows, users, folders. */
#include "engine/volume.h"

#include <string.h>

#include "base/error.h"
#include "sample-store.h"

static HdVolume *
ensure (SampleStore *sample, const char *name, gboolean *ret_new)
{
  g_autoptr (GError) error = NULL;
  HdVolume *volume = hd_volume_ensure (sample->store, name, NULL, NULL, ret_new, &error);
  g_assert_no_error (error);
  return volume;
}

static void
test_ensure (SampleStore *sample, gconstpointer data)
{
  static const char *const labels[] = { "a=b", NULL }, *const options[] = { "type=tmpfs", NULL };
  g_autoptr (HdVolume) made = hd_volume_ensure (sample->store, "db", labels, options, NULL, NULL);
  gboolean fresh = FALSE;
  g_autoptr (HdVolume) again = ensure (sample, "db", &fresh);
  g_assert_true (fresh);
  g_assert_cmpstr (again->labels[0], ==, "a=b");
  g_assert_cmpstr (again->options[0], ==, "type=tmpfs");
  g_assert_false (again->anonymous);
  g_assert_true (g_file_test (again->path, G_FILE_TEST_IS_DIR));

  g_autoptr (HdVolume) anonymous = ensure (sample, NULL, NULL);
  g_assert_true (anonymous->anonymous);
  g_assert_cmpuint (strlen (anonymous->name), ==, 64);
  g_autoptr (GPtrArray) list = hd_volume_list (sample->store, NULL);
  g_assert_cmpuint (list->len, ==, 2);
}

static void
test_bad_names (SampleStore *sample, gconstpointer data)
{
  static const char *const bad[] = { "", ".", "..", "a/b", "-a", "a b", "\xc3\xa4" };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (hd_volume_ensure (sample->store, bad[i], NULL, NULL, NULL, &error));
      g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
    }
}

static void
test_users (SampleStore *sample, gconstpointer data)
{
  const char *c1 = sample_store_container (sample, "c1");
  g_autoptr (GError) error = NULL;
  g_autoptr (HdVolume) volume = ensure (sample, "db", NULL);
  g_assert_true (hd_volume_use (sample->store, "db", c1, "/a", NULL));
  g_assert_true (hd_volume_use (sample->store, "db", c1, "/b", NULL));
  g_auto (GStrv) names = hd_volume_of_container (sample->store, c1, NULL);
  g_assert_cmpstr (names[0], ==, "db");
  g_assert_null (names[1]);
  g_autoptr (HdVolume) used = hd_volume_find (sample->store, "db", NULL);
  g_assert_cmpuint (used->users, ==, 1);
  g_assert_false (hd_volume_remove (sample->store, "db", &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_BUSY);
  g_assert_nonnull (strstr (error->message, "c1"));

  g_assert_true (hd_store_run (sample->store, NULL, "DELETE FROM container", ""));
  g_assert_true (hd_volume_remove (sample->store, "db", NULL));
  g_assert_false (g_file_test (volume->path, G_FILE_TEST_EXISTS));
  g_clear_error (&error);
  g_assert_null (hd_volume_find (sample->store, "db", &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_NOT_FOUND);
}

static void
test_drop_anonymous (SampleStore *sample, gconstpointer data)
{
  const char *c1 = sample_store_container (sample, "c1");
  g_autoptr (HdVolume) named = ensure (sample, "db", NULL), free_one = ensure (sample, NULL, NULL),
                       used = ensure (sample, NULL, NULL);
  g_assert_true (hd_volume_use (sample->store, used->name, c1, "/a", NULL));
  const char *const names[] = { named->name, free_one->name, used->name, "gone", NULL };
  g_assert_true (hd_volume_drop_anonymous (sample->store, names, NULL));
  g_autoptr (GPtrArray) list = hd_volume_list (sample->store, NULL);
  g_assert_cmpuint (list->len, ==, 2);
  g_assert_false (g_file_test (free_one->path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/volume/" name, SampleStore, NULL, sample_store_open, function, sample_store_close)
  ADD ("ensure", test_ensure);
  ADD ("bad-names", test_bad_names);
  ADD ("users", test_users);
  ADD ("drop-anonymous", test_drop_anonymous);
  return g_test_run ();
}
