/* The steps in their order. */
#include "kickstart/plan.h"

#include <string.h>
#include "base/output.h"

static void
step_free (gpointer pointer)
{
  HdKsStep *step = pointer;

  g_free (step->title);
  g_free (step->detail);
  g_free (step);
}

static HdKsStep *
add (HdKsPlan *plan, HdKsStepKind kind, const HdKsEntry *entry)
{
  HdKsStep *step = g_new0 (HdKsStep, 1);

  step->kind = kind;
  step->entry = entry;
  g_ptr_array_add (plan->steps, step);
  return step;
}

static void
add_last (HdKsPlan *plan, const HdKickstart *kickstart, HdKsStepKind kind, const char *command)
{
  const HdKsEntry *entry = hd_kickstart_last (kickstart, command);

  if (entry != NULL)
    add (plan, kind, entry);
}

static void
add_all (HdKsPlan *plan, const HdKickstart *kickstart, HdKsStepKind kind, const char *command)
{
  g_autoptr (GPtrArray) entries = hd_kickstart_all (kickstart, command);

  for (guint i = 0; i < entries->len; i++)
    add (plan, kind, g_ptr_array_index (entries, i));
}

static void
add_sections (HdKsPlan *plan, const HdKickstart *kickstart, HdKsStepKind kind, const char *name)
{
  g_autoptr (GPtrArray) sections = hd_kickstart_sections (kickstart, name);

  for (guint i = 0; i < sections->len; i++)
    {
      const HdKsSection *section = g_ptr_array_index (sections, i);
      if (section->body->str[strspn (section->body->str, " \t\n")] != '\0')
        add (plan, kind, section->header)->section = section;
    }
}

static void
add_deferred (HdKsPlan *plan, const HdKickstart *kickstart)
{
  for (guint i = 0; i < kickstart->deferred->len; i++)
    add (plan, HD_KS_STEP_READ, NULL)->deferred = g_ptr_array_index (kickstart->deferred, i);
}

/* The first network line is set up in the installer when the commit comes over the network; others
 * when they say so. */
static void
add_links (HdKsPlan *plan, const HdKickstart *kickstart)
{
  g_autoptr (GPtrArray) lines = hd_kickstart_all (kickstart, "network");
  const HdKsEntry *source = hd_kickstart_last (kickstart, "ostreesetup");
  gboolean remote = source != NULL && !g_str_has_prefix (hd_ks_text (source, "url"), "file:");
  gboolean first = TRUE;

  for (guint i = 0; i < lines->len; i++)
    {
      const HdKsEntry *entry = g_ptr_array_index (lines, i);
      gboolean wanted = hd_ks_given (entry, "activate") || (first && remote);
      if (!hd_ks_is_network_of_host (entry))
        continue;
      if (wanted && !hd_ks_given (entry, "no-activate"))
        add (plan, HD_KS_STEP_LINK, entry);
      first = FALSE;
    }
}

static void
add_snapshots (HdKsPlan *plan, const HdKickstart *kickstart, const char *when)
{
  g_autoptr (GPtrArray) lines = hd_kickstart_all (kickstart, "snapshot");

  for (guint i = 0; i < lines->len; i++)
    if (strcmp (hd_ks_text (g_ptr_array_index (lines, i), "when"), when) == 0)
      add (plan, HD_KS_STEP_SNAPSHOT, g_ptr_array_index (lines, i));
}

static void
add_storage (HdKsPlan *plan, const HdKickstart *kickstart)
{
  if (plan->volumes->len == 0)
    return;
  add (plan, HD_KS_STEP_DISKS, hd_kickstart_last (kickstart, "ignoredisk"));
  add_snapshots (plan, kickstart, "pre-install");
  add_last (plan, kickstart, HD_KS_STEP_ZERO, "zerombr");
  add_last (plan, kickstart, HD_KS_STEP_CLEAR, "clearpart");
  for (guint i = 0; i < plan->volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (plan->volumes, i);
      add (plan, HD_KS_STEP_VOLUME, volume->entry)->volume = volume;
    }
  add (plan, HD_KS_STEP_MOUNT, NULL);
}

static void
add_names (HdKsPlan *plan, const HdKickstart *kickstart)
{
  g_autoptr (GPtrArray) lines = hd_kickstart_all (kickstart, "network");
  const HdKsEntry *hostname = hd_kickstart_last (kickstart, "hostname");

  for (guint i = lines->len; i > 0 && hostname == NULL; i--)
    if (hd_ks_given (g_ptr_array_index (lines, i - 1), "hostname"))
      hostname = g_ptr_array_index (lines, i - 1);
  if (hostname != NULL)
    add (plan, HD_KS_STEP_HOSTNAME, hostname);
  for (guint i = 0; i < lines->len; i++)
    if (hd_ks_is_network_of_host (g_ptr_array_index (lines, i)))
      add (plan, HD_KS_STEP_NETWORK, g_ptr_array_index (lines, i));
}

