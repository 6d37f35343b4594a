/* atomic-install: options to a mode, a file to its value, the value to findings, a plan, or
 * partitions. */
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/parse.h"
#include "kickstart/accounts-root.h"
#include "kickstart/fstab.h"
#include "kickstart/loader.h"
#include "kickstart/manual.h"
#include "kickstart/plan.h"
#include "kickstart/provision.h"
#include "kickstart/request.h"
#include "kickstart/rules.h"
#include "kickstart/scripts.h"
#include "kickstart/settings.h"
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

/* The disks that are named, and where the volumes stand on them. */
typedef struct
{
  GPtrArray *disks;
  GPtrArray *layouts;
} Places;

static void
places_clear (Places *places)
{
  g_clear_pointer (&places->layouts, g_ptr_array_unref);
  g_clear_pointer (&places->disks, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Places, places_clear)

static gboolean
find_places (const HdKsRequest *request, const HdKickstart *kickstart, const GPtrArray *volumes,
             const char *seed, Places *places, GError **error)
{
  HdKsLayoutOptions wanted = { .seed = seed };

  if (!find_memory (request, &wanted.memory_mib, error))
    return FALSE;
  places->disks = hd_ks_target_read ((const char *const *)request->disks->pdata, error);
  if (places->disks != NULL)
    places->layouts = hd_ks_layout_new (kickstart, volumes, places->disks, &wanted, error);
  return places->layouts != NULL;
}

static int
dry_run (const HdKsRequest *request, const HdKickstart *kickstart)
{
  g_autoptr (HdKsPlan) plan = NULL;
  g_auto (Places) places = { NULL };
  g_autoptr (GError) error = NULL;

  if (!report (request, kickstart))
    return hd_code_exit_status (HD_CONFIG);
  if (!hd_ks_installable (kickstart, &error))
    return hd_error_report (error);
  plan = hd_ks_plan_new (kickstart);
  if (request->disks->len > 1
      && !find_places (request, kickstart, plan->volumes, "", &places, &error))
    return hd_error_report (error);
  hd_ks_plan_print (plan, stdout);
  if (places.layouts != NULL)
    hd_ks_layout_print (places.layouts, stdout);
  return 0;
}

/* The time of file systems: that of the build, or now. */
static gint64
find_epoch (void)
{
  const char *text = g_getenv ("SOURCE_DATE_EPOCH");
  int64_t epoch;

  return text != NULL && hd_parse_int64 (text, &epoch) == 0 ? epoch
                                                            : g_get_real_time () / G_USEC_PER_SEC;
}

static int
provision (const HdKsRequest *request, const HdKickstart *kickstart, gboolean file_systems)
{
  g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
  g_autofree char *random = g_uuid_string_random ();
  const char *seed = hd_ks_request_get (request, "seed") ?: random;
  HdKsFormatOptions options = { seed, find_epoch (), g_get_tmp_dir () };
  g_auto (Places) places = { NULL };
  g_autoptr (GError) error = NULL;

  if (!report (request, kickstart))
    return hd_code_exit_status (HD_CONFIG);
  if (request->disks->len <= 1)
    hd_throw (&error, HD_USAGE, "add --disk=PATH", "no disk is named");
  if (error != NULL || !hd_ks_provision_check (kickstart, volumes, file_systems, &error)
      || !find_places (request, kickstart, volumes, seed, &places, &error)
      || !hd_ks_provision (places.layouts, file_systems ? &options : NULL, NULL, &error))
    return hd_error_report (error);
  hd_ks_layout_print (places.layouts, stdout);
  return 0;
}

/* Everything is refused before anything is written. */
static gboolean
write_host (const HdKsPlan *plan, const GPtrArray *settings, const char *root, GError **error)
{
  g_autoptr (HdKsAccounts) accounts = hd_ks_accounts_read (root, error);

  if (accounts == NULL || !hd_ks_accounts_apply (accounts, plan, find_epoch (), error)
      || !hd_ks_settings_write (settings, root, NULL, error)
      || !hd_ks_accounts_write (accounts, root, error))
    return FALSE;
  hd_ks_accounts_print (accounts, stdout);
  return TRUE;
}

/* The host's fstab, when its disks are named. */
static gboolean
find_fstab (const HdKsRequest *request, const HdKickstart *kickstart, const HdKsPlan *plan,
            char **ret_fstab, GError **error)
{
  const char *seed = hd_ks_request_get (request, "seed");
  g_auto (Places) places = { NULL };

  if (seed == NULL)
    return hd_throw (error, HD_USAGE, "add --seed=TEXT, the same as for --format",
                     "fstab wants the UUIDs of the file systems");
  if (!find_places (request, kickstart, plan->volumes, seed, &places, error))
    return FALSE;
  *ret_fstab = hd_ks_fstab_new (plan->volumes, places.layouts, seed, error);
  return *ret_fstab != NULL;
}

static int
configure (const HdKsRequest *request, const HdKickstart *kickstart)
{
  const char *root = hd_ks_request_get (request, "root");
  g_autoptr (HdKsPlan) plan = NULL;
  g_autoptr (GPtrArray) settings = NULL;
  g_autofree char *fstab = NULL;
  g_autoptr (GError) error = NULL;

  if (!report (request, kickstart))
    return hd_code_exit_status (HD_CONFIG);
  plan = hd_ks_plan_new (kickstart);
  if (request->disks->len > 1 && !find_fstab (request, kickstart, plan, &fstab, &error))
    return hd_error_report (error);
  settings = hd_ks_settings_new (plan, fstab, &error);
  if (settings == NULL || (root != NULL && !write_host (plan, settings, root, &error)))
    return hd_error_report (error);
  hd_ks_settings_print (settings, stdout);
  return 0;
}

static int
run_scripts (const HdKsRequest *request, const HdKickstart *kickstart)
{
  static const char *const names[]
      = { "%pre", "%pre-install", "%post", "%onerror", "%traceback", NULL };
  const char *section = hd_ks_request_get (request, "run");
  g_autoptr (GError) error = NULL;

  if (!g_strv_contains (names, section))
    hd_throw (&error, HD_USAGE, "%pre, %pre-install, %post, %onerror or %traceback",
              "\"%s\" is no section of scripts", section);
  else if (!report (request, kickstart))
    return hd_code_exit_status (HD_CONFIG);
  else if (hd_ks_scripts_run (kickstart, section, hd_ks_request_get (request, "root"), stdout, NULL,
                              &error))
    return 0;
  return hd_error_report (error);
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
  if (hd_ks_request_get (request, "dry-run") != NULL)
    return dry_run (request, kickstart);
  if (hd_ks_request_get (request, "settings") != NULL)
    return configure (request, kickstart);
  if (hd_ks_request_get (request, "run") != NULL)
    return run_scripts (request, kickstart);
  return provision (request, kickstart, hd_ks_request_get (request, "format") != NULL);
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
               + (hd_ks_request_get (request, "settings") != NULL)
               + (hd_ks_request_get (request, "run") != NULL)
               + (hd_ks_request_get (request, "partition") != NULL)
               + (hd_ks_request_get (request, "format") != NULL)
           != 1)
    {
      hd_throw (&error, HD_USAGE, "see \"atomic-install --help\"",
                "say one of --check, --dry-run, --settings, --run, --partition and --format");
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
