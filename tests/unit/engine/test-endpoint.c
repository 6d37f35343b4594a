/* engine/endpoint: what containers want and have in networks. */
#include "engine/endpoint.h"

#include <string.h>

#include "base/error.h"
#include "sample-store.h"

static void
open_with_networks (SampleStore *sample, gconstpointer data)
{
  sample_store_open (sample, data);
  static const HdNetwork wanted[] = {
    { .name = SAMPLE_TEXT ("small"), .v4 = { SAMPLE_TEXT ("198.18.1.0/29"), NULL, NULL } },
    { .name = SAMPLE_TEXT ("both"),
      .v4 = { SAMPLE_TEXT ("198.18.2.0/24"), NULL, NULL },
      .v6 = { SAMPLE_TEXT ("fd77::/64"), NULL, NULL },
      .internal = TRUE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      g_autoptr (HdNetwork) made = hd_network_create (sample->store, &wanted[i], NULL);
      g_assert_nonnull (made);
    }
}

/* Want networks ("a b"), then reserve. */
static gboolean
run (SampleStore *sample, const char *id, const char *texts, GError **error)
{
  g_autoptr (GPtrArray) requests
      = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_network_request_free);
  g_auto (GStrv) list = g_strsplit (texts, " ", -1);
  for (char **text = list; *text != NULL; text++)
    {
      HdNetworkRequest *request = hd_network_request_parse (*text, error);
      g_assert_nonnull (request);
      g_ptr_array_add (requests, request);
    }
  return SAMPLE_CHANGE (sample, error,
                        hd_network_want (sample->store, id, requests, NULL, error)
                            && hd_network_reserve (sample->store, id, NULL, error));
}

static void
test_addresses (SampleStore *sample, gconstpointer data)
{
  const char *c1 = sample_store_container (sample, "c1"),
             *c2 = sample_store_container (sample, "c2");
  g_autoptr (GError) error = NULL;
  run (sample, c1, "both:alias=db,mac=02:00:00:00:00:01 small", &error);
  g_assert_no_error (error);
  run (sample, c2, "small", &error);
  g_assert_no_error (error);

  g_autoptr (GPtrArray) list = hd_network_endpoints (sample->store, c1, NULL, NULL);
  g_assert_cmpuint (list->len, ==, 2);
  const HdNetworkEndpoint *first = g_ptr_array_index (list, 0),
                          *second = g_ptr_array_index (list, 1);
  g_assert_cmpstr (first->network_name, ==, "both");
  g_assert_cmpstr (first->interface, ==, "eth0");
  g_assert_cmpstr (first->host_link, ==, "atvc10000000000");
  g_assert_cmpstr (first->ip4, ==, "198.18.2.2");
  g_assert_cmpstr (first->ip6, ==, "fd77::2");
  g_assert_cmpuint (first->prefix4, ==, 24);
  g_assert_cmpuint (first->prefix6, ==, 64);
  g_assert_cmpstr (first->gateway6, ==, "fd77::1");
  g_assert_cmpstr (first->mac, ==, "02:00:00:00:00:01");
  g_assert_cmpstr (first->aliases[0], ==, "db");
  g_assert_true (first->internal);
  g_assert_cmpstr (second->interface, ==, "eth1");
  g_assert_cmpstr (second->host_link, ==, "atvc10000000001");
  g_assert_cmpstr (second->ip4, ==, "198.18.1.2");
  g_assert_cmpstr (second->mac, ==, "02:42:c6:12:01:02");
  g_assert_null (second->ip6);

  g_autoptr (GPtrArray) small = hd_network_endpoints (sample->store, NULL, second->network, NULL);
  g_assert_cmpuint (small->len, ==, 2);
  g_assert_cmpstr (((HdNetworkEndpoint *)g_ptr_array_index (small, 1))->ip4, ==, "198.18.1.3");
}

