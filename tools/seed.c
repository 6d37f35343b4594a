/* Files, their checks, and one writer for each container. */
#include "tools/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"
#include "tools/digest.h"
#include "tools/format-file.h"
#include "tools/ova.h"
#include "tools/seed-check.h"
#include "tools/seed-fat.h"

#define LABEL "CIDATA"
#define MAX_FILE_BYTES 67108864u
#define MAX_FILES 4u

typedef struct
{
  HdFatFile files[MAX_FILES]; /* names are static */
  gsize n;
  char *digest; /* of all of them */
  char *work;   /* folder for programs, or NULL */
} Content;

static void
content_clear (Content *content)
{
  for (gsize i = 0; i < content->n; i++)
    g_bytes_unref (content->files[i].content);
  if (content->work != NULL)
    hd_fs_remove_tree (AT_FDCWD, content->work);
  g_free (content->work);
  g_free (content->digest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Content, content_clear)

static void
add (Content *content, const char *name, GBytes *bytes)
{
  g_assert (content->n < MAX_FILES);
  content->files[content->n++] = (HdFatFile){ name, bytes };
}

typedef gboolean (*Check) (const char *name, const char *text, gsize length, GError **error);

/* Read and check one file. */
static gboolean
add_file (Content *content, const char *name, const char *path, Check check, GError **error)
{
  hd_autofree char *data = NULL;
  size_t length;
  int status = hd_fs_read (AT_FDCWD, path, MAX_FILE_BYTES, &data, &length);
  if (status < 0)
    return hd_throw_errno (error, -status, "reading %s", path);
  if (!check (path, data, length, error))
    return FALSE;
  add (content, name, g_bytes_new (data, length));
  return TRUE;
}

/* cloud-init's own opinion, where it is installed. */
static gboolean
check_schema (const HdSeed *seed, const char *path, GCancellable *cancellable, GError **error)
{
  hd_autofree char *data = NULL;
  size_t length;
  if (path == NULL || hd_fs_read (AT_FDCWD, path, MAX_FILE_BYTES, &data, &length) < 0
      || !hd_seed_is_cloud_config (data, length))
    return TRUE;
  g_autofree char *program = g_find_program_in_path ("cloud-init");
  if (program == NULL)
    {
      seed->on_note ("cloud-init is not installed here: its schema was not asked", seed->data);
      return TRUE;
    }
  const char *const argv[] = { program, "schema", "--config-file", path, NULL };
  g_autoptr (GError) local = NULL;
  g_autofree char *output = NULL;
  const HdSpawn options = { .capture_stdout = TRUE };
  if (hd_spawn_run (argv, &options, &output, cancellable, &local))
    {
      seed->on_note ("cloud-init's schema is content", seed->data);
      return TRUE;
    }
  return hd_throw (error, HD_CONFIG,
                   "cloud-init schema --config-file FILE --annotate shows the place",
                   "%s: cloud-init refuses it: %s", path, local->message);
}

/* Meta-data from options: JSON is YAML. A new content is a new instance. */
static gboolean
make_meta_data (const HdSeed *seed, Content *content, GError **error)
{
  hd_autojson object = hd_json_new_object ();
  g_autofree char *id = g_strdup_printf ("iid-%.16s", content->digest);
  hd_json_set_string (object, "instance-id", id);
  hd_json_set_string (object, "dsmode", seed->dsmode);
  hd_json_set_string (object, "local-hostname", seed->hostname);
  if (seed->interfaces != NULL)
    {
      g_autofree char *text = NULL;
      if (!g_file_get_contents (seed->interfaces, &text, NULL, error))
        return FALSE;
      hd_json_set_string (object, "network-interfaces", text);
    }
  hd_autofree char *text = hd_json_to_text (object, true);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  add (content, "meta-data", g_bytes_new (line, strlen (line)));
  return TRUE;
}

static void
take_digest (const HdSeed *seed, Content *content)
{
  g_autoptr (HdDigest) digest = hd_digest_new ();
  for (gsize i = 0; i < content->n; i++)
    {
      gsize length;
      const void *data = g_bytes_get_data (content->files[i].content, &length);
      g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, length);
      hd_digest_text (digest, content->files[i].name, sum);
    }
  hd_digest_text (digest, "hostname", seed->hostname != NULL ? seed->hostname : "");
  hd_digest_text (digest, "dsmode", seed->dsmode != NULL ? seed->dsmode : "");
  g_free (content->digest);
  content->digest = hd_digest_finish (digest);
}

static gboolean
collect (const HdSeed *seed, Content *content, GError **error)
{
  if (seed->hostname != NULL && !hd_seed_check_hostname (seed->hostname, error))
    return FALSE;
  if (!add_file (content, "user-data", seed->user_data, hd_seed_check_user_data, error)
      || (seed->vendor_data != NULL
          && !add_file (content, "vendor-data", seed->vendor_data, hd_seed_check_user_data, error))
      || (seed->network_config != NULL
          && !add_file (content, "network-config", seed->network_config, hd_seed_check_network,
                        error)))
    return FALSE;
  take_digest (seed, content);
  if (seed->meta_data == NULL)
    return make_meta_data (seed, content, error);
  if (!add_file (content, "meta-data", seed->meta_data, hd_seed_check_meta_data, error))
    return FALSE;
  take_digest (seed, content);
  return TRUE;
}

