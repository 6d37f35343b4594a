/* A small archive to the objects of a repository. */
#include "tools/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/fs.h"

typedef struct
{
  const char *path;
  guint32 mode;
  const char *content; /* of a file, or the target of a link */
  guint32 gid;
  const char *hard_link;
} Member;

/* As little as is a tree: accounts, packages, a kernel, the hook's list. */
#define BASE                                                                                       \
  { "./etc/passwd", S_IFREG | 0644, "sshd:x:905:65534::/run/sshd:/bin/false\n" },                  \
      { "./etc/group", S_IFREG | 0644, "_ssh:x:910:\n" },                                          \
      { "./var/lib/dpkg/status", S_IFREG | 0644,                                                   \
        "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n" },             \
  {                                                                                                \
    "./atomic-image/inputs", S_IFREG | 0644, "abc\n"                                               \
  }
#define KERNEL                                                                                     \
  {                                                                                                \
    "./usr/lib/modules/6.1-test/vmlinuz", S_IFREG | 0644, "kernel"                                 \
  }

static void
write_archive (const char *path, const Member *members)
{
  struct archive *archive = archive_write_new ();
  archive_write_set_format_pax_restricted (archive);
  g_assert_cmpint (archive_write_open_filename (archive, path), ==, ARCHIVE_OK);
  for (const Member *member = members; member->path != NULL; member++)
    {
      struct archive_entry *entry = archive_entry_new ();
      archive_entry_set_pathname (entry, member->path);
      archive_entry_set_mode (entry, member->mode);
      archive_entry_set_gid (entry, member->gid);
      if (member->hard_link != NULL)
        archive_entry_set_hardlink (entry, member->hard_link);
      else if (S_ISLNK (member->mode))
        archive_entry_set_symlink (entry, member->content);
      else if (S_ISREG (member->mode))
        archive_entry_set_size (entry, (la_int64_t)strlen (member->content));
      g_assert_cmpint (archive_write_header (archive, entry), ==, ARCHIVE_OK);
      if (S_ISREG (member->mode) && member->hard_link == NULL)
        archive_write_data (archive, member->content, strlen (member->content));
      archive_entry_free (entry);
    }
  archive_write_close (archive);
  archive_write_free (archive);
}

typedef struct
{
  char *folder;
  OstreeRepo *repo;
  GFile *root; /* of the tree that was read */
  HdTree *tree;
  GError *error;
} Fixture;

