/* engine/network: rows of networks. Needs netlink for the host's routes, and no rights. */
#include "engine/network.h"

#include <string.h>

#include "base/error.h"
#include "engine/cidr.h"
#include "sample-store.h"

static HdNetwork *
create (SampleStore *sample, const HdNetwork *wanted)
{
  g_autoptr (GError) error = NULL;
  HdNetwork *network = hd_network_create (sample->store, wanted, &error);
  g_assert_no_error (error);
  return network;
}

static void
refuse (SampleStore *sample, const HdNetwork *wanted, hd_code code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdNetwork) network = hd_network_create (sample->store, wanted, &error);
  g_assert_null (network);
  g_assert_cmpint (hd_error_code (error), ==, code);
}

static void
test_first (SampleStore *sample, gconstpointer data)
{
  g_autoptr (GPtrArray) list = hd_network_list (sample->store, NULL);
  static const char *const names[] = { "bridge", "host", "none" }, *const drivers[]
                                                                   = { "bridge", "host", "null" };
  g_assert_cmpuint (list->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      const HdNetwork *network = g_ptr_array_index (list, i);
      g_autoptr (GError) error = NULL;
      g_assert_cmpstr (network->name, ==, names[i]);
      g_assert_cmpstr (network->driver, ==, drivers[i]);
      g_assert_cmpuint (strlen (network->id), ==, 64);
      g_assert_false (hd_network_remove (sample->store, network, &error));
      g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
    }
}

static void
test_create (SampleStore *sample, gconstpointer data)
{
  char *labels[] = { SAMPLE_TEXT ("a=b"), NULL };
  char *options[] = { SAMPLE_TEXT ("com.docker.network.bridge.name=br-mine"), NULL };
  g_autoptr (HdNetwork) made = create (
      sample, &(HdNetwork){
                  .name = SAMPLE_TEXT ("mine"),
                  .internal = TRUE,
                  .v4 = { SAMPLE_TEXT ("198.18.3.9/24"), NULL, SAMPLE_TEXT ("198.18.3.128/25") },
                  .v6 = { SAMPLE_TEXT ("fd77::/64"), SAMPLE_TEXT ("fd77::99"), NULL },
                  .labels = labels,
                  .options = options,
              });
  g_autoptr (HdNetwork) found = hd_network_find (sample->store, "mine", NULL);
  g_assert_cmpstr (found->id, ==, made->id);
  g_assert_cmpstr (found->bridge, ==, "br-mine");
  g_assert_true (found->internal && found->ipv6);
  g_assert_cmpstr (found->v4.cidr, ==, "198.18.3.0/24");
  g_assert_cmpstr (found->v4.gateway, ==, "198.18.3.1");
  g_assert_cmpstr (found->v4.range, ==, "198.18.3.128/25");
  g_assert_cmpstr (found->v6.cidr, ==, "fd77::/64");
  g_assert_cmpstr (found->v6.gateway, ==, "fd77::99");
  g_assert_cmpstr (found->labels[0], ==, "a=b");

  char *beginning = g_strndup (made->id, 10);
  g_autoptr (HdNetwork) by_id = hd_network_find (sample->store, beginning, NULL);
  g_assert_cmpstr (by_id->name, ==, "mine");
  g_free (beginning);
}

/* Subnets are chosen so that none meets another; "bridge" keeps the first. */
static void
test_choose (SampleStore *sample, gconstpointer data)
{
  g_autoptr (HdNetwork) a = create (sample, &(HdNetwork){ .name = SAMPLE_TEXT ("a") });
  g_autoptr (HdNetwork) b
      = create (sample, &(HdNetwork){ .name = SAMPLE_TEXT ("b"), .ipv6 = TRUE });
  g_autoptr (HdNetwork) bridge = hd_network_find (sample->store, "bridge", NULL);
  HdCidr first, second, third;
  g_assert_true (hd_cidr_parse (bridge->v4.cidr, &first));
  g_assert_true (hd_cidr_parse (a->v4.cidr, &second));
  g_assert_true (hd_cidr_parse (b->v4.cidr, &third));
  g_assert_false (hd_cidr_overlaps (&first, &second) || hd_cidr_overlaps (&second, &third)
                  || hd_cidr_overlaps (&first, &third));
  g_assert_null (a->v6.cidr);
  g_assert_true (g_str_has_prefix (b->v6.cidr, "fd") && g_str_has_suffix (b->v6.cidr, "/64"));
  g_assert_true (g_str_has_prefix (a->bridge, "atb"));
  g_assert_cmpuint (strlen (a->bridge), ==, 15);
}

