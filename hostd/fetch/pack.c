/* A folder becomes an archive. */
#include "fetch/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "fetch/inodes.h"
#include "fetch/list.h"
#include "fetch/place.h"
#include "fetch/sink.h"
#include "fetch/tarwrite.h"

#define OVERLAY "trusted.overlay."
#define MAX_DEPTH 1024
#define READ_BYTES (128u << 10)
#define MAX_NAMES 65536
#define MAX_VALUE 65536

typedef struct
{
  const hd_pack_options *options;
  hd_pack_result *result;
  hd_sink *sink;
  hd_inodes inodes;
  char path[PATH_MAX * 2]; /* of the entry, as it is in the archive */
  uint8_t buffer[READ_BYTES];
  char names[MAX_NAMES], value[MAX_VALUE];
} packer;

/* One entry of a folder. */
typedef struct
{
  int folder_fd;
  const char *name;
  struct stat st;
} item;

static int pack_folder (packer *p, int fd, size_t length, unsigned depth, hd_err *err);

static int
fail_errno (const packer *p, hd_err *err)
{
  return hd_err_set_errno (err, errno, "packing \"%.256s\"", p->path);
}

/* ---- Extended attributes ---- */

static bool
is_kept (const char *name)
{
  if (strncmp (name, "user.", 5) == 0)
    return strncmp (name, "user.overlay.", 13) != 0;
  return strcmp (name, "security.capability") == 0;
}

/* Add those of an open file or folder to its head. */
static int
add_xattrs (packer *p, int fd, hd_tar_writer *head, bool *ret_opaque, hd_err *err)
{
  ssize_t size = flistxattr (fd, p->names, sizeof p->names);
  if (size < 0)
    return errno == EOPNOTSUPP ? 0 : fail_errno (p, err);
  for (const char *name = p->names; name < p->names + size; name += strlen (name) + 1)
    {
      bool overlay = !p->options->merged && strncmp (name, OVERLAY, strlen (OVERLAY)) == 0;
      if (!overlay && !is_kept (name))
        continue;
      ssize_t length = fgetxattr (fd, name, p->value, sizeof p->value);
      if (length < 0)
        return fail_errno (p, err);
      if (!overlay)
        hd_tar_add_xattr (head, name, p->value, (size_t)length);
      else if (strcmp (name, OVERLAY "opaque") == 0)
        *ret_opaque = length == 1 && p->value[0] == 'y';
      else if (strcmp (name, OVERLAY "redirect") == 0 || strcmp (name, OVERLAY "metacopy") == 0)
        return hd_err_set (err, HD_FAILED, NULL,
                           "packing \"%.256s\": overlayfs has kept it elsewhere", p->path);
    }
  return 0;
}

/* ---- Kinds of entries ---- */

static void
begin_head (const packer *p, const item *it, char type, hd_tar_writer *head)
{
  *head = (hd_tar_writer){ .path = p->path,
                           .type = type,
                           .mode = it->st.st_mode & 07777,
                           .uid = it->st.st_uid,
                           .gid = it->st.st_gid,
                           .mtime = it->st.st_mtim.tv_sec };
}

static int
pack_content (packer *p, int fd, uint64_t size, hd_err *err)
{
  while (size > 0)
    {
      size_t wanted = size < sizeof p->buffer ? (size_t)size : sizeof p->buffer;
      ssize_t n = read (fd, p->buffer, wanted);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_errno (p, err);
      /* It was cut while we read it: the archive gets what was announced. */
      if (n == 0)
        memset (p->buffer, 0, wanted);
      size_t some = n == 0 ? wanted : (size_t)n;
      int r = hd_sink_write (p->sink, p->buffer, some, err);
      if (r < 0)
        return r;
      size -= some;
    }
  return 0;
}

