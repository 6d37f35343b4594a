/* engine/port-hold: who has which port of the host. Binds ports of the loopback only. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/port.h"
#include "sample-store.h"

/* A socket that listens on a port of 127.0.0.1, as a process of the host has it. */
static int
listen_somewhere (guint *ret_port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, size), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *)&address, &size), ==, 0);
  *ret_port = ntohs (address.sin_port);
  return fd;
}

/* A number that was free a moment ago. */
static guint
free_port (void)
{
  guint port;
  close (listen_somewhere (&port));
  return port;
}

static void
want (SampleStore *sample, const char *id, const char *text)
{
  g_autoptr (GArray) ports = g_array_new (FALSE, FALSE, sizeof (HdPort));
  g_autoptr (GError) error = NULL;
  g_assert_true (hd_port_parse (text, ports, NULL));
  SAMPLE_CHANGE (sample, &error, hd_port_want (sample->store, id, ports, &error));
  g_assert_no_error (error);
}

static gboolean
reserve (SampleStore *sample, const char *id, GError **error)
{
  return SAMPLE_CHANGE (sample, error, hd_port_reserve (sample->store, id, NULL, error));
}

static void
assert_conflict (SampleStore *sample, const char *first, const char *second, gboolean conflict)
{
  static guint serial;
  g_autofree char *a = g_strdup_printf ("a%u", serial), *b = g_strdup_printf ("b%u", serial++);
  const char *holder = sample_store_container (sample, a),
             *other = sample_store_container (sample, b);
  g_autoptr (GError) error = NULL;
  want (sample, holder, first);
  want (sample, other, second);
  g_assert_true (reserve (sample, holder, NULL));
  if (reserve (sample, other, &error) == conflict)
    g_error ("%s and %s: %s", first, second, conflict ? "both were given" : error->message);
  if (conflict)
    {
      g_assert_cmpint (hd_error_code (error), ==, HD_BUSY);
      g_assert_nonnull (strstr (error->message, a));
    }
  g_assert_true (hd_port_release (sample->store, holder, NULL));
  g_assert_true (reserve (sample, other, NULL));
  g_assert_true (hd_port_release (sample->store, other, NULL));
}

static void
test_containers (SampleStore *sample, gconstpointer data)
{
  guint p = free_port ();
  static const struct
  {
    const char *first, *second; /* with %u for the port */
    gboolean conflict;
  } cases[] = {
    { "%u:80", "%u:81", TRUE },
    { "%u:80", "%u:80/udp", FALSE },
    { "%u:80", "127.0.0.1:%u:80", TRUE },
    { "127.0.0.1:%u:80", "0.0.0.0:%u:80", TRUE },
    { "127.0.0.1:%u:80", "127.0.0.1:%u:80", TRUE },
    { "127.0.0.1:%u:80", "127.0.0.2:%u:80", FALSE },
    { "127.0.0.1:%u:80", "[::1]:%u:80", FALSE },
    { "[::]:%u:80", "[::1]:%u:80", TRUE },
    { "[::]:%u:80", "0.0.0.0:%u:80", FALSE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      g_autofree char *first = g_strdup_printf (cases[i].first, p);
      g_autofree char *second = g_strdup_printf (cases[i].second, p);
#pragma GCC diagnostic pop
      assert_conflict (sample, first, second, cases[i].conflict);
    }
}

static void
test_ranges (SampleStore *sample, gconstpointer data)
{
  /* Below the ports that the kernel gives to others. */
  assert_conflict (sample, "127.0.0.1:20010-20019:1-10", "127.0.0.1:20019-20020:1-2", TRUE);
  assert_conflict (sample, "127.0.0.1:20010-20019:1-10", "127.0.0.1:20012:1", TRUE);
  assert_conflict (sample, "127.0.0.1:20010-20019:1-10", "127.0.0.1:20020-20021:1-2", FALSE);
}

static void
test_process (SampleStore *sample, gconstpointer data)
{
  const char *id = sample_store_container (sample, "c1");
  g_autoptr (GError) error = NULL;
  guint port;
  int fd = listen_somewhere (&port);
  g_autofree char *text = g_strdup_printf ("127.0.0.1:%u:80", port);
  want (sample, id, text);
  g_assert_false (reserve (sample, id, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_BUSY);
  g_assert_nonnull (strstr (error->message, "a process of the host"));
  close (fd);
  g_assert_true (reserve (sample, id, NULL));
}

static void
test_chosen (SampleStore *sample, gconstpointer data)
{
  const char *id = sample_store_container (sample, "c1");
  g_autoptr (GArray) held = g_array_new (FALSE, FALSE, sizeof (int));
  want (sample, id, "127.0.0.1::80-81");
  g_assert_true (SAMPLE_CHANGE (sample, NULL, hd_port_reserve (sample->store, id, held, NULL)));
  g_autoptr (GArray) ports = hd_port_list (sample->store, id, TRUE, NULL);
  g_assert_cmpuint (ports->len, ==, 2);
  g_assert_cmpuint (held->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      const HdPort *port = &g_array_index (ports, HdPort, i);
      g_assert_cmpuint (port->host_first, >, 0);
      g_assert_cmpuint (port->container_first, ==, 80 + i);
      /* While its socket is held no process of the host can have it. */
      struct sockaddr_in address = { .sin_family = AF_INET,
                                     .sin_port = htons (port->host_first),
                                     .sin_addr = { htonl (INADDR_LOOPBACK) } };
      int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), <, 0);
      close (fd);
      close (g_array_index (held, int, i));
    }
  /* What is wanted stays open; the next life gets its own. */
  g_assert_true (hd_port_release (sample->store, id, NULL));
  g_autoptr (GArray) wanted = hd_port_list (sample->store, id, FALSE, NULL);
  g_assert_cmpuint (g_array_index (wanted, HdPort, 0).host_first, ==, 0);
  g_autoptr (GArray) none = hd_port_list (sample->store, id, TRUE, NULL);
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_no_address (SampleStore *sample, gconstpointer data)
{
  const char *id = sample_store_container (sample, "c1");
  g_autoptr (GError) error = NULL;
  want (sample, id, "192.0.2.77:20030:80");
  g_assert_false (reserve (sample, id, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/port-hold/" name, SampleStore, NULL, sample_store_open, function,                  \
              sample_store_close)
  ADD ("containers", test_containers);
  ADD ("ranges", test_ranges);
  ADD ("process", test_process);
  ADD ("chosen", test_chosen);
  ADD ("no-address", test_no_address);
  return g_test_run ();
}
