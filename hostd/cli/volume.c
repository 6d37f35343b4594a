/* volume create, ls, inspect, rm, prune. */
#include "cli/volume.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/confirm.h"
#include "cli/engine.h"
#include "cli/filter.h"
#include "cli/listing.h"
#include "cli/network-json.h"
#include "cli/volume-prune.h"
#include "engine/volume.h"

static int
run_create (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  const char *name = hd_inv_string (invocation, "name");
  const char *driver = hd_inv_string (invocation, "driver");
  if (hd_inv_n_args (invocation) > 0)
    {
      if (name != NULL)
        return hd_inv_usage_error (invocation, "the name is given twice");
      name = hd_inv_args (invocation)[0];
    }
  if (driver != NULL && !g_str_equal (driver, "local"))
    return hd_inv_usage_error (invocation, "there is no volume driver \"%s\": local is", driver);
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdVolume) volume
      = store != NULL ? hd_volume_ensure (store, name, hd_inv_strings (invocation, "label"),
                                          hd_inv_strings (invocation, "opt"), NULL, &error)
                      : NULL;
  if (volume == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  puts (volume->name);
  return 0;
}

static hd_json *
row_of (const HdVolume *volume)
{
  hd_json *row = hd_json_new_object ();
  g_autofree char *labels = g_strjoinv (",", volume->labels);
  g_autofree char *links = g_strdup_printf ("%u", volume->users);
  hd_json_set_string (row, "Driver", volume->driver);
  hd_json_set_string (row, "Name", volume->name);
  hd_json_set_string (row, "Scope", "local");
  hd_json_set_string (row, "Mountpoint", volume->path);
  hd_json_set_string (row, "Labels", labels);
  hd_json_set_string (row, "Links", links);
  hd_json_set_string (row, "Size", "N/A");
  return row;
}

static gboolean
print_list (HdStore *store, const HdInvocation *invocation, GError **error)
{
  static const HdColumn columns[] = {
    { "Driver", "DRIVER", TRUE },  { "Name", "VOLUME NAME", TRUE },
    { "Scope", "SCOPE", FALSE },   { "Mountpoint", "MOUNTPOINT", FALSE },
    { "Labels", "LABELS", FALSE }, { "Links", "LINKS", FALSE },
    { "Size", "SIZE", FALSE },     { NULL },
  };
  static const char *const known[]
      = { "dangling", "driver", "label", "label!", "name", "anonymous", NULL };
  const char *const *filters = hd_inv_strings (invocation, "filter");
  const char *format = hd_inv_string (invocation, "format");
  g_autoptr (GPtrArray) rows = hd_listing_new ();
  if (!hd_filter_check (filters, known, error))
    return FALSE;
  g_autoptr (GPtrArray) volumes = hd_volume_list (store, error);
  if (volumes == NULL)
    return FALSE;
  for (guint i = 0; i < volumes->len; i++)
    {
      const HdVolume *volume = g_ptr_array_index (volumes, i);
      if (hd_filter_dangling (filters, volume->users > 0)
          && hd_filter_equals (filters, "driver", volume->driver)
          && hd_filter_contains (filters, "name", volume->name)
          && hd_filter_equals (filters, "anonymous", volume->anonymous ? "true" : "false")
          && hd_filter_labels (filters, volume->labels))
        g_ptr_array_add (rows, row_of (volume));
    }
  if (hd_inv_flag (invocation, "quiet") && format == NULL)
    format = "{{.Name}}";
  return hd_listing_print (rows, columns, format, error);
}

static int
run_ls (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store != NULL && print_list (store, invocation, &error))
    return 0;
  return hd_engine_fail (error, HD_STATUS_FAILED);
}

hd_json *
hd_cli_volume_to_json (const HdVolume *volume)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_time (object, "CreatedAt", volume->created);
  hd_json_set_string (object, "Driver", volume->driver);
  hd_json_set (object, "Labels", hd_labels_to_json (volume->labels));
  hd_json_set_string (object, "Mountpoint", volume->path);
  hd_json_set_string (object, "Name", volume->name);
  hd_json_set (object, "Options", hd_labels_to_json (volume->options));
  hd_json_set_string (object, "Scope", "local");
  return object;
}

