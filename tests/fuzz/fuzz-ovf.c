/* An OVF description of a stranger: what is accepted has all its lists, and is within the limits.
 */
#include <string.h>
#include "fuzz.h"
#include "tools/lint-ovf.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdOvf) ovf = hd_ovf_parse ((const char *)data, size, &error);
  FUZZ_ASSERT ((ovf == NULL) == (error != NULL));
  if (ovf == NULL)
    return 0;
  FUZZ_ASSERT (ovf->root_namespace != NULL);
  FUZZ_ASSERT (ovf->files->len + ovf->disks->len + ovf->items->len + ovf->configs->len
               <= HD_OVF_MAX_ELEMENTS);
  for (guint i = 0; i < ovf->networks->len; i++)
    FUZZ_ASSERT (g_ptr_array_index (ovf->networks, i) != NULL);
  return 0;
}
