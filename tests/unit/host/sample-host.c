/* A host with its server, as small as libostree takes it. */
#include "sample-host.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "host/finalize.h"
#include "host/initial.h"
#include "host/upgrade.h"
#include "state/history.h"
#include "state/status.h"

char *
sample_run (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  HdSpawn options = { .capture_stdout = TRUE };
  char *output = NULL;
  gboolean ok = hd_spawn_run (argv, &options, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  return output;
}

/* The first fingerprint of a listing with colons. */
static char *
first_fingerprint (const char *listing)
{
  const char *line = strstr (listing, "\nfpr:");
  g_assert_nonnull (line);
  g_auto (GStrv) fields = g_strsplit (line + 1, ":", 11);
  return g_strdup (fields[9]);
}

char *
sample_key (const Folder *folder, const char *name, const char *uid, const char *expires,
            const char *config)
{
  g_autofree char *home = g_build_filename (folder->path, name, NULL);
  g_autofree char *config_path = g_strconcat (name, "/gpg.conf", NULL);
  g_autofree char *public_name = g_strdup_printf ("trusted/%s.gpg", name);
  g_autofree char *public_path = g_build_filename (folder->path, public_name, NULL);
  const char *const generate[]
      = { "gpg", "--homedir", home,   "--batch", "--quiet", "--passphrase", "", "--quick-gen-key",
          uid,   "ed25519",   "sign", expires,   NULL };
  const char *const list[]
      = { "gpg", "--homedir", home, "--batch", "--list-keys", "--with-colons", NULL };
  const char *const export[] = { "gpg",   "--homedir", home,        "--batch",  "--quiet",
                                 "--yes", "--output",  public_path, "--export", NULL };
  folder_write (folder, config_path, config);
  folder_make (folder, "trusted");
  int r = chmod (home, 0700);
  g_assert_cmpint (r, ==, 0);
  g_free (sample_run (generate));
  g_free (sample_run (export));
  g_autofree char *listing = sample_run (list);
  return first_fingerprint (listing);
}

void
sample_key_end (const Folder *folder, const char *name)
{
  g_autofree char *home = g_build_filename (folder->path, name, NULL);
  const char *const argv[] = { "gpgconf", "--homedir", home, "--kill", "all", NULL };
  g_free (sample_run (argv));
}

void
sample_sign (OstreeRepo *repo, const char *commit, const Folder *folder, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *home = g_build_filename (folder->path, name, NULL);
  const char *const list[]
      = { "gpg", "--homedir", home, "--batch", "--list-keys", "--with-colons", NULL };
  g_autofree char *listing = sample_run (list);
  g_autofree char *fingerprint = first_fingerprint (listing);
  gboolean ok = ostree_repo_sign_commit (repo, commit, fingerprint, home, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

OstreeRepo *
sample_repo (const Folder *folder)
{
  g_autoptr (GError) error = NULL;
  OstreeRepo *repo
      = ostree_repo_create_at (folder->fd, "repo", OSTREE_REPO_MODE_ARCHIVE, NULL, NULL, &error);
  g_assert_no_error (error);
  ostree_repo_set_disable_fsync (repo, TRUE);
  return repo;
}

void
sample_remote (OstreeRepo *repo, const Folder *folder)
{
  g_autoptr (GError) error = NULL;
  GVariantDict dict;
  g_autofree char *url = g_strdup_printf ("file://%s/repo", folder->path);
  g_autofree char *keys = g_build_filename (folder->path, "trusted", NULL);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "gpgkeypath", "s", keys);
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_dict_end (&dict));
  gboolean ok = ostree_repo_remote_change (repo, NULL, OSTREE_REPO_REMOTE_CHANGE_ADD, SAMPLE_REMOTE,
                                           url, options, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
make_tree (const Folder *folder, int version)
{
  g_autofree char *kernel = g_strdup_printf ("tree/usr/lib/modules/6.%d/vmlinuz", version);
  g_autofree char *initramfs = g_strdup_printf ("tree/usr/lib/modules/6.%d/initramfs.img", version);
  g_autofree char *text = g_strdup_printf ("version %d\n", version);
  folder_write (folder, kernel, text);
  folder_write (folder, initramfs, text);
  folder_write (folder, "tree/usr/etc/release", text);
  folder_write (folder, "tree/usr/lib/os-release", "NAME=Sample\nID=sample\n");
  folder_make (folder, "tree/sysroot");
  folder_make (folder, "tree/boot");
  folder_make (folder, "tree/var");
}

/* `metadata` with the version in it. */
static GVariant *
make_metadata (int version, const char *metadata)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("%d", version);
  g_autoptr (GVariant) more = g_variant_parse (
      G_VARIANT_TYPE_VARDICT, metadata != NULL ? metadata : "{}", NULL, NULL, &error);
  g_assert_no_error (error);
  GVariantDict dict;
  g_variant_dict_init (&dict, more);
  g_variant_dict_insert (&dict, "version", "s", name);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

char *
sample_release (OstreeRepo *repo, const Folder *folder, int version, gint64 timestamp,
                const char *parent, const char *metadata)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OstreeMutableTree) tree = ostree_mutable_tree_new ();
  g_autoptr (GVariant) values = make_metadata (version, metadata);
  g_autoptr (GFile) root = NULL;
  char *commit = NULL;
  make_tree (folder, version);
  gboolean ok
      = ostree_repo_prepare_transaction (repo, NULL, NULL, &error)
        && ostree_repo_write_dfd_to_mtree (repo, folder->fd, "tree", tree, NULL, NULL, &error)
        && ostree_repo_write_mtree (repo, tree, &root, NULL, &error)
        && ostree_repo_write_commit_with_time (repo, parent, "a version", "", values,
                                               OSTREE_REPO_FILE (root), timestamp, &commit, NULL,
                                               &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  ostree_repo_transaction_set_ref (repo, NULL, SAMPLE_REF, commit);
  ok = ostree_repo_commit_transaction (repo, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  folder_remove (folder, "tree");
  return commit;
}

static void
deploy_first (SampleHost *host)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *repo = g_build_filename (host->folder.path, "repo", NULL);
  static const char *const kargs[] = { "quiet", "root=LABEL=root", NULL };
  static const char *const repo_options[] = { "core.fsync=false", NULL };
  const HdInitial initial = { .sysroot = host->path,
                              .repo = repo,
                              .commit = host->commits[1],
                              .stateroot = SAMPLE_STATEROOT,
                              .remote = SAMPLE_REMOTE,
                              .ref = SAMPLE_REF,
                              .repo_options = repo_options,
                              .kargs = kargs };
  gboolean ok = hd_deploy_initial (&initial, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

void
sample_host_reopen (SampleHost *host)
{
  g_autoptr (GError) error = NULL;
  hd_sysroot_free (host->sysroot);
  host->sysroot = hd_sysroot_open (host->path, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (host->sysroot);
}

void
sample_host_set_up (SampleHost *host, gconstpointer data)
{
  folder_set_up_in_memory (&host->folder, NULL);
  host->key = sample_key (&host->folder, "good", SAMPLE_UID, "0", "");
  host->repo = sample_repo (&host->folder);
  for (int i = 1; i <= 2; i++)
    {
      host->commits[i] = sample_release (host->repo, &host->folder, i, i * SAMPLE_DAY,
                                         host->commits[i - 1], NULL);
      sample_sign (host->repo, host->commits[i], &host->folder, "good");
    }
  host->path = g_build_filename (host->folder.path, "host", NULL);
  deploy_first (host);
  sample_host_reopen (host);
  sample_remote (host->sysroot->repo, &host->folder);
}

/* As root, deployments carry the immutable flag. */
static void
make_mutable (SampleHost *host)
{
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (host->sysroot);
  for (guint i = 0; i < deployments->len; i++)
    (void)ostree_sysroot_deployment_set_mutable (
        host->sysroot->ostree, g_ptr_array_index (deployments, i), TRUE, NULL, NULL);
}

void
sample_host_tear_down (SampleHost *host, gconstpointer data)
{
  sample_host_reopen (host);
  make_mutable (host);
  hd_sysroot_free (host->sysroot);
  g_object_unref (host->repo);
  for (gsize i = 0; i < G_N_ELEMENTS (host->commits); i++)
    g_free (host->commits[i]);
  sample_key_end (&host->folder, "good");
  g_free (host->key);
  g_free (host->path);
  folder_tear_down (&host->folder, NULL);
}

Folder
sample_host_folder (const SampleHost *host)
{
  return (Folder){ host->path, host->sysroot->fd };
}

static HdTask *
make_task (SampleHost *host, const char *verb, const char *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdup_printf ("{\"verb\": \"%s\", \"sysroot\": \"%s\", "
                                           "\"options\": %s}",
                                           verb, host->path, options);
  HdTask *task = hd_task_parse (text, strlen (text), &error);
  g_assert_no_error (error);
  return task;
}

static HdOperation
run_task (SampleHost *host, HdVerbFunc *run, const HdTask *task)
{
  g_autoptr (GError) error = NULL;
  sample_host_reopen (host);
  HdOperation operation = { .sysroot = host->sysroot, .task = task };
  gboolean ok = run (&operation, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  operation.task = NULL;
  return operation;
}

HdOperation
sample_host_do (SampleHost *host, HdVerbFunc *run, const char *verb, const char *options)
{
  g_autoptr (HdTask) task = make_task (host, verb, options);
  return run_task (host, run, task);
}

HdOperation
sample_host_do_unit (SampleHost *host, HdVerbFunc *run, const char *verb)
{
  g_autoptr (HdTask) task = hd_task_new (verb, host->path);
  return run_task (host, run, task);
}

char *
sample_host_refuse (SampleHost *host, HdVerbFunc *run, const char *verb, const char *options,
                    hd_code code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdTask) task = make_task (host, verb, options);
  sample_host_reopen (host);
  g_auto (HdOperation) operation = { .sysroot = host->sysroot, .task = task };
  gboolean ok = run (&operation, &error);
  g_assert_false (ok);
  assert_refused (error, code, part);
  return g_strdup (hd_error_hint (error) != NULL ? hd_error_hint (error) : "");
}

void
sample_host_finalize (SampleHost *host)
{
  g_auto (HdOperation) done = sample_host_do_unit (host, hd_finalize_run, "finalize");
}

void
sample_host_upgrade (SampleHost *host)
{
  g_auto (HdOperation) upgrade = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  sample_host_finalize (host);
  sample_host_assert_order (host, "2 1");
}

void
sample_host_assert_order (SampleHost *host, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) order = g_string_new (NULL);
  g_autoptr (HdStatus) status = hd_status_read (host->path, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < status->deployments->len; i++)
    {
      const HdDeployment *deployment = g_ptr_array_index (status->deployments, i);
      g_string_append_printf (order, "%s%s%s%s", i > 0 ? " " : "", deployment->version,
                              deployment->staged ? "S" : "", deployment->pinned ? "P" : "");
    }
  g_assert_cmpstr (order->str, ==, expected);
}

void
sample_host_assert_history (SampleHost *host, const char *expected)
{
  g_autoptr (GString) events = g_string_new (NULL);
  hd_autojson history = hd_history_read (host->sysroot->fd, NULL);
  for (gsize i = 0; i < hd_json_length (history); i++)
    g_string_append_printf (events, "%s%s", i > 0 ? " " : "",
                            hd_json_get_string (hd_json_at (history, i), "event", ""));
  g_assert_cmpstr (events->str, ==, expected);
}
