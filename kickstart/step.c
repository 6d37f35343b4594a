/* The texts of steps: a table of functions, one for each kind. */
#include <string.h>

#include "kickstart/step-internal.h"

void
hd_ks_title (HdKsText *text, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_free (text->step->title);
  text->step->title = g_strdup_vprintf (format, args);
  va_end (args);
}

void
hd_ks_line (HdKsText *text, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (text->detail, format, args);
  g_string_append_c (text->detail, '\n');
  va_end (args);
}

void
hd_ks_say (HdKsText *text, const char *option, const char *label)
{
  const HdKsOption *row = hd_ks_option_find (text->entry->command, option);

  if (!hd_ks_given (text->entry, option))
    return;
  if (row->type == HD_KS_FLAG)
    hd_ks_line (text, "%s", label);
  else if ((row->flags & HD_KS_SECRET) != 0)
    hd_ks_line (text, "%s: (not shown)", label);
  else if (row->type == HD_KS_LIST)
    {
      g_auto (GStrv) list = hd_ks_list (text->entry, option);
      g_autofree char *joined = g_strjoinv (" ", list);
      hd_ks_line (text, "%s: %s", label, joined);
    }
  else if (row->type == HD_KS_BOOL)
    hd_ks_line (text, "%s: %s", label, hd_ks_bool (text->entry, option, FALSE) ? "yes" : "no");
  else
    hd_ks_line (text, "%s: %s", label, hd_ks_text (text->entry, option));
}

void
hd_ks_say_all (HdKsText *text, const char *const *pairs)
{
  for (; *pairs != NULL; pairs += 2)
    hd_ks_say (text, pairs[0], pairs[1]);
}

/* ---- Scripts and files ---- */

static void
describe_script (HdKsText *text)
{
  const HdKsSection *section = text->step->section;
  const char *name = section->header->name;
  const char *interpreter = hd_ks_text (section->header, "interpreter");
  gboolean in_host
      = hd_ks_is (section->header, "%post") && !hd_ks_given (section->header, "nochroot");
  guint lines = 0;

  for (const char *p = section->body->str; *p != '\0'; p++)
    lines += *p == '\n';
  if (hd_ks_is (section->header, "%onerror") || hd_ks_is (section->header, "%traceback"))
    hd_ks_title (text, "On failure: run %s", name);
  else
    hd_ks_title (text, "Run %s", name);
  hd_ks_line (text, "%s, %u line%s, in the %s", interpreter != NULL ? interpreter : "/bin/sh",
              lines, lines == 1 ? "" : "s", in_host ? "host" : "installer");
  hd_ks_say (text, "erroronfail", "stops the installation when it fails");
  hd_ks_say (text, "log", "log");
}

static void
describe_read (HdKsText *text)
{
  hd_ks_title (text, "Read %s and plan again", text->step->deferred->name);
}

static void
describe_certificate (HdKsText *text)
{
  hd_ks_title (text, "Add a certificate");
  hd_ks_say (text, "dir", "folder");
  hd_ks_say (text, "filename", "file");
}

/* ---- Content and boot ---- */

static void
describe_deploy (HdKsText *text)
{
  const char *remote = hd_ks_text (text->entry, "remote");

  hd_ks_title (text, "Deploy %s from %s", hd_ks_text (text->entry, "ref"),
               hd_ks_text (text->entry, "url"));
  hd_ks_line (text, "stateroot: %s", hd_ks_text (text->entry, "osname"));
  hd_ks_line (text, "remote: %s", remote != NULL ? remote : hd_ks_text (text->entry, "osname"));
  hd_ks_line (text, "signatures: %s",
              hd_ks_given (text->entry, "nogpg") ? "not checked, now and later" : "checked");
}

static void
describe_fstab (HdKsText *text)
{
  hd_ks_title (text, "Write fstab");
}

