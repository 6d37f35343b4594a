/* state/bls: one entry, a folder of them in boot order, and the link that names it. */
#include "state/bls.h"

#include "folder.h"

#define GOOD "linux /vmlinuz-6\noptions quiet\n"

static void
test_entry (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdBlsEntry) entry = hd_bls_parse ("a.conf",
                                               "# written by libostree\n"
                                               "title Debian 13 (1) \n"
                                               "version\t2\r\n"
                                               "options root=UUID=1 a=\"b c\"  quiet\n"
                                               "linux   /ostree/d-1/vmlinuz-6.12.1+deb13\n"
                                               "initrd /ostree/d-1/a.img\n"
                                               "\n"
                                               "aboot /not/ours\n"
                                               "novalue\n"
                                               "initrd /ostree/d-1/b.img",
                                               &error);
  g_assert_no_error (error);
  g_assert_cmpstr (entry->title, ==, "Debian 13 (1)");
  g_assert_cmpint (entry->version, ==, 2);
  g_assert_cmpstr (entry->kernel, ==, "/ostree/d-1/vmlinuz-6.12.1+deb13");
  g_assert_cmpuint (entry->initrd->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (entry->initrd, 0), ==, "/ostree/d-1/a.img");
  g_assert_cmpstr (g_ptr_array_index (entry->initrd, 1), ==, "/ostree/d-1/b.img");
  assert_words ((const char *const *)entry->options, "root=UUID=1|a=\"b c\"|quiet");
  g_assert_cmpstr (hd_bls_kernel_release (entry), ==, "6.12.1+deb13");
}

/* What is given twice counts once, the last; what is not given has a value all the same. */
static void
test_twice_and_never (void)
{
  g_autoptr (HdBlsEntry) entry = hd_bls_parse (
      "a.conf", GOOD "title one\ntitle two\nlinux /boot/other\noptions a b\nversion 1\nversion 7\n",
      NULL);
  g_autoptr (HdBlsEntry) least = hd_bls_parse ("a.conf", GOOD, NULL);
  g_assert_cmpstr (entry->title, ==, "two");
  g_assert_cmpstr (entry->kernel, ==, "/boot/other");
  assert_words ((const char *const *)entry->options, "a|b");
  g_assert_cmpint (entry->version, ==, 7);
  g_assert_null (hd_bls_kernel_release (entry));
  g_assert_null (least->title);
  g_assert_cmpint (least->version, ==, 0);
  g_assert_cmpuint (least->initrd->len, ==, 0);
  g_assert_cmpstr (hd_bls_kernel_release (least), ==, "6");
}

static void
test_refused (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "", "boot entry a.conf has no kernel" },
    { "options quiet\n", "boot entry a.conf has no kernel" },
    { "linux /vmlinuz\n", "boot entry a.conf has no options" },
    { "linuxefi /vmlinuz\noptions a\n", "boot entry a.conf has no kernel" },
    { GOOD "version -1\n", "boot entry a.conf: malformed version" },
    { GOOD "version x\n", "boot entry a.conf: malformed version" },
    { GOOD "version 2147483648\n", "boot entry a.conf: malformed version" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      HdBlsEntry *entry = hd_bls_parse ("a.conf", cases[i].text, &error);
      g_assert_null (entry);
      assert_refused (error, HD_BOOTLOADER, cases[i].message);
    }
}

static void
test_boot_order (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  folder_write (f, "loader.1/entries/ostree-1-d.conf", GOOD "title old\nversion 1\n");
  folder_write (f, "loader.1/entries/ostree-2-d.conf", GOOD "title first\nversion 2147483647\n");
  folder_write (f, "loader.1/entries/ostree-0-d.conf", GOOD "title oldest\nversion 0\n");
  folder_write (f, "loader.1/entries/debian.conf", "no entry of libostree's");
  folder_write (f, "loader.1/entries/ostree-3-d.conf.tmp", "half an entr");
  folder_write (f, "loader.0/entries/ostree-1-d.conf", GOOD "title other set\n");
  g_autoptr (GPtrArray) entries = hd_bls_read_set (f->fd, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (entries->len, ==, 3);
  static const char *const titles[] = { "first", "old", "oldest" };
  for (guint i = 0; i < entries->len; i++)
    {
      const HdBlsEntry *entry = g_ptr_array_index (entries, i);
      g_assert_cmpstr (entry->title, ==, titles[i]);
    }
}

static void
assert_set_refused (Folder *f, hd_code code, const char *part)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *entries = hd_bls_read_set (f->fd, 0, &error);
  g_assert_null (entries);
  assert_refused (error, code, part);
}

static void
test_set_refused (Folder *f, gconstpointer data)
{
  assert_set_refused (f, HD_NOT_FOUND, "/boot/loader.0/entries");
  folder_write (f, "loader.0/entries/ostree-1-d.conf", GOOD);
  folder_write (f, "loader.0/entries/ostree-2-d.conf", "linux /x\n");
  assert_set_refused (f, HD_BOOTLOADER, "ostree-2-d.conf has no options");
  g_autofree char *large = g_strnfill ((64 << 10) + 1, '#');
  folder_write (f, "loader.0/entries/ostree-2-d.conf", large);
  assert_set_refused (f, HD_FAILED, "reading boot entry ostree-2-d.conf");
  folder_write (f, "loader.0/entries/ostree-2-d.conf", GOOD);
  for (int i = 3; i <= 64; i++)
    {
      g_autofree char *path = g_strdup_printf ("loader.0/entries/ostree-%d-d.conf", i);
      folder_write (f, path, GOOD);
    }
  g_autoptr (GPtrArray) most = hd_bls_read_set (f->fd, 0, NULL);
  g_assert_cmpuint (most->len, ==, 64);
  folder_write (f, "loader.0/entries/ostree-65-d.conf", GOOD);
  assert_set_refused (f, HD_BOOTLOADER, "too many boot entries");
}

static void
test_current_set (Folder *f, gconstpointer data)
{
  static const struct
  {
    const char *target;
    int set; /* -1: refused */
  } cases[] = { { "loader.0", 0 },   { "loader.1", 1 },   { "loader.2", -1 }, { "loader", -1 },
                { "loader.1/", -1 }, { "loader.10", -1 }, { "/loader.1", -1 } };
  int set = 42;
  g_autoptr (GError) absent = NULL;
  gboolean found = hd_bls_current_set (f->fd, &set, &absent);
  g_assert_false (found);
  assert_refused (absent, HD_NOT_FOUND, "/boot/loader");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      set = 42;
      folder_link (f, cases[i].target, "loader");
      found = hd_bls_current_set (f->fd, &set, &error);
      g_assert_cmpint (found, ==, cases[i].set >= 0);
      g_assert_cmpint (set, ==, cases[i].set >= 0 ? cases[i].set : 42);
      if (!found)
        assert_refused (error, HD_BOOTLOADER, cases[i].target);
      folder_remove (f, "loader");
    }
  g_autoptr (GError) no_link = NULL;
  folder_make (f, "loader");
  found = hd_bls_current_set (f->fd, &set, &no_link);
  g_assert_false (found);
  assert_refused (no_link, HD_BOOTLOADER, "/boot/loader is no link");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bls/entry", test_entry);
  g_test_add_func ("/bls/twice-and-never", test_twice_and_never);
  g_test_add_func ("/bls/refused", test_refused);
  folder_test ("/bls/boot-order", test_boot_order);
  folder_test ("/bls/set-refused", test_set_refused);
  folder_test ("/bls/current-set", test_current_set);
  return g_test_run ();
}
