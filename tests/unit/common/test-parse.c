/* common/parse: what is a number, size, duration, time; the edges; and the nearest word. */
#include <errno.h>
#include <glib.h>
#include "common/parse.h"

static void
test_int64 (void)
{
  static const struct
  {
    const char *text;
    int r;
    int64_t value;
  } cases[] = {
    { "0", 0, 0 },
    { "-1", 0, -1 },
    { "007", 0, 7 },
    { "9223372036854775807", 0, INT64_MAX },
    { "-9223372036854775808", 0, INT64_MIN },
    { "9223372036854775808", -ERANGE },
    { "-9223372036854775809", -ERANGE },
    { "99999999999999999999999", -ERANGE },
    { "99999999999999999999999x", -EINVAL },
    { "", -EINVAL },
    { "-", -EINVAL },
    { "+1", -EINVAL },
    { " 1", -EINVAL },
    { "1 ", -EINVAL },
    { "0x1", -EINVAL },
    { "--1", -EINVAL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      int64_t value = 42;
      g_assert_cmpint (hd_parse_int64 (cases[i].text, &value), ==, cases[i].r);
      g_assert_cmpint (value, ==, cases[i].r == 0 ? cases[i].value : 42);
    }
}

static void
test_uint64 (void)
{
  uint64_t value = 42;

  g_assert_cmpint (hd_parse_uint64 ("18446744073709551616", &value), ==, -ERANGE);
  g_assert_cmpint (hd_parse_uint64 ("-1", &value), ==, -EINVAL);
  g_assert_cmpuint (value, ==, 42);
  g_assert_cmpint (hd_parse_uint64 ("18446744073709551615", &value), ==, 0);
  g_assert_cmpuint (value, ==, UINT64_MAX);
}

typedef struct
{
  const char *text;
  int r;
  uint64_t value;
} Case;

static void
check_cases (const Case *cases, guint n, int (*parse) (const char *, uint64_t *))
{
  for (guint i = 0; i < n; i++)
    {
      uint64_t value = 42;
      g_test_message ("\"%s\"", cases[i].text);
      g_assert_cmpint (parse (cases[i].text, &value), ==, cases[i].r);
      g_assert_cmpuint (value, ==, cases[i].r == 0 ? cases[i].value : 42);
    }
}

static void
test_size (void)
{
  static const Case cases[] = {
    { "0", 0, 0 },
    { "512", 0, 512 },
    { "4K", 0, 4096 },
    { "4KiB", 0, 4096 },
    { "512M", 0, UINT64_C (512) << 20 },
    { "3G", 0, UINT64_C (3) << 30 },
    { "1TiB", 0, UINT64_C (1) << 40 },
    { "16777215T", 0, UINT64_C (16777215) << 40 },
    { "16777216T", -ERANGE },
    { "99999999999999999999", -ERANGE },
    { "", -EINVAL },
    { "K", -EINVAL },
    { "4k", -EINVAL },
    { "4KB", -EINVAL },
    { "4Ki", -EINVAL },
    { "4KiBs", -EINVAL },
    { "4 K", -EINVAL },
    { "1.5G", -EINVAL },
    { "-1", -EINVAL },
  };

  check_cases (cases, G_N_ELEMENTS (cases), hd_parse_size);
}

static void
test_duration (void)
{
  static const Case cases[] = {
    { "0", 0, 0 },
    { "90", 0, 90000 },
    { "90s", 0, 90000 },
    { "90sec", 0, 90000 },
    { "250ms", 0, 250 },
    { "5min", 0, 300000 },
    { "5m", 0, 300000 },
    { "2h", 0, 7200000 },
    { "1d", 0, 86400000 },
    { "2w", 0, 1209600000 },
    { "1h 30min", 0, 5400000 },
    { "1h30min", 0, 5400000 },
    { "1h  30min", 0, 5400000 },
    { "", -EINVAL },
    { "s", -EINVAL },
    { "1h 30", -EINVAL },
    { "1h ", -EINVAL },
    { " 1h", -EINVAL },
    { "5 min", -EINVAL },
    { "5mins", -EINVAL },
    { "-5s", -EINVAL },
    { "18446744073709551615", -ERANGE },
    { "30500568904943w", -ERANGE },
    { "18446744073709551615ms 1ms", -ERANGE },
  };

  check_cases (cases, G_N_ELEMENTS (cases), hd_parse_duration);
}

static void
test_time (void)
{
  static const struct
  {
    const char *text;
    int r;
    int64_t seconds;
  } cases[] = {
    { "1970-01-01T00:00:00Z", 0, 0 },
    { "2026-01-02T03:04:05Z", 0, 1767323045 },
    { "2026-01-02t03:04:05z", 0, 1767323045 },
    { "2026-01-02T03:04:05.999Z", 0, 1767323045 },
    { "2026-01-02T04:04:05+01:00", 0, 1767323045 },
    { "2026-01-01T21:34:05-05:30", 0, 1767323045 },
    { "2024-02-29T00:00:00Z", 0, 1709164800 },
    { "2016-12-31T23:59:60Z", 0, 1483228800 },
    { "1969-12-31T23:59:59Z", 0, -1 },
    { "2023-02-29T00:00:00Z", -ERANGE },
    { "1900-02-29T00:00:00Z", -ERANGE },
    { "2026-13-01T00:00:00Z", -ERANGE },
    { "2026-00-01T00:00:00Z", -ERANGE },
    { "2026-01-00T00:00:00Z", -ERANGE },
    { "2026-01-01T24:00:00Z", -ERANGE },
    { "2026-01-01T00:60:00Z", -ERANGE },
    { "2026-01-01T00:00:61Z", -ERANGE },
    { "", -EINVAL },
    { "2026-01-02", -EINVAL },
    { "2026-01-02T03:04:05", -EINVAL },
    { "2026-01-02 03:04:05Z", -EINVAL },
    { "2026-01-02T03:04:05.Z", -EINVAL },
    { "2026-01-02T03:04:05+0100", -EINVAL },
    { "2026-01-02T03:04:05+24:00", -EINVAL },
    { "2026-01-02T03:04:05ZZ", -EINVAL },
    { "26-01-02T03:04:05Z", -EINVAL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      int64_t seconds = 42;
      g_test_message ("\"%s\"", cases[i].text);
      g_assert_cmpint (hd_parse_time (cases[i].text, &seconds), ==, cases[i].r);
      g_assert_cmpint (seconds, ==, cases[i].r == 0 ? cases[i].seconds : 42);
    }
}

static void
test_checksum (void)
{
  g_autofree char *good = g_strnfill (64, 'a');
  g_autofree char *upper = g_ascii_strup (good, -1);
  g_autofree char *longer = g_strconcat (good, "0", NULL);

  g_assert_true (hd_parse_is_checksum (good));
  g_assert_false (hd_parse_is_checksum (upper));
  g_assert_false (hd_parse_is_checksum (longer));
  g_assert_false (hd_parse_is_checksum (good + 1));
  g_assert_false (hd_parse_is_checksum (""));
  good[63] = 'g';
  g_assert_false (hd_parse_is_checksum (good));
}

static void
test_nearest (void)
{
  static const char *const verbs[]
      = { "status", "upgrade", "rollback", "deploy", "pin", "unpin", NULL };
  g_autofree char *endless = g_strnfill (1000, 'x');

  g_assert_cmpstr (hd_nearest_word ("upgrad", verbs), ==, "upgrade");
  g_assert_cmpstr (hd_nearest_word ("pugrade", verbs), ==, "upgrade");
  g_assert_cmpstr (hd_nearest_word ("sttaus", verbs), ==, "status");
  g_assert_cmpstr (hd_nearest_word ("depoly", verbs), ==, "deploy");
  g_assert_cmpstr (hd_nearest_word ("pni", verbs), ==, "pin");
  g_assert_cmpstr (hd_nearest_word ("unpin", verbs), ==, "unpin");
  g_assert_null (hd_nearest_word ("frobnicate", verbs));
  g_assert_null (hd_nearest_word ("", verbs));
  g_assert_null (hd_nearest_word (endless, verbs));
  g_assert_null (hd_nearest_word ("x", (const char *const[]){ endless, NULL }));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parse/int64", test_int64);
  g_test_add_func ("/parse/uint64", test_uint64);
  g_test_add_func ("/parse/size", test_size);
  g_test_add_func ("/parse/duration", test_duration);
  g_test_add_func ("/parse/time", test_time);
  g_test_add_func ("/parse/checksum", test_checksum);
  g_test_add_func ("/parse/nearest", test_nearest);
  return g_test_run ();
}