static void
test_release (SampleStore *sample, gconstpointer data)
{
  const char *c1 = sample_store_container (sample, "c1"),
             *c2 = sample_store_container (sample, "c2");
  g_assert_true (run (sample, c1, "small", NULL));
  g_assert_true (hd_network_release (sample->store, c1, NULL));
  g_autoptr (GPtrArray) list = hd_network_endpoints (sample->store, c1, NULL, NULL);
  g_assert_null (((HdNetworkEndpoint *)g_ptr_array_index (list, 0))->ip4);
  /* The next has it now; the first gets another one, and keeps it when asked again. */
  g_assert_true (run (sample, c2, "small", NULL));
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (
          SAMPLE_CHANGE (sample, NULL, hd_network_reserve (sample->store, c1, NULL, NULL)));
      g_autoptr (GPtrArray) again = hd_network_endpoints (sample->store, c1, NULL, NULL);
      g_assert_cmpstr (((HdNetworkEndpoint *)g_ptr_array_index (again, 0))->ip4, ==, "198.18.1.3");
    }
}

static void
test_given (SampleStore *sample, gconstpointer data)
{
  const char *c1 = sample_store_container (sample, "c1"),
             *c2 = sample_store_container (sample, "c2"),
             *c3 = sample_store_container (sample, "c3");
  g_autoptr (GError) error = NULL;
  g_assert_true (run (sample, c1, "small:ip=198.18.1.2", NULL));
  g_assert_false (run (sample, c2, "small:ip=198.18.1.2", &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_BUSY);
  g_assert_nonnull (strstr (error->message, "container c1"));
  /* Nobody gets by chance what another one wants, even while that one does not run. */
  g_assert_true (hd_network_release (sample->store, c1, NULL));
  g_assert_true (run (sample, c3, "small", NULL));
  g_autoptr (GPtrArray) list = hd_network_endpoints (sample->store, c3, NULL, NULL);
  g_assert_cmpstr (((HdNetworkEndpoint *)g_ptr_array_index (list, 0))->ip4, ==, "198.18.1.3");
}

static void
test_refused (SampleStore *sample, gconstpointer data)
{
  static const char *const bad[]
      = { "small:ip=198.18.2.2", "small:ip=198.18.1.1", "small:ip=198.18.1.0",
          "small:ip=198.18.1.7", "small:ip6=fd77::2",   "both:ip6=fd77::1",
          "both:ip6=fd78::2" };
  const char *c1 = sample_store_container (sample, "c1");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      if (run (sample, c1, bad[i], &error))
        g_error ("\"%s\" was accepted", bad[i]);
      g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
    }
  g_autoptr (GError) unknown = NULL;
  g_assert_false (run (sample, c1, "smal", &unknown));
  g_assert_cmpint (hd_error_code (unknown), ==, HD_NOT_FOUND);
}

static void
test_full (SampleStore *sample, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  /* Eight addresses: the subnet, its gateway, broadcast, and five. */
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("c%u", i);
      g_assert_true (run (sample, sample_store_container (sample, name), "small", NULL));
    }
  g_assert_false (run (sample, sample_store_container (sample, "last"), "small", &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_BUSY);
  g_assert_nonnull (strstr (error->message, "no free address"));
}

/* What a killed command left is given to the next who wants it, and to nobody before. */
static void
test_abandoned (SampleStore *sample, gconstpointer data)
{
  const char *c1 = sample_store_container (sample, "c1"),
             *c2 = sample_store_container (sample, "c2"),
             *c3 = sample_store_container (sample, "c3");
  g_assert_true (run (sample, c1, "small:ip=198.18.1.2", NULL));
  g_assert_true (run (sample, c2, "small", NULL));
  g_assert_false (run (sample, c3, "small:ip=198.18.1.2", NULL));
  sample_store_abandon (sample, c1);
  g_assert_true (
      hd_store_run (sample->store, NULL, "DELETE FROM endpoint WHERE container = ?1", "s", c3));
  g_assert_true (run (sample, c3, "small:ip=198.18.1.2", NULL));
  g_autoptr (GPtrArray) dead = hd_network_endpoints (sample->store, c1, NULL, NULL);
  g_assert_null (((HdNetworkEndpoint *)g_ptr_array_index (dead, 0))->ip4);
  g_autoptr (GPtrArray) living = hd_network_endpoints (sample->store, c2, NULL, NULL);
  g_assert_cmpstr (((HdNetworkEndpoint *)g_ptr_array_index (living, 0))->ip4, ==, "198.18.1.3");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/endpoint/" name, SampleStore, NULL, open_with_networks, function,                  \
              sample_store_close)
  ADD ("addresses", test_addresses);
  ADD ("release", test_release);
  ADD ("given", test_given);
  ADD ("refused", test_refused);
  ADD ("full", test_full);
  ADD ("abandoned", test_abandoned);
  return g_test_run ();
}
