/* Kickstart files: every finding has a place, and what has no error has a plan.
 *
 * The input is the file, and behind NUL bytes the files "1", "2" ... that it may include. */
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "fuzz.h"
#include "kickstart/parser.h"
#include "kickstart/plan.h"
#include "kickstart/rules.h"

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
  return 0;
}
