/* One pass over the archive; an entry is placed by the layout and becomes an object, a tmpfiles.d
 * line, or nothing. A few small files are kept as text on the way, for what is made of them at the
 * end.
 */
#include "tools/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "tools/accounts.h"
#include "tools/layout.h"
#include "tools/packages.h"

/* The largest file of a tree: it is read into memory whole. */
#define MAX_FILE_BYTES (512 * 1048576)
#define FACTORY "usr/share/factory/"

/* Files whose text is wanted at the end, by their place in the archive. */
static const char *const wanted[]
    = { "etc/passwd", "etc/group", "var/lib/dpkg/status", "atomic-image/inputs" };
enum
{
  TEXT_PASSWD,
  TEXT_GROUP,
  TEXT_STATUS,
  TEXT_INPUTS,
  N_TEXTS
};

typedef struct
{
  HdTree *tree;
  OstreeRepo *repo;
  struct archive *archive;
  const char *const *drop;
  GHashTable *checksums; /* path in the archive -> checksum of its object: for hard links */
  GString *tmpfiles;
  char *texts[N_TEXTS];
  GCancellable *cancellable;
} Import;

void
hd_tree_free (HdTree *tree)
{
  g_clear_object (&tree->root);
  g_clear_pointer (&tree->packages, g_variant_unref);
  g_clear_pointer (&tree->sizes, g_hash_table_unref);
  g_free (tree->kernel);
  g_free (tree->inputs_digest);
  g_free (tree);
}

static GFileInfo *
file_info (guint32 mode, guint32 uid, guint32 gid, gsize size_bytes, const char *target)
{
  GFileInfo *info = g_file_info_new ();
  g_file_info_set_attribute_uint32 (info, "unix::mode", mode);
  g_file_info_set_attribute_uint32 (info, "unix::uid", uid);
  g_file_info_set_attribute_uint32 (info, "unix::gid", gid);
  g_file_info_set_is_symlink (info, S_ISLNK (mode));
  if (S_ISDIR (mode))
    g_file_info_set_file_type (info, G_FILE_TYPE_DIRECTORY);
  else if (S_ISLNK (mode))
    {
      g_file_info_set_file_type (info, G_FILE_TYPE_SYMBOLIC_LINK);
      g_file_info_set_symlink_target (info, target);
    }
  else
    {
      g_file_info_set_file_type (info, G_FILE_TYPE_REGULAR);
      g_file_info_set_size (info, (goffset)size_bytes);
    }
  return info;
}

/* Store a file or link and return its checksum. An object that the repository has is not
 * compressed a second time. */
static char *
store_file (HdTree *tree, OstreeRepo *repo, GFileInfo *info, GVariant *xattrs, GBytes *content,
            GCancellable *cancellable, GError **error)
{
  gboolean regular = g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR;
  g_autoptr (GInputStream) probe = regular ? g_memory_input_stream_new_from_bytes (content) : NULL;
  g_autofree guchar *digest = NULL;
  if (!ostree_checksum_file_from_input (info, xattrs, probe, OSTREE_OBJECT_TYPE_FILE, &digest,
                                        cancellable, error))
    return NULL;
  g_autofree char *checksum = ostree_checksum_from_bytes (digest);
  gboolean present;
  if (!ostree_repo_has_object (repo, OSTREE_OBJECT_TYPE_FILE, checksum, &present, cancellable,
                               error))
    return NULL;

  guint64 *size_bytes = g_new (guint64, 1);
  *size_bytes = regular ? g_bytes_get_size (content) : 0;
  g_hash_table_replace (tree->sizes, g_strdup (checksum), size_bytes);
  tree->size_bytes += *size_bytes;
  tree->n_files++;
  if (present)
    return g_steal_pointer (&checksum);

  g_autoptr (GInputStream) input = regular ? g_memory_input_stream_new_from_bytes (content) : NULL;
  g_autoptr (GInputStream) stream = NULL;
  guint64 length;
  g_autofree guchar *written = NULL;
  if (!ostree_raw_file_to_content_stream (input, info, xattrs, &stream, &length, cancellable, error)
      || !ostree_repo_write_content (repo, checksum, stream, length, &written, cancellable, error))
    return NULL;
  return g_steal_pointer (&checksum);
}

