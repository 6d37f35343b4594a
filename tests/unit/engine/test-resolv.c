/* engine/resolv: the host's resolv.conf and the command line to a container's. */
#include "engine/resolv.h"

static const char host[] = "# comment\n"
                           "nameserver 127.0.0.53\n"
                           "nameserver 192.0.2.1\n"
                           "nameserver ::1\n"
                           "nameserver fe80::1%eth0\n"
                           "search example.org\n"
                           "options edns0 trust-ad\n"
                           "sortlist 10.0.0.0\n";

static void
assert_text (const HdResolv *want, const char *expected)
{
  g_autofree char *text = hd_resolv_text (host, want);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_host (void)
{
  assert_text (&(HdResolv){ 0 }, "nameserver 192.0.2.1\n"
                                 "nameserver fe80::1%eth0\n"
                                 "search example.org\n"
                                 "options edns0 trust-ad\n");
  assert_text (&(HdResolv){ .host_network = TRUE }, "nameserver 127.0.0.53\n"
                                                    "nameserver 192.0.2.1\n"
                                                    "nameserver ::1\n"
                                                    "nameserver fe80::1%eth0\n"
                                                    "search example.org\n"
                                                    "options edns0 trust-ad\n");
}

static void
test_given (void)
{
  static const char *const servers[] = { "9.9.9.9", "127.0.0.1", NULL };
  static const char *const search[] = { "a.test", "b.test", NULL }, *const none[] = { ".", NULL };
  static const char *const options[] = { "ndots:2", NULL };
  assert_text (&(HdResolv){ servers, search, options, FALSE }, "search a.test b.test\n"
                                                               "nameserver 9.9.9.9\n"
                                                               "nameserver 127.0.0.1\n"
                                                               "options ndots:2\n");
  assert_text (&(HdResolv){ servers, none, options, FALSE }, "nameserver 9.9.9.9\n"
                                                             "nameserver 127.0.0.1\n"
                                                             "options ndots:2\n");
}

static void
test_stub (void)
{
  g_assert_true (hd_resolv_is_stub ("nameserver 127.0.0.53\noptions edns0\n"));
  g_assert_true (hd_resolv_is_stub ("nameserver ::1\nnameserver\t127.0.0.1\n"));
  g_assert_false (hd_resolv_is_stub (host));
  g_assert_false (hd_resolv_is_stub (""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/resolv/host", test_host);
  g_test_add_func ("/resolv/given", test_given);
  g_test_add_func ("/resolv/stub", test_stub);
  return g_test_run ();
}
