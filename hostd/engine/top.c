/* The runtime knows the process ids, ps(1) the rest, as in Docker. */
#include "engine/top.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "common/parse.h"
#include "engine/programs.h"
#include "engine/status.h"

GArray *
hd_top_pids (HdStore *store, const HdContainer *container, GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (!hd_status_now (store, container->id, &now, error))
    return NULL;
  if (!hd_status_now_is_running (&now))
    {
      hd_throw (error, HD_FAILED, "start it first", "container %s is not running", container->name);
      return NULL;
    }
  g_autofree char *program = hd_programs_find ("atomic-runtime");
  g_autofree char *root = g_build_filename (hd_store_run_root (store), "runtime", NULL);
  g_autofree char *text = NULL;
  const char *const argv[]
      = { program, "--root", root, "ps", "--format", "json", container->id, NULL };
  const HdSpawn spawn = { .capture_stdout = TRUE };
  hd_err err = { 0 };
  if (!hd_spawn_run (argv, &spawn, &text, NULL, error))
    return NULL;
  hd_autojson list = hd_json_parse (text, strlen (text), &err);
  if (list == NULL)
    {
      hd_throw_err (error, &err);
      return NULL;
    }
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      gint64 pid;
      if (hd_json_as_int64 (hd_json_at (list, i), &pid))
        g_array_append_val (pids, pid);
    }
  return pids;
}

/* The number of the column PID in the head; -1 when there is none. */
static int
find_column (const char *head)
{
  g_auto (GStrv) words = g_strsplit_set (head, " \t", -1);
  int column = 0;
  for (char **word = words; *word != NULL; word++)
    {
      if (**word == '\0')
        continue;
      if (strcmp (*word, "PID") == 0)
        return column;
      column++;
    }
  return -1;
}

static gboolean
is_of (const char *line, int column, const GArray *pids)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t", -1);
  gint64 pid = 0;
  int at = 0;
  for (char **word = words; *word != NULL; word++)
    if (**word != '\0' && at++ == column)
      {
        if (hd_parse_int64 (*word, &pid) < 0)
          return FALSE;
        break;
      }
  for (guint i = 0; i < pids->len; i++)
    if (g_array_index (pids, gint64, i) == pid)
      return TRUE;
  return FALSE;
}

gboolean
hd_top_print (HdStore *store, const HdContainer *container, const char *const *options,
              GError **error)
{
  g_autoptr (GArray) pids = hd_top_pids (store, container, error);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *text = NULL;
  const HdSpawn spawn = { .capture_stdout = TRUE };
  if (pids == NULL)
    return FALSE;
  g_ptr_array_add (argv, (gpointer) "ps");
  for (const char *const *option = options; *option != NULL; option++)
    g_ptr_array_add (argv, (gpointer)*option);
  if (*options == NULL)
    g_ptr_array_add (argv, (gpointer) "-ef");
  g_ptr_array_add (argv, NULL);
  if (!hd_spawn_run ((const char *const *)argv->pdata, &spawn, &text, NULL, error))
    return FALSE;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  int column = lines[0] != NULL ? find_column (lines[0]) : -1;
  if (column < 0)
    return hd_throw (error, HD_USAGE, "add pid to the columns", "ps printed no column PID");
  puts (lines[0]);
  for (char **line = lines + 1; *line != NULL; line++)
    if (is_of (*line, column, pids))
      puts (*line);
  return TRUE;
}
