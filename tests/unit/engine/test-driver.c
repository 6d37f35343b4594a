/* engine/driver: one that can be used here, and reasons for all others. */
#include "engine/driver.h"

#include <string.h>

#include "base/error.h"
#include "sample-store.h"

static void
test_table (SampleStore *sample, gconstpointer data)
{
  g_autofree char *backing = hd_driver_backing (sample->store);
  guint usable = 0, rows = 0;
  g_assert_cmpstr (backing, !=, "unknown");
  g_assert_cmpstr (hd_drivers[0].name, ==, "overlay");
  for (const HdDriver *driver = hd_drivers; driver->name != NULL; driver++, rows++)
    {
      g_autofree char *reason = driver->refuse (sample->store);
      usable += reason == NULL;
      g_assert_true (reason == NULL || strlen (reason) > 10);
    }
  g_assert_cmpuint (rows, >=, 6);
  g_assert_cmpuint (usable, <=, 1);
}

static void
test_choose (SampleStore *sample, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const HdDriver *driver = hd_driver_choose (sample->store, &error);
  g_autofree char *reason = hd_drivers[0].refuse (sample->store);
  /* Where the tests' folder is on an overlay itself, the error says so. */
  if (reason == NULL)
    g_assert_true (driver == &hd_drivers[0]);
  else
    {
      g_assert_cmpint (hd_error_code (error), ==, HD_CONFIG);
      g_assert_nonnull (strstr (error->message, reason));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/driver/" name, SampleStore, NULL, sample_store_open, function, sample_store_close)
  ADD ("table", test_table);
  ADD ("choose", test_choose);
  return g_test_run ();
}