static gboolean
set_metadata (OstreeMutableTree *dir, OstreeRepo *repo, guint32 mode, guint32 uid, guint32 gid,
              GCancellable *cancellable, GError **error)
{
  g_autoptr (GFileInfo) info = file_info (S_IFDIR | mode, uid, gid, 0, NULL);
  g_autoptr (GVariant) metadata = ostree_create_directory_metadata (info, NULL);
  g_autofree guchar *digest = NULL;
  if (!ostree_repo_write_metadata (repo, OSTREE_OBJECT_TYPE_DIR_META, NULL, metadata, &digest,
                                   cancellable, error))
    return FALSE;
  g_autofree char *checksum = ostree_checksum_from_bytes (digest);
  ostree_mutable_tree_set_metadata_checksum (dir, checksum);
  return TRUE;
}

/* The folder at `path` ("" is the root) as a new reference, made with its parents when it is not
 * there yet; new ones are root's, mode 0755. */
static OstreeMutableTree *
ensure_dir (HdTree *tree, OstreeRepo *repo, const char *path, GCancellable *cancellable,
            GError **error)
{
  g_autoptr (OstreeMutableTree) dir = g_object_ref (tree->root);
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  for (char **name = names; *name != NULL; name++)
    {
      g_autoptr (OstreeMutableTree) child = NULL;
      if (**name == '\0')
        continue;
      if (!ostree_mutable_tree_ensure_dir (dir, *name, &child, error))
        return NULL;
      if (ostree_mutable_tree_get_metadata_checksum (child) == NULL
          && !set_metadata (child, repo, 0755, 0, 0, cancellable, error))
        return NULL;
      g_set_object (&dir, child);
    }
  return g_steal_pointer (&dir);
}

/* Put the object at `path`, in the place of what may be there. */
static gboolean
place_object (HdTree *tree, OstreeRepo *repo, const char *path, const char *checksum,
              GCancellable *cancellable, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (OstreeMutableTree) dir
      = ensure_dir (tree, repo, g_str_equal (parent, ".") ? "" : parent, cancellable, error);
  return dir != NULL && ostree_mutable_tree_replace_file (dir, name, checksum, error);
}

static gboolean
place_dir (HdTree *tree, OstreeRepo *repo, const char *path, guint32 mode, guint32 uid, guint32 gid,
           GCancellable *cancellable, GError **error)
{
  g_autoptr (OstreeMutableTree) dir = ensure_dir (tree, repo, path, cancellable, error);
  return dir != NULL && set_metadata (dir, repo, mode, uid, gid, cancellable, error);
}

gboolean
hd_tree_add_file (HdTree *tree, OstreeRepo *repo, const char *path, GBytes *content,
                  GCancellable *cancellable, GError **error)
{
  g_autoptr (GFileInfo) info = file_info (S_IFREG | 0644, 0, 0, g_bytes_get_size (content), NULL);
  g_autofree char *checksum = store_file (tree, repo, info, NULL, content, cancellable, error);
  return checksum != NULL && place_object (tree, repo, path, checksum, cancellable, error);
}

static gboolean
add_text (Import *import, const char *path, const char *text, GError **error)
{
  g_autoptr (GBytes) content = g_bytes_new (text, strlen (text));
  return hd_tree_add_file (import->tree, import->repo, path, content, import->cancellable, error);
}

static gboolean
throw_archive (Import *import, GError **error)
{
  return hd_throw (error, HD_CORRUPT, "run the command again to make the tree anew",
                   "reading the archive of the tree: %s", archive_error_string (import->archive));
}

/* The content of the current entry. */
static GBytes *
read_content (Import *import, struct archive_entry *entry, GError **error)
{
  gint64 size = archive_entry_size (entry);
  if (size < 0 || size > MAX_FILE_BYTES)
    {
      hd_throw (error, HD_CORRUPT, NULL, "%s has %" G_GINT64_FORMAT " bytes, which is too much",
                archive_entry_pathname_utf8 (entry), size);
      return NULL;
    }
  g_autofree char *data = g_malloc ((gsize)size + 1);
  if (archive_read_data (import->archive, data, (size_t)size) != size)
    {
      throw_archive (import, error);
      return NULL;
    }
  data[size] = '\0';
  return g_bytes_new_take (g_steal_pointer (&data), (gsize)size);
}

/* File capabilities, the only extended attribute that packages set; a(ayay), or NULL. */
static GVariant *
read_xattrs (struct archive_entry *entry)
{
  const char *name;
  const void *value;
  size_t length;
  archive_entry_xattr_reset (entry);
  while (archive_entry_xattr_next (entry, &name, &value, &length) == ARCHIVE_OK)
    if (g_str_equal (name, "security.capability"))
      {
        GVariant *pair[2] = {
          g_variant_new_bytestring (name),
          g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, value, length, 1),
        };
        GVariant *row = g_variant_new_tuple (pair, 2);
        return g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("(ayay)"), &row, 1));
      }
  return NULL;
}

