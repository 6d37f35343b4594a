/* engine/sigstore: of which image a payload is. */
#include "engine/sigstore.h"

#include <string.h>

#include "base/error.h"

#define D "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PAYLOAD(name, digest)                                                                      \
  "{\"critical\":{\"type\":\"cosign container image "                                              \
  "signature\",\"identity\":{\"docker-reference\":\"" name                                         \
  "\"},\"image\":{\"docker-manifest-digest\":\"" digest "\"}}}"

static gboolean
fits (const char *payload, const char *name, const char *identity)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdRef) ref = hd_ref_parse (name, NULL);
  gboolean good = hd_sigstore_payload_fits (payload, strlen (payload), ref, D, identity, &error);
  g_assert_cmpint (good ? HD_OK : hd_error_code (error), ==, good ? HD_OK : HD_SIGNATURE);
  return good;
}

static void
test_identity (void)
{
  static const struct
  {
    const char *identity, *asked;
    gboolean tagged, bare;
  } cases[] = {
    { "matchRepoDigestOrExact", "r.example/a:1", TRUE, FALSE },
    { "matchRepoDigestOrExact", "r.example/a:2", FALSE, FALSE },
    { "matchRepoDigestOrExact", "r.example/a@" D, TRUE, TRUE },
    { "matchRepoDigestOrExact", "r.example/b@" D, FALSE, FALSE },
    { "matchExact", "r.example/a:1", TRUE, FALSE },
    { "matchExact", "r.example/a@" D, FALSE, FALSE },
    { "matchRepository", "r.example/a:2", TRUE, TRUE },
    { "matchRepository", "r.example/b:1", FALSE, FALSE },
    { "matchExact", "r.example/a:latest", FALSE, FALSE },
    { "no such", "r.example/a:1", FALSE, FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_cmpint (fits (PAYLOAD ("r.example/a:1", D), cases[i].asked, cases[i].identity), ==,
                       cases[i].tagged);
      g_assert_cmpint (fits (PAYLOAD ("r.example/a", D), cases[i].asked, cases[i].identity), ==,
                       cases[i].bare);
    }
}

static void
test_refused (void)
{
  static const char *const cases[] = { "",
                                       "{}",
                                       "[]",
                                       "{\"critical\":1}",
                                       PAYLOAD ("", D),
                                       PAYLOAD ("../x", D),
                                       PAYLOAD ("r.example/a:1", "sha256:00"),
                                       "{\"critical\":{\"type\":\"x\"}}" };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_false (fits (cases[i], "r.example/a:1", "matchRepository"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sigstore/identity", test_identity);
  g_test_add_func ("/sigstore/refused", test_refused);
  return g_test_run ();
}
