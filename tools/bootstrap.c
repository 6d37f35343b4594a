/* mmdebstrap's arguments, and the folder that its hooks read. */
#include "tools/bootstrap.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/fs.h"

/* Where the stage stands in the tree; the hooks and tools/layout.c know it too. */
#define STAGE "/atomic-image"
#define ARCHIVES "/var/cache/apt/archives"

static void add (GPtrArray *argv, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add (GPtrArray *argv, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_ptr_array_add (argv, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

static void
add_hooks (GPtrArray *argv, const char *stage)
{
  g_autofree char *quoted = g_shell_quote (stage);
  add (argv, "--essential-hook=mkdir \"$1" STAGE "\"");
  add (argv, "--essential-hook=sync-in %s " STAGE, quoted);
  add (argv, "--essential-hook=chroot \"$1\" sh " STAGE "/essential");
  add (argv, "--customize-hook=chroot \"$1\" sh " STAGE "/customize");
}

char **
hd_bootstrap_argv (const HdBootstrap *bootstrap)
{
  g_autofree char *packages = g_strjoinv (",", (char **)bootstrap->packages);
  g_autofree char *debs = g_shell_quote (bootstrap->debs);
  GPtrArray *argv = g_ptr_array_new ();
  add (argv, "mmdebstrap");
  add (argv, "--variant=minbase");
  add (argv, "--format=tar");
  add (argv, "--architectures=%s", bootstrap->arch);
  add (argv, "--include=%s", packages);
  /* Keep the packages: mmdebstrap(1), section EXAMPLES. */
  add (argv, "--skip=download/empty,essential/unlink,output/dev");
  add (argv, "--setup-hook=mkdir -p \"$1" ARCHIVES "\"");
  add (argv, "--setup-hook=sync-in %s " ARCHIVES, debs);
  if (bootstrap->stage != NULL)
    add_hooks (argv, bootstrap->stage);
  add (argv, "--customize-hook=rm -rf \"$1" ARCHIVES "/partial\" \"$1" ARCHIVES "/lock\"");
  add (argv, "--customize-hook=sync-out " ARCHIVES " %s", debs);
  add (argv, "%s", bootstrap->suite);
  add (argv, "%s", bootstrap->output);
  for (const char *const *mirror = bootstrap->mirrors; mirror && *mirror; mirror++)
    add (argv, "%s", *mirror);
  g_ptr_array_add (argv, NULL);
  return (char **)g_ptr_array_free (argv, FALSE);
}

/* mmdebstrap's failures that mean that the network, not the definition, is at fault. */
static const char *const network_words[]
    = { "Temporary failure resolving", "Could not connect",
        "Connection timed out",        "Failed to fetch",
        "Network is unreachable",      "apt-get update failed" };

static void
explain_failure (GError **error)
{
  GError *failure = *error;
  if (g_error_matches (failure, HD_ERROR, HD_NOT_FOUND))
    {
      hd_error_set_hint (failure, "apt-get install mmdebstrap");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (network_words); i++)
    if (strstr (failure->message, network_words[i]) != NULL)
      {
        g_autofree char *message = g_strdup (failure->message);
        g_clear_error (error);
        hd_throw (error, HD_NETWORK, "check the network, or name a mirror with --mirror", "%s",
                  message);
        return;
      }
}

gboolean
hd_bootstrap_run (const HdBootstrap *bootstrap, gint64 epoch,
                  void (*on_line) (const char *line, gpointer data), gpointer data,
                  GCancellable *cancellable, GError **error)
{
  if (g_mkdir_with_parents (bootstrap->debs, 0755) < 0)
    return hd_throw_errno (error, errno, "making the folder %s", bootstrap->debs);
  g_auto (GStrv) argv = hd_bootstrap_argv (bootstrap);
  g_autofree char *epoch_text = g_strdup_printf ("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT, epoch);
  /* INITRD=No: the customize hook makes the initramfs, once, when all files are in place. */
  const char *const env[] = { epoch_text, "INITRD=No", "LC_ALL=C.UTF-8", NULL };
  const HdSpawn options = { .env = env, .on_line = on_line, .on_line_data = data };
  GError *local = NULL;
  if (hd_spawn_run ((const char *const *)argv, &options, NULL, cancellable, &local))
    return TRUE;
  explain_failure (&local);
  g_propagate_prefixed_error (error, local, "making the tree of packages: ");
  return FALSE;
}

static gboolean
write_lines (const char *stage, const char *name, char *const *words, GError **error)
{
  g_autofree char *path = g_build_filename (stage, name, NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  for (char *const *word = words; word != NULL && *word != NULL; word++)
    g_string_append_printf (text, "%s\n", *word);
  return g_file_set_contents (path, text->str, (gssize)text->len, error);
}

/* Modes are those that git keeps: a program is executable for all, nothing else is; owners and
 * other bits of the builder's files do not count. */
static gboolean
copy_file (const char *source, const char *target, mode_t mode, GError **error)
{
  g_autofree char *data = NULL;
  gsize length;
  if (!g_file_get_contents (source, &data, &length, error)
      || !g_file_set_contents (target, data, (gssize)length, error))
    return FALSE;
  if (chmod (target, mode & S_IXUSR ? 0755 : 0644) < 0)
    return hd_throw_errno (error, errno, "setting the mode of %s", target);
  return TRUE;
}

static gboolean copy_tree (const char *source, const char *target, GError **error);

static gboolean
copy_folder (const char *source, const char *target, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (source, 0, error);
  if (dir == NULL)
    return FALSE;
  if (g_mkdir_with_parents (target, 0755) < 0 || chmod (target, 0755) < 0)
    return hd_throw_errno (error, errno, "making the folder %s", target);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *from = g_build_filename (source, name, NULL);
      g_autofree char *to = g_build_filename (target, name, NULL);
      if (!copy_tree (from, to, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
copy_link (const char *source, const char *target, GError **error)
{
  g_autofree char *destination = g_file_read_link (source, error);
  if (destination == NULL)
    return FALSE;
  g_unlink (target);
  if (symlink (destination, target) < 0)
    return hd_throw_errno (error, errno, "making the link %s", target);
  return TRUE;
}

static gboolean
copy_tree (const char *source, const char *target, GError **error)
{
  struct stat info;
  if (lstat (source, &info) < 0)
    return hd_throw_errno (error, errno, "reading %s", source);
  if (S_ISDIR (info.st_mode))
    return copy_folder (source, target, error);
  if (S_ISLNK (info.st_mode))
    return copy_link (source, target, error);
  return copy_file (source, target, info.st_mode, error);
}

static gboolean
stage_overlays (const HdDefinition *definition, const char *stage, GError **error)
{
  g_autofree char *files = g_build_filename (stage, "files", NULL);
  if (g_mkdir_with_parents (files, 0755) < 0)
    return hd_throw_errno (error, errno, "making the folder %s", files);
  for (guint i = 0; i < definition->overlays->len; i++)
    {
      const HdOverlay *overlay = g_ptr_array_index (definition->overlays, i);
      g_autofree char *target = g_build_filename (files, overlay->target, NULL);
      g_autofree char *parent = g_path_get_dirname (target);
      if (g_mkdir_with_parents (parent, 0755) < 0)
        return hd_throw_errno (error, errno, "making the folder %s", parent);
      if (!copy_tree (overlay->source, target, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
stage_agent (const char *agent_deb, const char *stage, GError **error)
{
  if (agent_deb == NULL)
    return TRUE;
  g_autofree char *folder = g_build_filename (stage, "agent", NULL);
  g_autofree char *target = g_build_filename (folder, "agent.deb", NULL);
  if (g_mkdir_with_parents (folder, 0755) < 0)
    return hd_throw_errno (error, errno, "making the folder %s", folder);
  return copy_file (agent_deb, target, 0644, error);
}

static gboolean
stage_lists (const HdDefinition *definition, const char *version, gboolean with_agent,
             const char *stage, GError **error)
{
  g_autofree char *image_id = g_strdup_printf ("IMAGE_ID=%s", definition->name);
  g_autofree char *image_version = g_strdup_printf ("IMAGE_VERSION=%s", version);
  g_autofree char *variant = g_strdup_printf ("VARIANT=\"%s\"", definition->title);
  char *const os_release[] = { variant, image_id, image_version, NULL };
  g_autoptr (GPtrArray) enable = g_ptr_array_new ();
  for (char **unit = definition->enable; *unit != NULL; unit++)
    g_ptr_array_add (enable, *unit);
  for (char **unit = definition->agent_enable; with_agent && *unit != NULL; unit++)
    g_ptr_array_add (enable, *unit);
  g_ptr_array_add (enable, NULL);
  return write_lines (stage, "os-release", os_release, error)
         && write_lines (stage, "enable", (char *const *)enable->pdata, error)
         && write_lines (stage, "disable", definition->disable, error)
         && write_lines (stage, "mask", definition->mask, error)
         && write_lines (stage, "purge", definition->purge, error);
}

gboolean
hd_bootstrap_stage (const HdDefinition *definition, const char *version, const char *agent_deb,
                    const char *stage, GError **error)
{
  const struct
  {
    const char *source;
    const char *name;
  } files[] = {
    { definition->passwd, "passwd" },
    { definition->group, "group" },
    { definition->essential_hook, "essential" },
    { definition->customize_hook, "customize" },
  };
  hd_fs_remove_tree (AT_FDCWD, stage);
  if (!stage_overlays (definition, stage, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *target = g_build_filename (stage, files[i].name, NULL);
      if (!copy_file (files[i].source, target, 0644, error))
        return FALSE;
    }
  return stage_agent (agent_deb, stage, error)
         && stage_lists (definition, version, agent_deb != NULL, stage, error);
}
