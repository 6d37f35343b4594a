/* The steps of a build: each calls one module and keeps what it made. */
#include "tools/build.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <ostree.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/output.h"
#include "base/spawn.h"
#include "common/fs.h"
#include "common/parse.h"
#include "host/initial.h"
#include "tools/agent.h"
#include "tools/bootstrap.h"
#include "tools/commit.h"
#include "tools/digest.h"
#include "tools/disk.h"
#include "tools/keys.h"

/* 1980-01-01: the first that a FAT knows. */
#define FIXED_EPOCH 315532800

static gboolean
epoch_or (gint64 fallback, gint64 *ret_epoch, GError **error)
{
  const char *text = g_getenv ("SOURCE_DATE_EPOCH");
  if (text == NULL || *text == '\0')
    *ret_epoch = fallback;
  else if (hd_parse_int64 (text, ret_epoch) < 0 || *ret_epoch < 0 || *ret_epoch > G_MAXUINT32)
    return hd_throw (error, HD_USAGE, "it counts seconds since 1970",
                     "SOURCE_DATE_EPOCH=%s is no time", text);
  return TRUE;
}

gboolean
hd_build_epoch (gint64 *ret_epoch, GError **error)
{
  return epoch_or (g_get_real_time () / G_USEC_PER_SEC, ret_epoch, error);
}

gboolean
hd_build_fixed_epoch (gint64 *ret_epoch, GError **error)
{
  return epoch_or (FIXED_EPOCH, ret_epoch, error);
}

gboolean
hd_build_open (HdBuild *build, const char *name, GError **error)
{
  g_autofree char *lock_name = g_strconcat (name, ".lock", NULL);
  g_autofree char *lock_path = g_build_filename (build->cache, lock_name, NULL);
  build->lock_fd = -1;
  if (g_mkdir_with_parents (build->cache, 0755) < 0)
    return hd_throw_errno (error, errno, "making the folder %s", build->cache);
  build->lock_fd = open (lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (build->lock_fd < 0)
    return hd_throw_errno (error, errno, "opening %s", lock_path);
  if (flock (build->lock_fd, LOCK_EX | LOCK_NB) < 0)
    return hd_throw (error, HD_BUSY, "wait for it, or use another folder with --cache",
                     "another build uses the folder %s", build->cache);
  build->work = g_build_filename (build->cache, name, NULL);
  int status = hd_fs_remove_tree (AT_FDCWD, build->work);
  if (status < 0 || g_mkdir_with_parents (build->work, 0755) < 0)
    return hd_throw_errno (error, status < 0 ? -status : errno, "emptying %s", build->work);
  return TRUE;
}

void
hd_build_close (HdBuild *build)
{
  if (build->work != NULL)
    hd_fs_remove_tree (AT_FDCWD, build->work);
  if (build->lock_fd >= 0)
    close (build->lock_fd);
  g_free (build->work);
  g_free (build->agent_deb);
  g_free (build->agent_digest);
  g_free (build->fingerprint);
  g_free (build->commit);
  g_free (build->commit_version);
  g_free (build->disk);
  g_clear_pointer (&build->images, g_ptr_array_unref);
  g_free (build->identity);
}

static void
show_line (const char *line, gpointer build)
{
  if (*line != '\0')
    hd_progress_message (((HdBuild *)build)->progress, line);
}

static void G_GNUC_PRINTF (2, 3) say (HdBuild *build, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  hd_progress_message (build->progress, text);
}

gboolean
hd_build_agent (HdBuild *build, GError **error)
{
  gboolean built = FALSE;
  if (build->package != NULL)
    build->agent_deb = g_canonicalize_filename (build->package, NULL);
  else if (!hd_agent_ensure (build->definition, build->mirrors, build->cache, build->epoch,
                             &build->agent_deb, &built, show_line, build, build->cancellable,
                             error))
    return FALSE;
  g_autofree char *data = NULL;
  gsize length;
  if (!g_file_get_contents (build->agent_deb, &data, &length, error))
    return FALSE;
  build->agent_digest
      = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)data, length);
  say (build, "%s, %s", build->agent_deb, built ? "built now" : "unchanged");
  return TRUE;
}

