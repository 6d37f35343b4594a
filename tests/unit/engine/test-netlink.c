/* engine/netlink: batches, labels, tolerated errors, dumps. Asks only; needs no rights. */
#include "engine/netlink.h"

#include <errno.h>
#include <string.h>
#include <linux/rtnetlink.h>

#include "base/error.h"
#include "engine/link.h"

#define NO_INDEX 0x7ffffff0

static void
add_question (HdNetlink *netlink, int index, const char *doing)
{
  struct ifinfomsg body = { .ifi_index = index };
  hd_netlink_add (netlink, RTM_GETLINK, 0, &body, sizeof body, doing);
}

static HdNetlink *
open_socket (void)
{
  g_autoptr (GError) error = NULL;
  HdNetlink *netlink = hd_netlink_open (NETLINK_ROUTE, 0, &error);
  g_assert_no_error (error);
  return netlink;
}

static void
test_labels (void)
{
  g_autoptr (HdNetlink) netlink = open_socket ();
  g_autoptr (GError) error = NULL;
  int errnum = 0;
  /* The first error counts, by the words of its own message. */
  add_question (netlink, (int)hd_link_index (netlink, "lo"), "asking for lo");
  add_question (netlink, NO_INDEX, "asking for nothing");
  add_question (netlink, NO_INDEX, "asking for nothing again");
  g_assert_false (hd_netlink_send (netlink, &errnum, &error));
  g_assert_cmpint (errnum, ==, ENODEV);
  g_assert_true (g_str_has_prefix (error->message, "asking for nothing"));
  g_assert_false (g_str_has_prefix (error->message, "asking for nothing again"));
}

static void
test_tolerated (void)
{
  g_autoptr (HdNetlink) netlink = open_socket ();
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < 3; i++)
    {
      add_question (netlink, NO_INDEX, "asking for nothing");
      hd_netlink_tolerate (netlink, ENODEV);
      hd_netlink_send (netlink, NULL, &error);
      g_assert_no_error (error);
    }
  /* Labels of an earlier batch are forgotten. */
  add_question (netlink, NO_INDEX, "asking in earnest");
  g_assert_false (hd_netlink_send (netlink, NULL, &error));
  g_assert_true (g_str_has_prefix (error->message, "asking in earnest"));
}

static void
test_empty (void)
{
  g_autoptr (HdNetlink) netlink = open_socket ();
  g_assert_true (hd_netlink_send (netlink, NULL, NULL));
}

static void
test_dump (void)
{
  g_autoptr (HdNetlink) netlink = open_socket ();
  g_autoptr (GError) error = NULL;
  gboolean found = FALSE;
  for (guint times = 0; times < 2; times++)
    {
      g_autoptr (GPtrArray) names = hd_link_list (netlink, &error);
      g_assert_no_error (error);
      for (guint i = 0; i < names->len; i++)
        found = found || g_str_equal (g_ptr_array_index (names, i), "lo");
      g_assert_true (found);
    }
}

/* More than a batch holds is an error, not a crash; the next batch is sound. */
static void
test_full (void)
{
  g_autoptr (HdNetlink) netlink = open_socket ();
  g_autoptr (GError) error = NULL;
  g_autofree char *body = g_malloc0 (60000);
  for (guint i = 0; i < 1200; i++)
    hd_netlink_add (netlink, RTM_GETLINK, 0, body, 60000, "asking for much");
  g_assert_false (hd_netlink_send (netlink, NULL, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_NO_SPACE);
  g_clear_error (&error);
  add_question (netlink, NO_INDEX, "asking for little");
  g_assert_false (hd_netlink_send (netlink, NULL, &error));
  g_assert_true (g_str_has_prefix (error->message, "asking for little"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/netlink/labels", test_labels);
  g_test_add_func ("/netlink/tolerated", test_tolerated);
  g_test_add_func ("/netlink/empty", test_empty);
  g_test_add_func ("/netlink/dump", test_dump);
  g_test_add_func ("/netlink/full", test_full);
  return g_test_run ();
}
