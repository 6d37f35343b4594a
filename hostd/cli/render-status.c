/* The text of `atomic host status`. The keys are those that scripts written for rpm-ostree look
 * for; all lines share one column of keys. */
#include "cli/render-status.h"

#include "base/output.h"
#include "state/origin.h"

#define KEY_WIDTH 12 /* of "GPGSignature" */
#define COMMIT_SHOWN 10

char *
hd_render_version (const char *version, const char *commit)
{
  if (version != NULL)
    return g_strconcat ("version ", version, NULL);
  return g_strdup_printf ("commit %.*s", COMMIT_SHOWN, commit != NULL ? commit : "?");
}

static char *
version_of (const HdDeployment *deployment)
{
  return hd_render_version (deployment->version, deployment->commit);
}

/* How a state of health is told, and in which colour. */
static const struct
{
  const char *health;
  const char *style;
} health_styles[] = {
  { "healthy", "green" },
  { "degraded", "red" },
  { "starting", "yellow" },
  { "unknown", "" },
};

static const char *
health_style (FILE *out, const char *health)
{
  for (gsize i = 0; i < G_N_ELEMENTS (health_styles); i++)
    if (g_strcmp0 (health_styles[i].health, health) == 0 && *health_styles[i].style != '\0')
      return hd_style (out, health_styles[i].style);
  return "";
}

static void
print_health (FILE *out, const HdStatus *status)
{
  const HdDeployment *booted = hd_status_booted (status);
  const char *style = health_style (out, status->health);
  g_autofree char *running = booted != NULL ? version_of (booted) : NULL;
  g_autoptr (GString) text = g_string_new (status->health);

  if (running != NULL)
    g_string_append_printf (text, ", running %s", running);
  else if (!status->booted_here)
    g_string_append_printf (text, ": %s is not the running system", status->sysroot);
  if (status->health_detail != NULL)
    g_string_append_printf (text, ": %s", status->health_detail);
  fputs (style, out);
  hd_print_key (out, KEY_WIDTH, "Health", text->str);
  fputs (*style != '\0' ? hd_style (out, "reset") : "", out);
}

static char *
currency_text (const HdStatus *status, gint64 now)
{
  g_autofree char *age
      = status->checked_at > 0 ? hd_format_age (status->checked_at, now) : g_strdup ("long ago");
  if (g_strcmp0 (status->currency, "current") == 0)
    return g_strdup_printf ("up to date, checked %s", age);
  if (g_strcmp0 (status->currency, "behind") == 0)
    {
      g_autofree char *version
          = hd_render_version (status->available_version, status->available_commit);
      return g_strdup_printf ("%s is available, 'atomic host upgrade' gets it", version);
    }
  if (status->check_error != NULL)
    return g_strdup_printf ("not known, the check failed %s: %s", age, status->check_error);
  return g_strdup ("not checked yet, 'atomic host upgrade --check' looks");
}

/* What follows the version that starts next. */
static void
append_next_detail (GString *text, const HdStatus *status, const HdDeployment *next)
{
  const HdDeployment *booted = hd_status_booted (status);
  const HdDeployment *fallback = NULL;

  for (guint i = 0; i < status->deployments->len; i++)
    {
      const HdDeployment *deployment = g_ptr_array_index (status->deployments, i);
      if (deployment->fallback)
        fallback = deployment;
    }
  if (next->staged)
    g_string_append (text, ", staged");
  else if (next == booted)
    g_string_append (text, " again, nothing is staged");
  else if (booted != NULL)
    {
      g_autofree char *running = version_of (booted);
      g_string_append_printf (text, ", not the running %s", running);
    }
  if (next->boot_state == HD_BOOT_NEW && next != booted && fallback != NULL)
    {
      g_autofree char *other = version_of (fallback);
      g_string_append_printf (text, "; %s if it does not start", other);
    }
  if (status->tries_left > 0)
    g_string_append_printf (text, " (%d %s left)", status->tries_left,
                            status->tries_left == 1 ? "try" : "tries");
}

static void
print_next (FILE *out, const HdStatus *status)
{
  const HdDeployment *next = hd_status_next (status);
  g_autoptr (GString) text = g_string_new (NULL);

  if (next == NULL)
    g_string_append (text, "nothing: there is no deployment");
  else
    {
      g_autofree char *version = version_of (next);
      g_string_append (text, version);
      append_next_detail (text, status, next);
    }
  hd_print_key (out, KEY_WIDTH, "Next reboot", text->str);
}

