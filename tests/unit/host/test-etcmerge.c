/* host/etcmerge: the three-way merge as a table, then what a table cannot say. */
#include "host/etcmerge.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "folder.h"

/* What can stand under a name: "-" nothing, "1" a file with that text, ">1" a link to there, "d" a
 * folder, "d1" a folder with a file of that text; "x" behind it: with another mode. "!" as an
 * outcome: the merge is refused. */
#define N_NEW 7
static const char *const new_defaults[N_NEW] = { "-", "1", "9", ">9", "d", "d1", "d9" };

static const struct
{
  const char *base; /* /usr/etc of the old deployment */
  const char *etc;  /* its /etc */
  const char *merged[N_NEW];
} table[] = {
  /* Unchanged: the new default, whatever it is. */
  { "-", "-", { "-", "1", "9", ">9", "d", "d1", "d9" } },
  { "1", "1", { "-", "1", "9", ">9", "d", "d1", "d9" } },
  { ">1", ">1", { "-", "1", "9", ">9", "d", "d1", "d9" } },
  { "d", "d", { "-", "1", "9", ">9", "d", "d1", "d9" } },
  { "d1", "d1", { "-", "1", "9", ">9", "d", "d1", "d9" } },
  /* Changed: stays so. */
  { "1", "2", { "2", "2", "2", "2", "!", "!", "!" } },
  { "1", "1x", { "1x", "1x", "1x", "1x", "!", "!", "!" } },
  { "1", ">2", { ">2", ">2", ">2", ">2", "!", "!", "!" } },
  { ">1", ">2", { ">2", ">2", ">2", ">2", "!", "!", "!" } },
  { ">1", "2", { "2", "2", "2", "2", "!", "!", "!" } },
  { "d1", "d2", { "d2", "!", "!", "!", "d2", "d2", "d2" } },
  { "d", "d2", { "d2", "!", "!", "!", "d2", "d2", "d2" } },
  { "d1", "d1x", { "-", "1", "9", ">9", "dx", "d1x", "d9x" } },
  { "d1", "d2x", { "d2x", "!", "!", "!", "d2x", "d2x", "d2x" } },
  /* A folder that was replaced stays replaced; a file in whose place a folder was put, where the
   * new version has none. */
  { "d1", "2", { "2", "2", "2", "2", "2", "2", "2" } },
  { "d1", ">2", { ">2", ">2", ">2", ">2", ">2", ">2", ">2" } },
  { "d", "2", { "2", "2", "2", "2", "2", "2", "2" } },
  { "1", "d2", { "d2", "!", "!", "!", "d2", "d2", "d2" } },
  { ">1", "d2", { "d2", "!", "!", "!", "d2", "d2", "d2" } },
  /* Removed: stays removed. */
  { "1", "-", { "-", "-", "-", "-", "-", "-", "-" } },
  { ">1", "-", { "-", "-", "-", "-", "-", "-", "-" } },
  { "d", "-", { "-", "-", "-", "-", "-", "-", "-" } },
  { "d1", "-", { "-", "-", "-", "-", "-", "-", "-" } },
  { "d1", "d", { "-", "1", "9", ">9", "d", "d", "d" } },
  { "d1", "dx", { "-", "1", "9", ">9", "dx", "dx", "dx" } },
  /* Added: is there. */
  { "-", "2", { "2", "2", "2", "2", "!", "!", "!" } },
  { "-", ">2", { ">2", ">2", ">2", ">2", "!", "!", "!" } },
  { "-", "d", { "d", "!", "!", "!", "d", "d1", "d9" } },
  { "-", "d2", { "d2", "!", "!", "!", "d2", "d2", "d2" } },
};

#define FILE_MODE 0644
#define OTHER_FILE_MODE 0600
#define FOLDER_MODE 0755
#define OTHER_FOLDER_MODE 0700

static void
set_mode (const Folder *f, const char *path, mode_t mode)
{
  int r = fchmodat (f->fd, path, mode, 0);
  g_assert_cmpint (r, ==, 0);
}

static void
put_file (const Folder *f, const char *path, const char *what, gboolean other_mode)
{
  g_autofree char *text = g_strndup (what, 1);
  folder_write (f, path, text);
  set_mode (f, path, other_mode ? OTHER_FILE_MODE : FILE_MODE);
}

/* Put `what` under the name "n" in the folder at `folder`. */
static void
put (const Folder *f, const char *folder, const char *what)
{
  gboolean other_mode = g_str_has_suffix (what, "x");
  g_autofree char *path = g_strconcat (folder, "/n", NULL);
  g_autofree char *child = g_strconcat (path, "/f", NULL);
  folder_make (f, folder);
  if (what[0] == '>')
    folder_link (f, what + 1, path);
  else if (what[0] == 'd')
    {
      folder_make (f, path);
      if (g_ascii_isdigit (what[1]))
        put_file (f, child, what + 1, FALSE);
      set_mode (f, path, other_mode ? OTHER_FOLDER_MODE : FOLDER_MODE);
    }
  else if (what[0] != '-')
    put_file (f, path, what, other_mode);
}

