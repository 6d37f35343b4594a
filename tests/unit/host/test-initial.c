/* host/initial: an empty folder becomes a sysroot that libostree, status and GRUB can read; what
 * cannot become one is refused. */
#include "host/initial.h"

#include <string.h>

#include "sample-host.h"
#include "state/bootenv.h"
#include "state/paths.h"
#include "state/status.h"

typedef struct
{
  Folder folder;
  OstreeRepo *repo;
  char *commit;
  char *repo_path;
  char *path; /* of the new sysroot */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  folder_set_up_in_memory (&f->folder, NULL);
  f->repo = sample_repo (&f->folder);
  f->commit = sample_release (f->repo, &f->folder, 1, SAMPLE_DAY, NULL, NULL);
  f->repo_path = g_build_filename (f->folder.path, "repo", NULL);
  f->path = g_build_filename (f->folder.path, "host", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->repo);
  g_free (f->commit);
  g_free (f->repo_path);
  g_free (f->path);
  folder_tear_down (&f->folder, NULL);
}

static HdInitial
make_initial (const Fixture *f)
{
  static const char *const kargs[] = { "quiet", NULL };
  return (HdInitial){ .sysroot = f->path,
                      .repo = f->repo_path,
                      .commit = f->commit,
                      .stateroot = "d",
                      .remote = "up",
                      .ref = "branch",
                      .kargs = kargs };
}

static void
deploy (const HdInitial *initial)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_deploy_initial (initial, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
test_status (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  HdInitial initial = make_initial (f);
  initial.signature_key = "ABCD";
  initial.signature_uid = "K <k@example.org>";
  deploy (&initial);
  g_autoptr (HdStatus) status = hd_status_read (f->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (status->deployments->len, ==, 1);
  g_assert_cmpint (status->tries_left, ==, HD_BOOTENV_NOT_COUNTING);
  const HdDeployment *deployment = g_ptr_array_index (status->deployments, 0);
  g_assert_true (deployment->next);
  g_assert_cmpstr (deployment->stateroot, ==, "d");
  g_assert_cmpstr (deployment->commit, ==, f->commit);
  g_assert_cmpstr (deployment->version, ==, "1");
  g_assert_cmpstr (deployment->origin, ==, "up:branch");
  g_assert_cmpint (deployment->boot_state, ==, HD_BOOT_GOOD);
  g_assert_cmpstr (deployment->signature_key, ==, "ABCD");
  g_assert_cmpstr (deployment->signature_uid, ==, "K <k@example.org>");
  g_assert_cmpint (deployment->verified_at, ==, 0);
  assert_words ((const char *const *)deployment->kargs, "quiet");
}

static char *
config_value (const Fixture *f, const char *group, const char *key)
{
  g_autoptr (GKeyFile) config = g_key_file_new ();
  g_autofree char *path = g_build_filename (f->path, HD_PATH_REPO, "config", NULL);
  gboolean ok = g_key_file_load_from_file (config, path, G_KEY_FILE_NONE, NULL);
  g_assert_true (ok);
  return g_key_file_get_string (config, group, key, NULL);
}

#define assert_config(f, group, key, expected)                                                     \
  do                                                                                               \
    {                                                                                              \
      g_autofree char *value_that_is_there = config_value (f, group, key);                         \
      g_assert_cmpstr (value_that_is_there, ==, expected);                                         \
    }                                                                                              \
  while (0)

static void
test_config (Fixture *f, gconstpointer data)
{
  static const char *const remote_options[] = { "gpg-verify=true", "gpgkeypath=/keys", NULL };
  static const char *const repo_options[] = { "core.min-free-space-size=20MB", NULL };
  HdInitial initial = make_initial (f);
  initial.url = "http://updates.example/";
  initial.remote_options = remote_options;
  initial.repo_options = repo_options;
  deploy (&initial);
  assert_config (f, "sysroot", "bootloader", "grub2");
  assert_config (f, "core", "min-free-space-size", "20MB");
  assert_config (f, "remote \"up\"", "url", "http://updates.example/");
  assert_config (f, "remote \"up\"", "gpg-verify", "true");
  assert_config (f, "remote \"up\"", "gpgkeypath", "/keys");
}

/* Without an address the tree's own /etc/ostree/remotes.d is what counts. */
static void
test_without_url (Fixture *f, gconstpointer data)
{
  HdInitial initial = make_initial (f);
  deploy (&initial);
  assert_config (f, "remote \"up\"", "url", NULL);
}

static void
assert_deploy_refused (const HdInitial *initial, hd_code code, const char *part)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_deploy_initial (initial, NULL, NULL, &error);
  g_assert_false (ok);
  assert_refused (error, code, part);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  static const char *const no_group[] = { "key=value", NULL };
  static const char *const no_value[] = { "core.key", NULL };
  HdInitial initial = make_initial (f);
  folder_make (&f->folder, "host/ostree");
  assert_deploy_refused (&initial, HD_CONFIG, "exists already");
  folder_remove (&f->folder, "host");
  initial.repo_options = no_group;
  assert_deploy_refused (&initial, HD_CONFIG, "malformed option of the repository: key=value");
  folder_remove (&f->folder, "host");
  initial.repo_options = no_value;
  assert_deploy_refused (&initial, HD_CONFIG, "malformed option of the repository: core.key");
  folder_remove (&f->folder, "host");
  initial.repo_options = NULL;
  initial.repo = "/nonexistent";
  assert_deploy_refused (&initial, HD_NOT_FOUND, "opening the repository /nonexistent");
  folder_remove (&f->folder, "host");
  initial.repo = f->repo_path;
  initial.commit = "0000000000000000000000000000000000000000000000000000000000000000";
  assert_deploy_refused (&initial, HD_NOT_FOUND, "pulling commit 0000");
}

/* The content is checked, also when it comes from the same disk: one whole object in the place of
 * another. */
static void
test_damaged (Fixture *f, gconstpointer data)
{
  HdInitial initial = make_initial (f);
  g_autofree char *objects = g_build_filename (f->repo_path, "objects", NULL);
  const char *const find[] = { "find", objects, "-name", "*.filez", NULL };
  g_autofree char *found = sample_run (find);
  g_auto (GStrv) names = g_strsplit (found, "\n", -1);
  g_assert_cmpuint (g_strv_length (names), >, 2);
  const char *const copy[] = { "cp", names[0], names[1], NULL };
  g_free (sample_run (copy));
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_deploy_initial (&initial, NULL, NULL, &error);
  g_assert_false (ok);
  g_assert_nonnull (strstr (error->message, "pulling commit"));
  g_autofree char *entries = g_build_filename (f->path, "boot/loader", NULL);
  g_assert_false (g_file_test (entries, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define test(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  test ("/initial/status", test_status);
  test ("/initial/config", test_config);
  test ("/initial/without-url", test_without_url);
  test ("/initial/refused", test_refused);
  test ("/initial/damaged", test_damaged);
  return g_test_run ();
}
