/* The functions of the static program's C library, under other names, beside those of this one. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ATOMIC_STATIC
#define memcpy small_memcpy
#define memmove small_memmove
#define memset small_memset
#define open small_open
#define strerror small_strerror
#define __memcpy_chk small_memcpy_chk
#define __memmove_chk small_memmove_chk
#define __memset_chk small_memset_chk
#define __strcpy_chk small_strcpy_chk
#define __strcat_chk small_strcat_chk
#define __strncpy_chk small_strncpy_chk
#define rt_fortify_fail small_fortify_fail
_Noreturn void small_fortify_fail (void);
#undef _FORTIFY_SOURCE
void *small_memcpy (void *restrict target, const void *restrict source, size_t n);
void *small_memmove (void *target, const void *source, size_t n);
void *small_memset (void *target, int byte, size_t n);
int small_open (const char *path, int flags, ...);
char *small_strerror (int number);
#include "hostd/runtime/musl.c"
#include "hostd/runtime/strerror.c"
#undef memcpy
#undef memmove
#undef memset
#undef open
#undef strerror

#define SIZE 400

static void
test_memory (void)
{
  unsigned char ours[SIZE], wanted[SIZE];

  for (size_t n = 0; n < 130; n++)
    for (int from = 0; from < 120; from += 1 + (int)n % 3)
      for (int to = 0; to < 120; to += 7)
        {
          for (int i = 0; i < SIZE; i++)
            ours[i] = wanted[i] = (unsigned char)(i * 31);
          g_assert_true (small_memmove (ours + to, ours + from, n) == ours + to);
          memmove (wanted + to, wanted + from, n);
          g_assert_cmpmem (ours, SIZE, wanted, SIZE);
          g_assert_true (small_memcpy (ours + 250, ours + to, n) == ours + 250);
          memcpy (wanted + 250, wanted + to, n);
          g_assert_cmpmem (ours, SIZE, wanted, SIZE);
          g_assert_true (small_memset (ours + from, to, n) == ours + from);
          memset (wanted + from, to, n);
          g_assert_cmpmem (ours, SIZE, wanted, SIZE);
        }
}

static void
test_open (void)
{
  g_autofree char *folder = g_dir_make_tmp ("atomic-musl-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  struct stat st;
  int fd = small_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, FD_CLOEXEC);
  g_assert_cmpint (fstat (fd, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777 & ~022u, ==, 0640);
  close (fd);
  unlink (path);
  fd = small_open (path, O_RDONLY);
  g_assert_cmpint (fd, ==, -1);
  g_assert_cmpint (errno, ==, ENOENT);
  rmdir (folder);
}

static void
test_strerror (void)
{
  for (int number = -1; number < 140; number++)
    {
      g_autofree char *wanted = g_strdup (strerror (number));

      g_assert_cmpstr (small_strerror (number), ==, wanted);
    }
}

static void
test_fits (void)
{
  char text[8] = "";

  small_memcpy_chk (text, "1234567", 8, 8);
  g_assert_cmpstr (text, ==, "1234567");
  small_memmove_chk (text + 1, text, 6, 7);
  g_assert_cmpstr (text, ==, "1123456");
  small_memset_chk (text, 'x', 3, (size_t)-1);
  g_assert_cmpstr (text, ==, "xxx3456");
  small_strcpy_chk (text, "abc", 8);
  small_strcat_chk (text, "defg", 8);
  g_assert_cmpstr (text, ==, "abcdefg");
  small_strncpy_chk (text, "z", 3, 8);
  g_assert_cmpmem (text, 5, "z\0\0de", 5);
}

/* Each of them by one byte too much. */
static void
test_overflow (void)
{
  char text[8] = "abcd";

  if (!g_test_subprocess ())
    {
      for (int i = 0; i < 6; i++)
        {
          g_autofree char *name = g_strdup_printf ("/musl/overflow/subprocess/%d", i);
          g_test_trap_subprocess (name, 0, 0);
          g_test_trap_assert_failed ();
          g_test_trap_assert_stderr ("*buffer overflow detected*");
        }
      return;
    }
  switch (g_test_get_path ()[strlen ("/musl/overflow/subprocess/")])
    {
    case '0':
      small_memcpy_chk (text, "12345678", 9, 8);
      break;
    case '1':
      small_memmove_chk (text, "12345678", 9, 8);
      break;
    case '2':
      small_memset_chk (text, 0, 9, 8);
      break;
    case '3':
      small_strcpy_chk (text, "12345678", 8);
      break;
    case '4':
      small_strcat_chk (text, "5678", 8);
      break;
    default:
      small_strncpy_chk (text, "", 9, 8);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/musl/memory", test_memory);
  g_test_add_func ("/musl/open", test_open);
  g_test_add_func ("/musl/strerror", test_strerror);
  g_test_add_func ("/musl/fits", test_fits);
  g_test_add_func ("/musl/overflow", test_overflow);
  for (int i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("/musl/overflow/subprocess/%d", i);
      g_test_add_func (name, test_overflow);
    }
  return g_test_run ();
}
