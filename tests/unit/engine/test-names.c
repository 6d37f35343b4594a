/* engine/names: the hosts files of containers. */
#include "engine/names.h"

#include <string.h>

#include "base/error.h"
#include "engine/network.h"
#include "sample-store.h"

#define HEAD                                                                                       \
  "127.0.0.1\tlocalhost\n"                                                                         \
  "::1\tlocalhost ip6-localhost ip6-loopback\n"                                                    \
  "ff02::1\tip6-allnodes\n"                                                                        \
  "ff02::2\tip6-allrouters\n"
#define BEGIN "# networks: begin, written by atomic\n"
#define END "# networks: end\n"

static void
test_hosts (void)
{
  static const char *const extra[]
      = { "db:10.0.0.1", "gw:host-gateway", "six=[fd00::1]", "seven:fd00::2", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = hd_names_hosts (extra, "172.17.0.1", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==,
                   HEAD "10.0.0.1\tdb\n172.17.0.1\tgw\nfd00::1\tsix\nfd00::2\tseven\n" BEGIN END);
}

static void
test_bad_hosts (void)
{
  static const char *const bad[] = { "db",        "db:",           ":10.0.0.1",      "a b:10.0.0.1",
                                     "db:10.0.0", "db:\n10.0.0.1", "gw:host-gateway" };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      const char *const extra[] = { bad[i], NULL };
      if (hd_names_hosts (extra, NULL, &error) != NULL)
        g_error ("\"%s\" was accepted", bad[i]);
      g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
    }
}

static char *
hosts_path (SampleStore *sample, const char *id)
{
  return g_build_filename (hd_store_root (sample->store), "containers", id, "hosts", NULL);
}

/* A container on networks ("a b"), with a hosts file. */
static const char *
add (SampleStore *sample, const char *name, const char *networks)
{
  const char *id = sample_store_container (sample, name);
  g_autoptr (GPtrArray) requests
      = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_network_request_free);
  g_auto (GStrv) list = g_strsplit (networks, " ", -1);
  g_autofree char *path = hosts_path (sample, id);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;
  for (char **text = list; *text != NULL; text++)
    g_ptr_array_add (requests, hd_network_request_parse (*text, NULL));
  SAMPLE_CHANGE (sample, &error,
                 hd_network_want (sample->store, id, requests, NULL, &error)
                     && hd_network_reserve (sample->store, id, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, "10.9.9.9\textra\n" BEGIN END "# tail\n", -1, NULL));
  return id;
}

static void
assert_hosts (SampleStore *sample, const char *id, const char *expected)
{
  g_autofree char *path = hosts_path (sample, id);
  g_autofree char *text = NULL;
  g_autofree char *whole = g_strconcat ("10.9.9.9\textra\n" BEGIN, expected, END "# tail\n", NULL);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, whole);
}

static void
test_refresh (SampleStore *sample, gconstpointer data)
{
  const HdNetwork wanted
      = { .name = SAMPLE_TEXT ("net"), .v4 = { SAMPLE_TEXT ("198.18.1.0/24"), NULL, NULL } };
  g_autoptr (HdNetwork) net = hd_network_create (sample->store, &wanted, NULL);
  const char *c1 = add (sample, "c1", "net:alias=db");
  g_assert_true (hd_names_refresh (sample->store, c1, NULL));
  assert_hosts (sample, c1, "198.18.1.2\tc1 db host-of-it c10000000000\n");

  /* Who comes later is known to those who were there. */
  const char *c2 = add (sample, "c2", "net");
  g_assert_true (hd_names_refresh (sample->store, c2, NULL));
  assert_hosts (sample, c1,
                "198.18.1.2\tc1 db host-of-it c10000000000\n198.18.1.3\tc2 c20000000000\n");
  assert_hosts (sample, c2,
                "198.18.1.3\tc2 host-of-it c20000000000\n198.18.1.2\tc1 db c10000000000\n");

  /* On the default bridge everybody knows itself only. */
  const char *c3 = add (sample, "c3", "bridge");
  g_assert_true (hd_names_refresh (sample->store, NULL, NULL));
  g_autoptr (GPtrArray) own = hd_network_endpoints (sample->store, c3, NULL, NULL);
  g_autofree char *line = g_strdup_printf ("%s\tc3 host-of-it c30000000000\n",
                                           ((HdNetworkEndpoint *)g_ptr_array_index (own, 0))->ip4);
  assert_hosts (sample, c3, line);

  /* Who goes is forgotten. */
  g_autoptr (GPtrArray) gone = hd_network_endpoints (sample->store, c1, NULL, NULL);
  g_assert_true (hd_network_release (sample->store, c1, NULL));
  g_assert_true (hd_names_leave (sample->store, gone, NULL));
  assert_hosts (sample, c2, "198.18.1.3\tc2 host-of-it c20000000000\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/names/hosts", test_hosts);
  g_test_add_func ("/names/bad-hosts", test_bad_hosts);
  g_test_add ("/names/refresh", SampleStore, NULL, sample_store_open, test_refresh,
              sample_store_close);
  return g_test_run ();
}