/* Read the archive of `members` into a new repository. */
static void
import (Fixture *fixture, const Member *members, const char *const *drop)
{
  fixture->folder = g_dir_make_tmp ("tree-XXXXXX", NULL);
  g_autofree char *tar = g_build_filename (fixture->folder, "tree.tar", NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "repo", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  write_archive (tar, members);
  fixture->repo = ostree_repo_new (file);
  g_assert_true (ostree_repo_create (fixture->repo, OSTREE_REPO_MODE_ARCHIVE, NULL, &error));
  g_assert_true (ostree_repo_prepare_transaction (fixture->repo, NULL, NULL, &error));
  fixture->tree = hd_tree_import (fixture->repo, tar, drop, NULL, &fixture->error);
  if (fixture->tree != NULL)
    g_assert_true (
        ostree_repo_write_mtree (fixture->repo, fixture->tree->root, &fixture->root, NULL, &error));
  g_assert_no_error (error);
}

static void
clear (Fixture *fixture)
{
  ostree_repo_abort_transaction (fixture->repo, NULL, NULL);
  g_clear_object (&fixture->root);
  g_clear_pointer (&fixture->tree, hd_tree_free);
  g_clear_object (&fixture->repo);
  g_clear_error (&fixture->error);
  hd_fs_remove_tree (AT_FDCWD, fixture->folder);
  g_free (fixture->folder);
}

static char *
read_text (const Fixture *fixture, const char *path)
{
  g_autoptr (GFile) file = g_file_resolve_relative_path (fixture->root, path);
  char *text = NULL;
  g_file_load_contents (file, NULL, &text, NULL, NULL, NULL);
  return text;
}

static guint32
attribute (const Fixture *fixture, const char *path, const char *name)
{
  g_autoptr (GFile) file = g_file_resolve_relative_path (fixture->root, path);
  g_autoptr (GFileInfo) info
      = g_file_query_info (file, "unix::*", G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  return info != NULL ? g_file_info_get_attribute_uint32 (info, name) : 0;
}

static void
test_import (void)
{
  const Member members[] = {
    BASE,
    KERNEL,
    { "./usr/bin/tool", S_IFREG | 04754, "program", 903 },
    { "./usr/bin/second", S_IFREG | 04754, NULL, 903, "./usr/bin/tool" },
    { "./usr/share/man/tool.1", S_IFREG | 0644, "page" },
    { "./etc/machine-id", S_IFREG | 0644, "of the builder" },
    { "./var/lib/thing/", S_IFDIR | 0750, NULL, 44 },
    { "./var/lib/thing/data", S_IFREG | 0600, "data" },
    { "./var/cache/waste", S_IFREG | 0644, "waste" },
    { NULL },
  };
  const char *const drop[] = { "/usr/share/man", NULL };
  Fixture fixture = { 0 };
  import (&fixture, members, drop);
  g_assert_no_error (fixture.error);

  g_assert_cmpstr (fixture.tree->kernel, ==, "6.1-test");
  g_assert_cmphex (attribute (&fixture, "usr/bin/tool", "unix::mode"), ==, S_IFREG | 04754);
  g_assert_cmpuint (attribute (&fixture, "usr/bin/second", "unix::gid"), ==, 903);
  g_autofree char *machine_id = read_text (&fixture, "usr/etc/machine-id");
  g_assert_cmpstr (machine_id, ==, "");
  g_autofree char *page = read_text (&fixture, "usr/share/man/tool.1");
  g_assert_null (page);

  g_autofree char *tmpfiles = read_text (&fixture, "usr/lib/tmpfiles.d/00-image.conf");
  g_assert_cmpstr (tmpfiles, ==,
                   "# What the packages of the image keep in /var.\n"
                   "d /var/lib/thing 0750 0 44 -\n"
                   "C /var/lib/thing/data - - - - /usr/share/factory/var/lib/thing/data\n");
  g_autofree char *copy = read_text (&fixture, "usr/share/factory/var/lib/thing/data");
  g_assert_cmpstr (copy, ==, "data");
  g_autofree char *sysusers = read_text (&fixture, "usr/lib/sysusers.d/00-image.conf");
  g_assert_nonnull (strstr (sysusers, "\nu sshd 905:65534 "));
  g_autofree char *status = read_text (&fixture, "usr/lib/sysimage/dpkg/status");
  g_assert_nonnull (strstr (status, "Package: a\n"));
  clear (&fixture);
}

/* Trees that cannot become a commit, and what the message has to say. */
static const struct
{
  Member member;
  const char *message;
} broken[] = {
  { { "./usr/bin/x", S_IFREG | 0755, NULL, 0, "./usr/bin/absent" }, "hard link" },
  { { "./usr/lib/pipe", S_IFIFO | 0644 }, "neither file, folder nor link" },
  { { NULL }, "no kernel" },
};

static void
test_broken (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      const Member members[] = { BASE, broken[i].member, { NULL } };
      const char *const drop[] = { NULL };
      Fixture fixture = { 0 };
      import (&fixture, members, drop);
      g_assert_error (fixture.error, HD_ERROR, HD_CORRUPT);
      g_test_message ("%s", fixture.error->message);
      g_assert_nonnull (strstr (fixture.error->message, broken[i].message));
      clear (&fixture);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tree/import", test_import);
  g_test_add_func ("/tree/broken", test_broken);
  return g_test_run ();
}