gboolean
hd_build_key (HdBuild *build, GError **error)
{
  const char *name = build->definition->key_name;
  gboolean made;
  if (!hd_keys_ensure (build->key_home, name, &made, build->cancellable, error))
    return FALSE;
  build->fingerprint = hd_keys_fingerprint (build->key_home, name, build->cancellable, error);
  if (build->fingerprint == NULL)
    return FALSE;
  say (build, "%s key %s in %s", made ? "made" : "found", build->fingerprint, build->key_home);
  return TRUE;
}

gboolean
hd_build_tree (HdBuild *build, GError **error)
{
  const HdDefinition *definition = build->definition;
  g_autofree char *stage = g_build_filename (build->work, "stage", NULL);
  g_autofree char *tar = g_build_filename (build->work, "tree.tar", NULL);
  g_autofree char *debs = g_build_filename (build->cache, "debs", NULL);
  const HdBootstrap bootstrap = {
    .suite = definition->suite,
    .arch = definition->arch,
    .packages = (const char *const *)definition->packages,
    .mirrors = build->mirrors,
    .debs = debs,
    .stage = stage,
    .output = tar,
  };
  return hd_bootstrap_stage (definition, build->version, build->agent_deb, stage, error)
         && hd_bootstrap_run (&bootstrap, build->epoch, show_line, build, build->cancellable,
                              error);
}

gboolean
hd_build_commit (HdBuild *build, GError **error)
{
  g_autofree char *tar = g_build_filename (build->work, "tree.tar", NULL);
  const HdCommit commit = {
    .definition = build->definition,
    .version = build->version,
    .epoch = build->epoch,
    .agent_digest = build->agent_digest,
    .key_home = build->key_home,
    .fingerprint = build->fingerprint,
  };
  g_autoptr (OstreeRepo) repo = hd_commit_open_repo (build->repo, build->cancellable, error);
  if (repo == NULL)
    return FALSE;
  g_autoptr (HdTree) tree = NULL;
  build->commit = hd_commit_write (&commit, repo, tar, &tree, build->cancellable, error);
  if (build->commit == NULL)
    return FALSE;
  build->commit_version = g_strdup (build->version);
  build->commit_epoch = build->epoch;
  g_unlink (tar);
  g_autofree char *size = hd_format_size (tree->size_bytes);
  say (build, "commit %s: %u files, %s, kernel %s", build->commit, tree->n_files, size,
       tree->kernel);
  return TRUE;
}

gboolean
hd_build_find_commit (HdBuild *build, GError **error)
{
  const char *name = build->ref_or_commit != NULL ? build->ref_or_commit : build->definition->ref;
  g_autoptr (GFile) file = g_file_new_for_path (build->repo);
  g_autoptr (OstreeRepo) repo = ostree_repo_new (file);
  g_autoptr (GVariant) object = NULL;
  g_autoptr (GError) local = NULL;
  if (!ostree_repo_open (repo, build->cancellable, &local)
      || !ostree_repo_resolve_rev (repo, name, FALSE, &build->commit, &local)
      || !ostree_repo_load_variant (repo, OSTREE_OBJECT_TYPE_COMMIT, build->commit, &object,
                                    &local))
    return hd_throw (error, HD_NOT_FOUND, "atomic-image compose makes one",
                     "no commit %s in the repository %s: %s", name, build->repo, local->message);
  g_autoptr (GVariant) metadata = g_variant_get_child_value (object, 0);
  const char *version = NULL;
  if (!g_variant_lookup (metadata, "version", "&s", &version))
    return hd_throw (error, HD_CORRUPT, "atomic-image compose sets one", "commit %s has no version",
                     build->commit);
  build->commit_version = g_strdup (version);
  build->commit_epoch = (gint64)ostree_commit_get_timestamp (object);
  return TRUE;
}

/* The kernel arguments of the definition, after the one that names the root. */
static char **
disk_kargs (const HdDefinition *definition, const HdDiskIds *ids)
{
  GPtrArray *kargs = g_ptr_array_new ();
  g_ptr_array_add (kargs, g_strdup_printf ("root=UUID=%s", ids->root));
  for (char **karg = definition->kargs; *karg != NULL; karg++)
    g_ptr_array_add (kargs, g_strdup (*karg));
  g_ptr_array_add (kargs, NULL);
  return (char **)g_ptr_array_free (kargs, FALSE);
}

