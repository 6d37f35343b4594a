/* The staged record: what is accepted leads to no other folder, and is written the same again. */
#include <string.h>
#include "common/parse.h"
#include "fuzz.h"
#include "state/staged.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStaged) staged = hd_staged_parse ((const char *)data, size, &error);
  g_autoptr (HdStaged) again = NULL;
  g_autofree char *text = NULL;
  g_autofree char *text_again = NULL;

  FUZZ_ASSERT ((staged == NULL) == (error != NULL));
  if (staged == NULL)
    return 0;
  FUZZ_ASSERT (strchr (staged->stateroot, '/') == NULL && staged->stateroot[0] != '.');
  FUZZ_ASSERT (hd_parse_is_checksum (staged->commit) && staged->serial >= 0);
  FUZZ_ASSERT (staged->merge == NULL
               || (strchr (staged->merge, '/') == NULL && staged->merge[0] != '.'));
  text = hd_staged_format (staged);
  again = hd_staged_parse (text, strlen (text), NULL);
  FUZZ_ASSERT (again != NULL);
  text_again = hd_staged_format (again);
  FUZZ_ASSERT (strcmp (text, text_again) == 0);
  return 0;
}
