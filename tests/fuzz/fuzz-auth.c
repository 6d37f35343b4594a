/* Credential files: never more than one answer. */
#include "base/error.h"
#include "engine/auth.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *helper = NULL;
  g_autoptr (HdCredentials) found
      = hd_auth_parse ((const char *)data, size, "registry.example/team/app", &helper, &error);

  FUZZ_ASSERT (found == NULL || (error == NULL && helper == NULL));
  FUZZ_ASSERT (error == NULL || hd_error_code (error) == HD_CONFIG);
  if (found != NULL)
    FUZZ_ASSERT ((found->user == NULL) == (found->password == NULL)
                 && (found->user != NULL || found->identity_token != NULL));
  return 0;
}
