/* Errors over D-Bus: codes and hints survive, foreign names get a code. */
#include "client/bus.h"

#include "base/error.h"

static void
test_own_errors (void)
{
  g_auto (sd_bus_error) sent = SD_BUS_ERROR_NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) received = NULL;

  hd_throw (&error, HD_BUSY, "wait for it", "another change is under way");
  g_assert_cmpint (hd_bus_set_error (&sent, error), <, 0);
  g_assert_cmpstr (sent.name, ==, "org.atomichost.Host1.Error.Busy");
  g_assert_cmpstr (sent.message, ==, "another change is under way\nwait for it");

  g_assert_false (hd_bus_throw (&received, &sent, "Upgrading"));
  g_assert_error (received, HD_ERROR, HD_BUSY);
  g_assert_cmpstr (received->message, ==, "another change is under way");
  g_assert_cmpstr (hd_error_hint (received), ==, "wait for it");
}

static void
test_without_hint (void)
{
  g_auto (sd_bus_error) sent = SD_BUS_ERROR_NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) received = NULL;

  hd_throw (&error, HD_NO_SYSROOT, NULL, "no sysroot");
  hd_bus_set_error (&sent, error);
  hd_bus_throw (&received, &sent, "Reading");
  g_assert_error (received, HD_ERROR, HD_NO_SYSROOT);
  g_assert_null (hd_error_hint (received));
}

static void
test_foreign_errors (void)
{
  static const struct
  {
    const char *name;
    hd_code code;
  } cases[] = {
    { SD_BUS_ERROR_SERVICE_UNKNOWN, HD_NO_BUS },
    { SD_BUS_ERROR_NO_REPLY, HD_WORKER },
    { SD_BUS_ERROR_ACCESS_DENIED, HD_DENIED },
    { SD_BUS_ERROR_INVALID_ARGS, HD_USAGE },
    { "org.freedesktop.DBus.Error.Spawn.ChildExited", HD_NO_BUS },
    { "org.freedesktop.systemd1.UnitMasked", HD_NO_BUS },
    { "com.example.Strange", HD_FAILED },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const sd_bus_error failed = SD_BUS_ERROR_MAKE_CONST (cases[i].name, "why");
      g_autoptr (GError) error = NULL;
      hd_bus_throw (&error, &failed, "Upgrading");
      g_assert_error (error, HD_ERROR, (int)cases[i].code);
      g_assert_cmpstr (error->message, ==, "Upgrading: why");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/own-errors", test_own_errors);
  g_test_add_func ("/bus/without-hint", test_without_hint);
  g_test_add_func ("/bus/foreign-errors", test_foreign_errors);
  return g_test_run ();
}
