/* JSON: what is accepted is written to text that is accepted again and is the same text. */
#include <stdlib.h>
#include <string.h>
#include "common/cleanup.h"
#include "common/json.h"
#include "fuzz.h"

static int
visit (const char *key, const hd_json *value, void *object)
{
  FUZZ_ASSERT (hd_json_get (object, key) == value);
  return 0;
}

/* The readers agree with the type, all the way down. */
static void
walk (const hd_json *value)
{
  const char *text;
  int64_t number;
  uint64_t positive;
  double real;
  bool flag;

  FUZZ_ASSERT (hd_json_as_string (value, &text) == (hd_json_get_type (value) == HD_JSON_STRING));
  FUZZ_ASSERT (hd_json_as_bool (value, &flag) == (hd_json_get_type (value) == HD_JSON_BOOL));
  if (hd_json_get_type (value) == HD_JSON_INT)
    FUZZ_ASSERT (hd_json_as_int64 (value, &number) || hd_json_as_uint64 (value, &positive));
  if (hd_json_as_int64 (value, &number) && hd_json_as_uint64 (value, &positive))
    FUZZ_ASSERT ((uint64_t)number == positive);
  (void)hd_json_as_double (value, &real);
  FUZZ_ASSERT (hd_json_each (value, visit, (void *)value) == 0);
  if (hd_json_get_type (value) == HD_JSON_ARRAY)
    for (size_t i = 0; i < hd_json_length (value); i++)
      walk (hd_json_at (value, i));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  hd_err err = { HD_OK };
  hd_autojson value = hd_json_parse ((const char *)data, size, &err);

  FUZZ_ASSERT ((value == NULL) == (err.code == HD_CONFIG));
  if (value == NULL)
    {
      FUZZ_ASSERT (strncmp (err.message, "line ", 5) == 0);
      return 0;
    }
  walk (value);
  for (int pretty = 0; pretty < 2; pretty++)
    {
      hd_autofree char *text = hd_json_to_text (value, pretty);
      hd_autojson again = hd_json_parse (text, strlen (text), &err);
      hd_autofree char *text_again = NULL;

      FUZZ_ASSERT (again != NULL);
      text_again = hd_json_to_text (again, pretty);
      FUZZ_ASSERT (strcmp (text, text_again) == 0);
    }
  return 0;
}
