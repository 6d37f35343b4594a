/* The host's procfs and sysfs, where the old root stays below the new one (--no-pivot).
 *
 * Whoever has a user namespace of his own inside may mount a new procfs as long as a whole one is
 * to be found in the mount namespace (the kernel's mount_too_revealing), and would so get around
 * what the container's is masked by.
 */
#include "runtime/child-internal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* "\040" is a space (proc(5)). */
static void
unescape (char *text)
{
  char *to = text;
  for (const char *c = text; *c != '\0'; c++)
    if (c[0] == '\\' && c[1] != '\0' && c[2] != '\0' && c[3] != '\0')
      {
        *to++ = (char)((c[1] - '0') << 6 | (c[2] - '0') << 3 | (c[3] - '0'));
        c += 3;
      }
    else
      *to++ = *c;
  *to = '\0';
}

/* Where a procfs or sysfs is mounted, cut out of a line of mountinfo; or NULL. */
static char *
kernel_mount (char *line)
{
  char *kind = strstr (line, " - "), *point = line;
  if (kind == NULL || (strncmp (kind + 3, "proc ", 5) != 0 && strncmp (kind + 3, "sysfs ", 6) != 0))
    return NULL;
  /* ID PARENT MAJOR:MINOR ROOT POINT */
  for (int i = 0; i < 4 && point != NULL; i++)
    point = (point = strchr (point, ' ')) != NULL ? point + 1 : NULL;
  if (point == NULL)
    return NULL;
  point[strcspn (point, " ")] = '\0';
  unescape (point);
  return point;
}

static int
hide (const char *point)
{
  /* It must not go from the host, too. */
  if (mount (NULL, point, NULL, MS_SLAVE | MS_REC, NULL) == 0 && umount2 (point, MNT_DETACH) == 0)
    return 0;
  /* Below something else. */
  if (errno == ENOENT || errno == ENOTDIR)
    return 0;
  if (errno != EINVAL && errno != EPERM)
    return -errno;
  return RT_CHECK (mount ("tmpfs", point, "tmpfs", MS_RDONLY, "size=0k"));
}

int
rt_child_hide_kernel (rt_child *child, const char *rootfs)
{
  static char table[4u << 20];
  const size_t rootfs_length = strlen (rootfs);
  size_t size = 0;
  int fd = openat (child->proc_fd, "self/mountinfo", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -errno;
  for (ssize_t n = 1; n > 0 && size < sizeof table - 1; size += (size_t)n)
    if ((n = read (fd, table + size, sizeof table - 1 - size)) < 0)
      return -errno;
  rt_child_drop (fd);
  if (size >= sizeof table - 1)
    return -E2BIG;
  /* The last ones first: they are above the others. */
  for (char *end = table + size; end > table;)
    {
      char *line = end - 1;
      *line = '\0';
      while (line > table && line[-1] != '\n')
        line--;
      end = line;
      const char *point = kernel_mount (line);
      if (point == NULL
          || (strncmp (point, rootfs, rootfs_length) == 0
              && (point[rootfs_length] == '/' || point[rootfs_length] == '\0')))
        continue;
      int r = hide (point);
      if (r < 0)
        return r;
    }
  return 0;
}
