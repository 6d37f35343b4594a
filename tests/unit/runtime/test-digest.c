/* SHA-256 against GLib's, at every length around a block, and rows of strings that differ. */
#include "runtime/digest.h"

#include <glib.h>
#include <string.h>

static void
test_lengths (void)
{
  for (gsize length = 0; length < 300; length++)
    {
      g_autofree char *data = g_malloc (length + 1);
      g_autofree char *expected = NULL;
      char hex[RT_DIGEST_HEX_BYTES];
      rt_digest digest;

      memset (data, (int)length, length);
      expected = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *)data, length);
      rt_digest_begin (&digest);
      /* In two parts that do not end with a block. */
      rt_digest_add (&digest, data, length / 3);
      rt_digest_add (&digest, data + length / 3, length - length / 3);
      rt_digest_end (&digest, hex);
      g_assert_cmpstr (hex, ==, expected);
    }
}

static void
digest_of (const char *const *strings, gsize count, char hex[RT_DIGEST_HEX_BYTES])
{
  rt_digest digest;

  rt_digest_begin (&digest);
  for (gsize i = 0; i < count; i++)
    rt_digest_add_string (&digest, strings[i]);
  rt_digest_end (&digest, hex);
}

static void
test_strings (void)
{
  static const char *const rows[][3]
      = { { "ab", "c", "" }, { "a", "bc", "" }, { "abc", "", "" },  { "", "abc", "" },
          { NULL, "", "" },  { "", NULL, "" },  { "\1", "", NULL }, { NULL, NULL, "\1" } };
  char hex[G_N_ELEMENTS (rows)][RT_DIGEST_HEX_BYTES];

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      digest_of (rows[i], 3, hex[i]);
      for (gsize j = 0; j < i; j++)
        g_assert_cmpstr (hex[i], !=, hex[j]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/digest/lengths", test_lengths);
  g_test_add_func ("/digest/strings", test_strings);
  return g_test_run ();
}
