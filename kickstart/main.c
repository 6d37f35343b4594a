/* atomic-install: options to a mode, a file to its value, the value to findings, a plan, or
 * partitions. */
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/parse.h"
#include "kickstart/loader.h"
#include "kickstart/manual.h"
#include "kickstart/partition.h"
#include "kickstart/plan.h"
#include "kickstart/request.h"
#include "kickstart/rules.h"
#include "kickstart/target.h"

/* ---- What is asked for ---- */

static int
describe (const char *name)
{
  g_autofree char *section = g_strconcat ("%", name, NULL);
  const HdKsCommand *row = hd_ks_command_find (name);
  g_autofree char *nearest = NULL;
  g_autofree char *hint = NULL;
  g_autoptr (GError) error = NULL;

  if (row == NULL)
    row = hd_ks_section_find (name);
  if (row == NULL)
    row = hd_ks_section_find (section);
  if (row != NULL)
    {
      hd_ks_describe (row, stdout);
      return 0;
    }
  nearest = name[0] == '%' ? hd_ks_section_nearest (name) : hd_ks_command_nearest (name);
  hint = nearest != NULL ? g_strdup_printf ("did you mean \"%s\"?", nearest)
                         : g_strdup ("see \"atomic-install --commands\"");
  hd_throw (&error, HD_USAGE, hint, "kickstart has no command \"%s\"", name);
  return hd_error_report (error);
}

/* Print the findings; whether the file may be carried out. */
static gboolean
report (const HdKsRequest *request, const HdKickstart *kickstart)
{
  guint errors = hd_ks_report_count (kickstart->report, HD_KS_ERROR);
  guint warnings = hd_ks_report_count (kickstart->report, HD_KS_WARNING);
  gboolean strict = hd_ks_request_get (request, "strict") != NULL;

  if (hd_ks_request_get (request, "quiet") == NULL || errors > 0 || strict)
    hd_ks_report_print (kickstart->report, stderr);
  return errors == 0 && (!strict || warnings == 0);
}

static int
check (const HdKsRequest *request, const HdKickstart *kickstart)
{
  gboolean good = report (request, kickstart);

  printf ("%s: %u commands, %u sections: %u errors, %u warnings\n", request->file,
          kickstart->commands->len, kickstart->sections->len,
          hd_ks_report_count (kickstart->report, HD_KS_ERROR),
          hd_ks_report_count (kickstart->report, HD_KS_WARNING));
  return hd_code_exit_status (good ? HD_OK : HD_CONFIG);
}

/* Bytes of this machine's memory, or what --memory says. */
static gboolean
find_memory (const HdKsRequest *request, guint64 *ret_mib, GError **error)
{
  const char *text = hd_ks_request_get (request, "memory");
  uint64_t bytes = (uint64_t)sysconf (_SC_PHYS_PAGES) * (uint64_t)sysconf (_SC_PAGESIZE);

  if (text != NULL && hd_parse_size (text, &bytes) < 0)
    return hd_throw (error, HD_USAGE, NULL, "--memory wants a size as 512M or 4G, not \"%s\"",
                     text);
  *ret_mib = bytes / 1048576;
  return TRUE;
}

/* Where the volumes stand on the disks that are named. */
static GPtrArray *
find_layout (const HdKsRequest *request, const HdKickstart *kickstart, const GPtrArray *volumes,
             const GPtrArray *disks, GError **error)
{
  g_autofree char *random = g_uuid_string_random ();
  HdKsLayoutOptions wanted = { .seed = hd_ks_request_get (request, "seed") ?: random };

  if (!find_memory (request, &wanted.memory_mib, error))
    return NULL;
  return hd_ks_layout_new (kickstart, volumes, disks, &wanted, error);
}

static int
dry_run (const HdKsRequest *request, const HdKickstart *kickstart)
{
  g_autoptr (HdKsPlan) plan = NULL;
  g_autoptr (GPtrArray) disks = NULL;
  g_autoptr (GPtrArray) layouts = NULL;
  g_autoptr (GError) error = NULL;

  if (!report (request, kickstart))
    return hd_code_exit_status (HD_CONFIG);
  if (!hd_ks_installable (kickstart, &error))
    return hd_error_report (error);
  plan = hd_ks_plan_new (kickstart);
  if (request->disks->len > 1)
    {
      disks = hd_ks_target_read ((const char *const *)request->disks->pdata, &error);
      if (disks != NULL)
        layouts = find_layout (request, kickstart, plan->volumes, disks, &error);
      if (layouts == NULL)
        return hd_error_report (error);
    }
  hd_ks_plan_print (plan, stdout);
  if (layouts != NULL)
    hd_ks_layout_print (layouts, stdout);
  return 0;
}

