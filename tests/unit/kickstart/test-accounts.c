/* Lines of passwd and its companions, what is refused, and folders below a root. */
#include "kickstart/accounts.h"

#include <crypt.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "kickstart/root.h"
#include "sample.h"

#define DAY 20783
#define SHADOW_END ":20783:0:99999:7:::\n"

static const char *const host[HD_KS_N_ETC_FILES] = {
  [HD_KS_ETC_PASSWD] = "root:x:0:0:root:/root:/bin/bash\n"
                       "odd line\n"
                       "old:x:1000:100::/home/old:/bin/sh\n",
  [HD_KS_ETC_GROUP] = "root:x:0:\nsudo:x:27:\nusers:x:100:old\ntaken:x:1001:\n",
  [HD_KS_ETC_SHADOW] = "root:*:1:0:99999:7:::\nold:$y$x:2:0:99999:7:::\n",
  [HD_KS_ETC_GSHADOW] = "root:*::\nsudo:!::\n",
};

static HdKsAccounts *
apply (const char *text, GError **error)
{
  g_autoptr (HdKickstart) kickstart = sample_kickstart (text);
  g_autoptr (HdKsPlan) plan = hd_ks_plan_new (kickstart);
  g_autoptr (HdKsAccounts) accounts = hd_ks_accounts_new (host);

  g_assert_cmpuint (hd_ks_report_count (kickstart->report, HD_KS_ERROR), ==, 0);
  return hd_ks_accounts_apply (accounts, plan, DAY * G_GINT64_CONSTANT (86400), error)
             ? g_steal_pointer (&accounts)
             : NULL;
}

/* What a file has behind what it had; a "~" before it when the old lines changed, too. */
static char *
added (const HdKsAccounts *accounts, HdKsEtcFile file)
{
  g_autofree char *text = hd_ks_accounts_text (accounts, file);

  return g_str_has_prefix (text, host[file]) ? g_strdup (text + strlen (host[file]))
                                             : g_strconcat ("~", text, NULL);
}

static const struct
{
  const char *text;
  const char *added[HD_KS_N_ETC_FILES];
} good[] = {
  { "text\n", { "", "", "", "" } },
  { "user --name=a\n",
    { "a:x:1002:1002::/home/a:/bin/bash\n", "a:x:1002:\n", "a:!" SHADOW_END, "a:!::\n" } },
  { "user --name=a --uid=5 --gid=100 --homedir=/srv/a --shell=/bin/sh --gecos=\"A B\"\n",
    { "a:x:5:100:A B:/srv/a:/bin/sh\n", "", "a:!" SHADOW_END, "" } },
  { "user --name=a --uid=5 --gid=6\n",
    { "a:x:5:6::/home/a:/bin/bash\n", "a:x:6:\n", "a:!" SHADOW_END, "a:!::\n" } },
  /* The number is a group's already: the user's own group takes another. */
  { "user --name=a --uid=1001\n",
    { "a:x:1001:1002::/home/a:/bin/bash\n", "a:x:1002:\n", "a:!" SHADOW_END, "a:!::\n" } },
  { "group --name=a\nuser --name=a\n",
    { "a:x:1003:1002::/home/a:/bin/bash\n", "a:x:1002:\n", "a:!" SHADOW_END, "a:!::\n" } },
  { "group --name=g --gid=7\ngroup --name=sudo --gid=27\n", { "", "g:x:7:\n", "", "g:!::\n" } },
  { "user --name=a --iscrypted --password=$6$h --lock\n",
    { "a:x:1002:1002::/home/a:/bin/bash\n", "a:x:1002:\n", "a:!$6$h" SHADOW_END, "a:!::\n" } },
  { "group --name=g\nuser --name=a --groups=g,n(9)\n",
    { "a:x:1003:1003::/home/a:/bin/bash\n", "g:x:1002:a\na:x:1003:\nn:x:9:a\n", "a:!" SHADOW_END,
      "g:!::a\na:!::\nn:!::a\n" } },
  { "user --name=old --groups=wheel,sudo\n",
    { "", "~root:x:0:\nsudo:x:27:old\nusers:x:100:old\ntaken:x:1001:\n", "",
      "~root:*::\nsudo:!::old\n" } },
  { "user --name=old --uid=1000 --shell=/bin/bash --iscrypted --password=h\n",
    { "~root:x:0:0:root:/root:/bin/bash\nodd line\nold:x:1000:100::/home/old:/bin/bash\n", "",
      "~root:*:1:0:99999:7:::\nold:h" SHADOW_END, "" } },
  { "rootpw --lock\n", { "", "", "~root:!*:1:0:99999:7:::\nold:$y$x:2:0:99999:7:::\n", "" } },
  { "rootpw --iscrypted $y$r\n",
    { "", "", "~root:$y$r" SHADOW_END "old:$y$x:2:0:99999:7:::\n", "" } },
  { "rootpw --iscrypted --lock $y$r\n",
    { "", "", "~root:!$y$r" SHADOW_END "old:$y$x:2:0:99999:7:::\n", "" } },
};

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (HdKsAccounts) accounts = apply (good[i].text, &error);
      g_assert_no_error (error);
      for (int j = 0; j < HD_KS_N_ETC_FILES; j++)
        {
          g_autofree char *text = added (accounts, (HdKsEtcFile)j);
          g_assert_cmpstr (text, ==, good[i].added[j]);
        }
    }
}

