/* A table of types, and the copy of what a program made. */
#include "kickstart/filesystem.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <libfdisk/libfdisk.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "kickstart/lexer.h"
#include "kickstart/uuid.h"

#define MIB G_GUINT64_CONSTANT (1048576)

static void
add_words (GPtrArray *argv, const char *const *words)
{
  for (; *words != NULL; words++)
    g_ptr_array_add (argv, g_strdup (*words));
}

/* Append the words to the command line. */
#define ADD(argv, ...) add_words ((argv), (const char *const[]){ __VA_ARGS__, NULL })

/* An option with a value that may be missing. */
static void
add_option (GPtrArray *argv, const char *option, const char *value)
{
  if (value != NULL && *value != '\0')
    ADD (argv, option, value);
}

static const char *
text_of (const HdKsSlot *slot, const char *option)
{
  const HdKsEntry *entry = slot->volume->entry;

  return entry != NULL && hd_ks_is (entry, "part") ? hd_ks_text (entry, option) : NULL;
}

/* ---- Types ---- */

static void
ext_words (GPtrArray *argv, const HdKsSlot *slot, const char *uuid)
{
  g_autofree char *seed = g_strconcat ("hash_seed=", uuid, NULL);

  ADD (argv, "-q", "-F", "-t", slot->volume->fstype, "-U", uuid, "-E", seed);
  add_option (argv, "-T", text_of (slot, "fsprofile"));
  add_option (argv, "-L", text_of (slot, "label"));
  /* What GRUB's driver cannot read (2.06 and 2.12). */
  if (g_strcmp0 (slot->volume->mount, "/boot") == 0 && strcmp (slot->volume->fstype, "ext4") == 0)
    ADD (argv, "-O", "^metadata_csum_seed,^orphan_file");
}

static void
xfs_words (GPtrArray *argv, const HdKsSlot *slot, const char *uuid)
{
  g_autofree char *option = g_strconcat ("uuid=", uuid, NULL);

  ADD (argv, "-q", "-f", "-m", option);
  add_option (argv, "-L", text_of (slot, "label"));
}

static void
btrfs_words (GPtrArray *argv, const HdKsSlot *slot, const char *uuid)
{
  ADD (argv, "-q", "-f", "-U", uuid);
  add_option (argv, "-L", text_of (slot, "label"));
}

static void
vfat_words (GPtrArray *argv, const HdKsSlot *slot, const char *uuid)
{
  g_autofree char *volume = g_strndup (uuid, 8);

  ADD (argv, "--invariant", "-i", volume);
  add_option (argv, "-n", text_of (slot, "label"));
}

static void
swap_words (GPtrArray *argv, const HdKsSlot *slot, const char *uuid)
{
  ADD (argv, "-q", "-U", uuid);
  add_option (argv, "-L", text_of (slot, "label"));
}

static const struct
{
  const char *type;
  const char *program;
  const char *package; /* hint when the program is not there */
  void (*words) (GPtrArray *argv, const HdKsSlot *slot, const char *uuid);
} types[] = {
  { "ext4", "mke2fs", "apt-get install e2fsprogs", ext_words },
  { "ext3", "mke2fs", "apt-get install e2fsprogs", ext_words },
  { "ext2", "mke2fs", "apt-get install e2fsprogs", ext_words },
  { "xfs", "mkfs.xfs", "apt-get install xfsprogs", xfs_words },
  { "btrfs", "mkfs.btrfs", "apt-get install btrfs-progs", btrfs_words },
  { "vfat", "mkfs.vfat", "apt-get install dosfstools", vfat_words },
  { "swap", "mkswap", "apt-get install util-linux", swap_words },
};

static gssize
find_type (const char *type)
{
  for (gsize i = 0; type != NULL && i < G_N_ELEMENTS (types); i++)
    if (strcmp (types[i].type, type) == 0)
      return (gssize)i;
  return -1;
}

gboolean
hd_ks_filesystem_wanted (const HdKsVolume *volume)
{
  return volume->fstype != NULL && volume->format
         && (volume->use == HD_KS_USE_FS || volume->use == HD_KS_USE_SWAP
             || volume->use == HD_KS_USE_EFI)
         && strcmp (volume->fstype, "tmpfs") != 0;
}

/* --mkfsoptions is a command line of its own. */
static gboolean
add_own (GPtrArray *argv, const HdKsSlot *slot, GError **error)
{
  const char *text = text_of (slot, "mkfsoptions");
  g_autoptr (GArray) words = hd_ks_words_new ();
  HdKsPlace place;
  HdKsLexProblem problem;
  guint cut;

  if (text == NULL)
    return TRUE;
  place = hd_ks_value_place (slot->volume->entry, "mkfsoptions");
  if (!hd_ks_lex (text, words, &cut, &problem))
    return hd_throw (error, HD_CONFIG, NULL, "%s:%u:%u: %s", place.file, place.line, place.column,
                     problem.what);
  for (guint i = 0; i < words->len; i++)
    ADD (argv, g_array_index (words, HdKsWord, i).text);
  return TRUE;
}

char *
hd_ks_filesystem_source (const HdKsSlot *slot, const char *seed)
{
  g_autofree char *uuid = hd_ks_uuid (seed, slot->name);
  g_autofree char *upper = g_ascii_strup (uuid, -1);

  /* What vfat has is eight digits of it. */
  return g_strcmp0 (slot->volume->fstype, "vfat") == 0
             ? g_strdup_printf ("UUID=%.4s-%.4s", upper, upper + 4)
             : g_strconcat ("UUID=", uuid, NULL);
}

