/* An archive becomes a layer's folder. */
#include "fetch/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "fetch/place.h"
#include "fetch/tarread.h"

/* A folder's time and set-group-id bit, which what is made in it later would change or inherit. */
typedef struct
{
  char *path;
  struct timespec mtime;
  mode_t mode;
} folder_end;

typedef struct
{
  const hd_unpack_options *options;
  hd_tar_reader *reader;
  hd_unpack_result *result;
  hd_places places;
  folder_end *folders;
  size_t n_folders, room;
  bool has_root;
} unpacker;

/* An entry with its place. */
typedef struct
{
  const hd_tar_entry *entry;
  const char *path; /* clean */
  int folder_fd;
  const char *name;
} target;

static int
fail_entry (hd_err *err, const char *path, const char *why)
{
  return hd_err_set (err, HD_CORRUPT, NULL, "the archive's entry \"%.256s\" %s", path, why);
}

static int
fail_errno (hd_err *err, const char *path)
{
  return hd_err_set_errno (err, errno, "unpacking \"%.256s\"", path);
}

/* ---- Attributes ---- */

static bool
xattr_is_wanted (const char *name)
{
  if (strncmp (name, "user.", 5) == 0)
    return strncmp (name, "user.overlay.", 13) != 0;
  return strcmp (name, "security.capability") == 0 || strncmp (name, "system.posix_acl_", 17) == 0;
}

/* File systems that have none, and kinds of files that take none, are no failure. */
static bool
xattr_may_fail (int errnum, const char *name)
{
  return errnum == EOPNOTSUPP || (errnum == EPERM && strncmp (name, "user.", 5) == 0);
}

/* Of an open file, or (fd < 0) of a name in the working folder. */
static int
set_xattrs (const target *t, int fd, hd_err *err)
{
  for (size_t i = 0; i < t->entry->n_xattrs; i++)
    {
      const hd_tar_xattr *x = &t->entry->xattrs[i];
      if (!xattr_is_wanted (x->name))
        continue;
      int r = fd >= 0 ? fsetxattr (fd, x->name, x->value, x->size, 0)
                      : lsetxattr (t->name, x->name, x->value, x->size, 0);
      if (r < 0 && !xattr_may_fail (errno, x->name))
        return fail_errno (err, t->path);
    }
  return 0;
}

static struct timespec
entry_time (const hd_tar_entry *entry)
{
  return (struct timespec){ .tv_sec = entry->mtime, .tv_nsec = entry->mtime_ns };
}

static void
entry_times (const hd_tar_entry *entry, struct timespec times[2])
{
  times[0] = times[1] = entry_time (entry);
}