static gboolean
replace (const char *path, GBytes *bytes, GError **error)
{
  gsize length;
  const void *data = g_bytes_get_data (bytes, &length);
  int status = hd_fs_replace (AT_FDCWD, path, data, length, 0644);
  return status == 0 || hd_throw_errno (error, -status, "writing %s", path);
}

static gboolean
write_fat (const HdSeed *seed, const Content *content, const char *path, GError **error)
{
  g_autofree char *first = g_strndup (content->digest, 8);
  g_autoptr (GBytes) image
      = hd_seed_fat (content->files, content->n, LABEL, (guint32)g_ascii_strtoull (first, NULL, 16),
                     seed->epoch, error);
  return image != NULL && replace (path, image, error);
}

/* Files in the work folder with the seed's time, for xorriso. */
static gboolean
write_files (const HdSeed *seed, const Content *content, GError **error)
{
  const struct timespec times[2]
      = { { .tv_sec = (time_t)seed->epoch }, { .tv_sec = (time_t)seed->epoch } };
  for (gsize i = 0; i < content->n; i++)
    {
      g_autofree char *path = g_build_filename (content->work, content->files[i].name, NULL);
      if (!replace (path, content->files[i].content, error))
        return FALSE;
      if (utimensat (AT_FDCWD, path, times, 0) < 0)
        return hd_throw_errno (error, errno, "setting the time of %s", path);
    }
  return TRUE;
}

