/* The staged record: a key file, replaced as a whole. */
#include "state/staged.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/output.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"
#include "state/paths.h"

#define GROUP "staged"
#define MAX_RECORD_BYTES (64 * 1024)
#define CHECKSUM_LENGTH 64

void
hd_staged_free (HdStaged *staged)
{
  if (staged == NULL)
    return;
  g_free (staged->stateroot);
  g_free (staged->commit);
  g_free (staged->boot_checksum);
  g_free (staged->merge);
  g_strfreev (staged->kargs);
  g_free (staged);
}

/* Whether the values can be used in paths: a stranger's file must not lead out of our folders. */
static gboolean
is_stateroot (const char *name)
{
  return name[0] != '\0' && name[0] != '.' && strchr (name, '/') == NULL;
}

static gboolean
is_serial (const char *text, int *ret)
{
  int64_t serial;
  if (hd_parse_int64 (text, &serial) < 0 || serial < 0 || serial > G_MAXINT)
    return FALSE;
  *ret = (int)serial;
  return TRUE;
}

/* "STATEROOT-COMMIT.SERIAL"; the name of a stateroot may have dashes and dots in it. */
static gboolean
is_deployment_id (const char *id)
{
  const char *dot = strrchr (id, '.');
  int serial;
  if (dot == NULL || !is_serial (dot + 1, &serial) || dot - id < CHECKSUM_LENGTH + 1)
    return FALSE;
  const char *dash = dot - CHECKSUM_LENGTH - 1;
  g_autofree char *stateroot = g_strndup (id, dash - id);
  g_autofree char *commit = g_strndup (dash + 1, CHECKSUM_LENGTH);
  return *dash == '-' && is_stateroot (stateroot) && hd_parse_is_checksum (commit);
}

static gboolean
is_valid (const HdStaged *staged)
{
  return staged->stateroot != NULL && is_stateroot (staged->stateroot) && staged->commit != NULL
         && hd_parse_is_checksum (staged->commit) && staged->boot_checksum != NULL
         && hd_parse_is_checksum (staged->boot_checksum)
         && (staged->merge == NULL || is_deployment_id (staged->merge)) && staged->kargs != NULL;
}

static gboolean
throw_malformed (GError **error, const char *what)
{
  return hd_throw (error, HD_CONFIG, "drop it with: atomic host cleanup --pending",
                   "the record of the staged deployment is malformed%s%s", what != NULL ? ": " : "",
                   what != NULL ? what : "");
}

HdStaged *
hd_staged_parse (const char *text, gsize length_bytes, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GKeyFile) file = g_key_file_new ();
  if (!g_key_file_load_from_data (file, text, length_bytes, G_KEY_FILE_NONE, &local_error))
    {
      throw_malformed (error, local_error->message);
      return NULL;
    }
  g_autoptr (HdStaged) staged = g_new0 (HdStaged, 1);
  staged->stateroot = g_key_file_get_string (file, GROUP, "stateroot", NULL);
  staged->commit = g_key_file_get_string (file, GROUP, "commit", NULL);
  staged->boot_checksum = g_key_file_get_string (file, GROUP, "boot-checksum", NULL);
  staged->merge = g_key_file_get_string (file, GROUP, "merge", NULL);
  staged->kargs = g_key_file_get_string_list (file, GROUP, "kargs", NULL, NULL);
  g_autofree char *serial = g_key_file_get_string (file, GROUP, "serial", NULL);
  g_autofree char *created = g_key_file_get_string (file, GROUP, "created", NULL);
  if (created != NULL)
    (void)hd_parse_time (created, &staged->created);
  if (serial == NULL || !is_serial (serial, &staged->serial) || !is_valid (staged))
    {
      throw_malformed (error, NULL);
      return NULL;
    }
  return g_steal_pointer (&staged);
}

char *
hd_staged_format (const HdStaged *staged)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *created = hd_format_time (staged->created);
  g_key_file_set_string (file, GROUP, "stateroot", staged->stateroot);
  g_key_file_set_string (file, GROUP, "commit", staged->commit);
  g_key_file_set_integer (file, GROUP, "serial", staged->serial);
  g_key_file_set_string (file, GROUP, "boot-checksum", staged->boot_checksum);
  if (staged->merge != NULL)
    g_key_file_set_string (file, GROUP, "merge", staged->merge);
  g_key_file_set_string_list (file, GROUP, "kargs", (const char *const *)staged->kargs,
                              g_strv_length (staged->kargs));
  g_key_file_set_string (file, GROUP, "created", created);
  return g_key_file_to_data (file, NULL, NULL);
}

HdStaged *
hd_staged_read (int sysroot_fd, GError **error)
{
  hd_autofree char *text = NULL;
  gsize length_bytes = 0;
  int r = hd_fs_read (sysroot_fd, HD_PATH_STAGED, MAX_RECORD_BYTES, &text, &length_bytes);
  if (r == -ENOENT)
    return NULL;
  if (r < 0)
    {
      hd_throw_errno (error, -r, "reading /" HD_PATH_STAGED);
      return NULL;
    }
  return hd_staged_parse (text, length_bytes, error);
}

gboolean
hd_staged_write (int sysroot_fd, const HdStaged *staged, GError **error)
{
  g_autofree char *text = hd_staged_format (staged);
  int r = hd_fs_replace (sysroot_fd, HD_PATH_STAGED, text, strlen (text), 0644);
  return r == 0 || hd_throw_errno (error, -r, "writing /" HD_PATH_STAGED);
}

gboolean
hd_staged_remove (int sysroot_fd, GError **error)
{
  if (unlinkat (sysroot_fd, HD_PATH_STAGED, 0) < 0)
    return errno == ENOENT || hd_throw_errno (error, errno, "removing /" HD_PATH_STAGED);
  int r = hd_fs_sync_dir (sysroot_fd, HD_PATH_ATOMIC);
  return r == 0 || hd_throw_errno (error, -r, "removing /" HD_PATH_STAGED);
}

char *
hd_staged_tree_path (const HdStaged *staged)
{
  return g_strdup_printf (HD_PATH_TREES "/%s.%d", staged->commit, staged->serial);
}

char *
hd_staged_origin_path (const HdStaged *staged)
{
  return g_strdup_printf (HD_PATH_TREES "/%s.%d.origin", staged->commit, staged->serial);
}

char *
hd_staged_id (const HdStaged *staged)
{
  return g_strdup_printf ("%s-%s.%d", staged->stateroot, staged->commit, staged->serial);
}
