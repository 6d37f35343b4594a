/* The configuration of an image: JSON to values. */
#include "engine/image-config.h"

#include <string.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "engine/platform.h"
#include "engine/ref.h"

/* Items of a list, and of an object that stands for a set. */
#define MAX_ITEMS 4096

typedef struct
{
  GPtrArray *items;
  const char *what;
  GError **error;
} Collector;

void
hd_healthcheck_free (HdHealthcheck *health)
{
  if (health == NULL)
    return;
  g_strfreev (health->test);
  g_free (health);
}

HdHealthcheck *
hd_healthcheck_copy (const HdHealthcheck *health)
{
  if (health == NULL)
    return NULL;
  HdHealthcheck *copy = g_memdup2 (health, sizeof *health);
  copy->test = g_strdupv (health->test);
  return copy;
}

static void
history_free (gpointer data)
{
  HdHistory *entry = data;
  g_free (entry->created);
  g_free (entry->created_by);
  g_free (entry->author);
  g_free (entry->comment);
  g_free (entry);
}

HdHistory *
hd_history_new (const char *created, const char *created_by, const char *author,
                const char *comment, gboolean empty_layer)
{
  HdHistory *entry = g_new0 (HdHistory, 1);
  entry->created = g_strdup (created);
  entry->created_by = g_strdup (created_by);
  entry->author = g_strdup (author);
  entry->comment = g_strdup (comment);
  entry->empty_layer = empty_layer;
  return entry;
}

void
hd_image_config_free (HdImageConfig *config)
{
  if (config == NULL)
    return;
  char *const texts[]
      = { config->architecture, config->os,   config->variant,     config->created,
          config->author,       config->user, config->working_dir, config->stop_signal };
  char **const lists[]
      = { config->env,     config->entrypoint,    config->cmd,    config->shell,   config->on_build,
          config->volumes, config->exposed_ports, config->labels, config->diff_ids };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    g_strfreev (lists[i]);
  hd_healthcheck_free (config->health);
  g_clear_pointer (&config->history, g_ptr_array_unref);
  g_free (config);
}

static HdImageConfig *
new_empty (void)
{
  HdImageConfig *config = g_new0 (HdImageConfig, 1);
  config->diff_ids = g_new0 (char *, 1);
  config->history = g_ptr_array_new_with_free_func (history_free);
  return config;
}

HdImageConfig *
hd_image_config_new (void)
{
  HdImageConfig *config = new_empty ();
  const HdPlatform *host = hd_platform_host ();
  config->os = g_strdup (host->os);
  config->architecture = g_strdup (host->architecture);
  config->variant = g_strdup (host->variant);
  return config;
}

