/* Options to a{sv} and back, and what is refused. Messages are sealed and read without a bus. */
#include "client/options.h"

#include <glib.h>
#include <sys/socket.h>

#include "client/bus.h"
#include "common/cleanup.h"

static sd_bus *
open_bus (void)
{
  sd_bus *bus;
  int ends[2];
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  g_assert_cmpint (sd_bus_new (&bus), >=, 0);
  g_assert_cmpint (sd_bus_set_fd (bus, ends[0], ends[0]), >=, 0);
  g_assert_cmpint (sd_bus_start (bus), >=, 0);
  close (ends[1]);
  return bus;
}

static sd_bus_message *
new_message (sd_bus *bus)
{
  sd_bus_message *message;
  g_assert_cmpint (sd_bus_message_new_signal (bus, &message, "/", "a.b", "C"), >=, 0);
  return message;
}

static hd_json *
parse (const char *text)
{
  hd_err err = { 0 };
  hd_json *value = hd_json_parse (text, strlen (text), &err);
  g_assert_nonnull (value);
  return value;
}

static void
test_round_trip (void)
{
  static const char text[] = "{\"check\":true,\"no-wait\":false,\"stateroot\":\"debian\","
                             "\"timeout\":-60,\"append\":[\"a=b\",\"\"],\"delete\":[]}";
  g_autoptr (sd_bus) bus = open_bus ();
  g_autoptr (sd_bus_message) message = new_message (bus);
  g_auto (sd_bus_error) error = SD_BUS_ERROR_NULL;
  hd_autojson options = parse (text);
  hd_autojson read = NULL;

  g_assert_cmpint (hd_options_append (message, options), >=, 0);
  g_assert_cmpint (sd_bus_message_seal (message, 1, 0), >=, 0);
  g_assert_cmpint (hd_options_read (message, &read, &error), ==, 0);
  hd_autofree char *again = hd_json_to_text (read, false);
  g_assert_cmpstr (again, ==, text);
}

/* Other integers become integers. */
static void
test_integers (void)
{
  g_autoptr (sd_bus) bus = open_bus ();
  g_autoptr (sd_bus_message) message = new_message (bus);
  g_auto (sd_bus_error) error = SD_BUS_ERROR_NULL;
  hd_autojson read = NULL;

  g_assert_cmpint (
      sd_bus_message_append (message, "a{sv}", 3, "i", "i", -5, "u", "u", 6u, "t", "t", UINT64_MAX),
      >=, 0);
  g_assert_cmpint (sd_bus_message_seal (message, 1, 0), >=, 0);
  g_assert_cmpint (hd_options_read (message, &read, &error), ==, 0);
  hd_autofree char *text = hd_json_to_text (read, false);
  g_assert_cmpstr (text, ==, "{\"i\":-5,\"u\":6,\"t\":18446744073709551615}");
}

static void
assert_refused (sd_bus_message *message, const char *words)
{
  g_auto (sd_bus_error) error = SD_BUS_ERROR_NULL;
  hd_autojson read = NULL;
  g_assert_cmpint (sd_bus_message_seal (message, 1, 0), >=, 0);
  g_assert_cmpint (hd_options_read (message, &read, &error), <, 0);
  g_assert_cmpstr (error.name, ==, SD_BUS_ERROR_INVALID_ARGS);
  g_assert_nonnull (strstr (error.message, words));
  g_assert_null (read);
}

static void
test_type_refused (void)
{
  g_autoptr (sd_bus) bus = open_bus ();
  g_autoptr (sd_bus_message) message = new_message (bus);
  sd_bus_message_append (message, "a{sv}", 1, "speed", "d", 1.5);
  assert_refused (message, "\"speed\" has a type");
}

static void
test_twice_refused (void)
{
  g_autoptr (sd_bus) bus = open_bus ();
  g_autoptr (sd_bus_message) message = new_message (bus);
  sd_bus_message_append (message, "a{sv}", 2, "check", "b", 1, "check", "b", 0);
  assert_refused (message, "\"check\" is given twice");
}

static void
test_too_many_refused (void)
{
  g_autoptr (sd_bus) bus = open_bus ();
  g_autoptr (sd_bus_message) message = new_message (bus);
  hd_autojson options = hd_json_new_object ();
  for (int i = 0; i <= HD_OPTIONS_MAX; i++)
    {
      g_autofree char *key = g_strdup_printf ("o%d", i);
      hd_json_set_bool (options, key, true);
    }
  g_assert_cmpint (hd_options_append (message, options), >=, 0);
  assert_refused (message, "one too many");
}

/* What has no place in a{sv} is the caller's error, and not sent. */
static void
test_append_refuses (void)
{
  static const char *const texts[]
      = { "{\"a\":null}", "{\"a\":1.5}", "{\"a\":{}}", "{\"a\":[1]}", "{\"a\":[[]]}" };
  g_autoptr (sd_bus) bus = open_bus ();
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (sd_bus_message) message = new_message (bus);
      hd_autojson options = parse (texts[i]);
      g_assert_cmpint (hd_options_append (message, options), ==, -EINVAL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/options/round-trip", test_round_trip);
  g_test_add_func ("/options/integers", test_integers);
  g_test_add_func ("/options/type-refused", test_type_refused);
  g_test_add_func ("/options/twice-refused", test_twice_refused);
  g_test_add_func ("/options/too-many-refused", test_too_many_refused);
  g_test_add_func ("/options/append-refuses", test_append_refuses);
  return g_test_run ();
}
