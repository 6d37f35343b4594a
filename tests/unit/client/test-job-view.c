/* Properties of a job into a view: all, some, unknown ones. */
#include "client/job-view.h"

#include <sys/socket.h>

#include "client/bus.h"

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

static void
read_properties (HdJobView *view, sd_bus_message *message)
{
  g_assert_cmpint (sd_bus_message_seal (message, 1, 0), >=, 0);
  g_assert_cmpint (hd_job_view_read (view, message), >=, 0);
}

static void
test_read (void)
{
  g_autoptr (sd_bus) bus = open_bus ();
  g_autoptr (HdJobView) view = hd_job_view_new ("/org/atomichost/Host1/jobs/3");
  g_autoptr (sd_bus_message) first = NULL;
  g_autoptr (sd_bus_message) second = NULL;

  g_assert_cmpstr (view->phase, ==, "");
  g_assert_false (hd_job_view_is_live (view));
  sd_bus_message_new_signal (bus, &first, "/", "a.b", "C");
  sd_bus_message_append (first, "a{sv}", 6, "Id", "u", 3u, "Verb", "s", "upgrade", "State", "s",
                         "running", "Total", "t", UINT64_MAX, "Colour", "(is)", 1, "red", "Percent",
                         "u", 12u);
  read_properties (view, first);
  g_assert_cmpuint (view->id, ==, 3);
  g_assert_cmpstr (view->verb, ==, "upgrade");
  g_assert_cmpuint (view->total, ==, UINT64_MAX);
  g_assert_cmpuint (view->percent, ==, 12);
  g_assert_true (hd_job_view_is_live (view));

  sd_bus_message_new_signal (bus, &second, "/", "a.b", "C");
  sd_bus_message_append (second, "a{sv}", 1, "State", "s", "failed");
  read_properties (view, second);
  g_assert_cmpstr (view->verb, ==, "upgrade");
  g_assert_false (hd_job_view_is_live (view));
}

/* A property of the wrong type is an error, not a crash. */
static void
test_wrong_type (void)
{
  g_autoptr (sd_bus) bus = open_bus ();
  g_autoptr (HdJobView) view = hd_job_view_new ("/x");
  g_autoptr (sd_bus_message) message = NULL;
  sd_bus_message_new_signal (bus, &message, "/", "a.b", "C");
  sd_bus_message_append (message, "a{sv}", 1, "Done", "s", "many");
  g_assert_cmpint (sd_bus_message_seal (message, 1, 0), >=, 0);
  g_assert_cmpint (hd_job_view_read (view, message), <, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job-view/read", test_read);
  g_test_add_func ("/job-view/wrong-type", test_wrong_type);
  return g_test_run ();
}