static void
remember_text (Import *import, const char *path, GBytes *content)
{
  for (guint i = 0; i < N_TEXTS; i++)
    if (g_str_equal (path, wanted[i]))
      {
        g_free (import->texts[i]);
        import->texts[i] = g_strndup (g_bytes_get_data (content, NULL), g_bytes_get_size (content));
      }
}

/* What a package keeps in /var: a folder or link is made at boot, a file is copied at boot from a
 * copy in /usr/share/factory, whose place is returned in *ret_path. */
static void
add_var (Import *import, struct archive_entry *entry, char **path)
{
  const char *kind = S_ISDIR (archive_entry_mode (entry)) ? "d" : "L";
  if (S_ISREG (archive_entry_mode (entry)))
    {
      g_string_append_printf (import->tmpfiles, "C /%s - - - - /" FACTORY "%s\n", *path, *path);
      char *copy = g_strconcat (FACTORY, *path, NULL);
      g_free (*path);
      *path = copy;
    }
  else if (kind[0] == 'd')
    g_string_append_printf (import->tmpfiles, "d /%s %04o %u %u -\n", *path,
                            (guint)archive_entry_mode (entry) & 07777,
                            (guint)archive_entry_uid (entry), (guint)archive_entry_gid (entry));
  else
    g_string_append_printf (import->tmpfiles, "L /%s - - - - %s\n", *path,
                            archive_entry_symlink_utf8 (entry));
}

static void
note_kernel (Import *import, const char *path)
{
  if (g_str_has_prefix (path, "usr/lib/modules/") && g_str_has_suffix (path, "/vmlinuz"))
    {
      g_autofree char *folder = g_path_get_dirname (path);
      g_free (import->tree->kernel);
      import->tree->kernel = g_path_get_basename (folder);
    }
}

/* A second name of a file that came before. */
static gboolean
add_hard_link (Import *import, const char *path, const char *target, GError **error)
{
  const char *relative = g_str_has_prefix (target, "./") ? target + 2 : target;
  const char *checksum = g_hash_table_lookup (import->checksums, relative);
  if (checksum == NULL)
    return hd_throw (error, HD_CORRUPT, "leave out both names of the file or none",
                     "%s is a hard link to %s, which is not in the tree", path, target);
  return place_object (import->tree, import->repo, path, checksum, import->cancellable, error);
}

static gboolean
add_file (Import *import, struct archive_entry *entry, const char *original, const char *path,
          GBytes *content, GError **error)
{
  guint32 mode = archive_entry_mode (entry);
  g_autoptr (GFileInfo) info = file_info (
      mode, (guint32)archive_entry_uid (entry), (guint32)archive_entry_gid (entry),
      content != NULL ? g_bytes_get_size (content) : 0, archive_entry_symlink_utf8 (entry));
  g_autoptr (GVariant) xattrs = read_xattrs (entry);
  g_autofree char *checksum
      = store_file (import->tree, import->repo, info, xattrs, content, import->cancellable, error);
  if (checksum == NULL
      || !place_object (import->tree, import->repo, path, checksum, import->cancellable, error))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  g_hash_table_replace (import->checksums, g_strdup (original), g_steal_pointer (&checksum));
  note_kernel (import, path);
  return TRUE;
}

static gboolean
add_entry (Import *import, struct archive_entry *entry, GError **error)
{
  g_autofree char *original = g_strdup (archive_entry_pathname_utf8 (entry));
  if (g_str_has_suffix (original, "/"))
    original[strlen (original) - 1] = '\0';
  const char *relative = g_str_has_prefix (original, "./") ? original + 2 : original;
  guint32 type = archive_entry_mode (entry) & S_IFMT;
  const char *link = archive_entry_hardlink_utf8 (entry);

  g_autoptr (GBytes) content = NULL;
  if (type == S_IFREG && link == NULL)
    {
      if ((content = read_content (import, entry, error)) == NULL)
        return FALSE;
      remember_text (import, relative, content);
    }
  g_autofree char *path = NULL;
  if (*relative == '\0' || g_str_equal (relative, ".")
      || hd_layout_is_dropped (relative, import->drop))
    return TRUE;
  HdLayoutKind kind = hd_layout_place (relative, &path);
  if (kind == HD_LAYOUT_DROP)
    return TRUE;
  if (kind == HD_LAYOUT_VAR)
    {
      add_var (import, entry, &path);
      if (type != S_IFREG)
        return TRUE;
    }
  if (link != NULL)
    return add_hard_link (import, path, link, error);
  if (type == S_IFDIR)
    return place_dir (import->tree, import->repo, path, archive_entry_mode (entry) & 07777,
                      (guint32)archive_entry_uid (entry), (guint32)archive_entry_gid (entry),
                      import->cancellable, error);
  if (type == S_IFREG || type == S_IFLNK)
    return add_file (import, entry, relative, path, content, error);
  return hd_throw (error, HD_CORRUPT, "remove it in the customize hook",
                   "%s is neither file, folder nor link", relative);
}

