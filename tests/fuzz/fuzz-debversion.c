/* Debian versions: the comparison is an order. The input is three versions, a line each. */
#include <glib.h>
#include "fuzz.h"
#include "state/debversion.h"

static int
sign (int number)
{
  return (number > 0) - (number < 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 3);

  if (g_strv_length (lines) < 3)
    return 0;
  for (int i = 0; i < 3; i++)
    {
      const char *a = lines[i], *b = lines[(i + 1) % 3], *c = lines[(i + 2) % 3];
      FUZZ_ASSERT (hd_debversion_compare (a, a) == 0);
      FUZZ_ASSERT (sign (hd_debversion_compare (a, b)) == -sign (hd_debversion_compare (b, a)));
      if (hd_debversion_compare (a, b) <= 0 && hd_debversion_compare (b, c) <= 0)
        FUZZ_ASSERT (hd_debversion_compare (a, c) <= 0);
    }
  return 0;
}