HdImageConfig *
hd_image_config_copy (const HdImageConfig *config)
{
  HdImageConfig *copy = g_memdup2 (config, sizeof *config);
  char **const texts[]
      = { &copy->architecture, &copy->os,   &copy->variant,     &copy->created,
          &copy->author,       &copy->user, &copy->working_dir, &copy->stop_signal };
  char ***const lists[]
      = { &copy->env,     &copy->entrypoint,    &copy->cmd,    &copy->shell,   &copy->on_build,
          &copy->volumes, &copy->exposed_ports, &copy->labels, &copy->diff_ids };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup (*texts[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    *lists[i] = g_strdupv (*lists[i]);
  copy->health = hd_healthcheck_copy (config->health);
  copy->history = g_ptr_array_new_with_free_func (history_free);
  for (guint i = 0; i < config->history->len; i++)
    {
      const HdHistory *entry = g_ptr_array_index (config->history, i);
      g_ptr_array_add (copy->history,
                       hd_history_new (entry->created, entry->created_by, entry->author,
                                       entry->comment, entry->empty_layer));
    }
  return copy;
}

/* ---- Parsing ---- */

static gboolean
throw_type (GError **error, const char *key, const char *wanted)
{
  return hd_throw (error, HD_CORRUPT, NULL, "image configuration: \"%s\" must be %s", key, wanted);
}

static gboolean
is_absent (const hd_json *value)
{
  return value == NULL || hd_json_get_type (value) == HD_JSON_NULL;
}

static gboolean
read_text (const hd_json *object, const char *key, char **ret, GError **error)
{
  const hd_json *value = hd_json_get (object, key);
  const char *text;
  if (is_absent (value))
    return TRUE;
  if (!hd_json_as_string (value, &text))
    return throw_type (error, key, "a string");
  if (*text != '\0')
    *ret = g_strdup (text);
  return TRUE;
}

/* A list of strings; one string stands for a list of one, as old images have it. */
static gboolean
read_list (const hd_json *object, const char *key, char ***ret, GError **error)
{
  const hd_json *value = hd_json_get (object, key);
  const char *text;
  if (is_absent (value))
    return TRUE;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  if (hd_json_as_string (value, &text))
    g_ptr_array_add (items, g_strdup (text));
  else if (hd_json_get_type (value) != HD_JSON_ARRAY || hd_json_length (value) > MAX_ITEMS)
    return throw_type (error, key, "a list of strings, not too long");
  else
    for (gsize i = 0; i < hd_json_length (value); i++)
      {
        if (!hd_json_as_string (hd_json_at (value, i), &text))
          return throw_type (error, key, "a list of strings");
        g_ptr_array_add (items, g_strdup (text));
      }
  g_ptr_array_add (items, NULL);
  *ret = (char **)g_ptr_array_free (g_steal_pointer (&items), FALSE);
  return TRUE;
}

static int
collect_key (const char *key, const hd_json *value, void *data)
{
  Collector *collector = data;
  g_ptr_array_add (collector->items, g_strdup (key));
  return 0;
}

static int
collect_label (const char *key, const hd_json *value, void *data)
{
  Collector *collector = data;
  const char *text;
  if (!hd_json_as_string (value, &text))
    {
      throw_type (collector->error, collector->what, "an object of strings");
      return 1;
    }
  g_ptr_array_add (collector->items, g_strconcat (key, "=", text, NULL));
  return 0;
}

static gboolean
read_object (const hd_json *object, const char *key,
             int (*visit) (const char *, const hd_json *, void *), char ***ret, GError **error)
{
  const hd_json *value = hd_json_get (object, key);
  if (is_absent (value))
    return TRUE;
  if (hd_json_get_type (value) != HD_JSON_OBJECT || hd_json_length (value) > MAX_ITEMS)
    return throw_type (error, key, "an object, not too large");
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  Collector collector = { items, key, error };
  if (hd_json_each (value, visit, &collector) != 0)
    return FALSE;
  g_ptr_array_add (items, NULL);
  *ret = (char **)g_ptr_array_free (g_steal_pointer (&items), FALSE);
  return TRUE;
}

static gboolean
read_number (const hd_json *object, const char *key, gint64 *ret, GError **error)
{
  const hd_json *value = hd_json_get (object, key);
  int64_t number;
  if (is_absent (value))
    return TRUE;
  if (!hd_json_as_int64 (value, &number) || number < 0)
    return throw_type (error, key, "a number, not negative");
  *ret = number;
  return TRUE;
}

static gboolean
read_health (const hd_json *run, HdHealthcheck **ret, GError **error)
{
  const hd_json *value = hd_json_get (run, "Healthcheck");
  if (is_absent (value))
    return TRUE;
  if (hd_json_get_type (value) != HD_JSON_OBJECT)
    return throw_type (error, "Healthcheck", "an object");
  HdHealthcheck *health = g_new0 (HdHealthcheck, 1);
  *ret = health;
  return read_list (value, "Test", &health->test, error)
         && read_number (value, "Interval", &health->interval_ns, error)
         && read_number (value, "Timeout", &health->timeout_ns, error)
         && read_number (value, "StartPeriod", &health->start_period_ns, error)
         && read_number (value, "StartInterval", &health->start_interval_ns, error)
         && read_number (value, "Retries", &health->retries, error);
}

static gboolean
read_run (const hd_json *run, HdImageConfig *config, GError **error)
{
  if (is_absent (run))
    return TRUE;
  if (hd_json_get_type (run) != HD_JSON_OBJECT)
    return throw_type (error, "config", "an object");
  return read_text (run, "User", &config->user, error)
         && read_text (run, "WorkingDir", &config->working_dir, error)
         && read_text (run, "StopSignal", &config->stop_signal, error)
         && read_list (run, "Env", &config->env, error)
         && read_list (run, "Entrypoint", &config->entrypoint, error)
         && read_list (run, "Cmd", &config->cmd, error)
         && read_list (run, "Shell", &config->shell, error)
         && read_list (run, "OnBuild", &config->on_build, error)
         && read_object (run, "Volumes", collect_key, &config->volumes, error)
         && read_object (run, "ExposedPorts", collect_key, &config->exposed_ports, error)
         && read_object (run, "Labels", collect_label, &config->labels, error)
         && read_health (run, &config->health, error);
}

static gboolean
read_layers (const hd_json *rootfs, HdImageConfig *config, GError **error)
{
  if (g_strcmp0 (hd_json_get_string (rootfs, "type", "layers"), "layers") != 0)
    return throw_type (error, "rootfs.type", "\"layers\"");
  char **diff_ids = NULL;
  if (!read_list (rootfs, "diff_ids", &diff_ids, error))
    return FALSE;
  if (diff_ids == NULL)
    return TRUE;
  g_strfreev (config->diff_ids);
  config->diff_ids = diff_ids;
  if (g_strv_length (diff_ids) > HD_IMAGE_MAX_LAYERS)
    return hd_throw (error, HD_CORRUPT, NULL, "image configuration: more than %d layers",
                     HD_IMAGE_MAX_LAYERS);
  for (char **id = diff_ids; *id != NULL; id++)
    if (!hd_digest_is_valid (*id))
      return throw_type (error, "rootfs.diff_ids", "a list of sha256 digests");
  return TRUE;
}

static gboolean
read_history (const hd_json *list, HdImageConfig *config, GError **error)
{
  if (is_absent (list))
    return TRUE;
  if (hd_json_get_type (list) != HD_JSON_ARRAY || hd_json_length (list) > HD_IMAGE_MAX_HISTORY)
    return throw_type (error, "history", "a list, not too long");
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      const hd_json *item = hd_json_at (list, i);
      HdHistory *entry = g_new0 (HdHistory, 1);
      g_ptr_array_add (config->history, entry);
      if (hd_json_get_type (item) != HD_JSON_OBJECT)
        return throw_type (error, "history", "a list of objects");
      entry->empty_layer = hd_json_get_bool (item, "empty_layer", false);
      if (!read_text (item, "created", &entry->created, error)
          || !read_text (item, "created_by", &entry->created_by, error)
          || !read_text (item, "author", &entry->author, error)
          || !read_text (item, "comment", &entry->comment, error))
        return FALSE;
    }
  return TRUE;
}

HdImageConfig *
hd_image_config_parse (const char *text, gsize length_bytes, GError **error)
{
  hd_err err = { 0 };
  if (length_bytes > HD_IMAGE_CONFIG_MAX_BYTES)
    {
      hd_throw (error, HD_CORRUPT, NULL, "image configuration: larger than %u bytes",
                HD_IMAGE_CONFIG_MAX_BYTES);
      return NULL;
    }
  hd_autojson root = hd_json_parse (text, length_bytes, &err);
  if (root == NULL || hd_json_get_type (root) != HD_JSON_OBJECT)
    {
      hd_throw (error, HD_CORRUPT, NULL, "image configuration: %s",
                root == NULL ? err.message : "no object");
      return NULL;
    }
  g_autoptr (HdImageConfig) config = new_empty ();
  if (!read_text (root, "architecture", &config->architecture, error)
      || !read_text (root, "os", &config->os, error)
      || !read_text (root, "variant", &config->variant, error)
      || !read_text (root, "created", &config->created, error)
      || !read_text (root, "author", &config->author, error)
      || !read_run (hd_json_get (root, "config"), config, error)
      || !read_layers (hd_json_get (root, "rootfs"), config, error)
      || !read_history (hd_json_get (root, "history"), config, error))
    return NULL;
  if (config->os == NULL)
    config->os = g_strdup ("linux");
  if (config->architecture == NULL)
    config->architecture = g_strdup (hd_platform_host ()->architecture);
  return g_steal_pointer (&config);
}

/* ---- Writing ---- */

static void
set_list (hd_json *object, const char *key, char **list)
{
  if (list == NULL)
    return;
  hd_json *array = hd_json_new_array ();
  for (; *list != NULL; list++)
    hd_json_append (array, hd_json_new_string (*list));
  hd_json_set (object, key, array);
}

static void
set_keys (hd_json *object, const char *key, char **list)
{
  if (list == NULL)
    return;
  hd_json *members = hd_json_new_object ();
  for (; *list != NULL; list++)
    hd_json_set (members, *list, hd_json_new_object ());
  hd_json_set (object, key, members);
}

static void
set_labels (hd_json *object, char **list)
{
  if (list == NULL)
    return;
  hd_json *members = hd_json_new_object ();
  for (; *list != NULL; list++)
    {
      const char *equals = strchr (*list, '=');
      g_autofree char *key
          = equals != NULL ? g_strndup (*list, (gsize)(equals - *list)) : g_strdup (*list);
      hd_json_set_string (members, key, equals != NULL ? equals + 1 : "");
    }
  hd_json_set (object, "Labels", members);
}

static void
set_positive (hd_json *object, const char *key, gint64 number)
{
  if (number != 0)
    hd_json_set_int (object, key, number);
}

static void
set_health (hd_json *object, const HdHealthcheck *health)
{
  if (health == NULL)
    return;
  hd_json *value = hd_json_new_object ();
  set_list (value, "Test", health->test);
  set_positive (value, "Interval", health->interval_ns);
  set_positive (value, "Timeout", health->timeout_ns);
  set_positive (value, "StartPeriod", health->start_period_ns);
  set_positive (value, "StartInterval", health->start_interval_ns);
  set_positive (value, "Retries", health->retries);
  hd_json_set (object, "Healthcheck", value);
}

hd_json *
hd_image_config_run_json (const HdImageConfig *config)
{
  hd_json *run = hd_json_new_object ();
  hd_json_set_string (run, "User", config->user);
  set_keys (run, "ExposedPorts", config->exposed_ports);
  set_list (run, "Env", config->env);
  set_list (run, "Entrypoint", config->entrypoint);
  set_list (run, "Cmd", config->cmd);
  set_health (run, config->health);
  set_keys (run, "Volumes", config->volumes);
  hd_json_set_string (run, "WorkingDir", config->working_dir);
  set_labels (run, config->labels);
  hd_json_set_string (run, "StopSignal", config->stop_signal);
  set_list (run, "Shell", config->shell);
  set_list (run, "OnBuild", config->on_build);
  return run;
}

static hd_json *
history_json (const HdImageConfig *config)
{
  hd_json *list = hd_json_new_array ();
  for (guint i = 0; i < config->history->len; i++)
    {
      const HdHistory *entry = g_ptr_array_index (config->history, i);
      hd_json *item = hd_json_new_object ();
      hd_json_set_string (item, "created", entry->created);
      hd_json_set_string (item, "created_by", entry->created_by);
      hd_json_set_string (item, "author", entry->author);
      hd_json_set_string (item, "comment", entry->comment);
      if (entry->empty_layer)
        hd_json_set_bool (item, "empty_layer", true);
      hd_json_append (list, item);
    }
  return list;
}

hd_json *
hd_image_config_to_json (const HdImageConfig *config)
{
  hd_json *root = hd_json_new_object ();
  hd_json_set_string (root, "created", config->created);
  hd_json_set_string (root, "author", config->author);
  hd_json_set_string (root, "architecture", config->architecture);
  hd_json_set_string (root, "variant", config->variant);
  hd_json_set_string (root, "os", config->os);
  hd_json_set (root, "config", hd_image_config_run_json (config));
  hd_json *rootfs = hd_json_new_object ();
  hd_json_set_string (rootfs, "type", "layers");
  set_list (rootfs, "diff_ids", config->diff_ids);
  hd_json_set (root, "rootfs", rootfs);
  hd_json_set (root, "history", history_json (config));
  return root;
}