/* "0: staged, starts next": what this deployment is for. */
static void
print_heading (FILE *out, const HdDeployment *deployment, guint index)
{
  const struct
  {
    gboolean set;
    const char *word;
  } roles[] = {
    { deployment->booted, "running" },
    { deployment->staged, "staged" },
    { deployment->next, "starts next" },
    { deployment->fallback, "fallback" },
    { deployment->pinned, "pinned" },
    { deployment->boot_state == HD_BOOT_FAILED, "did not start" },
  };
  const char *separator = ": ";

  fprintf (out, "\n%s %s%u", deployment->booted ? "●" : " ", hd_style (out, "bold"), index);
  for (gsize i = 0; i < G_N_ELEMENTS (roles); i++)
    if (roles[i].set)
      {
        fprintf (out, "%s%s", separator, roles[i].word);
        separator = ", ";
      }
  fprintf (out, "%s\n", hd_style (out, "reset"));
}

static char *
signature_text (const HdDeployment *deployment)
{
  if (deployment->signature_key == NULL)
    return g_strdup ("not verified on this host");
  /* The image's first version came with the image, not through an upgrade. */
  return g_strdup_printf ("%s, key %s%s%s",
                          deployment->verified_at > 0 ? "good" : "by the image's maker",
                          deployment->signature_key, deployment->signature_uid != NULL ? ", " : "",
                          deployment->signature_uid != NULL ? deployment->signature_uid : "");
}

static void
print_details (FILE *out, const HdDeployment *deployment)
{
  g_autofree char *kargs = deployment->kargs != NULL ? g_strjoinv (" ", deployment->kargs) : NULL;
  g_autofree char *verified
      = deployment->verified_at > 0 ? hd_format_time (deployment->verified_at) : NULL;

  hd_print_key (out, KEY_WIDTH, "VerifiedAt", verified);
  hd_print_key (out, KEY_WIDTH, "Kernel", deployment->kernel);
  hd_print_key (out, KEY_WIDTH, "KernelArgs", kargs);
  hd_print_key (out, KEY_WIDTH, "BootState", hd_boot_state_name (deployment->boot_state));
  hd_print_key (out, KEY_WIDTH, "Id", deployment->id);
}

static void
print_block (FILE *out, const HdDeployment *deployment, guint index, gboolean verbose)
{
  g_autofree char *time = deployment->timestamp > 0 ? hd_format_time (deployment->timestamp) : NULL;
  g_autofree char *version
      = time != NULL ? g_strdup_printf (
            "%s (%s)", deployment->version != NULL ? deployment->version : "none", time)
                     : g_strdup (deployment->version);
  g_autofree char *signature = signature_text (deployment);

  print_heading (out, deployment, index);
  hd_print_key (out, KEY_WIDTH, "Version", version);
  hd_print_key (out, KEY_WIDTH, "Commit", deployment->commit);
  hd_print_key (out, KEY_WIDTH, "Origin", deployment->origin);
  hd_print_key (out, KEY_WIDTH, "StateRoot", deployment->stateroot);
  hd_print_key (out, KEY_WIDTH, "Staged", deployment->staged ? "yes" : "no");
  hd_print_key (out, KEY_WIDTH, "Pinned", deployment->pinned ? "yes" : "no");
  hd_print_key (out, KEY_WIDTH, "GPGSignature", signature);
  if (verbose)
    print_details (out, deployment);
}

void
hd_render_status (FILE *out, const HdStatus *status, const char *activity,
                  const HdRenderStatus *how)
{
  g_autofree char *currency = currency_text (status, how->now);

  print_health (out, status);
  hd_print_key (out, KEY_WIDTH, "Updates", currency);
  print_next (out, status);
  hd_print_key (out, KEY_WIDTH, "Now", activity);
  for (guint i = 0; i < status->deployments->len; i++)
    {
      const HdDeployment *deployment = g_ptr_array_index (status->deployments, i);
      if (deployment->booted || !how->booted_only)
        print_block (out, deployment, i, how->verbose);
    }
}