static gboolean
read_entries (Import *import, GError **error)
{
  for (;;)
    {
      struct archive_entry *entry;
      int status = archive_read_next_header (import->archive, &entry);
      if (status == ARCHIVE_EOF)
        return TRUE;
      if (status < ARCHIVE_WARN)
        return throw_archive (import, error);
      if (g_cancellable_set_error_if_cancelled (import->cancellable, error)
          || !add_entry (import, entry, error))
        return FALSE;
    }
}

/* What the table of the layout adds to every tree. */
static gboolean
add_layout (Import *import, GError **error)
{
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  for (const HdLayoutEntry *entry = hd_layout_entries; entry->path != NULL; entry++)
    {
      if (S_ISDIR (entry->mode))
        {
          if (!place_dir (import->tree, import->repo, entry->path, entry->mode & 07777, 0, 0,
                          import->cancellable, error))
            return FALSE;
          continue;
        }
      g_autoptr (GFileInfo) info = file_info (entry->mode, 0, 0, 0, entry->target);
      g_autofree char *checksum
          = store_file (import->tree, import->repo, info, NULL, empty, import->cancellable, error);
      if (checksum == NULL
          || !place_object (import->tree, import->repo, entry->path, checksum, import->cancellable,
                            error))
        return FALSE;
    }
  return TRUE;
}

/* What is made of the texts that were kept on the way. */
static gboolean
add_made (Import *import, GError **error)
{
  HdTree *tree = import->tree;
  for (guint i = 0; i < N_TEXTS; i++)
    if (import->texts[i] == NULL)
      return hd_throw (error, HD_CORRUPT, "see what the customize hook does", "the tree has no /%s",
                       wanted[i]);
  if (tree->kernel == NULL)
    return hd_throw (error, HD_CORRUPT, "a package linux-image-* has to be in Include=",
                     "the tree has no kernel in /usr/lib/modules");

  g_autofree char *sysusers
      = hd_accounts_to_sysusers (import->texts[TEXT_PASSWD], import->texts[TEXT_GROUP]);
  tree->packages = hd_packages_parse (import->texts[TEXT_STATUS], error);
  if (tree->packages == NULL)
    return FALSE;
  g_variant_ref_sink (tree->packages);
  tree->inputs_digest
      = g_compute_checksum_for_string (G_CHECKSUM_SHA256, import->texts[TEXT_INPUTS], -1);
  return add_text (import, "usr/lib/sysusers.d/00-image.conf", sysusers, error)
         && add_text (import, "usr/lib/tmpfiles.d/00-image.conf", import->tmpfiles->str, error);
}

static gboolean
import_archive (Import *import, const char *path, GError **error)
{
  archive_read_support_format_tar (import->archive);
  if (archive_read_open_filename (import->archive, path, 1048576) != ARCHIVE_OK)
    return throw_archive (import, error);
  return set_metadata (import->tree->root, import->repo, 0755, 0, 0, import->cancellable, error)
         && read_entries (import, error) && add_layout (import, error) && add_made (import, error);
}

HdTree *
hd_tree_import (OstreeRepo *repo, const char *path, const char *const *drop,
                GCancellable *cancellable, GError **error)
{
  g_autoptr (HdTree) tree = g_new0 (HdTree, 1);
  tree->root = ostree_mutable_tree_new ();
  tree->sizes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  Import import = { .tree = tree, .repo = repo, .drop = drop, .cancellable = cancellable };
  import.archive = archive_read_new ();
  import.checksums = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  import.tmpfiles = g_string_new ("# What the packages of the image keep in /var.\n");
  gboolean ok = import_archive (&import, path, error);

  archive_read_free (import.archive);
  g_hash_table_unref (import.checksums);
  g_string_free (import.tmpfiles, TRUE);
  for (guint i = 0; i < N_TEXTS; i++)
    g_free (import.texts[i]);
  return ok ? g_steal_pointer (&tree) : NULL;
}