char **
hd_ks_filesystem_argv (const HdKsSlot *slot, const char *seed, const char *target, GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *uuid = hd_ks_uuid (seed, slot->name);
  gssize i = find_type (slot->volume->fstype);

  if (i < 0)
    {
      hd_throw (error, HD_CONFIG, "ext4, xfs, btrfs, vfat or swap",
                "no file system \"%s\" is known for %s", slot->volume->fstype, slot->name);
      return NULL;
    }
  ADD (argv, types[i].program);
  types[i].words (argv, slot, uuid);
  if (!add_own (argv, slot, error))
    return NULL;
  ADD (argv, target);
  g_ptr_array_add (argv, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&argv), FALSE);
}

/* ---- Making ---- */

static gboolean
run (const HdKsSlot *slot, const HdKsFormatOptions *options, const char *target,
     GCancellable *cancellable, GError **error)
{
  g_autofree char *epoch = g_strdup_printf ("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT, options->epoch);
  g_autofree char *fake = g_strdup_printf ("E2FSPROGS_FAKE_TIME=%" G_GINT64_FORMAT, options->epoch);
  const char *const env[] = { epoch, fake, NULL };
  const HdSpawn spawn = { .env = env };
  g_auto (GStrv) argv = hd_ks_filesystem_argv (slot, options->seed, target, error);
  GError *local = NULL;

  if (argv == NULL)
    return FALSE;
  if (hd_spawn_run ((const char *const *)argv, &spawn, NULL, cancellable, &local))
    return TRUE;
  if (g_error_matches (local, HD_ERROR, HD_NOT_FOUND))
    hd_error_set_hint (local, types[find_type (slot->volume->fstype)].package);
  g_propagate_prefixed_error (error, local, "making the file system %s: ", slot->name);
  return FALSE;
}

/* Copy `length` bytes from one file to a place in another. */
static int
copy_range (int source, off_t from, int target, off_t to, off_t length)
{
  g_autofree char *buffer = g_malloc (MIB);

  while (length > 0)
    {
      ssize_t n = pread (source, buffer, (size_t)MIN (length, (off_t)MIB), from);
      if (n > 0)
        n = pwrite (target, buffer, (size_t)n, to);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return n < 0 ? -errno : -EIO;
      from += n;
      to += n;
      length -= n;
    }
  return 0;
}

/* Make the range a hole, and put in what is no hole of the file; where there are no holes, all. */
static int
copy_data (int source, int target, off_t to, off_t length)
{
  off_t data = 0;

  if (fallocate (target, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, to, length) < 0)
    return errno == EOPNOTSUPP ? copy_range (source, 0, target, to, length) : -errno;
  while (data < length)
    {
      off_t end;
      int r;
      data = lseek (source, data, SEEK_DATA);
      if (data < 0)
        return errno == ENXIO ? 0 : -errno;
      end = lseek (source, data, SEEK_HOLE);
      if (end < 0)
        return -errno;
      r = copy_range (source, data, target, to + data, MIN (end, length) - data);
      if (r < 0)
        return r;
      data = end;
    }
  return 0;
}

static gboolean
copy_into (const HdKsDisk *disk, const HdKsSlot *slot, const char *path, GError **error)
{
  hd_autofd source = open (path, O_RDONLY | O_CLOEXEC);
  hd_autofd target = open (disk->path, O_WRONLY | O_CLOEXEC);
  int r;

  if (source < 0 || target < 0)
    return hd_throw_errno (error, errno, "opening %s", source < 0 ? path : disk->path);
  r = copy_data (source, target, (off_t)slot->start_bytes, (off_t)slot->size_bytes);
  if (r == 0 && fsync (target) < 0)
    r = -errno;
  return r == 0 || hd_throw_errno (error, -r, "writing %s to %s", slot->name, disk->path);
}

static gboolean
make_beside (const HdKsDisk *disk, const HdKsSlot *slot, const HdKsFormatOptions *options,
             GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = g_build_filename (options->work, "atomic-install-XXXXXX", NULL);
  g_autofree char *path = NULL;
  hd_autofd fd = -1;
  gboolean good;

  if (g_mkdtemp (folder) == NULL)
    return hd_throw_errno (error, errno, "making a folder in %s", options->work);
  path = g_build_filename (folder, "partition", NULL);
  fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  good = (fd >= 0 && ftruncate (fd, (off_t)slot->size_bytes) == 0)
         || hd_throw_errno (error, errno, "making %s", path);
  good = good && run (slot, options, path, cancellable, error)
         && copy_into (disk, slot, path, error);
  g_unlink (path);
  g_rmdir (folder);
  return good;
}

gboolean
hd_ks_filesystem_make (const HdKsDisk *disk, const HdKsSlot *slot, const HdKsFormatOptions *options,
                       GCancellable *cancellable, GError **error)
{
  hd_autofree char *node = NULL;
  struct stat st;

  if (stat (disk->path, &st) < 0)
    return hd_throw_errno (error, errno, "looking at %s", disk->path);
  if (S_ISREG (st.st_mode))
    return make_beside (disk, slot, options, cancellable, error);
  node = fdisk_partname (disk->path, slot->number);
  return run (slot, options, node, cancellable, error);
}
