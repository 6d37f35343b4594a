/* Users and groups to sysusers.d lines. */
#include "tools/accounts.h"

static void
test_lines (void)
{
  g_autofree char *lines
      = hd_accounts_to_sysusers ("root:x:0:0:root:/root:/bin/bash\n"
                                 "sshd:x:905:65534:sshd user:/run/sshd:/usr/sbin/nologin\n"
                                 "admin:x:1000:1000::/home/admin:/bin/bash\n"
                                 "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
                                 "root:x:0:\n_ssh:x:910:\nadmin:x:1000:\n");
  g_assert_cmpstr (lines, ==,
                   "# The users and groups of the image, with their numbers.\n"
                   "g _ssh 910\n"
                   "u sshd 905:65534 \"sshd user\" /run/sshd /usr/sbin/nologin\n");
}

static void
test_malformed (void)
{
  g_autofree char *lines = hd_accounts_to_sysusers ("broken\n:::\nx:x:+5:1::/:/\n", "half:x\n\n");
  g_assert_cmpstr (lines, ==, "# The users and groups of the image, with their numbers.\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/accounts/lines", test_lines);
  g_test_add_func ("/accounts/malformed", test_malformed);
  return g_test_run ();
}