/* A file that is not known whole may not change a disk. */
static gboolean
check_whole (const HdKickstart *kickstart, GError **error)
{
  const HdKsDeferred *deferred;

  if (kickstart->deferred->len == 0)
    return TRUE;
  deferred = g_ptr_array_index (kickstart->deferred, 0);
  return hd_throw (error, HD_CONFIG, "run its %pre scripts first", "%s:%u:%u: %s is not read",
                   deferred->place.file, deferred->place.line, deferred->place.column,
                   deferred->name);
}

static gboolean
write_layouts (const GPtrArray *layouts, GError **error)
{
  for (guint i = 0; i < layouts->len; i++)
    if (!hd_ks_partition_write (g_ptr_array_index (layouts, i), error))
      return FALSE;
  return TRUE;
}

static int
partition (const HdKsRequest *request, const HdKickstart *kickstart)
{
  g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
  g_autoptr (GPtrArray) disks = NULL;
  g_autoptr (GPtrArray) layouts = NULL;
  g_autoptr (GError) error = NULL;

  if (!report (request, kickstart))
    return hd_code_exit_status (HD_CONFIG);
  if (request->disks->len <= 1)
    hd_throw (&error, HD_USAGE, "add --disk=PATH", "--partition wants a disk");
  else if (check_whole (kickstart, &error))
    disks = hd_ks_target_read ((const char *const *)request->disks->pdata, &error);
  if (disks != NULL)
    layouts = find_layout (request, kickstart, volumes, disks, &error);
  if (layouts == NULL || !write_layouts (layouts, &error))
    return hd_error_report (error);
  hd_ks_layout_print (layouts, stdout);
  return 0;
}

static int
run_file (const HdKsRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdKickstart) kickstart = NULL;
  g_autofree char *text = NULL;
  gsize length;

  if (!hd_ks_load (request->file, &text, &length, &error))
    return hd_error_report (error);
  kickstart = hd_ks_parse (request->file, text, length, &hd_ks_file_loader);
  hd_ks_rules (kickstart);
  if (hd_ks_request_get (request, "check") != NULL)
    return check (request, kickstart);
  return hd_ks_request_get (request, "partition") != NULL ? partition (request, kickstart)
                                                          : dry_run (request, kickstart);
}

static int
run (const HdKsRequest *request)
{
  g_autoptr (GError) error = NULL;

  if (hd_ks_request_get (request, "help") != NULL)
    hd_ks_request_help (stdout);
  else if (hd_ks_request_get (request, "version") != NULL)
    printf ("atomic-install %s\n", ATOMIC_VERSION);
  else if (request->dump_man)
    hd_ks_write_man (hd_ks_request_options, ATOMIC_VERSION, stdout);
  else if (hd_ks_request_get (request, "commands") != NULL)
    hd_ks_list_commands (stdout);
  else if (hd_ks_request_get (request, "describe") != NULL)
    return describe (hd_ks_request_get (request, "describe"));
  else if (request->file == NULL)
    {
      hd_throw (&error, HD_USAGE, "see \"atomic-install --help\"", "no kickstart file is named");
      return hd_error_report (error);
    }
  else if ((hd_ks_request_get (request, "check") != NULL)
               + (hd_ks_request_get (request, "dry-run") != NULL)
               + (hd_ks_request_get (request, "partition") != NULL)
           != 1)
    {
      hd_throw (&error, HD_USAGE, "see \"atomic-install --help\"",
                "say one of --check, --dry-run and --partition");
      return hd_error_report (error);
    }
  else
    return run_file (request);
  return 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  HdKsRequest request = { { NULL }, .disks = disks };

  setlocale (LC_CTYPE, "C.UTF-8");
  if (!hd_ks_request_parse (&request, argv + (argc > 0), &error))
    return hd_error_report (error);
  return run (&request);
}
