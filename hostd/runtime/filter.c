/* Kept filters. */
#include "runtime/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "runtime/userns.h"

#define MAGIC "atomic filter 2"

/* The file: this, then the instructions.  Read by the machine that wrote it, so in its byte order.
 */
typedef struct
{
  char magic[16];
  uint64_t sum; /* over all that follows */
  uint64_t count;
  uint64_t library_device;
  uint64_t library_inode;
  uint64_t library_bytes;
  int64_t library_changed_ns;
  char library[256];
  char kernel[136]; /* release and machine */
} header;

/* Both are summed up by words. */
_Static_assert(sizeof (header) % sizeof (uint64_t) == 0, "the header is words");
_Static_assert(sizeof (struct sock_filter) == sizeof (uint64_t), "an instruction is a word");

#define FILE_BYTES_MAX (sizeof (header) + BPF_MAXINSNS * sizeof (struct sock_filter))

static int64_t
nanoseconds (const struct timespec *time)
{
  return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/* Tells damage, of which each step loses nothing.  Against people the file's owner and mode guard:
 * who could write it could also sum it up. */
static uint64_t
sum_of (const header *file, size_t size_bytes)
{
  uint64_t sum = 0, word;
  for (size_t i = offsetof (header, count); i < size_bytes; i += sizeof word)
    {
      memcpy (&word, (const char *)file + i, sizeof word);
      sum = (sum ^ word) * UINT64_C (0x9e3779b97f4a7c15);
      sum ^= sum >> 32;
    }
  return sum;
}

static void
kernel_of (char *buffer, size_t size)
{
  struct utsname name;
  if (uname (&name) == 0)
    snprintf (buffer, size, "%s %s", name.release, name.machine);
}

/* Ours, and nobody else may write there. */
static bool
is_private (const struct stat *st, mode_t type)
{
  return (st->st_mode & S_IFMT) == type && st->st_uid == rt_own_uid () && (st->st_mode & 022) == 0;
}

/* Is libseccomp the file that it was?  An upgrade puts another one in its place. */
static bool
same_library (const header *file)
{
  struct stat st;
  return stat (file->library, &st) == 0 && st.st_dev == file->library_device
         && st.st_ino == file->library_inode && (uint64_t)st.st_size == file->library_bytes
         && nanoseconds (&st.st_ctim) == file->library_changed_ns;
}

static bool
is_valid (const header *file, size_t size_bytes)
{
  char kernel[sizeof file->kernel] = "";
  if (size_bytes < sizeof *file || memcmp (file->magic, MAGIC, sizeof MAGIC) != 0
      || file->count == 0 || file->count > BPF_MAXINSNS
      || size_bytes != sizeof *file + file->count * sizeof (struct sock_filter)
      || memchr (file->library, '\0', sizeof file->library) == NULL)
    return false;
  kernel_of (kernel, sizeof kernel);
  return sum_of (file, size_bytes) == file->sum && memcmp (kernel, file->kernel, sizeof kernel) == 0
         && same_library (file);
}

bool
rt_filter_load (const char *folder, const char *name, rt_filter *ret, rt_arena *arena)
{
  struct stat st;
  if (lstat (folder, &st) < 0 || !is_private (&st, S_IFDIR))
    return false;
  hd_autofd fd = open (rt_printf (arena, "%s/%s", folder, name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &st) < 0 || !is_private (&st, S_IFREG) || st.st_nlink != 1
      || st.st_size < (off_t)sizeof (header) || st.st_size > (off_t)FILE_BYTES_MAX)
    return false;
  const size_t size = (size_t)st.st_size;
  header *file = rt_alloc (arena, size);
  if (read (fd, file, size) != (ssize_t)size || !is_valid (file, size))
    return false;
  ret->program.filter = (struct sock_filter *)(file + 1);
  ret->program.len = (unsigned short)file->count;
  ret->library = NULL;
  return true;
}

/* A file appears whole or not at all.  No fsync: it is under /run, and losing it costs a
 * compilation. */
static void
replace (const char *folder, const char *name, const void *data, size_t size, rt_arena *arena)
{
  const char *path = rt_printf (arena, "%s/%s", folder, name);
  const char *temporary = rt_printf (arena, "%s.%d", path, (int)getpid ());
  hd_autofd fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd >= 0 && (hd_fs_write_all (fd, data, size) < 0 || rename (temporary, path) < 0))
    unlink (temporary);
}

/* Among containers' states, whose folder may be passed through. */
static int
make_folder (const char *folder, rt_arena *arena)
{
  const char *slash = strrchr (folder, '/');
  if (mkdir (folder, 0700) == 0 || errno == EEXIST)
    return 0;
  if (errno != ENOENT || slash == NULL)
    return -errno;
  int r = hd_fs_mkdirs (AT_FDCWD, rt_printf (arena, "%.*s", (int)(slash - folder), folder), 0711);
  return r < 0 ? r : mkdir (folder, 0700);
}

void
rt_filter_keep (const char *folder, const char *name, const rt_filter *filter, rt_arena *arena)
{
  struct stat st;
  const size_t size = sizeof (header) + filter->program.len * sizeof *filter->program.filter;
  if (filter->library == NULL || strlen (filter->library) >= sizeof ((header *)0)->library
      || stat (filter->library, &st) < 0)
    return;
  header *file = rt_alloc (arena, size);
  memset (file, 0, sizeof *file);
  memcpy (file->magic, MAGIC, sizeof MAGIC);
  file->count = filter->program.len;
  file->library_device = st.st_dev;
  file->library_inode = st.st_ino;
  file->library_bytes = (uint64_t)st.st_size;
  file->library_changed_ns = nanoseconds (&st.st_ctim);
  memcpy (file->library, filter->library, strlen (filter->library));
  kernel_of (file->kernel, sizeof file->kernel);
  memcpy (file + 1, filter->program.filter, size - sizeof *file);
  file->sum = sum_of (file, size);
  if (make_folder (folder, arena) < 0 || lstat (folder, &st) < 0 || !is_private (&st, S_IFDIR))
    return;
  replace (folder, name, file, size, arena);
}
