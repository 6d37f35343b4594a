/* host/verify: a signature of each kind that there is, made by gpg. */
#include "host/verify.h"

#include <string.h>

#include "base/error.h"
#include "sample-host.h"

typedef struct
{
  Folder folder;
  OstreeRepo *repo;
  char *commit;
  char *key; /* fingerprint of "good" */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  folder_set_up_in_memory (&f->folder, NULL);
  f->repo = sample_repo (&f->folder);
  f->commit = sample_release (f->repo, &f->folder, 1, SAMPLE_DAY, NULL, NULL);
  f->key = sample_key (&f->folder, "good", SAMPLE_UID, "0", "");
  sample_remote (f->repo, &f->folder);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  static const char *const homes[] = { "good", "other" };
  for (gsize i = 0; i < G_N_ELEMENTS (homes); i++)
    if (folder_has (&f->folder, homes[i]))
      sample_key_end (&f->folder, homes[i]);
  g_object_unref (f->repo);
  g_free (f->commit);
  g_free (f->key);
  folder_tear_down (&f->folder, NULL);
}

#define test(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

static void
assert_signed_by (Fixture *f, const char *key, const char *uid)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdSignature) signature
      = hd_verify_commit (f->repo, SAMPLE_REMOTE, f->commit, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (signature->key, ==, key);
  g_assert_cmpstr (signature->uid, ==, uid);
}

static void
assert_verify_refused (Fixture *f, const char *remote, hd_code code, const char *part,
                       const char *hint)
{
  g_autoptr (GError) error = NULL;
  HdSignature *signature = hd_verify_commit (f->repo, remote, f->commit, NULL, &error);
  g_assert_null (signature);
  assert_refused (error, code, part);
  if (hint != NULL)
    {
      g_assert_nonnull (strstr (error->message, f->commit));
      g_assert_nonnull (strstr (hd_error_hint (error), hint));
    }
}

static void
test_good (Fixture *f, gconstpointer data)
{
  sample_sign (f->repo, f->commit, &f->folder, "good");
  assert_signed_by (f, f->key, SAMPLE_UID);
}

static void
test_none (Fixture *f, gconstpointer data)
{
  assert_verify_refused (f, SAMPLE_REMOTE, HD_SIGNATURE, "has no signature", "another mirror");
}

static void
test_unknown_key (Fixture *f, gconstpointer data)
{
  g_autofree char *key = sample_key (&f->folder, "other", "Other", "0", "");
  folder_remove (&f->folder, "trusted/other.gpg");
  sample_sign (f->repo, f->commit, &f->folder, "other");
  assert_verify_refused (f, SAMPLE_REMOTE, HD_SIGNATURE, "(unknown key)", "gpg-import");
  /* One good signature is enough. */
  sample_sign (f->repo, f->commit, &f->folder, "good");
  assert_signed_by (f, f->key, SAMPLE_UID);
}

static void
test_two_keys (Fixture *f, gconstpointer data)
{
  g_autofree char *key = sample_key (&f->folder, "other", "Other <other@example.org>", "0", "");
  sample_sign (f->repo, f->commit, &f->folder, "other");
  assert_signed_by (f, key, "Other <other@example.org>");
}

/* A key of the year 2020 that was good for a day. */
static void
test_expired_key (Fixture *f, gconstpointer data)
{
  g_autofree char *key = sample_key (&f->folder, "other", "Other <other@example.org>", "1d",
                                     "faked-system-time 20200101T000000!\n");
  sample_sign (f->repo, f->commit, &f->folder, "other");
  g_autofree char *part
      = g_strdup_printf ("by key %s (Other <other@example.org>): Key expired on 2020-01-02T", key);
  assert_verify_refused (f, SAMPLE_REMOTE, HD_SIGNATURE, part, "another mirror");
}

static void
test_expired_signature (Fixture *f, gconstpointer data)
{
  g_autofree char *key = sample_key (&f->folder, "other", "Other <other@example.org>", "0",
                                     "faked-system-time 20200101T000000!\ndefault-sig-expire 1d\n");
  sample_sign (f->repo, f->commit, &f->folder, "other");
  assert_verify_refused (f, SAMPLE_REMOTE, HD_SIGNATURE, "Signature expired", "another mirror");
}

/* gpg keeps a revocation beside each key it makes, with a colon that keeps it from being used. */
static void
revoke_key (Fixture *f, const char *key)
{
  g_autofree char *name = g_strdup_printf ("other/openpgp-revocs.d/%s.rev", key);
  g_autofree char *text = folder_read (&f->folder, name);
  char *colon = strstr (text, ":-----BEGIN");
  g_assert_nonnull (colon);
  folder_write (&f->folder, "revocation", colon + 1);
  g_autofree char *home = g_build_filename (f->folder.path, "other", NULL);
  g_autofree char *file = g_build_filename (f->folder.path, "revocation", NULL);
  g_autofree char *public = g_build_filename (f->folder.path, "trusted", "other.gpg", NULL);
  const char *const import[]
      = { "gpg", "--homedir", home, "--batch", "--quiet", "--import", file, NULL };
  const char *const export[]
      = { "gpg", "--homedir", home, "--batch", "--yes", "--output", public, "--export", NULL };
  g_free (sample_run (import));
  g_free (sample_run (export));
}

static void
test_revoked_key (Fixture *f, gconstpointer data)
{
  g_autofree char *key = sample_key (&f->folder, "other", "Other <other@example.org>", "0", "");
  sample_sign (f->repo, f->commit, &f->folder, "other");
  revoke_key (f, key);
  assert_verify_refused (f, SAMPLE_REMOTE, HD_SIGNATURE, "revoked", "another mirror");
}

/* The signature of one commit, put beside another. */
static void
test_bad_signature (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) signatures = NULL;
  g_autofree char *other = sample_release (f->repo, &f->folder, 2, 2 * SAMPLE_DAY, f->commit, NULL);
  sample_sign (f->repo, other, &f->folder, "good");
  gboolean ok
      = ostree_repo_read_commit_detached_metadata (f->repo, other, &signatures, NULL, &error)
        && ostree_repo_write_commit_detached_metadata (f->repo, f->commit, signatures, NULL,
                                                       &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  assert_verify_refused (f, SAMPLE_REMOTE, HD_SIGNATURE, "Bad signature", "another mirror");
}

static void
test_no_remote (Fixture *f, gconstpointer data)
{
  sample_sign (f->repo, f->commit, &f->folder, "good");
  assert_verify_refused (f, "elsewhere", HD_NOT_FOUND, "elsewhere", NULL);
}

static void
test_no_commit (Fixture *f, gconstpointer data)
{
  memset (f->commit, '0', 64);
  assert_verify_refused (f, SAMPLE_REMOTE, HD_NOT_FOUND, "checking the signature of commit 0000",
                         NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test ("/verify/good", test_good);
  test ("/verify/none", test_none);
  test ("/verify/unknown-key", test_unknown_key);
  test ("/verify/two-keys", test_two_keys);
  test ("/verify/expired-key", test_expired_key);
  test ("/verify/expired-signature", test_expired_signature);
  test ("/verify/revoked-key", test_revoked_key);
  test ("/verify/bad-signature", test_bad_signature);
  test ("/verify/no-remote", test_no_remote);
  test ("/verify/no-commit", test_no_commit);
  return g_test_run ();
}
