/* Steps to files: what is short, and the table of steps. */
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "kickstart/settings-internal.h"

/* ---- The list ---- */

static void
setting_free (gpointer pointer)
{
  HdKsSetting *setting = pointer;

  g_free (setting->name);
  g_string_free (setting->text, TRUE);
  g_free (setting);
}

GString *
hd_ks_setting_find (const GPtrArray *settings, const char *name)
{
  for (guint i = 0; i < settings->len; i++)
    {
      const HdKsSetting *setting = g_ptr_array_index (settings, i);
      if (strcmp (setting->name, name) == 0)
        return setting->text;
    }
  return NULL;
}

GString *
hd_ks_setting_add (GPtrArray *settings, HdKsSettingKind kind, const char *name)
{
  GString *text = hd_ks_setting_find (settings, name);
  HdKsSetting *setting;

  if (text != NULL && (kind == HD_KS_SETTING_FILE || kind == HD_KS_SETTING_LINK))
    return text;
  setting = g_new0 (HdKsSetting, 1);
  setting->kind = kind;
  setting->name = g_strdup (name);
  setting->text = g_string_new (NULL);
  g_ptr_array_add (settings, setting);
  return setting->text;
}

gboolean
hd_ks_setting_refuse (const HdKsEntry *entry, const char *option, const char *hint, GError **error,
                      const char *format, ...)
{
  HdKsPlace place = option != NULL ? hd_ks_value_place (entry, option) : entry->place;
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  return hd_throw (error, HD_CONFIG, hint, "%s:%u:%u: %s: %s", place.file, place.line, place.column,
                   entry->name, message);
}

/* ---- One step each ---- */

static gboolean
set_hostname (GPtrArray *settings, const HdKsEntry *entry, GError **error)
{
  const char *name = hd_ks_operand (entry, 0) ?: hd_ks_text (entry, "hostname");
  const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

  /* "hostname" was looked at when it was parsed; "network --hostname=" takes anything. */
  if (*name == '\0' || *name == '-' || *name == '.' || strlen (name) > 253
      || name[strspn (name, allowed)] != '\0')
    return hd_ks_setting_refuse (entry, "hostname", "letters, digits, dots and -", error,
                                 "\"%s\" is no name of a host", name);
  g_string_append_printf (hd_ks_setting_add (settings, HD_KS_SETTING_FILE, "etc/hostname"), "%s\n",
                          name);
  return TRUE;
}

