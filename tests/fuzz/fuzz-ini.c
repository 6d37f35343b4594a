/* INI files: values are text without line ends, errors have a place, and types agree. */
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "base/ini.h"
#include "fuzz.h"

static const HdIniKey keys[] = {
  { "Image", "Suite", "text" },    { "Image", "Package", "words" }, { "Disk", "Size", "a size" },
  { "Disk", "Grow", "a boolean" }, { "Disk", "Tries", "a number" }, { NULL },
};

/* "name:LINE:COLUMN: a quote", both counted from 1. */
static void
check_place (const GError *error)
{
  unsigned line, column;

  FUZZ_ASSERT (hd_error_code (error) == HD_CONFIG);
  FUZZ_ASSERT (sscanf (error->message, "name:%u:%u: a quote", &line, &column) == 2);
  FUZZ_ASSERT (line >= 1 && column >= 1);
}

static void
check_key (const HdIni *ini, const HdIniKey *key)
{
  const char *const *values = hd_ini_values (ini, key->section, key->key);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = hd_ini_words (ini, key->section, key->key, &error);
  const char *last = NULL;

  for (; *values != NULL; values++)
    {
      last = *values;
      FUZZ_ASSERT (*last != '\0' && strchr (last, '\n') == NULL);
      FUZZ_ASSERT (g_utf8_validate (last, -1, NULL));
    }
  FUZZ_ASSERT (hd_ini_string (ini, key->section, key->key) == last);
  FUZZ_ASSERT ((hd_ini_place (ini, key->section, key->key) == NULL) == (last == NULL));
  FUZZ_ASSERT ((words == NULL) == (error != NULL));
  if (words == NULL)
    check_place (error);
  else
    FUZZ_ASSERT ((last == NULL) == (words[0] == NULL));
}

static void
check_types (const HdIni *ini)
{
  g_autoptr (GError) size_error = NULL;
  g_autoptr (GError) bool_error = NULL;
  g_autoptr (GError) int_error = NULL;
  guint64 size;
  gboolean flag;
  gint64 number;

  FUZZ_ASSERT (hd_ini_size (ini, "Disk", "Size", 1, &size, &size_error) == (size_error == NULL));
  FUZZ_ASSERT (hd_ini_bool (ini, "Disk", "Grow", TRUE, &flag, &bool_error) == (bool_error == NULL));
  FUZZ_ASSERT (hd_ini_int (ini, "Disk", "Tries", 1, &number, &int_error) == (int_error == NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (HdIni) ini = hd_ini_new (keys);
  g_autoptr (GError) error = NULL;
  gboolean good = hd_ini_parse (ini, "name", (const char *)data, size, &error);

  FUZZ_ASSERT (good == (error == NULL));
  if (!good)
    {
      FUZZ_ASSERT (hd_error_code (error) == HD_CONFIG);
      FUZZ_ASSERT (g_str_has_prefix (error->message, "name:"));
    }
  for (const HdIniKey *key = keys; key->section != NULL; key++)
    check_key (ini, key);
  check_types (ini);
  return 0;
}
