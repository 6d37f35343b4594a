/* The history file: read whole, written whole. */
#include "state/history.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "state/paths.h"

#define MAX_HISTORY_BYTES (4u << 20)

/* The lines of the file, without empty ones; an empty list when there is none. */
static char **
read_lines (int sysroot_fd, GError **error)
{
  hd_autofree char *text = NULL;
  int r = hd_fs_read (sysroot_fd, HD_PATH_HISTORY, MAX_HISTORY_BYTES, &text, NULL);
  if (r < 0 && r != -ENOENT)
    {
      hd_throw_errno (error, -r, "reading /" HD_PATH_HISTORY);
      return NULL;
    }
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", "\n", -1);
  GPtrArray *lines = g_ptr_array_new ();
  for (char **part = parts; *part != NULL; part++)
    if ((*part)[0] != '\0')
      g_ptr_array_add (lines, g_strdup (*part));
  g_ptr_array_add (lines, NULL);
  return (char **)g_ptr_array_free (lines, FALSE);
}

static char *
format_entry (const HdHistoryEntry *entry)
{
  hd_autojson object = hd_json_new_object ();
  g_autofree char *time = hd_format_time (entry->time);
  hd_json_set_string (object, "time", time);
  hd_json_set_string (object, "event", entry->event);
  hd_json_set_string (object, "stateroot", entry->stateroot);
  hd_json_set_string (object, "version", entry->version);
  hd_json_set_string (object, "commit", entry->commit);
  hd_json_set_string (object, "detail", entry->detail);
  return hd_json_to_text (object, false);
}

gboolean
hd_history_append (int sysroot_fd, const HdHistoryEntry *entry, GError **error)
{
  g_auto (GStrv) lines = read_lines (sysroot_fd, error);
  if (lines == NULL)
    return FALSE;
  guint length = g_strv_length (lines);
  guint skipped = length >= HD_HISTORY_MAX_ENTRIES ? length - HD_HISTORY_MAX_ENTRIES + 1 : 0;

  g_autoptr (GString) text = g_string_new (NULL);
  for (char **line = lines + skipped; *line != NULL; line++)
    g_string_append_printf (text, "%s\n", *line);
  hd_autofree char *added = format_entry (entry);
  g_string_append_printf (text, "%s\n", added);
  int r = hd_fs_replace (sysroot_fd, HD_PATH_HISTORY, text->str, text->len, 0644);
  return r == 0 || hd_throw_errno (error, -r, "writing /" HD_PATH_HISTORY);
}

hd_json *
hd_history_read (int sysroot_fd, GError **error)
{
  g_auto (GStrv) lines = read_lines (sysroot_fd, error);
  if (lines == NULL)
    return NULL;
  hd_json *array = hd_json_new_array ();
  for (char **line = lines; *line != NULL; line++)
    {
      hd_autojson value = hd_json_parse (*line, strlen (*line), NULL);
      if (value != NULL && hd_json_get_type (value) == HD_JSON_OBJECT)
        {
          hd_json_append (array, value);
          value = NULL;
        }
    }
  return array;
}

hd_json *
hd_history_load (const char *path, GError **error)
{
  hd_autofd fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || faccessat (fd, HD_PATH_REPO, F_OK, 0) < 0)
    {
      hd_throw (error, HD_NO_SYSROOT, "name another one with --sysroot=PATH",
                "%s is no OSTree sysroot", path);
      return NULL;
    }
  return hd_history_read (fd, error);
}

gboolean
hd_history_has_failed (const hd_json *history, const char *commit)
{
  gboolean failed = FALSE;
  for (size_t i = 0; i < hd_json_length (history); i++)
    {
      const hd_json *entry = hd_json_at (history, i);
      const char *event = hd_json_get_string (entry, "event", "");
      if (strcmp (hd_json_get_string (entry, "commit", ""), commit) != 0)
        continue;
      if (strcmp (event, "failed") == 0 || strcmp (event, "good") == 0)
        failed = strcmp (event, "failed") == 0;
    }
  return failed;
}
