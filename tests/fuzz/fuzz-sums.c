/* SHA256SUMS of a stranger: no name leads out of a folder, and what is accepted is written the
 * same. */
#include <string.h>
#include "fuzz.h"
#include "tools/sums-list.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = hd_sums_parse ((const char *)data, size, &error);
  FUZZ_ASSERT ((entries == NULL) == (error != NULL));
  if (entries == NULL)
    return 0;
  FUZZ_ASSERT (entries->len <= HD_SUMS_MAX_LINES);
  for (guint i = 0; i < entries->len; i++)
    {
      const HdSumsEntry *entry = g_ptr_array_index (entries, i);
      FUZZ_ASSERT (strchr (entry->name, '/') == NULL && entry->name[0] != '.');
      FUZZ_ASSERT (strlen (entry->sha256) == 64);
    }
  g_autofree char *text = hd_sums_format (entries);
  g_autoptr (GPtrArray) again = hd_sums_parse (text, strlen (text), NULL);
  FUZZ_ASSERT (again != NULL && again->len == entries->len);
  return 0;
}
