/* engine/image: found by name, digest, id and its beginning; names that move. */
#include "engine/image.h"

#include "base/error.h"
#include "engine/imageremove.h"
#include "sample-store.h"

#define X "1111111111111111111111111111111111111111111111111111111111111111"
#define Y "1122222222222222222222222222222222222222222222222222222222222222"

static void
add (SampleStore *sample, const char *id, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdRef) ref = hd_ref_parse (name, &error);
  const HdImage image = { .id = SAMPLE_TEXT (id),
                          .manifest = SAMPLE_TEXT ("sha256:" X),
                          .os = SAMPLE_TEXT ("linux"),
                          .architecture = SAMPLE_TEXT ("amd64"),
                          .created = 5,
                          .size_bytes = 7 };
  g_assert_true (hd_image_insert (sample->store, &image, &error));
  g_assert_true (hd_image_name (sample->store, id, ref, &error));
  g_assert_true (hd_image_add_digest (sample->store, id, ref, "sha256:" Y, &error));
  g_assert_no_error (error);
}

static const char *
find (SampleStore *sample, const char *text, hd_code code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdImage) image = hd_image_find (sample->store, text, &error);
  g_assert_cmpint (image != NULL ? HD_OK : hd_error_code (error), ==, code);
  return image == NULL ? NULL : g_intern_string (image->id);
}

static void
test_find (SampleStore *sample, gconstpointer data)
{
  add (sample, X, "thing:1");
  g_assert_cmpstr (find (sample, "thing:1", HD_OK), ==, X);
  g_assert_cmpstr (find (sample, "docker.io/library/thing:1", HD_OK), ==, X);
  g_assert_cmpstr (find (sample, "thing@sha256:" Y, HD_OK), ==, X);
  g_assert_cmpstr (find (sample, X, HD_OK), ==, X);
  g_assert_cmpstr (find (sample, "sha256:" X, HD_OK), ==, X);
  g_assert_cmpstr (find (sample, "1", HD_OK), ==, X);
  g_assert_cmpstr (find (sample, "sha256:11", HD_OK), ==, X);
  find (sample, "thing", HD_NOT_FOUND);
  find (sample, "12", HD_NOT_FOUND);
  find (sample, Y, HD_NOT_FOUND);
  find (sample, "Thing", HD_USAGE);
  add (sample, Y, "other:1");
  find (sample, "11", HD_USAGE);
  g_assert_cmpstr (find (sample, "112", HD_OK), ==, Y);
  /* A name counts before the beginning of an id. */
  add (sample, Y, "111:latest");
  g_assert_cmpstr (find (sample, "111", HD_OK), ==, Y);
}

static void
test_names_move (SampleStore *sample, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  add (sample, X, "thing:1");
  add (sample, Y, "thing:1");
  g_auto (GStrv) of_first = hd_image_names (sample->store, X, &error);
  g_auto (GStrv) of_second = hd_image_names (sample->store, Y, &error);
  g_assert_cmpuint (g_strv_length (of_first), ==, 0);
  g_assert_cmpstr (of_second[0], ==, "thing:1");
}

static void
test_used_by_a_container (SampleStore *sample, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_auto (HdRemoved) removed = { NULL };
  add (sample, X, "thing:1");
  const char *container = sample_store_container (sample, "ca");
  g_assert_true (hd_store_run (
      sample->store, &error, "UPDATE container SET image = ?1 WHERE id = ?2", "ss", X, container));
  g_assert_false (hd_image_remove (sample->store, "thing:1", FALSE, &removed, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_BUSY);
  g_assert_nonnull (strstr (error->message, "container ca0000000000 uses"));
  g_clear_error (&error);
  hd_removed_clear (&removed);
  g_assert_true (hd_image_remove (sample->store, "thing:1", TRUE, &removed, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (removed.deleted->len, ==, 0);
  g_assert_cmpstr (find (sample, X, HD_OK), ==, X);
  find (sample, "thing:1", HD_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_setenv ("ATOMIC_REGISTRIES", "/nonexistent", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/image/find", SampleStore, NULL, sample_store_open, test_find, sample_store_close);
  g_test_add ("/image/names-move", SampleStore, NULL, sample_store_open, test_names_move,
              sample_store_close);
  g_test_add ("/image/used", SampleStore, NULL, sample_store_open, test_used_by_a_container,
              sample_store_close);
  return g_test_run ();
}
