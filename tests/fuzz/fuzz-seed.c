/* The files of a seed: whatever they hold, they are taken or refused with a reason. */
#include "fuzz.h"
#include "tools/seed-check.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static gboolean (*const checks[]) (const char *name, const char *text, gsize length,
                                     GError **error)
      = { hd_seed_check_user_data, hd_seed_check_meta_data, hd_seed_check_network };
  for (gsize i = 0; i < G_N_ELEMENTS (checks); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean taken = checks[i]("file", (const char *)data, size, &error);
      FUZZ_ASSERT (taken == (error == NULL));
    }
  return 0;
}
