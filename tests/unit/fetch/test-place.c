/* fetch/place: paths of archives, clean or refused. */
#include "fetch/place.h"

#include <string.h>

#include "check.h"

static void
test_clean (void)
{
  static const char *const cases[][2]
      = { { ".", "" },        { "./", "" },     { "/", "" },
          { "a", "a" },       { "./a/", "a" },  { "//a//b/.", "a/b" },
          { "a/./b", "a/b" }, { "...", "..." }, { "a/..b", "a/..b" } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      hd_err err = { 0 };
      char *clean = hd_place_clean (cases[i][0], &err);
      CHECK (clean != NULL && strcmp (clean, cases[i][1]) == 0);
      free (clean);
    }
}

static void
test_refused (void)
{
  static const char *const cases[] = { "", "..", "../a", "a/..", "a/../b", "/..", "./.." };
  char name[300];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      hd_err err = { 0 };
      CHECK (hd_place_clean (cases[i], &err) == NULL && err.code == HD_CORRUPT);
    }
  memset (name, 'n', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  CHECK (hd_place_clean (name, NULL) == NULL);
}

int
main (void)
{
  test_clean ();
  test_refused ();
  return 0;
}
