/* engine/ref: the grammar, what is filled in, and what people read. */
#include "engine/ref.h"

#include "base/error.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
test_taken (void)
{
  static const struct
  {
    const char *text, *whole;
    gboolean has_host;
  } cases[] = {
    { "debian", "docker.io/library/debian:latest", FALSE },
    { "debian:12", "docker.io/library/debian:12", FALSE },
    { "a/b", "docker.io/a/b:latest", FALSE },
    { "docker.io/debian", "docker.io/library/debian:latest", TRUE },
    { "index.docker.io/a/b:x", "docker.io/a/b:x", TRUE },
    { "localhost/x", "localhost/x:latest", TRUE },
    { "localhost:5000/x:y", "localhost:5000/x:y", TRUE },
    { "quay.example/a/b/c", "quay.example/a/b/c:latest", TRUE },
    { "HOST/x", "HOST/x:latest", TRUE },
    { "[2001:db8::1]:5000/x", "[2001:db8::1]:5000/x:latest", TRUE },
    { "x@sha256:" HEX, "docker.io/library/x@sha256:" HEX, FALSE },
    { "x:1@sha256:" HEX, "docker.io/library/x:1@sha256:" HEX, FALSE },
    { "x/a.b_c__d-e---f:_T.-1", "docker.io/x/a.b_c__d-e---f:_T.-1", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (HdRef) ref = hd_ref_parse (cases[i].text, &error);
      g_assert_no_error (error);
      g_autofree char *whole = hd_ref_text (ref);
      g_assert_cmpstr (whole, ==, cases[i].whole);
      g_assert_cmpint (ref->has_host, ==, cases[i].has_host);
    }
}

static void
test_refused (void)
{
  static const char *const cases[] = {
    "",
    "/",
    "a/",
    "/a",
    "a//b",
    "Debian",
    "a/Debian",
    "a:",
    "a:-x",
    "a:.x",
    "a:b:c",
    "a b",
    "a..b",
    "a___b",
    "-a",
    "a-",
    "_a",
    "a/.b",
    "..",
    "a/../b",
    "x@sha256:12",
    "x@md5:" HEX,
    "x@",
    "@sha256:" HEX,
    "-h.example/x",
    "h.example:123456/x",
    "a\nb",
    "x:\xc3\xbc",
    "a.b_c/x",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (HdRef) ref = hd_ref_parse (cases[i], &error);
      g_assert_null (ref);
      g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
    }
  g_autofree char *tag = g_strnfill (HD_REF_TAG_MAX + 1, 't');
  g_autofree char *long_tag = g_strconcat ("a:", tag, NULL);
  g_assert_null (hd_ref_parse (long_tag, NULL));
  long_tag[2 + HD_REF_TAG_MAX] = '\0';
  g_autoptr (HdRef) longest = hd_ref_parse (long_tag, NULL);
  g_assert_nonnull (longest);
  g_autofree char *name = g_strnfill (HD_REF_NAME_MAX, 'n');
  g_assert_null (hd_ref_parse (name, NULL));
}

static void
test_familiar (void)
{
  static const char *const cases[][2] = { { "docker.io/library/debian", "debian" },
                                          { "docker.io/a/b", "a/b" },
                                          { "docker.io/a.b/c", "docker.io/a.b/c" },
                                          { "docker.io/library/a/b", "library/a/b" },
                                          { "quay.example/library/x", "quay.example/library/x" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *familiar = hd_ref_familiar (cases[i][0]);
      g_assert_cmpstr (familiar, ==, cases[i][1]);
    }
}

static void
test_digests (void)
{
  g_autofree char *digest = hd_digest_of ("abc", 3);
  g_assert_cmpstr (digest, ==,
                   "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  g_autofree char *cut = hd_digest_short (digest);
  g_assert_cmpstr (cut, ==, "ba7816bf8f01");
  g_assert_true (hd_digest_is_valid ("sha256:" HEX));
  g_assert_false (hd_digest_is_valid ("sha256:" HEX "0"));
  g_assert_false (hd_digest_is_valid (HEX));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ref/taken", test_taken);
  g_test_add_func ("/ref/refused", test_refused);
  g_test_add_func ("/ref/familiar", test_familiar);
  g_test_add_func ("/ref/digests", test_digests);
  return g_test_run ();
}
