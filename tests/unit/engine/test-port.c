/* engine/port: the grammar of published ports. */
#include "engine/port.h"

#include "base/error.h"

static void
assert_parses (const char *text, const char *expected)
{
  g_autoptr (GArray) ports = g_array_new (FALSE, FALSE, sizeof (HdPort));
  g_autoptr (GString) joined = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  hd_port_parse (text, ports, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < ports->len; i++)
    {
      g_autofree char *one = hd_port_to_text (&g_array_index (ports, HdPort, i));
      g_string_append_printf (joined, "%s%s", i > 0 ? " " : "", one);
    }
  g_assert_cmpstr (joined->str, ==, expected);
}

static void
test_good (void)
{
  assert_parses ("80", "80/tcp");
  assert_parses ("8080:80", "0.0.0.0:8080->80/tcp");
  assert_parses ("8080:80/UDP", "0.0.0.0:8080->80/udp");
  assert_parses ("127.0.0.1:8080:80", "127.0.0.1:8080->80/tcp");
  assert_parses ("127.0.0.1::80", "80/tcp");
  assert_parses (":80", "80/tcp");
  assert_parses ("0:80", "80/tcp");
  assert_parses ("[::1]:8080:80/sctp", "[::1]:8080->80/sctp");
  assert_parses ("[0:0::1]:8080:80", "[::1]:8080->80/tcp");
  assert_parses ("8000-8010:80-90", "0.0.0.0:8000-8010->80-90/tcp");
  assert_parses ("80-82", "80/tcp 81/tcp 82/tcp");
  assert_parses ("1-65535:1-65535/udp", "0.0.0.0:1-65535->1-65535/udp");
}

static void
test_address_is_kept (void)
{
  g_autoptr (GArray) ports = g_array_new (FALSE, FALSE, sizeof (HdPort));
  g_assert_true (hd_port_parse ("127.0.0.1::80", ports, NULL));
  g_assert_cmpstr (g_array_index (ports, HdPort, 0).address, ==, "127.0.0.1");
  g_assert_cmpuint (g_array_index (ports, HdPort, 0).host_first, ==, 0);
}

static void
test_bad (void)
{
  static const char *const bad[] = { "",
                                     "0",
                                     "65536",
                                     "80:0",
                                     "80/icmp",
                                     "80/",
                                     "a:80",
                                     "80:a",
                                     "8000-8001:80",
                                     "8001-8000:80-81",
                                     "80:80:80",
                                     "::1:8080:80",
                                     "[::1]8080:80",
                                     "[127.0.0.1]:1:2",
                                     "[::1:80",
                                     "1.2.3:1:2",
                                     "-80",
                                     "80-",
                                     "70000:80",
                                     "1.2.3.4:1:2:3",
                                     "+80:80",
                                     " 80",
                                     "80 " };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GArray) ports = g_array_new (FALSE, FALSE, sizeof (HdPort));
      g_autoptr (GError) error = NULL;
      if (hd_port_parse (bad[i], ports, &error))
        g_error ("\"%s\" was accepted", bad[i]);
      g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
      g_assert_nonnull (hd_error_hint (error));
      g_assert_cmpuint (ports->len, ==, 0);
    }
}

static void
test_exposed (void)
{
  g_autoptr (GArray) ports = g_array_new (FALSE, FALSE, sizeof (HdPort));
  g_autoptr (GError) error = NULL;
  g_assert_true (hd_port_parse_exposed ("53/udp", ports, NULL));
  g_assert_true (hd_port_parse_exposed ("8000-8001", ports, NULL));
  g_assert_cmpuint (ports->len, ==, 3);
  g_assert_cmpint (g_array_index (ports, HdPort, 0).protocol, ==, HD_PROTOCOL_UDP);
  g_assert_cmpuint (g_array_index (ports, HdPort, 2).container_first, ==, 8001);
  g_assert_cmpuint (g_array_index (ports, HdPort, 2).count, ==, 1);
  g_assert_false (hd_port_parse_exposed ("80:80", ports, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/port/good", test_good);
  g_test_add_func ("/port/address-is-kept", test_address_is_kept);
  g_test_add_func ("/port/bad", test_bad);
  g_test_add_func ("/port/exposed", test_exposed);
  return g_test_run ();
}
