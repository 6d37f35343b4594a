/* Policies: an error or requirements, and each of them complete. */
#include "base/error.h"
#include "engine/policy.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (HdRef) ref = hd_ref_parse ("registry.example/team/app:1", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found
      = hd_policy_parse ("name", (const char *)data, size, "docker", ref, &error);

  FUZZ_ASSERT ((found == NULL) == (error != NULL));
  if (found == NULL)
    {
      FUZZ_ASSERT (hd_error_code (error) == HD_CONFIG || hd_error_code (error) == HD_SIGNATURE);
      return 0;
    }
  FUZZ_ASSERT (found->len > 0);
  for (guint i = 0; i < found->len; i++)
    {
      const HdPolicyRequirement *requirement = g_ptr_array_index (found, i);
      FUZZ_ASSERT (requirement->type == HD_POLICY_ACCEPT || requirement->key_data != NULL
                   || requirement->key_paths[0] != NULL);
    }
  return 0;
}