static int
pack_file (packer *p, const item *it, hd_err *err)
{
  hd_tar_writer head;
  bool ignored;
  begin_head (p, it, '0', &head);
  const char *first = it->st.st_nlink > 1
                          ? hd_inodes_seen (&p->inodes, it->st.st_dev, it->st.st_ino, p->path)
                          : NULL;
  if (first != NULL)
    {
      head.type = '1';
      head.link = first;
      return hd_tar_write_head (&head, p->sink, err);
    }
  hd_autofd fd = openat (it->folder_fd, it->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return fail_errno (p, err);
  head.size = (uint64_t)it->st.st_size;
  p->result->bytes += head.size;
  int r = add_xattrs (p, fd, &head, &ignored, err);
  if (r == 0)
    r = hd_tar_write_head (&head, p->sink, err);
  if (r == 0)
    r = pack_content (p, fd, head.size, err);
  if (r == 0)
    r = hd_tar_write_padding (head.size, p->sink, err);
  hd_tar_writer_clear (&head);
  return r;
}

static int
pack_opaque (packer *p, const item *it, size_t length, hd_err *err)
{
  hd_tar_writer head;
  snprintf (p->path + length, sizeof p->path - length, "%s", HD_WHITEOUT_OPAQUE);
  begin_head (p, it, '0', &head);
  head.mode = 0;
  int r = hd_tar_write_head (&head, p->sink, err);
  p->path[length] = '\0';
  return r;
}

static int
pack_subfolder (packer *p, const item *it, unsigned depth, hd_err *err)
{
  hd_tar_writer head;
  bool opaque = false;
  size_t length = strlen (p->path);
  hd_autofd fd = openat (it->folder_fd, it->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return fail_errno (p, err);
  if (depth == MAX_DEPTH || length + 2 + NAME_MAX >= sizeof p->path)
    return hd_err_set (err, HD_FAILED, NULL, "packing \"%.256s\": too deep", p->path);
  p->path[length++] = '/';
  p->path[length] = '\0';
  begin_head (p, it, '5', &head);
  int r = add_xattrs (p, fd, &head, &opaque, err);
  if (r == 0)
    r = hd_tar_write_head (&head, p->sink, err);
  hd_tar_writer_clear (&head);
  if (r == 0 && opaque)
    r = pack_opaque (p, it, length, err);
  return r < 0 ? r : pack_folder (p, fd, length, depth + 1, err);
}

static int
pack_symlink (packer *p, const item *it, hd_err *err)
{
  char target[PATH_MAX];
  hd_tar_writer head;
  ssize_t n = readlinkat (it->folder_fd, it->name, target, sizeof target - 1);
  if (n < 0)
    return fail_errno (p, err);
  target[n] = '\0';
  begin_head (p, it, '2', &head);
  head.mode = 0777;
  head.link = target;
  return hd_tar_write_head (&head, p->sink, err);
}

static int
pack_device (packer *p, const item *it, hd_err *err)
{
  hd_tar_writer head;
  bool whiteout
      = !p->options->merged && S_ISCHR (it->st.st_mode) && it->st.st_rdev == makedev (0, 0);
  size_t length = strlen (p->path), name = strlen (it->name);
  if (whiteout)
    {
      snprintf (p->path + length - name, sizeof p->path - (length - name), "%s%s",
                HD_WHITEOUT_PREFIX, it->name);
      begin_head (p, it, '0', &head);
      head.mode = 0;
      return hd_tar_write_head (&head, p->sink, err);
    }
  begin_head (p, it, S_ISCHR (it->st.st_mode) ? '3' : S_ISBLK (it->st.st_mode) ? '4' : '6', &head);
  head.major = major (it->st.st_rdev);
  head.minor = minor (it->st.st_rdev);
  return hd_tar_write_head (&head, p->sink, err);
}

/* ---- The tree ---- */

static int
pack_item (packer *p, int folder_fd, const char *name, size_t length, unsigned depth, hd_err *err)
{
  item it = { .folder_fd = folder_fd, .name = name };
  snprintf (p->path + length, sizeof p->path - length, "%s", name);
  if (fstatat (folder_fd, name, &it.st, AT_SYMLINK_NOFOLLOW) < 0)
    /* Something that runs may remove it. */
    return errno == ENOENT ? 0 : fail_errno (p, err);
  p->result->entries++;
  switch (it.st.st_mode & S_IFMT)
    {
    case S_IFREG:
      return pack_file (p, &it, err);
    case S_IFDIR:
      return pack_subfolder (p, &it, depth, err);
    case S_IFLNK:
      return pack_symlink (p, &it, err);
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
      return pack_device (p, &it, err);
    default:
      /* A socket means nothing without its server. */
      return 0;
    }
}

static int
compare (const void *a, const void *b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

static int
list_names (const packer *p, int fd, hd_list *names, hd_err *err)
{
  int copy = dup (fd);
  DIR *dir = copy < 0 ? NULL : fdopendir (copy);
  const struct dirent *entry;
  if (dir == NULL)
    return fail_errno (p, err);
  while ((errno = 0, entry = readdir (dir)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      hd_list_add (names, entry->d_name);
  int r = errno != 0 ? fail_errno (p, err) : 0;
  closedir (dir);
  if (names->count > 0)
    qsort (names->items, names->count, sizeof names->items[0], compare);
  return r;
}

static int
pack_folder (packer *p, int fd, size_t length, unsigned depth, hd_err *err)
{
  hd_list names = { 0 };
  int r = list_names (p, fd, &names, err);
  for (size_t i = 0; r == 0 && i < names.count; i++)
    r = pack_item (p, fd, names.items[i], length, depth, err);
  p->path[length] = '\0';
  hd_list_clear (&names);
  return r;
}

int
hd_pack (const hd_pack_options *options, hd_pack_result *ret, hd_err *err)
{
  packer *p = calloc (1, sizeof *p);
  if (p == NULL)
    abort ();
  memset (ret, 0, sizeof *ret);
  p->options = options;
  p->result = ret;
  p->sink = hd_sink_new (options->output_fd, !options->plain);
  int r = pack_folder (p, options->root_fd, 0, 0, err);
  if (r == 0)
    r = hd_tar_write_end (p->sink, err);
  if (r == 0)
    r = hd_sink_finish (p->sink, &ret->streams, err);
  hd_sink_free (p->sink);
  hd_inodes_clear (&p->inodes);
  free (p);
  return r;
}