/* What stands under "n", in the same words; free with g_free. */
static char *
look (const Folder *f, const char *folder)
{
  struct stat st;
  g_autofree char *path = g_strconcat (folder, "/n", NULL);
  g_autofree char *child = g_strconcat (path, "/f", NULL);
  g_autofree char *whole = g_build_filename (f->path, path, NULL);
  if (fstatat (f->fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return g_strdup ("-");
  if (S_ISLNK (st.st_mode))
    {
      g_autofree char *target = g_file_read_link (whole, NULL);
      return g_strconcat (">", target, NULL);
    }
  gboolean is_folder = S_ISDIR (st.st_mode);
  mode_t mode = st.st_mode & 07777;
  gboolean other_mode = mode == (is_folder ? OTHER_FOLDER_MODE : OTHER_FILE_MODE);
  g_assert_true (other_mode || mode == (is_folder ? FOLDER_MODE : FILE_MODE));
  g_autofree char *text = NULL;
  if (!is_folder || folder_has (f, child))
    text = folder_read (f, is_folder ? child : path);
  return g_strconcat (is_folder ? "d" : "", text != NULL ? text : "", other_mode ? "x" : "", NULL);
}

static gboolean
build (const Folder *f, const char *old_tree, const char *new_tree, GError **error)
{
  hd_autofd old_fd = old_tree != NULL ? folder_open (f, old_tree) : -1;
  hd_autofd new_fd = folder_open (f, new_tree);
  return hd_etcmerge_build (old_fd, new_fd, NULL, error);
}

static void
check_cell (const Folder *f, gsize row, gsize column)
{
  g_autoptr (GError) error = NULL;
  const char *expected = table[row].merged[column];
  g_autofree char *place = g_strdup_printf ("%zu-%zu", row, column);
  g_autofree char *old_tree = g_strconcat (place, "/old", NULL);
  g_autofree char *new_tree = g_strconcat (place, "/new", NULL);
  g_autofree char *base = g_strconcat (old_tree, "/usr/etc", NULL);
  g_autofree char *etc = g_strconcat (old_tree, "/etc", NULL);
  g_autofree char *defaults = g_strconcat (new_tree, "/usr/etc", NULL);
  g_autofree char *new_etc = g_strconcat (new_tree, "/etc", NULL);
  put (f, base, table[row].base);
  put (f, etc, table[row].etc);
  put (f, defaults, new_defaults[column]);
  g_test_message ("%s %s %s: %s", table[row].base, table[row].etc, new_defaults[column], expected);
  gboolean ok = build (f, old_tree, new_tree, &error);
  g_assert_cmpint (ok, ==, expected[0] != '!');
  if (!ok)
    {
      assert_refused (error, HD_FAILED, "/etc/n");
      g_assert_nonnull (strstr (error->message, "has no place for it"));
      g_assert_nonnull (hd_error_hint (error));
      return;
    }
  g_autofree char *found = look (f, new_etc);
  g_assert_cmpstr (found, ==, expected);
  /* What is merged from is as it was. */
  g_autofree char *etc_after = look (f, etc);
  g_autofree char *defaults_after = look (f, defaults);
  g_assert_cmpstr (etc_after, ==, table[row].etc);
  g_assert_cmpstr (defaults_after, ==, new_defaults[column]);
}

static void
test_table (Folder *f, gconstpointer data)
{
  for (gsize row = 0; row < G_N_ELEMENTS (table); row++)
    for (gsize column = 0; column < N_NEW; column++)
      check_cell (f, row, column);
}

static void
assert_plan (const Folder *f, const char *expected)
{
  static const char kinds[]
      = { [HD_ETC_CHANGED] = 'c', [HD_ETC_FOLDER] = 'f', [HD_ETC_REMOVED] = 'r' };
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  hd_autofd base_fd = folder_open (f, "old/usr/etc");
  hd_autofd etc_fd = folder_open (f, "old/etc");
  g_autoptr (GPtrArray) plan = hd_etcmerge_plan (base_fd, etc_fd, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < plan->len; i++)
    {
      const HdEtcChange *change = g_ptr_array_index (plan, i);
      g_string_append_printf (text, "%c%s %s\n", kinds[change->kind], change->was_folder ? "d" : "",
                              change->path);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

/* Parents before children, names in order, an added or removed folder as one. */
static void
test_plan (Folder *f, gconstpointer data)
{
  static const char *const same[] = { "a/b/c", "a/keep", "replaced/x", "z" };
  for (gsize i = 0; i < G_N_ELEMENTS (same); i++)
    {
      g_autofree char *base = g_strconcat ("old/usr/etc/", same[i], NULL);
      g_autofree char *etc = g_strconcat ("old/etc/", same[i], NULL);
      folder_write (f, base, same[i]);
      folder_write (f, etc, same[i]);
    }
  assert_plan (f, "");
  folder_write (f, "old/etc/a/b/c", "a/b/d"); /* of the same length */
  set_mode (f, "old/etc/a", 0750);
  folder_write (f, "old/etc/added/one/two", "");
  folder_write (f, "old/usr/etc/removed/one/two", "");
  folder_remove (f, "old/etc/replaced");
  folder_link (f, "a", "old/etc/replaced");
  assert_plan (f, "fd a\nc a/b/c\nc added\ncd replaced\nr removed\n");
}

/* The end of long files counts. */
static void
test_long_files (Folder *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (40000, 'x');
  folder_write (f, "old/usr/etc/a", text);
  folder_write (f, "old/etc/a", text);
  assert_plan (f, "");
  text[39999] = 'y';
  folder_write (f, "old/etc/a", text);
  assert_plan (f, "c a\n");
}

/* The first deployment, and one more time over an unfinished merge. */
static void
test_without_old (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  folder_write (f, "new/usr/etc/a/b", "default");
  folder_write (f, "new/usr/etc/.updated", "");
  for (int i = 0; i < 2; i++)
    {
      gboolean ok = build (f, NULL, "new", &error);
      g_assert_no_error (error);
      g_assert_true (ok);
      folder_assert_text (f, "new/etc/a/b", "default");
      g_assert_false (folder_has (f, "new/etc/.updated"));
      g_assert_false (folder_has (f, "new/etc/leftover"));
      folder_write (f, "new/etc/a/b", "half a merge");
      folder_write (f, "new/etc/leftover", "");
    }
}

/* What systemd marks as updated was so in the old version; the new one starts anew. */
static void
test_updated (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  folder_make (f, "old/usr/etc");
  folder_write (f, "old/etc/.updated", "mark");
  folder_make (f, "new/usr/etc");
  gboolean ok = build (f, "old", "new", &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_false (folder_has (f, "new/etc/.updated"));
}

/* Folders on the way to a changed file come with their mode. */
static void
test_parents (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  struct stat st;
  folder_write (f, "old/usr/etc/a/b/c", "1");
  folder_write (f, "old/etc/a/b/c", "2");
  set_mode (f, "old/usr/etc/a", 0710);
  set_mode (f, "old/etc/a", 0710);
  folder_make (f, "new/usr/etc");
  gboolean ok = build (f, "old", "new", &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  folder_assert_text (f, "new/etc/a/b/c", "2");
  int r = fstatat (f->fd, "new/etc/a", &st, 0);
  g_assert_cmpint (r, ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0710);
}

/* A link in the new defaults leads a change nowhere else. */
static void
test_link_on_the_way (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  folder_write (f, "victim/b", "untouched");
  folder_write (f, "old/usr/etc/a/b", "1");
  folder_write (f, "old/etc/a/b", "2");
  folder_make (f, "new/usr/etc");
  folder_link (f, "../../victim", "new/usr/etc/a");
  gboolean ok = build (f, "old", "new", &error);
  g_assert_false (ok);
  assert_refused (error, HD_FAILED, "/etc/a/b was changed here");
  folder_assert_text (f, "victim/b", "untouched");
  /* Nor a removal. */
  g_clear_error (&error);
  folder_remove (f, "old/etc/a/b");
  ok = build (f, "old", "new", &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  folder_assert_text (f, "victim/b", "untouched");
}

static void
test_refused (Folder *f, gconstpointer data)
{
  g_autoptr (GError) no_usr = NULL;
  g_autoptr (GError) no_etc = NULL;
  g_autoptr (GError) stopped = NULL;
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  folder_make (f, "new");
  folder_make (f, "old/usr/etc");
  gboolean ok = build (f, NULL, "new", &no_usr);
  g_assert_false (ok);
  assert_refused (no_usr, HD_NOT_FOUND, "opening /usr of the new deployment");
  folder_make (f, "new/usr/etc");
  ok = build (f, "old", "new", &no_etc);
  g_assert_false (ok);
  assert_refused (no_etc, HD_NOT_FOUND, "opening /etc of the old deployment");
  folder_make (f, "old/etc");
  g_cancellable_cancel (cancelled);
  hd_autofd old_fd = folder_open (f, "old");
  hd_autofd new_fd = folder_open (f, "new");
  ok = hd_etcmerge_build (old_fd, new_fd, cancelled, &stopped);
  g_assert_false (ok);
  assert_refused (stopped, HD_CANCELLED, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_test ("/etcmerge/table", test_table);
  folder_test ("/etcmerge/plan", test_plan);
  folder_test ("/etcmerge/long-files", test_long_files);
  folder_test ("/etcmerge/without-old", test_without_old);
  folder_test ("/etcmerge/updated", test_updated);
  folder_test ("/etcmerge/parents", test_parents);
  folder_test ("/etcmerge/link-on-the-way", test_link_on_the_way);
  folder_test ("/etcmerge/refused", test_refused);
  return g_test_run ();
}
