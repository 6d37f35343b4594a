/* WWW-Authenticate: never fails, and a Bearer has somewhere to go. */
#include "fetch/challenge.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto (HdChallenge) challenge;

  hd_challenge_parse (text, &challenge);
  FUZZ_ASSERT (challenge.scheme != HD_CHALLENGE_BEARER || challenge.realm != NULL);
  if (challenge.scheme == HD_CHALLENGE_NONE)
    FUZZ_ASSERT (challenge.realm == NULL && challenge.service == NULL && challenge.scope == NULL);
  return 0;
}