/* The locale as glibc writes it in its files: without what a shell would read. */
static gboolean
set_lang (GPtrArray *settings, const HdKsEntry *entry, GError **error)
{
  const char *locale = hd_ks_operand (entry, 0);

  if (*locale == '\0'
      || locale[strspn (locale, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_.@-")]
             != '\0')
    return hd_ks_setting_refuse (entry, NULL, "write it as de_DE.UTF-8", error,
                                 "\"%s\" is no locale", locale);
  g_string_append_printf (hd_ks_setting_add (settings, HD_KS_SETTING_FILE, "etc/locale.conf"),
                          "LANG=%s\n", locale);
  return TRUE;
}

static gboolean
is_keymap (const char *name)
{
  return *name != '\0'
         && name[strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")]
                == '\0';
}

/* "de", or "cz (qwerty)": layouts and variants, each a list with commas. */
static gboolean
split_layouts (const HdKsEntry *entry, GString *layouts, GString *variants, GError **error)
{
  g_auto (GStrv) list = hd_ks_list (entry, "xlayouts");

  for (char **each = list; *each != NULL; each++)
    {
      g_auto (GStrv) parts = g_strsplit_set (*each, " ()", -1);
      g_autofree char *joined = g_strjoinv ("", parts);
      const char *open = strchr (*each, '(');
      g_autofree char *layout
          = g_strstrip (g_strndup (*each, open != NULL ? (gsize)(open - *each) : strlen (*each)));
      const char *variant = joined + strlen (layout);
      if (!is_keymap (layout) || !g_str_has_prefix (joined, layout)
          || (*variant != '\0' && !is_keymap (variant)))
        return hd_ks_setting_refuse (entry, "xlayouts", "write it as de or \"cz (qwerty)\"", error,
                                     "\"%s\" is no layout", *each);
      g_string_append_printf (layouts, "%s%s", each != list ? "," : "", layout);
      g_string_append_printf (variants, "%s%s", each != list ? "," : "", variant);
    }
  return TRUE;
}

static gboolean
set_keyboard (GPtrArray *settings, const HdKsEntry *entry, GError **error)
{
  const char *keymap = hd_ks_text (entry, "vckeymap") ?: hd_ks_operand (entry, 0);
  g_autoptr (GString) layouts = g_string_new (NULL);
  g_autoptr (GString) variants = g_string_new (NULL);

  if (keymap != NULL && !is_keymap (keymap))
    return hd_ks_setting_refuse (entry, "vckeymap", "write it as de-nodeadkeys", error,
                                 "\"%s\" is no keymap", keymap);
  if (!split_layouts (entry, layouts, variants, error))
    return FALSE;
  if (keymap != NULL)
    g_string_append_printf (hd_ks_setting_add (settings, HD_KS_SETTING_FILE, "etc/vconsole.conf"),
                            "KEYMAP=%s\n", keymap);
  /* Debian's console reads this one. */
  if (layouts->len > 0)
    g_string_append_printf (
        hd_ks_setting_add (settings, HD_KS_SETTING_FILE, "etc/default/keyboard"),
        "XKBMODEL=\"pc105\"\nXKBLAYOUT=\"%s\"\nXKBVARIANT=\"%s\"\nXKBOPTIONS=\"\"\n", layouts->str,
        variants->str);
  return TRUE;
}

/* ---- Time ---- */

#define TIMESYNC_FILE "etc/systemd/timesyncd.conf.d/50-kickstart.conf"
#define TIMESYNC_UNIT "systemd-timesyncd.service"

static gboolean
add_time_server (GPtrArray *settings, const HdKsEntry *entry, const char *option,
                 const char *server, GError **error)
{
  GString *text;

  if (*server == '\0' || strpbrk (server, " \t%\"'\\") != NULL)
    return hd_ks_setting_refuse (entry, option, NULL, error, "\"%s\" is no server", server);
  text = hd_ks_setting_add (settings, HD_KS_SETTING_FILE, TIMESYNC_FILE);
  if (text->len == 0)
    g_string_append (text, "[Time]\n");
  g_string_append_printf (text, "NTP=%s\n", server);
  return TRUE;
}

static gboolean
set_timezone (GPtrArray *settings, const HdKsEntry *entry, GError **error)
{
  const char *zone = hd_ks_operand (entry, 0) ?: "Etc/UTC";
  g_auto (GStrv) servers = hd_ks_list (entry, "ntpservers");

  g_string_append_printf (hd_ks_setting_add (settings, HD_KS_SETTING_LINK, "etc/localtime"),
                          "../usr/share/zoneinfo/%s", zone);
  g_string_append_printf (hd_ks_setting_add (settings, HD_KS_SETTING_FILE, "etc/timezone"), "%s\n",
                          zone);
  g_string_append_printf (hd_ks_setting_add (settings, HD_KS_SETTING_FILE, "etc/adjtime"),
                          "0.0 0 0.0\n0\n%s\n", hd_ks_given (entry, "utc") ? "UTC" : "LOCAL");
  for (char **server = servers; *server != NULL; server++)
    if (!add_time_server (settings, entry, "ntpservers", *server, error))
      return FALSE;
  if (hd_ks_given (entry, "nontp"))
    hd_ks_setting_add (settings, HD_KS_SETTING_DISABLE, TIMESYNC_UNIT);
  return TRUE;
}

static gboolean
set_timesource (GPtrArray *settings, const HdKsEntry *entry, GError **error)
{
  const char *option = hd_ks_given (entry, "ntp-pool") ? "ntp-pool" : "ntp-server";

  if (hd_ks_given (entry, "ntp-disable"))
    {
      hd_ks_setting_add (settings, HD_KS_SETTING_DISABLE, TIMESYNC_UNIT);
      return TRUE;
    }
  return add_time_server (settings, entry, option, hd_ks_text (entry, option), error);
}

/* ---- Units ---- */

static gboolean
add_units (GPtrArray *settings, const HdKsEntry *entry, const char *option, HdKsSettingKind kind,
           GError **error)
{
  g_auto (GStrv) units = hd_ks_list (entry, option);

  for (char **unit = units; *unit != NULL; unit++)
    {
      if ((*unit)[0] == '-' || strpbrk (*unit, " \t/*?[") != NULL)
        return hd_ks_setting_refuse (entry, option, NULL, error, "\"%s\" is no unit", *unit);
      hd_ks_setting_add (settings, kind, *unit);
    }
  return TRUE;
}

/* Those to disable come first: a unit in both lists is enabled, as in the reference. */
static gboolean
set_services (GPtrArray *settings, const HdKsEntry *entry, GError **error)
{
  return add_units (settings, entry, "disabled", HD_KS_SETTING_DISABLE, error)
         && add_units (settings, entry, "enabled", HD_KS_SETTING_ENABLE, error);
}

/* The password itself is one of the accounts. */
static gboolean
set_root (GPtrArray *settings, const HdKsEntry *entry, GError **error)
{
  if (hd_ks_given (entry, "allow-ssh"))
    g_string_append (hd_ks_setting_add (settings, HD_KS_SETTING_FILE,
                                        "etc/ssh/sshd_config.d/01-permitrootlogin.conf"),
                     "PermitRootLogin yes\n");
  return TRUE;
}

/* ---- All ---- */

static const struct
{
  HdKsStepKind kind;
  gboolean (*set) (GPtrArray *settings, const HdKsEntry *entry, GError **error);
} setters[] = {
  { HD_KS_STEP_HOSTNAME, set_hostname },
  { HD_KS_STEP_NETWORK, hd_ks_settings_network },
  { HD_KS_STEP_FIREWALL, hd_ks_settings_firewall },
  { HD_KS_STEP_LANG, set_lang },
  { HD_KS_STEP_KEYBOARD, set_keyboard },
  { HD_KS_STEP_TIMEZONE, set_timezone },
  { HD_KS_STEP_TIMESOURCE, set_timesource },
  { HD_KS_STEP_ROOT, set_root },
  { HD_KS_STEP_SERVICES, set_services },
};

/* Some values may be any text: what a reader would take for the end of a line is none. */
static gboolean
check_lines (const GPtrArray *settings, const HdKsEntry *entry, GError **error)
{
  for (guint i = 0; i < settings->len; i++)
    {
      const HdKsSetting *setting = g_ptr_array_index (settings, i);
      for (gsize j = 0; j < setting->text->len; j++)
        if (g_ascii_iscntrl (setting->text->str[j]) && setting->text->str[j] != '\n')
          return hd_ks_setting_refuse (entry, NULL, NULL, error,
                                       "a control character stands in it");
    }
  return TRUE;
}

GPtrArray *
hd_ks_settings_new (const HdKsPlan *plan, const char *fstab, GError **error)
{
  g_autoptr (GPtrArray) settings = g_ptr_array_new_with_free_func (setting_free);

  for (guint i = 0; i < plan->steps->len; i++)
    {
      const HdKsStep *step = g_ptr_array_index (plan->steps, i);
      if (step->kind == HD_KS_STEP_FSTAB && fstab != NULL)
        g_string_assign (hd_ks_setting_add (settings, HD_KS_SETTING_FILE, "etc/fstab"), fstab);
      for (gsize j = 0; j < G_N_ELEMENTS (setters); j++)
        if (setters[j].kind == step->kind
            && (!setters[j].set (settings, step->entry, error)
                || !check_lines (settings, step->entry, error)))
          return NULL;
    }
  return g_steal_pointer (&settings);
}

void
hd_ks_settings_print (const GPtrArray *settings, FILE *out)
{
  for (guint i = 0; i < settings->len; i++)
    {
      const HdKsSetting *setting = g_ptr_array_index (settings, i);
      g_auto (GStrv) lines = g_strsplit (setting->text->str, "\n", -1);
      g_autofree char *name = hd_printable (setting->name);
      if (setting->kind == HD_KS_SETTING_LINK)
        {
          g_autofree char *target = hd_printable (setting->text->str);
          fprintf (out, "/%s -> %s\n", name, target);
          continue;
        }
      fprintf (out, "%s%s\n",
               setting->kind == HD_KS_SETTING_FILE      ? "/"
               : setting->kind == HD_KS_SETTING_DISABLE ? "disable "
                                                        : "enable ",
               name);
      for (char **line = lines; *line != NULL; line++)
        {
          g_autofree char *printable = hd_printable (*line);
          if (**line != '\0' || line[1] != NULL)
            fprintf (out, "%s%s\n", **line != '\0' ? "    " : "", printable);
        }
    }
}
