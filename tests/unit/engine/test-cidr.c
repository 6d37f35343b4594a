/* engine/cidr: text and arithmetic of addresses and subnets. */
#include "engine/cidr.h"

#include <sys/socket.h>

static HdCidr
cidr (const char *text)
{
  HdCidr parsed;
  g_assert_true (hd_cidr_parse (text, &parsed));
  return parsed;
}

static HdCidr
address (const char *text)
{
  HdCidr parsed;
  g_assert_true (hd_address_parse (text, &parsed));
  return parsed;
}

static void
test_parse (void)
{
  static const char *const bad_addresses[]
      = { "",         "1.2.3",        "1.2.3.4.5", "010.1.2.3", "256.1.1.1",
          " 1.2.3.4", "fe80::1%eth0", ":::",       "g::" };
  static const char *const bad_cidrs[]
      = { "", "/", "1.2.3.4", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "::1/129", "1.2.3.4/8x" };
  HdCidr parsed;
  for (guint i = 0; i < G_N_ELEMENTS (bad_addresses); i++)
    g_assert_false (hd_address_parse (bad_addresses[i], &parsed));
  for (guint i = 0; i < G_N_ELEMENTS (bad_cidrs); i++)
    g_assert_false (hd_cidr_parse (bad_cidrs[i], &parsed));

  HdCidr net = cidr ("10.1.2.3/8");
  g_autofree char *kept = hd_cidr_to_text (&net);
  g_assert_cmpstr (kept, ==, "10.1.2.3/8");
  hd_cidr_mask (&net);
  g_autofree char *masked = hd_cidr_to_text (&net);
  g_assert_cmpstr (masked, ==, "10.0.0.0/8");

  HdCidr v6 = cidr ("FD00:0:0::ffff/61");
  hd_cidr_mask (&v6);
  g_autofree char *text6 = hd_cidr_to_text (&v6);
  g_assert_cmpstr (text6, ==, "fd00::/61");
}

static void
test_contains (void)
{
  HdCidr net = cidr ("172.17.0.0/16"), inside = address ("172.17.255.255"),
         outside = address ("172.18.0.0"), v6 = address ("::");
  g_assert_true (hd_cidr_contains (&net, &inside));
  g_assert_false (hd_cidr_contains (&net, &outside));
  g_assert_false (hd_cidr_contains (&net, &v6));
  g_assert_false (hd_cidr_contains (&inside, &net));

  HdCidr wide = cidr ("0.0.0.0/0"), odd = cidr ("172.17.128.0/17"), other = cidr ("172.18.0.0/16");
  g_assert_true (hd_cidr_overlaps (&net, &odd) && hd_cidr_overlaps (&odd, &net));
  g_assert_true (hd_cidr_overlaps (&net, &wide) && hd_cidr_overlaps (&wide, &net));
  g_assert_false (hd_cidr_overlaps (&net, &other));
}

static void
test_numbers (void)
{
  HdCidr net = cidr ("10.0.0.0/24"), nth;
  guint64 first, last;
  g_assert_true (hd_cidr_nth (&net, 255, &nth));
  g_autofree char *text = hd_address_to_text (&nth);
  g_assert_cmpstr (text, ==, "10.0.0.255");
  g_assert_cmpuint (hd_cidr_index (&net, &nth), ==, 255);
  g_assert_false (hd_cidr_nth (&net, 256, &nth));
  hd_cidr_hosts (&net, &first, &last);
  g_assert_cmpuint (first, ==, 1);
  g_assert_cmpuint (last, ==, 254);

  HdCidr pair = cidr ("10.0.0.4/31");
  hd_cidr_hosts (&pair, &first, &last);
  g_assert_cmpuint (first, ==, 0);
  g_assert_cmpuint (last, ==, 1);

  HdCidr v6 = cidr ("fd00:1:2:3::/64"), far = address ("fd00:1:2:3:8000::1");
  g_assert_true (hd_cidr_nth (&v6, 0xffffffff, &nth));
  g_autofree char *text6 = hd_address_to_text (&nth);
  g_assert_cmpstr (text6, ==, "fd00:1:2:3::ffff:ffff");
  g_assert_false (hd_cidr_nth (&v6, (guint64)1 << 32, &nth));
  g_assert_cmpuint (hd_cidr_index (&v6, &far), ==, G_MAXUINT64);
  g_assert_cmpuint (hd_cidr_n_bytes (&v6), ==, 16);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cidr/parse", test_parse);
  g_test_add_func ("/cidr/contains", test_contains);
  g_test_add_func ("/cidr/numbers", test_numbers);
  return g_test_run ();
}
