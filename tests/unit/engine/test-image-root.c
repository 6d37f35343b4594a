/* engine/image-root: users and groups of an image, and files that lead out of it. */
#include "engine/image-root.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "base/error.h"
#include "common/fs.h"

#include <fcntl.h>

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                             "broken line\n"
                             "user:x:1000:1001:user:/home/user:/bin/sh\n"
                             "x:y:z:w\n"
                             "last:x:5:6::/:";
static const char group[] = "root:x:0:\nuser:x:1001:\nextra:x:2000:user,other\n"
                            "wheel:x:10:root,user\nextra2:x:2000:user\n";

static void
check (const char *text, const char *const *more, const char *expected)
{
  g_autoptr (GError) error = NULL;
  HdImageUser user;
  g_assert_true (hd_image_user_parse (passwd, group, text, more, &user, &error));
  g_autoptr (GString) found = g_string_new (NULL);
  g_string_printf (found, "%u:%u", user.uid, user.gid);
  for (guint i = 0; i < user.groups->len; i++)
    g_string_append_printf (found, ",%u", g_array_index (user.groups, guint32, i));
  g_array_unref (user.groups);
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_users (void)
{
  static const char *const more[] = { "extra", "77", NULL };
  check ("", NULL, "0:0,10");
  check ("root", NULL, "0:0,10");
  check ("user", NULL, "1000:1001,2000,10");
  check ("1000", NULL, "1000:1001,2000,10");
  check ("user:wheel", NULL, "1000:10");
  check ("user:", NULL, "1000:1001,2000,10");
  check ("4711", NULL, "4711:0");
  check ("4711:815", more, "4711:815,2000,77");
  check ("last", NULL, "5:6");
}

static void
test_unknown (void)
{
  static const char *const texts[] = { "nobody", "user:nogroup", "-1", "4294967295", "user name" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      HdImageUser user;
      g_assert_false (hd_image_user_parse (passwd, group, texts[i], NULL, &user, &error));
      g_assert_cmpint (hd_error_code (error), ==, HD_NOT_FOUND);
    }
}

static void
test_no_files (void)
{
  g_autoptr (GError) error = NULL;
  HdImageUser user;
  g_assert_true (hd_image_user_parse (NULL, NULL, "", NULL, &user, &error));
  g_assert_cmpuint (user.uid, ==, 0);
  g_array_unref (user.groups);
  g_assert_true (hd_image_user_parse (NULL, NULL, "12:13", NULL, &user, &error));
  g_assert_cmpuint (user.gid, ==, 13);
  g_array_unref (user.groups);
}

static char *
make_layer (const char *top, const char *name, const char *text, const char *link)
{
  char *layer = g_build_filename (top, name, NULL);
  g_autofree char *etc = g_build_filename (layer, "etc", NULL);
  g_autofree char *path = g_build_filename (etc, "passwd", NULL);
  g_assert_cmpint (g_mkdir_with_parents (etc, 0755), ==, 0);
  if (text != NULL)
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
  if (link != NULL)
    g_assert_cmpint (symlink (link, path), ==, 0);
  return layer;
}

static void
test_layers (void)
{
  g_autofree char *top = g_dir_make_tmp ("atomic-layers-XXXXXX", NULL);
  g_autofree char *low = make_layer (top, "low", "low", NULL);
  g_autofree char *middle = make_layer (top, "middle", NULL, NULL);
  g_autofree char *upper = make_layer (top, "upper", "upper", NULL);
  /* /etc/passwd of the host is not read: a link stays in its layer. */
  g_autofree char *evil = make_layer (top, "evil", NULL, "/../../../../../../etc/passwd");
  const char *const two[] = { middle, low, NULL };
  const char *const hidden[] = { evil, low, NULL };
  const HdImageRoot below = { NULL, two }, above = { upper, two }, bad = { NULL, hidden };
  g_autofree char *first = hd_image_root_read (&below, "etc/passwd");
  g_autofree char *second = hd_image_root_read (&above, "etc/passwd");
  g_autofree char *third = hd_image_root_read (&bad, "etc/passwd");
  g_assert_cmpstr (first, ==, "low");
  g_assert_cmpstr (second, ==, "upper");
  g_assert_null (third);
  g_assert_null (hd_image_root_read (&below, "etc/none"));
  hd_fs_remove_tree (AT_FDCWD, top);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/image-root/users", test_users);
  g_test_add_func ("/engine/image-root/unknown", test_unknown);
  g_test_add_func ("/engine/image-root/no-files", test_no_files);
  g_test_add_func ("/engine/image-root/layers", test_layers);
  return g_test_run ();
}
