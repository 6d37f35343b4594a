/* state/deployment: from boot entry, link, origin and commit to one value. */
#include "state/deployment.h"

#include "common/cleanup.h"
#include "sample-sysroot.h"
#include "state/paths.h"

static GPtrArray *
read_set (const Folder *f, int set, GError **error)
{
  folder_make (f, "boot");
  hd_autofd boot_fd = folder_open (f, "boot");
  return hd_deployment_read_set (f->fd, boot_fd, set, error);
}

static void
test_all (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  sample_commit (f, SAMPLE_A, "{'version': <'2'>, 'ostree.linux': <'other'>}", 1767323045);
  sample_deployment (f, 1, 2, SAMPLE_A,
                     "[origin]\nrefspec=r:b\n[atomic]\nboot-state=new\nsignature-key=K\n"
                     "signature-uid=U\nverified-at=2026-01-02T03:04:05Z\n"
                     "[libostree-transient]\npinned=true\n");
  sample_deployment (f, 1, 1, SAMPLE_B, NULL);
  g_autoptr (GPtrArray) deployments = read_set (f, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (deployments->len, ==, 2);

  const HdDeployment *first = g_ptr_array_index (deployments, 0);
  g_assert_cmpstr (first->id, ==, "d-" SAMPLE_A ".0");
  g_assert_cmpstr (first->stateroot, ==, "d");
  g_assert_cmpstr (first->commit, ==, SAMPLE_A);
  g_assert_cmpint (first->serial, ==, 0);
  g_assert_cmpstr (first->version, ==, "2");
  g_assert_cmpstr (first->origin, ==, "r:b");
  g_assert_cmpint (first->timestamp, ==, 1767323045);
  g_assert_cmpstr (first->kernel, ==, "6.2"); /* what is started, not what the commit says */
  assert_words ((const char *const *)first->kargs, "quiet");
  g_assert_true (first->pinned);
  g_assert_cmpint (first->boot_state, ==, HD_BOOT_NEW);
  g_assert_cmpstr (first->signature_key, ==, "K");
  g_assert_cmpstr (first->signature_uid, ==, "U");
  g_assert_cmpint (first->verified_at, ==, 1767323045);
  g_assert_false (first->booted || first->staged || first->next || first->fallback);

  /* Neither origin nor commit: what the entry says is there all the same. */
  const HdDeployment *second = g_ptr_array_index (deployments, 1);
  g_assert_cmpstr (second->commit, ==, SAMPLE_B);
  g_assert_cmpstr (second->kernel, ==, "6.1");
  g_assert_null (second->version);
  g_assert_null (second->origin);
  g_assert_cmpint (second->timestamp, ==, 0);
  g_assert_cmpint (second->boot_state, ==, HD_BOOT_GOOD);
}

static void
test_path (Folder *f, gconstpointer data)
{
  sample_deployment (f, 0, 1, SAMPLE_A, NULL);
  g_autoptr (GPtrArray) deployments = read_set (f, 0, NULL);
  g_autofree char *path = hd_deployment_path (g_ptr_array_index (deployments, 0));
  g_assert_cmpstr (path, ==, "ostree/deploy/d/deploy/" SAMPLE_A ".0");
  g_assert_true (folder_has (f, path));
}

static void
assert_set_refused (const Folder *f, const char *options, hd_code code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *entry
      = g_strdup_printf ("linux /ostree/d/vmlinuz-6\nversion 1\noptions %s\n", options);
  folder_write (f, "boot/loader.0/entries/ostree-1-d.conf", entry);
  GPtrArray *deployments = read_set (f, 0, &error);
  g_assert_null (deployments);
  assert_refused (error, code, part);
}

static void
test_refused (Folder *f, gconstpointer data)
{
  g_autoptr (GError) absent = NULL;
  GPtrArray *deployments = read_set (f, 1, &absent);
  g_assert_null (deployments);
  assert_refused (absent, HD_NOT_FOUND, "/boot/loader.1/entries");
  assert_set_refused (f, "quiet", HD_BOOTLOADER, "leads nowhere");
  assert_set_refused (f, "ostree", HD_BOOTLOADER, "leads nowhere");
  assert_set_refused (f, "ostree=relative", HD_BOOTLOADER, "leads nowhere: ostree=relative");
  assert_set_refused (f, "ostree=/ostree/boot.0/d/x/0", HD_BOOTLOADER, "leads nowhere");

  sample_deployment (f, 0, 2, SAMPLE_A, NULL);
  assert_set_refused (f, "ostree=xostree/boot.0/d/" SAMPLE_A "/0", HD_BOOTLOADER, "leads nowhere");
  folder_remove (f, "boot/loader.0/entries/ostree-2-d.conf");

  static const char *const targets[] = {
    "elsewhere",
    "deploy/d/deploy/" SAMPLE_A,
    "deploy/d/deploy/" SAMPLE_A ".",
    "deploy/d/deploy/" SAMPLE_A ".x",
    "deploy/d/deploy/" SAMPLE_A ".-1",
    "deploy/d/deploy/" SAMPLE_A ".2147483648",
    "deploy/d/deploy/aaaa.0",
    "deploy/d/tree/" SAMPLE_A ".0",
    "tree/d/deploy/" SAMPLE_A ".0",
    "d/deploy/" SAMPLE_A ".0",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      folder_link (f, targets[i], "ostree/boot.0/d/x/0");
      assert_set_refused (f, "ostree=/ostree/boot.0/d/x/0", HD_BOOTLOADER,
                          "which is no deployment");
      folder_remove (f, "ostree/boot.0");
    }
}

static void
test_from_staged (Folder *f, gconstpointer data)
{
  static char *kargs[] = { (char *)"quiet", (char *)"ostree=/x", NULL };
  HdStaged staged = { .stateroot = (char *)"d",
                      .commit = (char *)SAMPLE_A,
                      .serial = 4,
                      .boot_checksum = (char *)SAMPLE_B,
                      .kargs = kargs };
  g_autofree char *origin = hd_staged_origin_path (&staged);
  sample_commit (f, SAMPLE_A, "{'version': <'3'>, 'ostree.linux': <'6.12.1'>}", 9);
  folder_write (f, origin, "[origin]\nrefspec=r:b\n[atomic]\nboot-state=new\n");
  g_autoptr (HdDeployment) deployment = hd_deployment_from_staged (f->fd, &staged);
  g_assert_true (deployment->staged);
  g_assert_cmpstr (deployment->id, ==, "d-" SAMPLE_A ".4");
  g_assert_cmpint (deployment->serial, ==, 4);
  g_assert_cmpstr (deployment->version, ==, "3");
  g_assert_cmpstr (deployment->kernel, ==, "6.12.1");
  g_assert_cmpint (deployment->timestamp, ==, 9);
  g_assert_cmpstr (deployment->origin, ==, "r:b");
  g_assert_cmpint (deployment->boot_state, ==, HD_BOOT_NEW);
  assert_words ((const char *const *)deployment->kargs, "quiet");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_test ("/deployment/all", test_all);
  folder_test ("/deployment/path", test_path);
  folder_test ("/deployment/refused", test_refused);
  folder_test ("/deployment/from-staged", test_from_staged);
  return g_test_run ();
}