static void
describe_bootloader (HdKsText *text)
{
  static const char *const pairs[] = { "append",
                                       "kernel arguments",
                                       "boot-drive",
                                       "disk",
                                       "driveorder",
                                       "order of disks",
                                       "timeout",
                                       "seconds of the menu",
                                       "password",
                                       "password",
                                       "md5pass",
                                       "password",
                                       "iscrypted",
                                       "the password is a hash",
                                       "leavebootorder",
                                       "the firmware's list stays as it is",
                                       "nombr",
                                       "nothing in front of the partitions",
                                       NULL };
  gboolean none = text->entry != NULL
                  && (hd_ks_given (text->entry, "disabled")
                      || g_strcmp0 (hd_ks_text (text->entry, "location"), "none") == 0);

  hd_ks_title (text, none ? "Write boot entries, and install no boot loader"
                          : "Install GRUB for BIOS and UEFI, and write boot entries");
  if (text->entry != NULL)
    hd_ks_say_all (text, pairs);
}

static void
describe_end (HdKsText *text)
{
  if (text->entry == NULL)
    {
      hd_ks_title (text, "Stop, and leave the machine on");
      return;
    }
  if (hd_ks_is (text->entry, "reboot"))
    hd_ks_title (text, "Start the host");
  else if (hd_ks_is (text->entry, "poweroff"))
    hd_ks_title (text, "Turn the machine off");
  else
    hd_ks_title (text, "Stop, and leave the machine on");
  hd_ks_say (text, "eject", "eject the medium");
}

static void (*const describers[]) (HdKsText *text) = {
  [HD_KS_STEP_SCRIPT] = describe_script,
  [HD_KS_STEP_READ] = describe_read,
  [HD_KS_STEP_LINK] = hd_ks_describe_link,
  [HD_KS_STEP_DISKS] = hd_ks_describe_disks,
  [HD_KS_STEP_ZERO] = hd_ks_describe_zero,
  [HD_KS_STEP_CLEAR] = hd_ks_describe_clear,
  [HD_KS_STEP_VOLUME] = hd_ks_describe_volume,
  [HD_KS_STEP_SNAPSHOT] = hd_ks_describe_snapshot,
  [HD_KS_STEP_MOUNT] = hd_ks_describe_mount,
  [HD_KS_STEP_DEPLOY] = describe_deploy,
  [HD_KS_STEP_FSTAB] = describe_fstab,
  [HD_KS_STEP_BOOTLOADER] = describe_bootloader,
  [HD_KS_STEP_HOSTNAME] = hd_ks_describe_hostname,
  [HD_KS_STEP_NETWORK] = hd_ks_describe_network,
  [HD_KS_STEP_FIREWALL] = hd_ks_describe_firewall,
  [HD_KS_STEP_LANG] = hd_ks_describe_lang,
  [HD_KS_STEP_KEYBOARD] = hd_ks_describe_keyboard,
  [HD_KS_STEP_TIMEZONE] = hd_ks_describe_timezone,
  [HD_KS_STEP_TIMESOURCE] = hd_ks_describe_timesource,
  [HD_KS_STEP_ROOT] = hd_ks_describe_root,
  [HD_KS_STEP_GROUP] = hd_ks_describe_group,
  [HD_KS_STEP_USER] = hd_ks_describe_user,
  [HD_KS_STEP_KEY] = hd_ks_describe_key,
  [HD_KS_STEP_SERVICES] = hd_ks_describe_services,
  [HD_KS_STEP_CERTIFICATE] = describe_certificate,
  [HD_KS_STEP_END] = describe_end,
};

void
hd_ks_step_describe (HdKsStep *step, const GPtrArray *volumes)
{
  g_autoptr (GString) detail = g_string_new (NULL);
  HdKsText text = { step, step->entry, detail, volumes };

  describers[step->kind](&text);
  g_free (step->detail);
  step->detail = detail->len > 0 ? g_strdup (detail->str) : NULL;
}
