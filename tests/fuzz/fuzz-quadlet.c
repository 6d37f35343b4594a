/* A .container file, as a generator reads it. */
#include <stdint.h>

#include "cli/quadlet.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) links = NULL;
  g_autofree char *unit = hd_quadlet_convert ("f", "n", "/a", text, &links, &error);
  g_assert ((unit == NULL) == (error != NULL));
  return 0;
}
