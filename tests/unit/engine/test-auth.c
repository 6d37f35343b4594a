/* engine/auth: the entry that fits best, and files that keep what others wrote. */
#include "engine/auth.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/fs.h"

static const char text[]
    = "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"aHViOnA6cQ==\"},"
      "\"r.example/team\":{\"auth\":\"dGVhbTp4\"},\"r.example\":{\"auth\":\"YWxsOnk=\"},"
      "\"t.example\":{\"identitytoken\":\"tok\"}},\"credHelpers\":{\"h.example\":\"pass\"},"
      "\"credsStore\":\"desktop\"}";

static HdCredentials *
parse (const char *repository, char **ret_helper)
{
  g_autoptr (GError) error = NULL;
  HdCredentials *found = hd_auth_parse (text, strlen (text), repository, ret_helper, &error);
  g_assert_no_error (error);
  return found;
}

static void
test_parse (void)
{
  static const char *const cases[][3] = { { "docker.io/library/x", "hub", "p:q" },
                                          { "r.example/team/app", "team", "x" },
                                          { "r.example/teams/app", "all", "y" },
                                          { "r.example", "all", "y" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *helper = NULL;
      g_autoptr (HdCredentials) found = parse (cases[i][0], &helper);
      g_assert_cmpstr (found->user, ==, cases[i][1]);
      g_assert_cmpstr (found->password, ==, cases[i][2]);
    }
  g_autofree char *helper = NULL, *named = NULL, *unused = NULL;
  g_assert_null (parse ("r.example.evil/x", &helper));
  g_assert_cmpstr (helper, ==, "desktop");
  g_assert_null (parse ("h.example/x", &named));
  g_assert_cmpstr (named, ==, "pass");
  g_autoptr (HdCredentials) token = parse ("t.example/x", &unused);
  g_assert_cmpstr (token->identity_token, ==, "tok");
}

static void
test_store (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *top = g_dir_make_tmp ("atomic-auth-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (top, "deep", "auth.json", NULL);
  HdCredentials credentials = { .user = (char *)"u", .password = (char *)"p" };
  g_assert_true (hd_auth_store (path, "docker.io", &credentials, NULL, &error));
  g_assert_true (hd_auth_store (path, "r.example", &credentials, NULL, &error));
  credentials.password = (char *)"new";
  g_assert_true (hd_auth_store (path, "r.example", &credentials, NULL, &error));
  g_assert_no_error (error);
  struct stat st;
  g_assert_cmpint (stat (path, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0600);
  g_autoptr (HdCredentials) hub = hd_auth_find (path, "docker.io/library/x", &error);
  g_autoptr (HdCredentials) own = hd_auth_find (path, "r.example/x", &error);
  g_assert_cmpstr (hub->password, ==, "p");
  g_assert_cmpstr (own->password, ==, "new");
  g_assert_true (hd_auth_store (path, "r.example", NULL, NULL, &error));
  g_assert_null (hd_auth_find (path, "r.example/x", &error));
  g_assert_no_error (error);
  g_assert_false (hd_auth_store (path, "r.example", NULL, NULL, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_NOT_FOUND);
  g_assert_cmpint (hd_fs_remove_tree (AT_FDCWD, top), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/auth/parse", test_parse);
  g_test_add_func ("/auth/store", test_store);
  return g_test_run ();
}
