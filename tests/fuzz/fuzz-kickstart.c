/* Kickstart files: every finding has a place, there is a plan, partitions that have a place do not
 * overlap, and what is written stands below /etc.
 *
 * The input is the file, and behind NUL bytes the files "1", "2" ... that it may include. */
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "fuzz.h"
#include "kickstart/accounts.h"
#include "kickstart/fstab.h"
#include "kickstart/layout.h"
#include "kickstart/parser.h"
#include "kickstart/plan.h"
#include "kickstart/rules.h"
#include "kickstart/settings.h"

#define MIB G_GUINT64_CONSTANT (1048576)

typedef struct
{
  const uint8_t *data;
  size_t size;
} Input;

/* The part with this number, counted from 0. */
static gboolean
find_part (const Input *input, unsigned number, const char **ret_text, gsize *ret_length)
{
  const uint8_t *start = input->data, *end = input->data + input->size;

  for (; number > 0 && start != NULL; number--)
    {
      start = memchr (start, 0, (size_t)(end - start));
      start = start != NULL ? start + 1 : NULL;
    }
  if (start == NULL)
    return FALSE;
  const uint8_t *stop = memchr (start, 0, (size_t)(end - start));
  *ret_text = (const char *)start;
  *ret_length = (gsize)((stop != NULL ? stop : end) - start);
  return TRUE;
}

static gboolean
load (gpointer data, const char *name, const char *from, char **ret_name, char **ret_text,
      gsize *ret_length, GError **error)
{
  const char *text;
  gsize length;

  FUZZ_ASSERT (from != NULL);
  if (name[0] < '1' || name[0] > '9' || name[1] != '\0'
      || !find_part (data, (unsigned)(name[0] - '0'), &text, &length))
    return hd_throw (error, HD_NOT_FOUND, NULL, "no file %s", name);
  *ret_name = g_strdup (name);
  *ret_text = g_strndup (text, length);
  *ret_length = length;
  return TRUE;
}

static void
check_findings (const HdKickstart *kickstart)
{
  guint errors = 0;

  for (guint i = 0; i < hd_ks_report_length (kickstart->report); i++)
    {
      const HdKsFinding *finding = hd_ks_report_get (kickstart->report, i);
      FUZZ_ASSERT (finding->message[0] != '\0' && finding->place.file != NULL);
      FUZZ_ASSERT (finding->place.line == 0 || finding->place.column > 0);
      FUZZ_ASSERT (g_utf8_validate (finding->message, -1, NULL));
      errors += finding->severity == HD_KS_ERROR;
    }
  FUZZ_ASSERT (errors <= hd_ks_report_count (kickstart->report, HD_KS_ERROR));
}

/* The plan says something of each step, and no password. */
static void
check_plan (const HdKickstart *kickstart)
{
  g_autoptr (HdKsPlan) plan = hd_ks_plan_new (kickstart);

  FUZZ_ASSERT (plan->steps->len > 0);
  for (guint i = 0; i < plan->steps->len; i++)
    {
      const HdKsStep *step = g_ptr_array_index (plan->steps, i);
      FUZZ_ASSERT (step->title != NULL && step->title[0] != '\0');
      FUZZ_ASSERT ((step->kind == HD_KS_STEP_VOLUME) == (step->volume != NULL));
    }
}

/* Partitions stand inside their disk, apart from each other and from those that stay. */
static void
check_disk (const HdKsDiskLayout *layout)
{
  guint64 end = MIB;

  for (guint i = 0; i < layout->slots->len; i++)
    {
      const HdKsSlot *slot = g_ptr_array_index (layout->slots, i);
      FUZZ_ASSERT (slot->start_bytes >= end && slot->start_bytes % MIB == 0);
      FUZZ_ASSERT (slot->size_bytes > 0 && slot->size_bytes % MIB == 0);
      end = slot->start_bytes + slot->size_bytes;
      FUZZ_ASSERT (end > slot->start_bytes && end <= layout->disk->size_bytes - MIB);
      for (guint j = 0; j < layout->disk->partitions->len && !layout->new_table; j++)
        {
          const HdKsPartition *old = g_ptr_array_index (layout->disk->partitions, j);
          gboolean removed = FALSE;
          for (guint k = 0; k < layout->removed->len; k++)
            removed = removed || g_array_index (layout->removed, guint, k) == old->number;
          FUZZ_ASSERT (removed || old->number != slot->number);
          FUZZ_ASSERT (removed || end <= old->start_bytes
                       || slot->start_bytes >= old->start_bytes + old->size_bytes);
        }
    }
}

/* Each line has six fields. */
static void
check_fstab (const GPtrArray *volumes, const GPtrArray *layouts)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = hd_ks_fstab_new (volumes, layouts, "seed", &error);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  FUZZ_ASSERT ((text == NULL) == (error != NULL));
  for (char **line = lines; *line != NULL; line++)
    {
      guint spaces = 0;
      for (const char *c = *line; *c != '\0'; c++)
        spaces += *c == ' ';
      FUZZ_ASSERT (**line == '\0' || **line == '#' || spaces == 9);
    }
}

