/* cli/filter: --filter of lists and prune. */
#include "cli/filter.h"

#include "base/error.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
static const char *const none[] = { NULL };

static void
test_check (void)
{
  static const char *const known[] = { "name", "label", "label!", NULL };
  static const char *const bad[] = { "name", "=x", "nam=x", "" };
  g_assert_true (hd_filter_check (LIST ("name=a", "label=b=c", "label!=d"), known, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (hd_filter_check (LIST (bad[i]), known, &error));
      g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
    }
}

static void
test_values (void)
{
  g_assert_true (hd_filter_equals (none, "driver", "bridge"));
  g_assert_true (hd_filter_equals (LIST ("driver=host", "driver=bridge"), "driver", "bridge"));
  g_assert_false (hd_filter_equals (LIST ("driver=brid"), "driver", "bridge"));
  g_assert_true (hd_filter_contains (LIST ("name=rid"), "name", "bridge"));
  g_assert_false (hd_filter_contains (LIST ("name=x"), "name", "bridge"));
  g_assert_true (hd_filter_dangling (none, TRUE));
  g_assert_true (hd_filter_dangling (LIST ("dangling=true"), FALSE));
  g_assert_false (hd_filter_dangling (LIST ("dangling=true"), TRUE));
  g_assert_true (hd_filter_dangling (LIST ("dangling=false"), TRUE));
}

static void
test_labels (void)
{
  char a[] = "a=1", b[] = "b";
  char *labels[] = { a, b, NULL };
  g_assert_true (hd_filter_labels (LIST ("label=a"), labels));
  g_assert_true (hd_filter_labels (LIST ("label=a=1", "label=b"), labels));
  g_assert_false (hd_filter_labels (LIST ("label=a", "label=c"), labels));
  g_assert_false (hd_filter_labels (LIST ("label=a=2"), labels));
  g_assert_false (hd_filter_labels (LIST ("label!=b"), labels));
  g_assert_true (hd_filter_labels (LIST ("label!=c"), labels));
  g_assert_false (hd_filter_labels (LIST ("label=a"), NULL));
}

static gboolean
until (const char *text, gint64 created, gint64 now)
{
  g_autofree char *filter = g_strconcat ("until=", text, NULL);
  g_autoptr (GError) error = NULL;
  gboolean result;
  g_assert_true (hd_filter_until (LIST (filter), created, now, &result, &error));
  return result;
}

static void
test_until (void)
{
  const gint64 now = 1800000000;
  g_autoptr (GError) error = NULL;
  gboolean result;
  g_assert_true (until ("24h", now - 86401, now));
  g_assert_false (until ("24h", now - 86399, now));
  g_assert_true (until ("10m", now - 601, now));
  g_assert_false (until ("1h30m", now - 5399, now));
  g_assert_true (until ("1h30m", now - 5401, now));
  g_assert_true (until ("2020-01-01T00:00:00Z", 1500000000, now));
  g_assert_false (until ("2020-01-01T00:00:00Z", 1600000000, now));
  g_assert_true (hd_filter_until (none, now, now, &result, NULL) && result);
  g_assert_false (hd_filter_until (LIST ("until=soon"), now, now, &result, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter/check", test_check);
  g_test_add_func ("/filter/values", test_values);
  g_test_add_func ("/filter/labels", test_labels);
  g_test_add_func ("/filter/until", test_until);
  return g_test_run ();
}