static int
run_inspect (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (GPtrArray) values = hd_listing_new ();
  int status = 0;
  if (store == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  for (const char *const *name = hd_inv_args (invocation); *name != NULL; name++)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (HdVolume) volume = hd_volume_find (store, *name, &local);
      if (volume != NULL)
        g_ptr_array_add (values, hd_cli_volume_to_json (volume));
      else
        status = hd_engine_fail (local, HD_STATUS_FAILED);
    }
  if (!hd_listing_inspect (values, hd_inv_string (invocation, "format"), &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return status;
}

/* --force: what is not there is removed already. */
static gboolean
remove_one (HdStore *store, const char *name, const HdInvocation *invocation, GError **error)
{
  GError *local = NULL;
  if (hd_volume_remove (store, name, &local))
    return TRUE;
  if (hd_inv_flag (invocation, "force") && hd_error_code (local) == HD_NOT_FOUND)
    {
      g_clear_error (&local);
      return TRUE;
    }
  g_propagate_error (error, local);
  return FALSE;
}

static int
run_rm (const HdInvocation *invocation)
{
  return hd_engine_each (invocation, remove_one, TRUE);
}

static int
run_prune (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  gboolean all = hd_inv_flag (invocation, "all");
  guint64 bytes = 0;
  if (store == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  if (!hd_inv_flag (invocation, "force")
      && !hd_confirm (all ? "all volumes that no container uses"
                          : "anonymous volumes that no container uses"))
    return 0;
  g_autoptr (GPtrArray) removed
      = hd_volume_prune (store, all, hd_inv_strings (invocation, "filter"), &bytes, &error);
  if (removed == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  if (removed->len > 0)
    puts ("Deleted Volumes:");
  for (guint i = 0; i < removed->len; i++)
    puts (g_ptr_array_index (removed, i));
  g_autofree char *size = hd_format_size (bytes);
  printf ("%sTotal reclaimed space: %s\n", removed->len > 0 ? "\n" : "", size);
  return 0;
}

static const HdOption create_options[] = {
  { "name", 0, HD_OPT_STRING, "NAME", "as the argument" },
  { "driver", 'd', HD_OPT_STRING, "DRIVER", "local, the only one" },
  { "label", 0, HD_OPT_STRINGS, "KEY=VALUE", "a label" },
  { "opt", 'o', HD_OPT_STRINGS, "KEY=VALUE", "type, device, o: what is mounted for it" },
  { NULL },
};

static const HdOption ls_options[] = {
  { "quiet", 'q', HD_OPT_FLAG, NULL, "print names only" },
  { "filter", 'f', HD_OPT_STRINGS, "KEY=VALUE", "dangling, driver, label, name, anonymous" },
  { "format", 0, HD_OPT_STRING, "TEMPLATE", "a Go template, \"table TEMPLATE\" or json" },
  { NULL },
};

static const HdOption inspect_options[] = {
  { "format", 'f', HD_OPT_STRING, "TEMPLATE", "a Go template, or json" },
  { NULL },
};

static const HdOption rm_options[] = {
  { "force", 'f', HD_OPT_FLAG, NULL, "no error for one that is not there" },
  { NULL },
};

static const HdOption prune_options[] = {
  { "all", 'a', HD_OPT_FLAG, NULL, "those with names, too" },
  { "force", 'f', HD_OPT_FLAG, NULL, "do not ask" },
  { "filter", 0, HD_OPT_STRINGS, "KEY=VALUE", "label" },
  { NULL },
};

const HdVerb hd_volume_verbs[] = {
  { "volume create", "[VOLUME]", 0, 1, FALSE, create_options, "Make a volume",
    "Without a name one is made up. A volume that is there already stays as it is.", run_create },
  { "volume ls", "", 0, 0, FALSE, ls_options, "List volumes", NULL, run_ls },
  { "volume list", "", 0, 0, FALSE, ls_options, "List volumes", NULL, run_ls },
  { "volume inspect", "VOLUME...", 1, -1, FALSE, inspect_options, "Show all that is known", NULL,
    run_inspect },
  { "volume rm", "VOLUME...", 1, -1, FALSE, rm_options, "Remove volumes with their content", NULL,
    run_rm },
  { "volume remove", "VOLUME...", 1, -1, FALSE, rm_options, "Remove volumes with their content",
    NULL, run_rm },
  { "volume prune", "", 0, 0, FALSE, prune_options, "Remove volumes that no container uses", NULL,
    run_prune },
  { NULL },
};
