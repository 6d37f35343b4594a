/* fetch/challenge: the challenges of registries, and malformed ones. */
#include "fetch/challenge.h"

static void
test_known (void)
{
  static const struct
  {
    const char *text;
    HdChallengeScheme scheme;
    const char *realm, *service, *scope;
  } cases[] = {
    { "Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:x:pull,push\"",
      HD_CHALLENGE_BEARER, "https://a/t", "s", "repository:x:pull,push" },
    { "bearer  Realm = \"https://a\" , SERVICE=s", HD_CHALLENGE_BEARER, "https://a", "s", NULL },
    { "Basic realm=\"x\", Bearer realm=\"y\"", HD_CHALLENGE_BEARER, "y", NULL, NULL },
    { "Bearer realm=\"y\", Basic realm=\"x\"", HD_CHALLENGE_BEARER, "y", NULL, NULL },
    { "Basic realm=\"a\\\"b\"", HD_CHALLENGE_BASIC, "a\"b", NULL, NULL },
    { "Basic", HD_CHALLENGE_BASIC, NULL, NULL, NULL },
    { "Bearer service=x", HD_CHALLENGE_NONE, NULL, NULL, NULL },
    { "Negotiate", HD_CHALLENGE_NONE, NULL, NULL, NULL },
    { "Bearer realm=\"never closed", HD_CHALLENGE_NONE, NULL, NULL, NULL },
    { "", HD_CHALLENGE_NONE, NULL, NULL, NULL },
    { ",,=\"", HD_CHALLENGE_NONE, NULL, NULL, NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (HdChallenge) found;
      hd_challenge_parse (cases[i].text, &found);
      g_assert_cmpint (found.scheme, ==, cases[i].scheme);
      if (found.scheme == HD_CHALLENGE_NONE)
        continue;
      g_assert_cmpstr (found.realm, ==, cases[i].realm);
      g_assert_cmpstr (found.service, ==, cases[i].service);
      g_assert_cmpstr (found.scope, ==, cases[i].scope);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/challenge/known", test_known);
  return g_test_run ();
}