static void
test_refuse (SampleStore *sample, gconstpointer data)
{
  g_autoptr (HdNetwork) mine
      = create (sample, &(HdNetwork){ .name = SAMPLE_TEXT ("mine"),
                                      .v4 = { SAMPLE_TEXT ("198.18.0.0/16"), NULL, NULL } });
  refuse (sample, &(HdNetwork){ .name = SAMPLE_TEXT ("mine") }, HD_BUSY);
  refuse (sample,
          &(HdNetwork){ .name = SAMPLE_TEXT ("x"),
                        .v4 = { SAMPLE_TEXT ("198.18.1.0/24"), NULL, NULL } },
          HD_BUSY);
  refuse (
      sample,
      &(HdNetwork){ .name = SAMPLE_TEXT ("x"), .v4 = { SAMPLE_TEXT ("198.0.0.0/8"), NULL, NULL } },
      HD_BUSY);
  refuse (sample,
          &(HdNetwork){ .name = SAMPLE_TEXT ("x"),
                        .v4 = { SAMPLE_TEXT ("198.19.0.0/31"), NULL, NULL } },
          HD_USAGE);
  refuse (
      sample,
      &(HdNetwork){ .name = SAMPLE_TEXT ("x"), .v4 = { SAMPLE_TEXT ("198.19.0.0"), NULL, NULL } },
      HD_USAGE);
  refuse (
      sample,
      &(HdNetwork){ .name = SAMPLE_TEXT ("x"),
                    .v4 = { SAMPLE_TEXT ("198.19.0.0/24"), SAMPLE_TEXT ("203.0.113.1"), NULL } },
      HD_USAGE);
  refuse (
      sample,
      &(HdNetwork){ .name = SAMPLE_TEXT ("x"),
                    .v4 = { SAMPLE_TEXT ("198.19.0.0/24"), NULL, SAMPLE_TEXT ("203.0.113.0/25") } },
      HD_USAGE);
  refuse (sample, &(HdNetwork){ .name = SAMPLE_TEXT ("-x") }, HD_USAGE);
  refuse (sample, &(HdNetwork){ .name = SAMPLE_TEXT ("a b") }, HD_USAGE);
  refuse (sample, &(HdNetwork){ .name = SAMPLE_TEXT ("default") }, HD_USAGE);
  char *options[] = { SAMPLE_TEXT ("com.docker.network.bridge.name=0123456789abcdef"), NULL };
  refuse (sample, &(HdNetwork){ .name = SAMPLE_TEXT ("x"), .options = options }, HD_USAGE);
  options[0] = SAMPLE_TEXT ("com.docker.network.bridge.name=atomic0");
  refuse (sample, &(HdNetwork){ .name = SAMPLE_TEXT ("x"), .options = options }, HD_BUSY);
}

static void
test_find (SampleStore *sample, gconstpointer data)
{
  g_autoptr (GError) unknown = NULL;
  g_autoptr (GError) many = NULL;
  g_assert_null (hd_network_find (sample->store, "brigde", &unknown));
  g_assert_cmpint (hd_error_code (unknown), ==, HD_NOT_FOUND);
  g_assert_cmpstr (hd_error_hint (unknown), ==, "did you mean \"bridge\"?");
  for (guint i = 0; i < 17; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i);
      g_autofree char *cidr = g_strdup_printf ("198.18.%u.0/24", i);
      g_autoptr (HdNetwork) made
          = create (sample, &(HdNetwork){ .name = name, .v4 = { cidr, NULL, NULL } });
    }
  /* Of 20 ids at least two begin with the same digit. */
  gboolean ambiguous = FALSE;
  for (guint digit = 0; digit < 16 && !ambiguous; digit++)
    {
      g_autofree char *text = g_strdup_printf ("%x", digit);
      g_clear_error (&many);
      g_autoptr (HdNetwork) found = hd_network_find (sample->store, text, &many);
      ambiguous = found == NULL && hd_error_code (many) == HD_USAGE;
    }
  g_assert_true (ambiguous);
}

static void
test_remove (SampleStore *sample, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdNetwork) mine = create (sample, &(HdNetwork){ .name = SAMPLE_TEXT ("mine") });
  const char *id = sample_store_container (sample, "c1");
  g_autoptr (HdNetworkRequest) request = hd_network_request_parse ("mine", NULL);
  g_autoptr (GPtrArray) requests = g_ptr_array_new ();
  g_ptr_array_add (requests, request);
  g_assert_true (
      SAMPLE_CHANGE (sample, NULL, hd_network_want (sample->store, id, requests, NULL, NULL)));
  g_assert_false (hd_network_remove (sample->store, mine, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_BUSY);
  g_assert_nonnull (strstr (error->message, "c1"));
  g_assert_true (hd_store_run (sample->store, NULL, "DELETE FROM container", ""));
  g_assert_true (hd_network_remove (sample->store, mine, NULL));
  g_assert_null (hd_network_find (sample->store, "mine", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/network/" name, SampleStore, NULL, sample_store_open, function, sample_store_close)
  ADD ("first", test_first);
  ADD ("create", test_create);
  ADD ("choose", test_choose);
  ADD ("refuse", test_refuse);
  ADD ("find", test_find);
  ADD ("remove", test_remove);
  return g_test_run ();
}