/* A blank disk, one in use, and one with something on it that is no table. */
static void
check_layout (const HdKickstart *kickstart)
{
  static const HdKsLayoutOptions options = { .seed = "seed", .memory_mib = 2048 };
  g_autoptr (HdKsDisk) blank = hd_ks_disk_new ("sda", "a", 20000 * MIB + 511);
  g_autoptr (HdKsDisk) used = hd_ks_disk_new ("sdb", "b", 9000 * MIB);
  g_autoptr (HdKsDisk) junk = hd_ks_disk_new ("sdc", "c", 500 * MIB);
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
  g_autoptr (GPtrArray) layouts = NULL;
  g_autoptr (GError) error = NULL;

  used->table = HD_KS_TABLE_GPT;
  hd_ks_disk_add (used, 3, MIB + 512, 99 * MIB, "0FC63DAF-8483-4772-8E79-3D69D8477DE4", "x");
  hd_ks_disk_add (used, 1, 4000 * MIB, 700 * MIB, "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "y");
  junk->table = HD_KS_TABLE_UNKNOWN;
  g_ptr_array_add (disks, blank);
  g_ptr_array_add (disks, used);
  g_ptr_array_add (disks, junk);
  layouts = hd_ks_layout_new (kickstart, volumes, disks, &options, &error);
  FUZZ_ASSERT ((layouts == NULL) == (error != NULL));
  for (guint i = 0; layouts != NULL && i < layouts->len; i++)
    check_disk (g_ptr_array_index (layouts, i));
  if (layouts != NULL)
    check_fstab (volumes, layouts);
}

/* What is written stays below /etc, and each line of a network file is one that was meant. */
static void
check_settings (const HdKickstart *kickstart)
{
  g_autoptr (HdKsPlan) plan = hd_ks_plan_new (kickstart);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) settings = hd_ks_settings_new (plan, NULL, &error);

  FUZZ_ASSERT ((settings == NULL) == (error != NULL));
  for (guint i = 0; settings != NULL && i < settings->len; i++)
    {
      const HdKsSetting *setting = g_ptr_array_index (settings, i);
      g_auto (GStrv) lines = g_strsplit (setting->text->str, "\n", -1);
      if (setting->kind == HD_KS_SETTING_FILE || setting->kind == HD_KS_SETTING_LINK)
        FUZZ_ASSERT (g_str_has_prefix (setting->name, "etc/")
                     && strstr (setting->name, "/.") == NULL);
      for (char **line = lines;
           g_str_has_prefix (setting->name, "etc/systemd/network/") && *line != NULL; line++)
        FUZZ_ASSERT (**line == '\0' || **line == '[' || strchr (*line, '=') != NULL);
    }
}

/* Lines of accounts keep their form: nothing in a name or a password makes another line. */
static void
check_accounts (const HdKickstart *kickstart)
{
  static const char *const texts[HD_KS_N_ETC_FILES] = {
    [HD_KS_ETC_PASSWD] = "root:x:0:0:root:/root:/bin/bash\n",
    [HD_KS_ETC_GROUP] = "root:x:0:\nsudo:x:27:\n",
    [HD_KS_ETC_SHADOW] = "root:*:1:0:99999:7:::\n",
    [HD_KS_ETC_GSHADOW] = "root:*::\n",
  };
  static const guint colons[HD_KS_N_ETC_FILES] = { 6, 3, 8, 3 };
  g_autoptr (HdKsPlan) plan = hd_ks_plan_new (kickstart);
  g_autoptr (HdKsAccounts) accounts = hd_ks_accounts_new (texts);
  g_autoptr (GError) error = NULL;
  gboolean good = hd_ks_accounts_apply (accounts, plan, 0, &error);

  FUZZ_ASSERT (good == (error == NULL));
  for (int i = 0; i < HD_KS_N_ETC_FILES; i++)
    {
      g_autofree char *text = hd_ks_accounts_text (accounts, (HdKsEtcFile)i);
      guint seen = 0;
      for (const char *c = text; *c != '\0'; c++)
        {
          FUZZ_ASSERT (*c == '\n' || !g_ascii_iscntrl (*c));
          FUZZ_ASSERT (*c != '\n' || seen == colons[i]);
          seen = *c == '\n' ? 0 : seen + (*c == ':');
        }
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { data, size };
  const HdKsLoader loader = { .load = load, .data = &input };
  const char *text;
  gsize length;
  g_autoptr (HdKickstart) kickstart = NULL;
  g_autoptr (GError) error = NULL;
  gboolean good;

  find_part (&input, 0, &text, &length);
  kickstart = hd_ks_parse ("ks.cfg", text, length, &loader);
  hd_ks_rules (kickstart);
  check_findings (kickstart);
  good = hd_kickstart_check (kickstart, &error);
  FUZZ_ASSERT (good == (hd_ks_report_count (kickstart->report, HD_KS_ERROR) == 0));
  FUZZ_ASSERT (good == (error == NULL));
  check_plan (kickstart);
  check_layout (kickstart);
  check_settings (kickstart);
  check_accounts (kickstart);
  return 0;
}
