/* engine/volume-fill: the first content of a volume. Owners stay our own: no rights are needed. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/volume.h"
#include "sample-store.h"

typedef struct
{
  SampleStore sample;
  char *image;
  int image_fd;
  HdVolume *volume;
} Fixture;

static void
open_image (Fixture *f, gconstpointer data)
{
  sample_store_open (&f->sample, data);
  f->image = g_build_filename (f->sample.top, "image", NULL);
  g_assert_cmpint (g_mkdir_with_parents (f->image, 0755), ==, 0);
  f->image_fd = open (f->image, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  f->volume = hd_volume_ensure (f->sample.store, "v", NULL, NULL, NULL, NULL);
}

static void
close_image (Fixture *f, gconstpointer data)
{
  hd_closep (&f->image_fd);
  g_free (f->image);
  hd_volume_free (f->volume);
  sample_store_close (&f->sample, data);
}

static void
write_file (Fixture *f, const char *name, const char *text)
{
  hd_autofd fd = openat (f->image_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
}

static void
fill (Fixture *f, const char *target)
{
  g_autoptr (GError) error = NULL;
  hd_volume_fill (f->sample.store, f->volume, f->image_fd, target, &error);
  g_assert_no_error (error);
}

static gboolean
is_new (Fixture *f)
{
  gboolean fresh;
  g_autoptr (HdVolume) volume = hd_volume_ensure (f->sample.store, "v", NULL, NULL, &fresh, NULL);
  g_assert_nonnull (volume);
  return fresh;
}

static void
test_content (Fixture *f, gconstpointer data)
{
  struct stat st, twin;
  char link[64] = "";
  mkdirat (f->image_fd, "data", 0755);
  mkdirat (f->image_fd, "data/sub", 0711);
  write_file (f, "data/file", "content\n");
  write_file (f, "data/sub/deep", "deep\n");
  g_assert_cmpint (linkat (f->image_fd, "data/file", f->image_fd, "data/sub/twin", 0), ==, 0);
  g_assert_cmpint (symlinkat ("/etc/passwd", f->image_fd, "data/link"), ==, 0);
  g_assert_cmpint (mkfifoat (f->image_fd, "data/fifo", 0600), ==, 0);
  hd_autofd sparse = openat (f->image_fd, "data/sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  g_assert_cmpint (pwrite (sparse, "end", 3, 8 << 20), ==, 3);
  g_assert_cmpint (fchmodat (f->image_fd, "data", 0700, 0), ==, 0);
  g_assert_true (is_new (f));

  fill (f, "/data");
  hd_autofd copy = open (f->volume->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (fstat (copy, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0700);
  g_assert_cmpint (fstatat (copy, "file", &st, 0), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0640);
  g_assert_cmpint (fstatat (copy, "sub/twin", &twin, 0), ==, 0);
  g_assert_cmpuint (st.st_ino, ==, twin.st_ino);
  g_assert_cmpint (fstatat (copy, "sub", &st, 0), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0711);
  g_assert_cmpint (readlinkat (copy, "link", link, sizeof link - 1), ==, strlen ("/etc/passwd"));
  g_assert_cmpstr (link, ==, "/etc/passwd");
  g_assert_cmpint (fstatat (copy, "fifo", &st, 0), ==, 0);
  g_assert_true (S_ISFIFO (st.st_mode));
  g_assert_cmpint (fstatat (copy, "sparse", &st, 0), ==, 0);
  g_assert_cmpint (st.st_size, ==, (8 << 20) + 3);
  g_assert_cmpint (st.st_blocks * 512, <, 1 << 20);
  g_autofree char *deep = g_build_filename (f->volume->path, "sub/deep", NULL);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (deep, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "deep\n");
  g_assert_false (is_new (f));
}

/* What a user has put there stays, and the image's content does not come a second time. */
static void
test_once (Fixture *f, gconstpointer data)
{
  g_autofree char *mine = g_build_filename (f->volume->path, "mine", NULL);
  g_autofree char *file = g_build_filename (f->volume->path, "file", NULL);
  mkdirat (f->image_fd, "data", 0755);
  write_file (f, "data/file", "content\n");
  g_assert_true (g_file_set_contents (mine, "mine", -1, NULL));
  fill (f, "/data");
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (mine, G_FILE_TEST_EXISTS));
  g_assert_cmpint (unlink (mine), ==, 0);
  fill (f, "/data");
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
}

static void
test_nothing (Fixture *f, gconstpointer data)
{
  write_file (f, "plain", "a file\n");
  fill (f, "/not/there");
  g_assert_false (is_new (f));
  fill (f, "/plain");
}

/* A link in the image leads nowhere but into the image. */
static void
test_links_stay_inside (Fixture *f, gconstpointer data)
{
  g_autofree char *outside = g_build_filename (f->sample.top, "outside", NULL);
  g_autofree char *secret = g_build_filename (outside, "secret", NULL);
  g_autofree char *leaked = g_build_filename (f->volume->path, "secret", NULL);
  g_assert_cmpint (g_mkdir_with_parents (outside, 0755), ==, 0);
  g_assert_true (g_file_set_contents (secret, "secret", -1, NULL));
  g_assert_cmpint (symlinkat (outside, f->image_fd, "absolute"), ==, 0);
  g_assert_cmpint (symlinkat ("../outside", f->image_fd, "relative"), ==, 0);
  fill (f, "/absolute");
  g_assert_false (g_file_test (leaked, G_FILE_TEST_EXISTS));
}

static void
test_links_stay_inside_relative (Fixture *f, gconstpointer data)
{
  g_autofree char *outside = g_build_filename (f->sample.top, "outside", NULL);
  g_autofree char *leaked = g_build_filename (f->volume->path, "secret", NULL);
  g_autofree char *secret = g_build_filename (outside, "secret", NULL);
  g_assert_cmpint (g_mkdir_with_parents (outside, 0755), ==, 0);
  g_assert_true (g_file_set_contents (secret, "secret", -1, NULL));
  g_assert_cmpint (symlinkat ("../outside", f->image_fd, "relative"), ==, 0);
  fill (f, "/relative");
  g_assert_false (g_file_test (leaked, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/volume-fill/" name, Fixture, NULL, open_image, function, close_image)
  ADD ("content", test_content);
  ADD ("once", test_once);
  ADD ("nothing", test_nothing);
  ADD ("links-stay-inside", test_links_stay_inside);
  ADD ("links-stay-inside-relative", test_links_stay_inside_relative);
  return g_test_run ();
}