static gboolean
write_iso (const HdSeed *seed, const Content *content, const char *path, GCancellable *cancellable,
           GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *epoch = g_strdup_printf ("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT, seed->epoch);
  const char *const env[] = { epoch, "TZ=UTC0", "LC_ALL=C", NULL };
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  const char *const words[]
      = { "xorriso", "-no_rc",         "-as",   "mkisofs", "-quiet", "-V", LABEL, "-J",
          "-r",      "-input-charset", "utf-8", "-o",      absolute };
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_ptr_array_add (argv, (gpointer)words[i]);
  for (gsize i = 0; i < content->n; i++)
    g_ptr_array_add (argv, (gpointer)content->files[i].name);
  g_ptr_array_add (argv, NULL);
  if (!write_files (seed, content, error))
    return FALSE;
  const HdSpawn options = { .cwd = content->work, .env = env };
  GError *local = NULL;
  if (hd_spawn_run ((const char *const *)argv->pdata, &options, NULL, cancellable, &local))
    return TRUE;
  if (g_error_matches (local, HD_ERROR, HD_NOT_FOUND))
    hd_error_set_hint (local, "apt-get install xorriso, or --filesystem=vfat");
  g_propagate_prefixed_error (error, local, "ISO image: ");
  return FALSE;
}

static gboolean
write_tar (const HdSeed *seed, const Content *content, const char *folder, GError **error)
{
  g_autoptr (HdFormatFile) file = hd_format_file_new (seed->output, error);
  if (file == NULL)
    return FALSE;
  for (gsize i = 0; i < content->n; i++)
    {
      g_autofree char *name = g_strconcat (folder, content->files[i].name, NULL);
      if (!hd_tar_append (file, name, g_bytes_get_data (content->files[i].content, NULL),
                          g_bytes_get_size (content->files[i].content), seed->epoch, error))
        return FALSE;
    }
  return hd_tar_end (file, error) && hd_format_file_commit (file, error);
}

static gboolean
wrap (const HdSeed *seed, const char *raw, GCancellable *cancellable, GError **error)
{
  g_autofree char *partial = g_strconcat (seed->output, ".new", NULL);
  const char *const argv[]
      = { "qemu-img", "convert", "-f", "raw", "-O", seed->disk_format, raw, partial, NULL };
  GError *local = NULL;
  if (!hd_spawn_run (argv, NULL, NULL, cancellable, &local))
    {
      if (g_error_matches (local, HD_ERROR, HD_NOT_FOUND))
        hd_error_set_hint (local, "apt-get install qemu-utils");
      g_propagate_error (error, local);
      g_unlink (partial);
      return FALSE;
    }
  return g_rename (partial, seed->output) == 0
         || hd_throw_errno (error, errno, "putting %s in place", seed->output);
}

static gboolean
write_disk (const HdSeed *seed, Content *content, GCancellable *cancellable, GError **error)
{
  content->work = g_dir_make_tmp ("atomic-image-seed-XXXXXX", error);
  if (content->work == NULL)
    return FALSE;
  gboolean raw = seed->disk_format == NULL || g_str_equal (seed->disk_format, "raw");
  g_autofree char *beside = g_strconcat (seed->output, ".new", NULL);
  g_autofree char *inside = g_build_filename (content->work, "seed.raw", NULL);
  const char *path = raw ? beside : inside;
  gboolean vfat = g_strcmp0 (seed->file_system, "vfat") == 0;
  gboolean ok = vfat ? write_fat (seed, content, path, error)
                     : write_iso (seed, content, path, cancellable, error);
  if (ok && !raw)
    return wrap (seed, inside, cancellable, error);
  if (ok && g_rename (path, seed->output) < 0)
    ok = hd_throw_errno (error, errno, "putting %s in place", seed->output);
  if (!ok)
    g_unlink (beside);
  return ok;
}

static gboolean
check_options (const HdSeed *seed, GError **error)
{
  if (seed->dsmode != NULL && !g_str_equal (seed->dsmode, "local")
      && !g_str_equal (seed->dsmode, "net"))
    return hd_throw (error, HD_USAGE, NULL, "--dsmode is local or net, not %s", seed->dsmode);
  if (seed->file_system != NULL && !g_str_equal (seed->file_system, "iso")
      && !g_str_equal (seed->file_system, "vfat"))
    return hd_throw (error, HD_USAGE, NULL, "--filesystem is iso or vfat, not %s",
                     seed->file_system);
  if (seed->meta_data != NULL
      && (seed->hostname != NULL || seed->dsmode != NULL || seed->interfaces != NULL))
    return hd_throw (error, HD_USAGE, "put them into the meta-data",
                     "--hostname, --dsmode and --interfaces would be ignored beside %s",
                     seed->meta_data);
  return TRUE;
}

static gboolean
write_seed (const HdSeed *seed, GCancellable *cancellable, GError **error)
{
  g_auto (Content) content = { .n = 0 };
  const char *format = seed->disk_format != NULL ? seed->disk_format : "raw";
  if (!check_options (seed, error) || !collect (seed, &content, error)
      || !check_schema (seed, seed->user_data, cancellable, error)
      || !check_schema (seed, seed->vendor_data, cancellable, error))
    return FALSE;
  if (g_str_equal (format, "tar"))
    return write_tar (seed, &content, "", error);
  if (g_str_equal (format, "tar-seed-local"))
    return write_tar (seed, &content, "var/lib/cloud/seed/nocloud/", error);
  if (g_str_equal (format, "tar-seed-net"))
    return write_tar (seed, &content, "var/lib/cloud/seed/nocloud-net/", error);
  return write_disk (seed, &content, cancellable, error);
}

static gboolean
is_stream (const char *path)
{
  return g_strcmp0 (path, "-") == 0;
}

/* Put standard input into a file of the folder, since it is read more than once. */
static gboolean
take_input (const char *folder, const char *name, char **ret_path, GError **error)
{
  hd_autofree char *data = NULL;
  size_t length;
  int status = hd_fs_read_fd (STDIN_FILENO, MAX_FILE_BYTES, &data, &length);
  *ret_path = g_build_filename (folder, name, NULL);
  if (status >= 0)
    status = hd_fs_replace (AT_FDCWD, *ret_path, data, length, 0600);
  return status >= 0 || hd_throw_errno (error, -status, "reading standard input");
}

static gboolean
give_output (const char *path, GError **error)
{
  g_autofree char *data = NULL;
  gsize length;
  if (!g_file_get_contents (path, &data, &length, error))
    return FALSE;
  int status = hd_fs_write_all (STDOUT_FILENO, data, length);
  return status >= 0 || hd_throw_errno (error, -status, "writing to standard output");
}

/* The same with files in the place of standard input and output. */
static gboolean
write_streams (const HdSeed *seed, const char *folder, GCancellable *cancellable, GError **error)
{
  HdSeed inner = *seed;
  g_autofree char *output = g_build_filename (folder, "output", NULL);
  g_autofree char *user_data = NULL;
  g_autofree char *meta_data = NULL;
  if (is_stream (seed->user_data) && is_stream (seed->meta_data))
    return hd_throw (error, HD_USAGE, NULL, "standard input is one file only");
  if ((is_stream (seed->user_data) && !take_input (folder, "user-data", &user_data, error))
      || (is_stream (seed->meta_data) && !take_input (folder, "meta-data", &meta_data, error)))
    return FALSE;
  inner.user_data = user_data != NULL ? user_data : seed->user_data;
  inner.meta_data = meta_data != NULL ? meta_data : seed->meta_data;
  inner.output = is_stream (seed->output) ? output : seed->output;
  return write_seed (&inner, cancellable, error)
         && (!is_stream (seed->output) || give_output (output, error));
}

gboolean
hd_seed_write (const HdSeed *seed, GCancellable *cancellable, GError **error)
{
  if (!is_stream (seed->output) && !is_stream (seed->user_data) && !is_stream (seed->meta_data))
    return write_seed (seed, cancellable, error);
  g_autofree char *folder = g_dir_make_tmp ("atomic-image-seed-XXXXXX", error);
  if (folder == NULL)
    return FALSE;
  gboolean ok = write_streams (seed, folder, cancellable, error);
  hd_fs_remove_tree (AT_FDCWD, folder);
  return ok;
}