/* Owner, mode, attributes and time of what is no regular file and no folder. */
static int
set_special (const target *t, hd_err *err)
{
  const hd_tar_entry *entry = t->entry;
  struct timespec times[2];
  entry_times (entry, times);
  if ((entry->uid != 0 || entry->gid != 0)
      && fchownat (t->folder_fd, t->name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
    return fail_errno (err, t->path);
  if (entry->type != HD_TAR_SYMLINK && fchmodat (t->folder_fd, t->name, entry->mode, 0) < 0)
    return fail_errno (err, t->path);
  if (entry->n_xattrs > 0
      && (fchdir (t->folder_fd) < 0 ? fail_errno (err, t->path) : set_xattrs (t, -1, err)) < 0)
    return -EINVAL;
  if (utimensat (t->folder_fd, t->name, times, AT_SYMLINK_NOFOLLOW) < 0)
    return fail_errno (err, t->path);
  return 0;
}

/* ---- Regular files ---- */

static int
count_bytes (unpacker *u, uint64_t size, hd_err *err)
{
  u->result->bytes += size;
  if (u->result->bytes > u->options->max_bytes)
    return hd_err_set (err, HD_FAILED, NULL, "the layer has more than %llu bytes",
                       (unsigned long long)u->options->max_bytes);
  return 0;
}

/* The entry's next `size` bytes to where the file stands. */
static int
copy_data (unpacker *u, int fd, uint64_t size, const char *path, hd_err *err)
{
  while (size > 0)
    {
      const uint8_t *data;
      size_t some;
      int r = hd_tar_data (u->reader, &data, &some, err);
      if (r < 0)
        return r;
      if (some > size)
        some = (size_t)size;
      r = hd_fs_write_all (fd, data, some);
      if (r < 0)
        return hd_err_set_errno (err, -r, "unpacking \"%.256s\"", path);
      hd_tar_data_skip (u->reader, some);
      size -= some;
    }
  return 0;
}

static int
copy_sparse (unpacker *u, int fd, const target *t, hd_err *err)
{
  const hd_tar_entry *entry = t->entry;
  for (size_t i = 0; i < entry->n_segments; i++)
    {
      if (lseek (fd, (off_t)entry->segments[i].offset, SEEK_SET) < 0)
        return fail_errno (err, t->path);
      int r = copy_data (u, fd, entry->segments[i].size, t->path, err);
      if (r < 0)
        return r;
    }
  return ftruncate (fd, (off_t)entry->size) < 0 ? fail_errno (err, t->path) : 0;
}

/* Make room at the target's name. */
static int
vacate (unpacker *u, const target *t, hd_err *err)
{
  bool whiteout;
  return hd_place_vacate (&u->places, t->folder_fd, t->name, &whiteout, err);
}

static int
create_file (unpacker *u, const target *t, hd_err *err)
{
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat (t->folder_fd, t->name, flags, t->entry->mode & 0777);
  if (fd < 0 && errno == EEXIST)
    {
      int r = vacate (u, t, err);
      if (r < 0)
        return r;
      fd = openat (t->folder_fd, t->name, flags, t->entry->mode & 0777);
    }
  return fd < 0 ? fail_errno (err, t->path) : fd;
}

static int
unpack_file (unpacker *u, target *t, hd_err *err)
{
  const hd_tar_entry *entry = t->entry;
  struct timespec times[2];
  int r = count_bytes (u, entry->data_size, err);
  hd_autofd fd = r < 0 ? -1 : create_file (u, t, err);
  if (fd < 0)
    return -EINVAL;
  r = entry->sparse ? copy_sparse (u, fd, t, err)
                    : copy_data (u, fd, entry->data_size, t->path, err);
  if (r < 0)
    return r;
  /* Owner first: changing it drops set-id bits and capabilities. */
  if ((entry->uid != 0 || entry->gid != 0) && fchown (fd, entry->uid, entry->gid) < 0)
    return fail_errno (err, t->path);
  if ((entry->mode & 07000) != 0 && fchmod (fd, entry->mode) < 0)
    return fail_errno (err, t->path);
  if (set_xattrs (t, fd, err) < 0)
    return -EINVAL;
  entry_times (entry, times);
  return futimens (fd, times) < 0 ? fail_errno (err, t->path) : 0;
}

/* ---- Folders ---- */

static void
remember_folder (unpacker *u, const target *t)
{
  if (u->n_folders == u->room)
    {
      u->room = u->room == 0 ? 256 : u->room * 2;
      u->folders = realloc (u->folders, u->room * sizeof *u->folders);
      if (u->folders == NULL)
        abort ();
    }
  char *path = strdup (t->path);
  if (path == NULL)
    abort ();
  u->folders[u->n_folders++] = (folder_end){ path, entry_time (t->entry), t->entry->mode };
}

static int
make_folder (unpacker *u, const target *t, hd_err *err)
{
  struct stat st;
  bool whiteout;
  if (mkdirat (t->folder_fd, t->name, 0700) == 0)
    return 0;
  if (errno != EEXIST || fstatat (t->folder_fd, t->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return fail_errno (err, t->path);
  if (S_ISDIR (st.st_mode))
    return 0;
  int r = hd_place_vacate (&u->places, t->folder_fd, t->name, &whiteout, err);
  if (r < 0)
    return r;
  if (mkdirat (t->folder_fd, t->name, 0700) < 0)
    return fail_errno (err, t->path);
  if (whiteout)
    hd_list_add (&u->result->opaque, t->path);
  return 0;
}

static int
unpack_folder (unpacker *u, target *t, hd_err *err)
{
  const hd_tar_entry *entry = t->entry;
  bool root = *t->path == '\0';
  int r = root ? 0 : make_folder (u, t, err);
  if (r < 0)
    return r;
  u->has_root |= root;
  hd_autofd fd = openat (root ? u->options->root_fd : t->folder_fd, root ? "." : t->name,
                         O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fchown (fd, entry->uid, entry->gid) < 0
      || fchmod (fd, entry->mode & ~(mode_t)S_ISGID) < 0)
    return fail_errno (err, t->path);
  remember_folder (u, t);
  return set_xattrs (t, fd, err);
}

/* Later entries win, as they did when they were unpacked. What is a folder no more is passed over.
 */
static void
end_folders (unpacker *u)
{
  for (size_t i = 0; i < u->n_folders; i++)
    {
      const folder_end *end = &u->folders[i];
      const struct timespec times[2] = { end->mtime, end->mtime };
      hd_autofd fd = hd_fs_open_in (u->options->root_fd, *end->path == '\0' ? "." : end->path,
                                    O_RDONLY | O_DIRECTORY, 0, 0);
      if (fd < 0)
        continue;
      if ((end->mode & S_ISGID) != 0)
        (void)fchmod (fd, end->mode);
      (void)futimens (fd, times);
    }
}

/* ---- Links and devices ---- */

static int
unpack_symlink (unpacker *u, target *t, hd_err *err)
{
  if (*t->entry->link == '\0')
    return fail_entry (err, t->path, "is a link to nothing");
  int r = symlinkat (t->entry->link, t->folder_fd, t->name);
  if (r < 0 && errno == EEXIST)
    {
      if (vacate (u, t, err) < 0)
        return -EINVAL;
      r = symlinkat (t->entry->link, t->folder_fd, t->name);
    }
  return r < 0 ? fail_errno (err, t->path) : set_special (t, err);
}

/* Both places are needed at once, so the other one has its own. */
static int
unpack_hardlink (unpacker *u, target *t, hd_err *err)
{
  hd_places others;
  const char *name;
  char *path = hd_place_clean (t->entry->link, err);
  if (path == NULL)
    return -EINVAL;
  hd_places_init (&others, u->options->root_fd, NULL, NULL);
  int fd = *path == '\0' ? fail_entry (err, t->path, "is a hard link to a folder")
                         : hd_place_find (&others, path, false, &name, err);
  int r = fd;
  if (fd >= 0)
    {
      r = linkat (fd, name, t->folder_fd, t->name, 0) < 0 ? -errno : 0;
      /* A link to itself stays what it is. */
      if (r == -EEXIST && strcmp (path, t->path) == 0)
        r = 0;
      else if (r == -EEXIST && (r = vacate (u, t, err)) == 0)
        r = linkat (fd, name, t->folder_fd, t->name, 0) < 0 ? -errno : 0;
      if (r < 0)
        r = hd_err_set_errno (err, -r, "linking \"%.256s\" to \"%.256s\"", t->path, path);
    }
  hd_places_clear (&others);
  free (path);
  return r < 0 ? -EINVAL : 0;
}

static int
unpack_device (unpacker *u, target *t, hd_err *err)
{
  static const struct
  {
    hd_tar_type type;
    mode_t mode;
  } kinds[]
      = { { HD_TAR_CHARDEV, S_IFCHR }, { HD_TAR_BLOCKDEV, S_IFBLK }, { HD_TAR_FIFO, S_IFIFO } };
  mode_t kind = 0;
  dev_t device = t->entry->type == HD_TAR_FIFO ? 0 : makedev (t->entry->major, t->entry->minor);
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (kinds[i].type == t->entry->type)
      kind = kinds[i].mode;
  /* Overlayfs' own whiteout is no device that an image may bring. */
  if (kind == S_IFCHR && device == makedev (0, 0))
    return fail_entry (err, t->path, "is the device 0:0, which has another meaning here");
  int r = mknodat (t->folder_fd, t->name, kind | 0600, device);
  if (r < 0 && errno == EEXIST)
    {
      if (vacate (u, t, err) < 0)
        return -EINVAL;
      r = mknodat (t->folder_fd, t->name, kind | 0600, device);
    }
  return r < 0 ? fail_errno (err, t->path) : set_special (t, err);
}

/* ---- Whiteouts ---- */

/* What the layer itself brings is not hidden, wherever it stands in the archive. */
static int
unpack_whiteout (unpacker *u, target *t, hd_err *err)
{
  const char *name = t->name + strlen (HD_WHITEOUT_PREFIX);
  struct stat st;
  if (u->options->lowest)
    return 0;
  if (strcmp (t->name, HD_WHITEOUT_OPAQUE) == 0)
    {
      const char *slash = strrchr (t->path, '/');
      char *folder = strndup (t->path, slash != NULL ? (size_t)(slash - t->path) : 0);
      if (folder == NULL)
        abort ();
      hd_list_add (&u->result->opaque, folder);
      free (folder);
      return 0;
    }
  if (*name == '\0' || strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
    return fail_entry (err, t->path, "hides no name");
  if (fstatat (t->folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    {
      if (!S_ISDIR (st.st_mode))
        return 0;
      char *folder = strdup (t->path);
      if (folder == NULL)
        abort ();
      memmove (folder + (t->name - t->path), name, strlen (name) + 1);
      hd_list_add (&u->result->opaque, folder);
      free (folder);
      return 0;
    }
  if (mknodat (t->folder_fd, name, S_IFCHR, makedev (0, 0)) < 0)
    return fail_errno (err, t->path);
  return 0;
}

/* ---- The archive ---- */

static const struct
{
  hd_tar_type type;
  int (*unpack) (unpacker *u, target *t, hd_err *err);
} kinds[] = {
  { HD_TAR_FILE, unpack_file },       { HD_TAR_FOLDER, unpack_folder },
  { HD_TAR_SYMLINK, unpack_symlink }, { HD_TAR_HARDLINK, unpack_hardlink },
  { HD_TAR_CHARDEV, unpack_device },  { HD_TAR_BLOCKDEV, unpack_device },
  { HD_TAR_FIFO, unpack_device },
};

/* Names that aufs left in old layers: .wh..wh.plnk and others, with what is below them. */
static bool
is_aufs_own (const char *path)
{
  const char *found = strstr (path, HD_WHITEOUT_META);
  return found != NULL && (found == path || found[-1] == '/')
         && strcmp (found, HD_WHITEOUT_OPAQUE) != 0;
}

static int
unpack_entry (unpacker *u, const hd_tar_entry *entry, const char *path, hd_err *err)
{
  target t = { .entry = entry, .path = path, .folder_fd = -1 };
  if (is_aufs_own (path))
    return 0;
  if (*path == '\0')
    return entry->type == HD_TAR_FOLDER
               ? unpack_folder (u, &t, err)
               : fail_entry (err, entry->path, "would replace the layer's own folder");
  t.folder_fd = hd_place_find (&u->places, path, true, &t.name, err);
  if (t.folder_fd < 0)
    return t.folder_fd;
  if (strncmp (t.name, HD_WHITEOUT_PREFIX, strlen (HD_WHITEOUT_PREFIX)) == 0)
    return unpack_whiteout (u, &t, err);
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (kinds[i].type == entry->type)
      return kinds[i].unpack (u, &t, err);
  return fail_entry (err, path, "has an unknown type");
}

static int
unpack_all (unpacker *u, hd_err *err)
{
  const hd_tar_entry *entry;
  int r;
  while ((r = hd_tar_next (u->reader, &entry, err)) == 1)
    {
      if (++u->result->entries > u->options->max_entries)
        return hd_err_set (err, HD_FAILED, NULL, "the layer has more than %llu entries",
                           (unsigned long long)u->options->max_entries);
      char *path = hd_place_clean (entry->path, err);
      r = path == NULL ? -EINVAL : unpack_entry (u, entry, path, err);
      free (path);
      if (r < 0)
        break;
    }
  return r;
}

int
hd_unpack (hd_source *source, const hd_unpack_options *options, hd_unpack_result *ret, hd_err *err)
{
  unpacker u = { .options = options, .result = ret, .reader = hd_tar_reader_new (source) };
  memset (ret, 0, sizeof *ret);
  hd_places_init (&u.places, options->root_fd, &ret->implied, &ret->opaque);
  int r = unpack_all (&u, err);
  if (r == 0)
    end_folders (&u);
  if (r == 0 && !u.has_root)
    hd_list_add (&ret->implied, "");
  for (size_t i = 0; i < u.n_folders; i++)
    free (u.folders[i].path);
  free (u.folders);
  hd_places_clear (&u.places);
  hd_tar_reader_free (u.reader);
  return r;
}

void
hd_unpack_result_clear (hd_unpack_result *result)
{
  hd_list_clear (&result->implied);
  hd_list_clear (&result->opaque);
}