static void
add_configuration (HdKsPlan *plan, const HdKickstart *kickstart)
{
  add_names (plan, kickstart);
  add_last (plan, kickstart, HD_KS_STEP_FIREWALL, "firewall");
  add_last (plan, kickstart, HD_KS_STEP_LANG, "lang");
  add_last (plan, kickstart, HD_KS_STEP_KEYBOARD, "keyboard");
  add_last (plan, kickstart, HD_KS_STEP_TIMEZONE, "timezone");
  add_all (plan, kickstart, HD_KS_STEP_TIMESOURCE, "timesource");
  add_last (plan, kickstart, HD_KS_STEP_ROOT, "rootpw");
  add_all (plan, kickstart, HD_KS_STEP_GROUP, "group");
  add_all (plan, kickstart, HD_KS_STEP_USER, "user");
  add_all (plan, kickstart, HD_KS_STEP_KEY, "sshkey");
  add_last (plan, kickstart, HD_KS_STEP_SERVICES, "services");
}

/* Of reboot, poweroff and halt the last in the file. */
static const HdKsEntry *
find_end (const HdKickstart *kickstart)
{
  for (guint i = kickstart->commands->len; i > 0; i--)
    {
      const HdKsEntry *entry = g_ptr_array_index (kickstart->commands, i - 1);
      if (hd_ks_is (entry, "reboot") || hd_ks_is (entry, "poweroff") || hd_ks_is (entry, "halt"))
        return entry;
    }
  return NULL;
}

HdKsPlan *
hd_ks_plan_new (const HdKickstart *kickstart)
{
  HdKsPlan *plan = g_new0 (HdKsPlan, 1);
  gboolean installs = hd_kickstart_last (kickstart, "ostreesetup") != NULL;

  plan->steps = g_ptr_array_new_with_free_func (step_free);
  plan->volumes = hd_ks_storage_new (kickstart);
  add_sections (plan, kickstart, HD_KS_STEP_CERTIFICATE, "%certificate");
  add_sections (plan, kickstart, HD_KS_STEP_SCRIPT, "%pre");
  add_deferred (plan, kickstart);
  add_links (plan, kickstart);
  add_storage (plan, kickstart);
  add_sections (plan, kickstart, HD_KS_STEP_SCRIPT, "%pre-install");
  add_last (plan, kickstart, HD_KS_STEP_DEPLOY, "ostreesetup");
  if (plan->volumes->len > 0 && installs)
    add (plan, HD_KS_STEP_FSTAB, NULL);
  add_configuration (plan, kickstart);
  if (installs)
    add (plan, HD_KS_STEP_BOOTLOADER, hd_kickstart_last (kickstart, "bootloader"));
  add_sections (plan, kickstart, HD_KS_STEP_SCRIPT, "%post");
  add_snapshots (plan, kickstart, "post-install");
  add (plan, HD_KS_STEP_END, find_end (kickstart));
  add_sections (plan, kickstart, HD_KS_STEP_SCRIPT, "%onerror");
  add_sections (plan, kickstart, HD_KS_STEP_SCRIPT, "%traceback");
  for (guint i = 0; i < plan->steps->len; i++)
    hd_ks_step_describe (g_ptr_array_index (plan->steps, i), plan->volumes);
  return plan;
}

void
hd_ks_plan_free (HdKsPlan *plan)
{
  if (plan == NULL)
    return;
  g_ptr_array_unref (plan->steps);
  g_ptr_array_unref (plan->volumes);
  g_free (plan);
}

static void
print_place (const HdKsStep *step, FILE *out)
{
  const HdKsPlace *place = step->entry != NULL      ? &step->entry->place
                           : step->deferred != NULL ? &step->deferred->place
                                                    : NULL;

  if (place != NULL)
    {
      g_autofree char *file = hd_printable (place->file);
      fprintf (out, "  (%s:%u)", file, place->line);
    }
  fputc ('\n', out);
}

void
hd_ks_plan_print (const HdKsPlan *plan, FILE *out)
{
  for (guint i = 0; i < plan->steps->len; i++)
    {
      const HdKsStep *step = g_ptr_array_index (plan->steps, i);
      g_autofree char *title = hd_printable (step->title);
      g_auto (GStrv) lines = g_strsplit (step->detail != NULL ? step->detail : "", "\n", -1);

      fprintf (out, "%2u. %s", i + 1, title);
      print_place (step, out);
      for (char **line = lines; *line != NULL; line++)
        if (**line != '\0')
          {
            g_autofree char *clean = hd_printable (*line);
            fprintf (out, "      %s\n", clean);
          }
    }
}
