/* The boot environment: what is accepted is written to a block that says the same. */
#include <glib.h>
#include "fuzz.h"
#include "state/bootenv.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  char block[HD_BOOTENV_SIZE];
  HdBootEnv env, again;

  if (!hd_bootenv_parse ((const char *)data, size, &env, &error))
    {
      FUZZ_ASSERT (error != NULL);
      return 0;
    }
  hd_bootenv_format (&env, block);
  FUZZ_ASSERT (hd_bootenv_parse (block, sizeof block, &again, NULL));
  FUZZ_ASSERT (again.set == env.set && again.tries == env.tries);
  return 0;
}
