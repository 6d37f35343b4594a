/* Columns. */
#include "engine/container-row.h"

#include <string.h>
#include <time.h>

#include "base/output.h"
#include "common/cleanup.h"
#include "engine/launch.h"
#include "engine/port.h"
#include "engine/stats.h"
#include "engine/tree-size.h"

#define ID_CHARS 12
#define COMMAND_CHARS 20
#define NS 1000000000

static void
append_words (GString *out, const hd_json *list)
{
  const char *text;
  for (gsize i = 0; i < hd_json_length (list); i++)
    if (hd_json_as_string (hd_json_at (list, i), &text))
      g_string_append_printf (out, "%s%s", out->len > 0 ? " " : "", text);
}

/* "\"/bin/sh -c 'x'\"", cut with an ellipsis. */
static char *
command_text (const hd_json *config, gboolean truncate)
{
  g_autoptr (GString) words = g_string_new (NULL);
  append_words (words, hd_json_get (config, "Entrypoint"));
  append_words (words, hd_json_get (config, "Cmd"));
  g_autofree char *clean = hd_printable (words->str);
  if (truncate && g_utf8_strlen (clean, -1) > COMMAND_CHARS)
    {
      *g_utf8_offset_to_pointer (clean, COMMAND_CHARS - 1) = '\0';
      return g_strconcat ("\"", clean, "\xe2\x80\xa6\"", NULL);
    }
  return g_strconcat ("\"", clean, "\"", NULL);
}

static int
append_label (const char *key, const hd_json *value, void *data)
{
  const char *text = "";
  GString *out = data;
  hd_json_as_string (value, &text);
  g_string_append_printf (out, "%s%s=%s", out->len > 0 ? "," : "", key, text);
  return 0;
}

char *
hd_container_labels_text (const hd_json *labels)
{
  GString *out = g_string_new (NULL);
  if (labels != NULL)
    hd_json_each (labels, append_label, out);
  return g_string_free (out, FALSE);
}

/* "2026-01-02 03:04:05 +0000 UTC" */
static char *
created_text (gint64 ns)
{
  time_t seconds = (time_t)(ns / NS);
  struct tm parts;
  char text[64];
  localtime_r (&seconds, &parts);
  strftime (text, sizeof text, "%Y-%m-%d %H:%M:%S %z %Z", &parts);
  return g_strdup (text);
}

static void
set_mounts (hd_json *row, const hd_json *mounts)
{
  g_autoptr (GString) names = g_string_new (NULL);
  int volumes = 0;
  for (gsize i = 0; i < hd_json_length (mounts); i++)
    {
      const hd_json *mount = hd_json_at (mounts, i);
      const char *name = hd_json_get_string (mount, "Name", NULL);
      volumes += name != NULL;
      if (name == NULL)
        name = hd_json_get_string (mount, "Source", "");
      g_string_append_printf (names, "%s%s", names->len > 0 ? "," : "", name);
    }
  g_autofree char *count = g_strdup_printf ("%d", volumes);
  hd_json_set_string (row, "Mounts", names->str);
  hd_json_set_string (row, "LocalVolumes", count);
}

/* "0.0.0.0:80->80/tcp, 443/tcp": published ones, then those that are only exposed. */
static int
append_exposed (const char *key, const hd_json *value, void *data)
{
  GString *out = data;
  g_autofree char *arrow = g_strconcat ("->", key, NULL);
  if (strstr (out->str, arrow) == NULL)
    g_string_append_printf (out, "%s%s", out->len > 0 ? ", " : "", key);
  return 0;
}

static char *
ports_text (HdStore *store, const HdContainer *container, const HdStatusNow *now)
{
  const hd_json *exposed = hd_json_get (hd_container_config (container), "ExposedPorts");
  GString *out = g_string_new (NULL);
  if (!hd_status_now_is_running (now) || hd_json_length (exposed) == 0)
    return g_string_free (out, FALSE);
  g_autoptr (GArray) held = hd_port_list (store, container->id, TRUE, NULL);
  for (guint i = 0; held != NULL && i < held->len; i++)
    {
      g_autofree char *text = hd_port_to_text (&g_array_index (held, HdPort, i));
      g_string_append_printf (out, "%s%s", out->len > 0 ? ", " : "", text);
    }
  hd_json_each (exposed, append_exposed, out);
  return g_string_free (out, FALSE);
}

hd_json *
hd_container_row (HdStore *store, const HdContainer *container, const HdStatusNow *now,
                  const HdContainerRowOptions *options)
{
  const hd_json *config = hd_container_config (container);
  const char *network
      = hd_json_get_string (hd_container_host_config (container), "NetworkMode", "default");
  gint64 now_ns = mon_now_ns ();
  g_autofree char *id
      = options->truncate ? g_strndup (container->id, ID_CHARS) : g_strdup (container->id);
  g_autofree char *command = command_text (config, options->truncate);
  g_autofree char *created = created_text (container->created_ns);
  g_autofree char *age = hd_status_duration ((now_ns - container->created_ns) / NS);
  g_autofree char *ago = g_strconcat (age, " ago", NULL);
  g_autofree char *status = hd_status_to_text (now, now_ns);
  g_autofree char *labels = hd_container_labels_text (hd_json_get (config, "Labels"));
  g_autofree char *ports = ports_text (store, container, now);
  hd_json *row = hd_json_new_object ();
  hd_json_set_string (row, "ID", id);
  hd_json_set_string (row, "Image", container->image_name);
  hd_json_set_string (row, "Command", command);
  hd_json_set_string (row, "CreatedAt", created);
  hd_json_set_string (row, "RunningFor", ago);
  hd_json_set_string (row, "Status", status);
  hd_json_set_string (row, "State", now->broken ? "dead" : mon_status_name (now->state.status));
  hd_json_set_string (row, "Ports", ports);
  hd_json_set_string (row, "Names", container->name);
  hd_json_set_string (row, "Labels", labels);
  hd_json_set_string (row, "Networks", strcmp (network, "default") == 0 ? "bridge" : network);
  if (options->size)
    {
      g_autofree char *folder = hd_container_folder (store, container->id);
      g_autofree char *upper = g_build_filename (folder, "upper", NULL);
      g_auto (GStrv) layers = hd_launch_layers (store, container, NULL);
      guint64 written = hd_tree_size (upper), all = written;
      for (char **layer = layers; layer != NULL && *layer != NULL; layer++)
        all += hd_tree_size (*layer);
      g_autofree char *own = hd_stats_size (written, FALSE);
      g_autofree char *whole = hd_stats_size (all, FALSE);
      g_autofree char *size = g_strdup_printf ("%s (virtual %s)", own, whole);
      hd_json_set_string (row, "Size", size);
    }
  else
    hd_json_set_string (row, "Size", "0B");
  set_mounts (row, hd_json_get (container->body, "Mounts"));
  return row;
}
