#include "kickstart/scripts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/output.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "kickstart/root.h"

/* One script while it runs. */
typedef struct
{
  const HdKsSection *section;
  const char *root; /* the host; NULL: none */
  gboolean in_host;
  int folder; /* where its file is: /tmp, of the host for what runs there */
  char *name; /* of its file */
  FILE *log;  /* NULL: none */
  FILE *out;
} Script;

static void
script_clear (Script *script)
{
  if (script->folder >= 0 && script->name != NULL)
    unlinkat (script->folder, script->name, 0);
  hd_closep (&script->folder);
  g_clear_pointer (&script->name, g_free);
  hd_fclosep (&script->log);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Script, script_clear)

static void
on_line (const char *line, gpointer data)
{
  const Script *script = data;
  g_autofree char *clean = hd_printable (line);

  fprintf (script->out, "%s\n", clean);
  if (script->log != NULL)
    fprintf (script->log, "%s\n", line);
}

/* Write its file. */
static gboolean
prepare (Script *script, GError **error)
{
  const GString *body = script->section->body;
  g_autofree char *id = g_uuid_string_random ();
  hd_autofd root = open (script->in_host ? script->root : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int r = root;

  if (root < 0)
    return hd_throw_errno (error, errno, "cannot open %s", script->root);
  script->folder = r = hd_ks_root_open_folder (root, "tmp", 01777, NULL);
  if (r >= 0)
    {
      script->name = g_strconcat ("ks-script-", id, NULL);
      r = hd_fs_replace (script->folder, script->name, body->str, body->len, 0700);
    }
  return r >= 0 || hd_throw_errno (error, -r, "cannot write the script");
}

/* Open --log: in the host for what runs there. */
static gboolean
open_log (Script *script, GError **error)
{
  const char *path = hd_ks_text (script->section->header, "log");
  g_autofree char *folder_path = path != NULL ? g_path_get_dirname (path) : NULL;
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;
  hd_autofd root = -1;
  hd_autofd folder = -1;
  hd_autofd fd = -1;

  if (path == NULL)
    return TRUE;
  root = open (script->in_host ? script->root : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  folder = root >= 0 ? hd_ks_root_open_folder (root, folder_path, 0755, NULL) : -errno;
  fd = folder >= 0 ? hd_fs_open_in (folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600, 0) : folder;
  if (fd < 0)
    return hd_throw_errno (error, -fd, "cannot write the log %s", path);
  script->log = fdopen (fd, "w");
  if (script->log == NULL)
    return hd_throw_errno (error, errno, "cannot write the log %s", path);
  hd_steal_fd (&fd);
  return TRUE;
}

static gboolean
run (Script *script, GCancellable *cancellable, GError **error)
{
  const char *interpreter = hd_ks_text (script->section->header, "interpreter") ?: "/bin/sh";
  g_autofree char *path = g_strconcat ("/tmp/", script->name, NULL);
  g_autofree char *host = g_strconcat ("ANA_INSTALL_PATH=", script->root, NULL);
  const char *env[] = { script->root != NULL ? host : NULL, NULL };
  const char *here[] = { interpreter, path, NULL };
  const char *there[] = { "chroot", script->root, interpreter, path, NULL };
  HdSpawn options = {
    .cwd = "/",
    .env = env,
    .on_line = on_line,
    .on_line_data = script,
  };

  return hd_spawn_run (script->in_host ? there : here, &options, NULL, cancellable, error);
}

/* Whether the next one may run. */
static gboolean
run_section (const HdKsSection *section, const char *root, FILE *out, GCancellable *cancellable,
             GError **error)
{
  const HdKsEntry *header = section->header;
  g_auto (Script) script = { .section = section, .root = root, .folder = -1, .out = out };
  g_autoptr (GError) failed = NULL;

  script.in_host = hd_ks_is (header, "%post") && !hd_ks_given (header, "nochroot");
  if (script.in_host && root == NULL)
    return hd_throw (error, HD_USAGE, "add --root=DIR", "%%post runs in a host, and none is named");
  if (prepare (&script, &failed) && open_log (&script, &failed)
      && run (&script, cancellable, &failed))
    return TRUE;
  g_prefix_error (&failed, "%s:%u: %s: ", header->place.file, header->place.line, header->name);
  if (hd_ks_given (header, "erroronfail") || g_cancellable_is_cancelled (cancellable))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  hd_log_error (LOG_WARNING, failed);
  return TRUE;
}

gboolean
hd_ks_scripts_run (const HdKickstart *kickstart, const char *section, const char *root, FILE *out,
                   GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) sections = hd_kickstart_sections (kickstart, section);

  for (guint i = 0; i < sections->len; i++)
    if (!run_section (g_ptr_array_index (sections, i), root, out, cancellable, error))
      return FALSE;
  return TRUE;
}
