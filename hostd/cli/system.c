/* system df, prune, check, info; info, version. */
#include "cli/system.h"

#include <stdio.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/engine.h"
#include "cli/image-size.h"
#include "cli/listing.h"
#include "cli/system-info.h"
#include "cli/system-prune.h"
#include "common/cleanup.h"
#include "engine/check.h"
#include "engine/usage.h"

/* ---- df ---- */

static void
add_usage (GPtrArray *rows, const char *type, const HdUsage *usage)
{
  hd_json *row = hd_json_new_object ();
  g_autofree char *total = g_strdup_printf ("%u", usage->total);
  g_autofree char *active = g_strdup_printf ("%u", usage->active);
  g_autofree char *size = hd_image_size_text (usage->bytes);
  g_autofree char *free_size = hd_image_size_text (usage->reclaimable_bytes);
  g_autofree char *reclaimable
      = usage->bytes == 0
            ? g_strdup (free_size)
            : g_strdup_printf ("%s (%u%%)", free_size,
                               (guint)(usage->reclaimable_bytes * 100 / usage->bytes));
  hd_json_set_string (row, "Type", type);
  hd_json_set_string (row, "TotalCount", total);
  hd_json_set_string (row, "Active", active);
  hd_json_set_string (row, "Size", size);
  hd_json_set_string (row, "Reclaimable", reclaimable);
  g_ptr_array_add (rows, row);
}

static gboolean
print_df (HdStore *store, const char *format, GError **error)
{
  static const HdColumn columns[] = {
    { "Type", "TYPE", TRUE }, { "TotalCount", "TOTAL", TRUE },        { "Active", "ACTIVE", TRUE },
    { "Size", "SIZE", TRUE }, { "Reclaimable", "RECLAIMABLE", TRUE }, { NULL },
  };
  static const struct
  {
    const char *type;
    gboolean (*measure) (HdStore *store, HdUsage *ret, GError **error);
  } kinds[] = {
    { "Images", hd_usage_images },
    { "Containers", hd_usage_containers },
    { "Local Volumes", hd_usage_volumes },
  };
  g_autoptr (GPtrArray) rows = hd_listing_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      HdUsage usage;
      if (!kinds[i].measure (store, &usage, error))
        return FALSE;
      add_usage (rows, kinds[i].type, &usage);
    }
  return hd_listing_print (rows, columns, format, error);
}

static int
run_df (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store != NULL && print_df (store, hd_inv_string (invocation, "format"), &error))
    return 0;
  return hd_engine_fail (error, HD_STATUS_FAILED);
}

/* ---- check ---- */

static int
run_check (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store == NULL || (hd_inv_flag (invocation, "repair") && !hd_check_repair (store, &error)))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  g_autoptr (GPtrArray) lines = hd_check_run (store, &error);
  if (lines == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  for (guint i = 0; i < lines->len; i++)
    {
      g_autofree char *clean = hd_printable (g_ptr_array_index (lines, i));
      puts (clean);
    }
  if (lines->len == 0)
    puts ("all is well");
  else if (!hd_inv_flag (invocation, "repair"))
    fprintf (stderr, "hint: \"system check --repair\" puts right what can be\n");
  return lines->len == 0 ? 0 : HD_STATUS_FAILED;
}

/* ---- info, version ---- */

static int
run_info (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  const char *format = hd_inv_string (invocation, "format");
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (GPtrArray) values = hd_listing_new ();
  hd_json *info
      = store != NULL ? hd_system_info (store, hd_inv_program (invocation)->version, &error) : NULL;
  if (info == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  g_ptr_array_add (values, info);
  if (format == NULL)
    hd_system_info_print (info);
  else if (!hd_listing_print (values, NULL, format, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

static void
print_version_block (const char *title, const char *version, const struct utsname *uts)
{
  printf ("%s:\n Version:           %s\n API version:       1.43\n"
          " OS/Arch:           linux/%s\n",
          title, version, uts->machine);
}

static hd_json *
version_part (const char *version, const struct utsname *uts)
{
  hd_json *part = hd_json_new_object ();
  hd_json_set_string (part, "Version", version);
  hd_json_set_string (part, "ApiVersion", "1.43");
  hd_json_set_string (part, "Os", "linux");
  hd_json_set_string (part, "Arch", uts->machine);
  hd_json_set_string (part, "KernelVersion", uts->release);
  return part;
}

static int
run_version (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  const char *version = hd_inv_program (invocation)->version;
  const char *format = hd_inv_string (invocation, "format");
  g_autoptr (GPtrArray) values = hd_listing_new ();
  struct utsname uts;
  uname (&uts);
  if (format == NULL)
    {
      print_version_block ("Client", version, &uts);
      putchar ('\n');
      print_version_block ("Server", version, &uts);
      return 0;
    }
  hd_json *value = hd_json_new_object ();
  hd_json_set (value, "Client", version_part (version, &uts));
  hd_json_set (value, "Server", version_part (version, &uts));
  g_ptr_array_add (values, value);
  return hd_listing_print (values, NULL, format, &error) ? 0
                                                         : hd_engine_fail (error, HD_STATUS_FAILED);
}

/* ---- Tables ---- */

static const HdOption format_options[] = {
  { "format", 'f', HD_OPT_STRING, "TEMPLATE", "a Go template, or json" },
  { NULL },
};

static const HdOption df_options[] = {
  { "format", 0, HD_OPT_STRING, "TEMPLATE", "a Go template, \"table TEMPLATE\" or json" },
  { "verbose", 'v', HD_OPT_FLAG, NULL, "as without it" },
  { NULL },
};

static const HdOption check_options[] = {
  { "repair", 0, HD_OPT_FLAG, NULL, "put right what can be, then look" },
  { NULL },
};

static const HdOption prune_options[] = {
  { "all", 'a', HD_OPT_FLAG, NULL,
    "all images that no container uses, not only those without a name" },
  { "volumes", 0, HD_OPT_FLAG, NULL, "anonymous volumes, too" },
  { "force", 'f', HD_OPT_FLAG, NULL, "do not ask" },
  { "filter", 0, HD_OPT_STRINGS, "KEY=VALUE", "label, until: of networks and volumes" },
  { NULL },
};

const HdVerb hd_system_verbs[] = {
  { "info", "", 0, 0, FALSE, format_options, "Display system-wide information", NULL, run_info },
  { "version", "", 0, 0, FALSE, format_options, "Show the version information", NULL, run_version },
  { "system info", "", 0, 0, FALSE, format_options, "Display system-wide information", NULL,
    run_info },
  { "system df", "", 0, 0, FALSE, df_options, "Show what images, containers and volumes take", NULL,
    run_df },
  { "system prune", "", 0, 0, FALSE, prune_options, "Remove what nobody uses", NULL,
    hd_cli_system_prune },
  { "system check", "", 0, 0, FALSE, check_options,
    "Look whether rows, files and the kernel's state agree",
    "Prints a line for each thing that is wrong, and ends with 1 then. Nothing is changed without "
    "--repair, which cleans up after containers and commands that were killed.",
    run_check },
  { NULL },
};