gboolean
hd_build_sysroot (HdBuild *build, GError **error)
{
  const HdDefinition *definition = build->definition;
  g_auto (HdDiskIds) ids = { 0 };
  hd_disk_ids_init (&ids, build->commit);
  g_auto (GStrv) kargs = disk_kargs (definition, &ids);
  g_autofree char *sysroot = g_build_filename (build->work, "sysroot", NULL);
  const HdInitial initial = {
    .sysroot = sysroot,
    .repo = build->repo,
    .commit = build->commit,
    .stateroot = definition->stateroot,
    .remote = definition->remote,
    .ref = definition->ref,
    .kargs = (const char *const *)kargs,
    .signature_key = build->fingerprint,
    .signature_uid = build->fingerprint != NULL ? definition->key_name : NULL,
  };
  return hd_deploy_initial (&initial, NULL, build->cancellable, error);
}

static char *
output_path (const HdBuild *build, const char *suffix)
{
  return g_strdup_printf ("%s/%s-%s.%s", build->output, build->definition->name,
                          build->commit_version, suffix);
}

gboolean
hd_build_disk (HdBuild *build, GError **error)
{
  g_auto (HdDiskIds) ids = { 0 };
  hd_disk_ids_init (&ids, build->commit);
  g_autofree char *sysroot = g_build_filename (build->work, "sysroot", NULL);
  build->disk = output_path (build, "raw");
  if (g_mkdir_with_parents (build->output, 0755) < 0)
    return hd_throw_errno (error, errno, "making the folder %s", build->output);
  return hd_disk_write (build->definition, &ids, sysroot, build->work, build->disk,
                        build->commit_epoch, build->cancellable, error);
}

gboolean
hd_build_disk_in_namespace (HdBuild *build, GError **error)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", error);
  if (self == NULL)
    return FALSE;
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  const char *const words[] = { "unshare",  "--map-root-user",      "--map-auto", self,
                                "disk",     build->definition_path, "--repo",     build->repo,
                                "--output", build->output,          "--cache",    build->cache,
                                "--commit", build->commit };
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_ptr_array_add (argv, (gpointer)words[i]);
  for (const char *const *with = build->with; with != NULL && *with != NULL; with++)
    {
      g_ptr_array_add (argv, (gpointer) "--with");
      g_ptr_array_add (argv, (gpointer)*with);
    }
  g_ptr_array_add (argv, NULL);
  const HdSpawn options = { .on_line = show_line, .on_line_data = build };
  build->disk = output_path (build, "raw");
  if (hd_spawn_run ((const char *const *)argv->pdata, &options, NULL, build->cancellable, error))
    return TRUE;
  if (error != NULL && g_error_matches (*error, HD_ERROR, HD_FAILED))
    hd_error_set_hint (*error,
                       "an ordinary user needs newuidmap (package uidmap) and a range of 65536 "
                       "numbers in /etc/subuid and /etc/subgid");
  g_prefix_error (error, "in a user namespace: ");
  return FALSE;
}

gboolean
hd_build_images (HdBuild *build, GError **error)
{
  const HdDefinition *definition = build->definition;
  if (build->disk == NULL)
    build->disk = output_path (build, "raw");
  build->machine.name = definition->name;
  build->machine.title = definition->title;
  build->machine.version = build->commit_version;
  build->machine.epoch = build->commit_epoch;
  if (!g_file_test (build->disk, G_FILE_TEST_EXISTS))
    return hd_throw (error, HD_NOT_FOUND, "atomic-image disk makes it", "there is no disk %s",
                     build->disk);
  g_autofree char *base = g_strdup_printf ("%s-%s", definition->name, build->commit_version);
  build->images = hd_format_write (build->disk, build->formats, &build->machine, build->output,
                                   base, &build->identity, build->cancellable, error);
  if (build->images == NULL)
    return FALSE;
  if (!build->keep_raw)
    g_unlink (build->disk);
  for (guint i = 0; i < build->images->len; i++)
    {
      const HdFormatOutput *image = g_ptr_array_index (build->images, i);
      g_autofree char *size = hd_format_size (image->size_bytes);
      say (build, "%s, %s", image->path, size);
    }
  return TRUE;
}
