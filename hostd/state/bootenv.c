/* Reading and writing of the boot environment; the format stands in bootenv.h.
 *
 * Parsing takes bytes from the disk that a boot loader may have written too. */
#include "state/bootenv.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "state/paths.h"

#define SIGNATURE "# GRUB Environment Block\n"
#define MAX_FILE_BYTES 4096

/* The value of a line "NAME=D" with a single digit up to `max`; FALSE when it is malformed. */
static gboolean
parse_digit (const char *line, const char *name, char max, int *ret)
{
  gsize length = strlen (name);
  if (strncmp (line, name, length) != 0 || line[length] != '=')
    return TRUE;
  const char *value = line + length + 1;
  if (value[0] < '0' || value[0] > max || value[1] != '\0')
    return FALSE;
  *ret = value[0] - '0';
  return TRUE;
}

gboolean
hd_bootenv_parse (const char *data, gsize length_bytes, HdBootEnv *ret, GError **error)
{
  gsize signature_length = strlen (SIGNATURE);
  if (length_bytes < signature_length || memcmp (data, SIGNATURE, signature_length) != 0)
    return hd_throw (error, HD_BOOTLOADER, NULL, "the boot environment has no signature");

  HdBootEnv env = { .set = -1, .tries = HD_BOOTENV_NOT_COUNTING };
  g_autofree char *text = g_strndup (data + signature_length, length_bytes - signature_length);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (!parse_digit (*line, "atomic_set", '1', &env.set)
        || !parse_digit (*line, "atomic_tries", '0' + HD_BOOTENV_TRIES, &env.tries))
      return hd_throw (error, HD_BOOTLOADER, NULL, "the boot environment has a malformed line");
  if (env.set < 0)
    return hd_throw (error, HD_BOOTLOADER, NULL, "the boot environment names no boot set");
  *ret = env;
  return TRUE;
}

void
hd_bootenv_format (const HdBootEnv *env, char ret[HD_BOOTENV_SIZE])
{
  g_assert (env->set == 0 || env->set == 1);
  g_assert (env->tries >= HD_BOOTENV_NOT_COUNTING && env->tries <= HD_BOOTENV_TRIES);
  g_autoptr (GString) text = g_string_new (SIGNATURE);
  g_string_append_printf (text, "atomic_set=%d\n", env->set);
  if (env->tries != HD_BOOTENV_NOT_COUNTING)
    g_string_append_printf (text, "atomic_tries=%d\n", env->tries);
  memset (ret, '#', HD_BOOTENV_SIZE);
  memcpy (ret, text->str, text->len);
}

gboolean
hd_bootenv_read (int boot_fd, HdBootEnv *ret, GError **error)
{
  hd_autofree char *data = NULL;
  gsize length_bytes = 0;
  int r = hd_fs_read (boot_fd, HD_BOOT_ENV, MAX_FILE_BYTES, &data, &length_bytes);
  if (r < 0)
    return hd_throw_errno (error, -r, "reading the boot environment /boot/" HD_BOOT_ENV);
  return hd_bootenv_parse (data, length_bytes, ret, error);
}

gboolean
hd_bootenv_write (int boot_fd, const HdBootEnv *env, GError **error)
{
  char block[HD_BOOTENV_SIZE];
  hd_bootenv_format (env, block);

  struct stat st;
  hd_autofd fd = openat (boot_fd, HD_BOOT_ENV, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 || fstat (fd, &st) < 0 || st.st_size != HD_BOOTENV_SIZE)
    {
      int r = hd_fs_replace (boot_fd, HD_BOOT_ENV, block, sizeof block, 0644);
      if (r < 0)
        return hd_throw_errno (error, -r, "making the boot environment /boot/" HD_BOOT_ENV);
      return TRUE;
    }
  if (pwrite (fd, block, sizeof block, 0) != (gssize)sizeof block || fdatasync (fd) < 0)
    return hd_throw_errno (error, errno, "writing the boot environment /boot/" HD_BOOT_ENV);
  return TRUE;
}