static const struct
{
  const char *text, *message;
} bad[] = {
  { "user --name=a --uid=0\n", "-:1:21: user: the user root has the number 0" },
  { "user --name=old --uid=5\n", "-:1:23: user: the host has the user old with another number" },
  { "user --name=a --homedir=x\n", "-:1:25: user: \"x\" is no home" },
  { "user --name=a --groups=none\n", "-:1:24: user: the host has no group none" },
  { "user --name=a --groups=n(100)\n", "-:1:24: user: the group users has the number 100" },
  { "group --name=a --gid=27\n", "-:1:22: group: the group sudo has the number 27" },
  { "group --name=sudo --gid=5\n",
    "-:1:25: group: the host has the group sudo with another number" },
  { "sshkey --username=none \"AAAA\"\n", "-:1:19: sshkey: the host has no user none" },
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (HdKsAccounts) accounts = apply (bad[i].text, &error);
      g_assert_null (accounts);
      g_assert_cmpint (hd_error_code (error), ==, HD_CONFIG);
      g_assert_cmpstr (error->message, ==, bad[i].message);
    }
}

static void
test_homes (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdKsAccounts) accounts
      = apply ("user --name=a --uid=5 --gid=6\n"
               "sshkey --username=a \"AAAA 1\"\nsshkey --username=a \"AAAA 2\"\n"
               "sshkey --username=old \"AAAA 3\"\nrootpw --lock\n",
               &error);
  const HdKsHome *first, *second;

  g_assert_no_error (error);
  g_assert_cmpuint (accounts->homes->len, ==, 2);
  first = g_ptr_array_index (accounts->homes, 0);
  second = g_ptr_array_index (accounts->homes, 1);
  g_assert_cmpstr (first->path, ==, "/home/a");
  g_assert_cmpuint (first->uid, ==, 5);
  g_assert_cmpuint (first->gid, ==, 6);
  g_assert_cmpuint (first->keys->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (first->keys, 1), ==, "AAAA 2");
  g_assert_cmpstr (second->path, ==, "/home/old");
  g_assert_cmpuint (second->gid, ==, 100);
}

static void
test_hash (void)
{
  g_autofree char *hash = hd_ks_password_hash ("secret");
  g_autofree char *again = hd_ks_password_hash ("secret");
  static struct crypt_data data;

  g_assert_true (g_str_has_prefix (hash, "$y$"));
  g_assert_cmpstr (hash, !=, again);
  g_assert_cmpstr (crypt_r ("secret", hash, &data), ==, hash);
  g_assert_cmpstr (crypt_r ("Secret", hash, &data), !=, hash);
}

/* ---- Folders below a root ---- */

static const struct
{
  const char *target; /* of the link "home" in the root */
  const char *path;   /* asked for */
  const char *made;   /* is there then; NULL: refused */
} folders[] = {
  { "var/home", "/home/a", "root/var/home/a" },
  { "/var/home", "home/a/", "root/var/home/a" },
  { "../../../var/home", "/home/a", "root/var/home/a" },
  { "home", "/home/a", NULL },
  { "var", "//home/./a//", "root/var/a" },
  { "var", "/home/../../b", "root/b" },
};

static void
test_folders (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *folder = g_dir_make_tmp ("accounts-XXXXXX", NULL);
      g_autofree char *root = g_build_filename (folder, "root", NULL);
      g_autofree char *link = g_build_filename (root, "home", NULL);
      g_autofree char *made = g_build_filename (folder, folders[i].made ?: "root", NULL);
      g_autofree char *outside = g_build_filename (folder, "var", NULL);
      hd_autofd root_fd = -1;
      hd_autofd fd = -1;
      gboolean new = FALSE;
      mode_t mask = umask (077);
      struct stat st;
      g_assert_cmpint (mkdir (root, 0755), ==, 0);
      g_assert_cmpint (symlink (folders[i].target, link), ==, 0);
      root_fd = open (root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      fd = hd_ks_root_open_folder (root_fd, folders[i].path, 0750, &new);
      umask (mask);
      g_assert_true ((fd >= 0) == (folders[i].made != NULL));
      g_assert_cmpint (stat (made, &st), ==, 0);
      if (fd >= 0)
        {
          g_assert_true (new);
          g_assert_cmpint (st.st_mode & 0777, ==, 0750);
        }
      g_assert_false (g_file_test (outside, G_FILE_TEST_EXISTS));
      hd_fs_remove_tree (AT_FDCWD, folder);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/accounts/good", test_good);
  g_test_add_func ("/kickstart/accounts/bad", test_bad);
  g_test_add_func ("/kickstart/accounts/homes", test_homes);
  g_test_add_func ("/kickstart/accounts/hash", test_hash);
  g_test_add_func ("/kickstart/accounts/folders", test_folders);
  return g_test_run ();
}
