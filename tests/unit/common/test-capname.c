/* common/capname: names and numbers are those of the kernel's header. */
#include "common/capname.h"

#include <glib.h>
#include <linux/capability.h>

static void
test_names (void)
{
  g_assert_cmpint (hd_cap_from_name ("CAP_CHOWN"), ==, CAP_CHOWN);
  g_assert_cmpint (hd_cap_from_name ("cap_sys_admin"), ==, CAP_SYS_ADMIN);
  g_assert_cmpint (hd_cap_from_name ("NET_RAW"), ==, CAP_NET_RAW);
  g_assert_cmpint (hd_cap_from_name ("CAP_CHECKPOINT_RESTORE"), ==, CAP_LAST_CAP);
  g_assert_cmpint (hd_cap_from_name ("CAP_"), ==, -1);
  g_assert_cmpint (hd_cap_from_name (""), ==, -1);
  g_assert_cmpint (hd_cap_from_name ("CAP_CHOWN2"), ==, -1);
  for (unsigned i = 0; i <= CAP_LAST_CAP; i++)
    g_assert_cmpint (hd_cap_from_name (hd_cap_name (i)), ==, (int)i);
  g_assert_null (hd_cap_name (CAP_LAST_CAP + 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/capname/names", test_names);
  return g_test_run ();
}
