/* engine/subnet: subnets that meet nothing, addresses that nobody has. */
#include "engine/subnet.h"

#include <sys/socket.h>

static void
use (GArray *used, const char *text)
{
  HdCidr cidr;
  g_assert_true (hd_cidr_parse (text, &cidr));
  g_array_append_val (used, cidr);
}

static void
assert_picks (const GArray *used, const char *expected)
{
  HdCidr cidr;
  g_assert_true (hd_subnet_pick4 (used, &cidr));
  g_autofree char *text = hd_cidr_to_text (&cidr);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_pick (void)
{
  g_autoptr (GArray) used = g_array_new (FALSE, FALSE, sizeof (HdCidr));
  HdCidr cidr;
  assert_picks (used, "172.17.0.0/16");
  use (used, "172.17.0.0/16");
  use (used, "172.18.200.0/24");
  assert_picks (used, "172.19.0.0/16");
  use (used, "172.16.0.0/12");
  assert_picks (used, "192.168.0.0/20");
  use (used, "192.168.1.0/24");
  assert_picks (used, "192.168.16.0/20");
  use (used, "192.168.0.0/16");
  g_assert_false (hd_subnet_pick4 (used, &cidr));
}

static void
test_pick6 (void)
{
  g_autoptr (GArray) used = g_array_new (FALSE, FALSE, sizeof (HdCidr));
  HdCidr first, second;
  hd_subnet_pick6 (used, &first);
  g_assert_cmpint (first.family, ==, AF_INET6);
  g_assert_cmpuint (first.prefix, ==, 64);
  g_assert_cmpuint (first.bytes[0], ==, 0xfd);
  g_array_append_val (used, first);
  hd_subnet_pick6 (used, &second);
  g_assert_false (hd_cidr_overlaps (&first, &second));
}

static char *
next (const char *subnet_text, const char *range_text, const GArray *used)
{
  HdCidr subnet, range, found;
  g_assert_true (hd_cidr_parse (subnet_text, &subnet));
  g_assert_true (hd_cidr_parse (range_text, &range));
  return hd_subnet_next (&subnet, &range, used, &found) ? hd_address_to_text (&found) : NULL;
}

static void
test_next (void)
{
  g_autoptr (GArray) used = g_array_new (FALSE, FALSE, sizeof (HdCidr));
  use (used, "10.0.0.1/32");
  g_autofree char *second = next ("10.0.0.0/29", "10.0.0.0/29", used);
  g_assert_cmpstr (second, ==, "10.0.0.2");
  /* Gaps are filled, in whatever order they are used. */
  use (used, "10.0.0.4/32");
  use (used, "10.0.0.2/32");
  g_autofree char *gap = next ("10.0.0.0/29", "10.0.0.0/29", used);
  g_assert_cmpstr (gap, ==, "10.0.0.3");
  /* A range within: its own first address counts, the subnet's last does not. */
  g_autofree char *ranged = next ("10.0.0.0/29", "10.0.0.4/30", used);
  g_assert_cmpstr (ranged, ==, "10.0.0.5");
  use (used, "10.0.0.5/32");
  use (used, "10.0.0.6/32");
  g_assert_null (next ("10.0.0.0/29", "10.0.0.4/30", used));
  use (used, "10.0.0.3/32");
  g_assert_null (next ("10.0.0.0/29", "10.0.0.0/29", used));
  /* What is used elsewhere does not count. */
  g_autofree char *v6 = next ("fd00::/64", "fd00::/64", used);
  g_assert_cmpstr (v6, ==, "fd00::1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/subnet/pick", test_pick);
  g_test_add_func ("/subnet/pick6", test_pick6);
  g_test_add_func ("/subnet/next", test_next);
  return g_test_run ();
}
