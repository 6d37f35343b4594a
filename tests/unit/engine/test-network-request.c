/* engine/network-request: the grammar of --network. */
#include "base/error.h"
#include "engine/network.h"

static HdNetworkRequest *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  HdNetworkRequest *request = hd_network_request_parse (text, &error);
  g_assert_no_error (error);
  return request;
}

static void
test_modes (void)
{
  static const struct
  {
    const char *text;
    HdNetworkMode mode;
    const char *name;
  } cases[] = {
    { "bridge", HD_NETWORK_BRIDGE, "bridge" },    { "default", HD_NETWORK_BRIDGE, "bridge" },
    { "mynet", HD_NETWORK_BRIDGE, "mynet" },      { "host", HD_NETWORK_HOST, "host" },
    { "none", HD_NETWORK_NONE, "none" },          { "container:web", HD_NETWORK_CONTAINER, "web" },
    { "name=mynet", HD_NETWORK_BRIDGE, "mynet" }, { "mynet:", HD_NETWORK_BRIDGE, "mynet" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdNetworkRequest) request = parse (cases[i].text);
      g_assert_cmpint (request->mode, ==, cases[i].mode);
      g_assert_cmpstr (request->name, ==, cases[i].name);
    }
}

static void
test_keys (void)
{
  g_autoptr (HdNetworkRequest) podman = parse ("mynet:ip=10.0.0.5,alias=db,alias=sql");
  g_assert_cmpstr (podman->name, ==, "mynet");
  g_assert_cmpstr (podman->ip4, ==, "10.0.0.5");
  g_assert_cmpstr (podman->aliases[0], ==, "db");
  g_assert_cmpstr (podman->aliases[1], ==, "sql");
  g_assert_null (podman->aliases[2]);

  g_autoptr (HdNetworkRequest) docker
      = parse ("name=mynet,ip6=FD00::0:5,mac-address=02:42:AC:11:00:02");
  g_assert_cmpstr (docker->name, ==, "mynet");
  g_assert_cmpstr (docker->ip6, ==, "fd00::5");
  g_assert_cmpstr (docker->mac, ==, "02:42:ac:11:00:02");
}

static void
test_bad (void)
{
  static const struct
  {
    const char *text;
    const char *hint; /* or NULL */
  } cases[] = {
    { "", NULL },
    { "container:", NULL },
    { "ip=10.0.0.1", NULL },
    { "mynet:ip=fd00::1", NULL },
    { "mynet:ip6=10.0.0.1", NULL },
    { "mynet:ip=10.0.0", NULL },
    { "mynet:alais=db", "did you mean alias=?" },
    { "mynet:alias", "write KEY=VALUE,KEY=VALUE" },
    { "mynet:alias=", "write KEY=VALUE,KEY=VALUE" },
    { "mynet:mac=01:00:5e:00:00:01", "write it as 02:42:ac:11:00:02" },
    { "mynet:mac=0242ac110002", "write it as 02:42:ac:11:00:02" },
    { "host:ip=10.0.0.1", NULL },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (HdNetworkRequest) request = hd_network_request_parse (cases[i].text, &error);
      if (request != NULL)
        g_error ("\"%s\" was accepted", cases[i].text);
      g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
      if (cases[i].hint != NULL)
        g_assert_cmpstr (hd_error_hint (error), ==, cases[i].hint);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network-request/modes", test_modes);
  g_test_add_func ("/network-request/keys", test_keys);
  g_test_add_func ("/network-request/bad", test_bad);
  return g_test_run ();
}
