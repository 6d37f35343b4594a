/* state/bootenv: the block, byte for byte, and that its place on the disk stays. */
#include "state/bootenv.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

#define SIGNATURE "# GRUB Environment Block\n"
#define NONE HD_BOOTENV_NOT_COUNTING

static void
test_parse (void)
{
  static const struct
  {
    const char *text;
    HdBootEnv env;
  } cases[] = {
    { SIGNATURE "atomic_set=0\n#####", { 0, NONE } },
    { SIGNATURE "atomic_set=1\natomic_tries=3\n###", { 1, 3 } },
    { SIGNATURE "atomic_tries=0\nsaved_entry=x\natomic_set=1\n", { 1, 0 } },
    { SIGNATURE "atomic_set=1", { 1, NONE } },
    { SIGNATURE "atomic_set=0\natomic_set=1\n", { 1, NONE } },
    { SIGNATURE "atomic_settings=9\nxatomic_set=9\natomic_set=0\n", { 0, NONE } },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      HdBootEnv env = { 42, 42 };
      gboolean ok = hd_bootenv_parse (cases[i].text, strlen (cases[i].text), &env, &error);
      g_assert_no_error (error);
      g_assert_true (ok);
      g_assert_cmpint (env.set, ==, cases[i].env.set);
      g_assert_cmpint (env.tries, ==, cases[i].env.tries);
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "", "no signature" },
    { "# GRUB Environment Block", "no signature" },
    { "# GRUB environment block\natomic_set=1\n", "no signature" },
    { SIGNATURE, "names no boot set" },
    { SIGNATURE "atomic_tries=2\n####", "names no boot set" },
    { SIGNATURE "#atomic_set=1\n", "names no boot set" },
    { SIGNATURE "atomic_set=2\n", "malformed line" },
    { SIGNATURE "atomic_set=\n", "malformed line" },
    { SIGNATURE "atomic_set=01\n", "malformed line" },
    { SIGNATURE "atomic_set=1#\n", "malformed line" },
    { SIGNATURE "atomic_set=-1\n", "malformed line" },
    { SIGNATURE "atomic_set=1\natomic_tries=4\n", "malformed line" },
    { SIGNATURE "atomic_set=1\natomic_tries=\n", "malformed line" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      HdBootEnv env = { 42, 42 };
      gboolean ok = hd_bootenv_parse (cases[i].text, strlen (cases[i].text), &env, &error);
      g_assert_false (ok);
      assert_refused (error, HD_BOOTLOADER, cases[i].message);
      g_assert_cmpint (env.set, ==, 42);
    }
}

/* Bytes behind the given length are not read. */
static void
test_length (void)
{
  HdBootEnv env;
  const char *text = SIGNATURE "atomic_set=1\natomic_tries=1\n";
  gboolean ok = hd_bootenv_parse (text, strlen (SIGNATURE "atomic_set=1\n"), &env, NULL);
  g_assert_true (ok);
  g_assert_cmpint (env.tries, ==, NONE);
}

static void
assert_block (const char *block, const char *beginning)
{
  gsize length = strlen (beginning);
  g_assert_cmpmem (block, length, beginning, length);
  for (gsize i = length; i < HD_BOOTENV_SIZE; i++)
    g_assert_cmpint (block[i], ==, '#');
}

static void
test_format (void)
{
  char block[HD_BOOTENV_SIZE];
  hd_bootenv_format (&(HdBootEnv){ 1, NONE }, block);
  assert_block (block, SIGNATURE "atomic_set=1\n");
  hd_bootenv_format (&(HdBootEnv){ 0, 2 }, block);
  assert_block (block, SIGNATURE "atomic_set=0\natomic_tries=2\n");
}

static void
write_env (const Folder *f, int set, int tries)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_bootenv_write (f->fd, &(HdBootEnv){ set, tries }, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static ino_t
inode_of (const Folder *f, const char *path)
{
  struct stat st;
  int r = fstatat (f->fd, path, &st, AT_SYMLINK_NOFOLLOW);
  g_assert_cmpint (r, ==, 0);
  g_assert_true (S_ISREG (st.st_mode));
  g_assert_cmpint (st.st_size, ==, HD_BOOTENV_SIZE);
  return st.st_ino;
}

/* Another name for the file shows whether the bytes went into the old blocks or into new ones. */
static void
test_write_in_place (Folder *f, gconstpointer data)
{
  HdBootEnv env;
  folder_make (f, "atomic");
  write_env (f, 0, NONE);
  ino_t first = inode_of (f, "atomic/env");
  int r = linkat (f->fd, "atomic/env", f->fd, "other", 0);
  g_assert_cmpint (r, ==, 0);
  write_env (f, 1, 3);
  g_assert_cmpuint (inode_of (f, "atomic/env"), ==, first);
  g_autofree char *block = folder_read (f, "other");
  assert_block (block, SIGNATURE "atomic_set=1\natomic_tries=3\n");
  gboolean ok = hd_bootenv_read (f->fd, &env, NULL);
  g_assert_true (ok);
  g_assert_cmpint (env.set, ==, 1);
  g_assert_cmpint (env.tries, ==, 3);
}

/* A file that one sector does not hold, or a link that leads elsewhere, is not written through. */
static void
test_write_anew (Folder *f, gconstpointer data)
{
  folder_write (f, "atomic/env", SIGNATURE "atomic_set=0\n");
  write_env (f, 1, NONE);
  inode_of (f, "atomic/env");
  folder_remove (f, "atomic/env");
  g_autofree char *block_of_grub = g_strnfill (1024, '#');
  folder_write (f, "atomic/env", block_of_grub);
  write_env (f, 1, NONE);
  inode_of (f, "atomic/env");
  folder_remove (f, "atomic/env");
  g_autofree char *victim = g_strnfill (HD_BOOTENV_SIZE, 'v');
  folder_write (f, "victim", victim);
  folder_link (f, "../victim", "atomic/env");
  write_env (f, 0, NONE);
  inode_of (f, "atomic/env");
  folder_assert_text (f, "victim", victim);
}

static void
test_read_refused (Folder *f, gconstpointer data)
{
  g_autoptr (GError) absent = NULL;
  g_autoptr (GError) torn = NULL;
  g_autoptr (GError) no_folder = NULL;
  HdBootEnv env = { 0, NONE };
  gboolean ok = hd_bootenv_read (f->fd, &env, &absent);
  g_assert_false (ok);
  assert_refused (absent, HD_NOT_FOUND, "/boot/atomic/env");
  ok = hd_bootenv_write (f->fd, &env, &no_folder);
  g_assert_false (ok);
  assert_refused (no_folder, HD_NOT_FOUND, "/boot/atomic/env");
  char zeros[HD_BOOTENV_SIZE] = { 0 };
  folder_write_bytes (f, "atomic/env", zeros, sizeof zeros);
  ok = hd_bootenv_read (f->fd, &env, &torn);
  g_assert_false (ok);
  assert_refused (torn, HD_BOOTLOADER, "no signature");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bootenv/parse", test_parse);
  g_test_add_func ("/bootenv/refused", test_refused);
  g_test_add_func ("/bootenv/length", test_length);
  g_test_add_func ("/bootenv/format", test_format);
  folder_test ("/bootenv/write-in-place", test_write_in_place);
  folder_test ("/bootenv/write-anew", test_write_anew);
  folder_test ("/bootenv/read-refused", test_read_refused);
  return g_test_run ();
}
