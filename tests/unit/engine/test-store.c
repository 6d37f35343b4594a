/* engine/store: transactions that are all or nothing, several writers, what a damaged file says. */
#include "engine/store.h"

#include <fcntl.h>
#include <glib/gstdio.h>

#include "base/error.h"
#include "common/fs.h"

typedef struct
{
  char *top;
  char *root;
  char *run_root;
  HdStore *store;
} Fixture;

static HdStore *
open_store (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  HdStore *store = hd_store_open (f->root, f->run_root, &error);
  g_assert_no_error (error);
  return store;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->top = g_dir_make_tmp ("atomic-store-XXXXXX", NULL);
  f->root = g_build_filename (f->top, "root", NULL);
  f->run_root = g_build_filename (f->top, "run", NULL);
  f->store = open_store (f);
  g_autoptr (GError) error = NULL;
  g_assert_true (
      hd_store_run (f->store, &error, "CREATE TABLE t (name TEXT UNIQUE, n INTEGER)", ""));
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  hd_store_free (f->store);
  g_assert_cmpint (hd_fs_remove_tree (AT_FDCWD, f->top), ==, 0);
  g_free (f->top);
  g_free (f->root);
  g_free (f->run_root);
}

static gint64
count (HdStore *store)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdRows) rows = hd_store_query (store, &error, "SELECT count(*) FROM t", "");
  g_assert_true (hd_rows_next (rows, &error));
  g_assert_no_error (error);
  return hd_rows_int (rows, 0);
}

static void
test_values (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const char *insert = "INSERT INTO t VALUES (?1, ?2)";
  g_assert_true (hd_store_run (f->store, &error, insert, "si", "it's", G_MAXINT64));
  g_assert_cmpint (hd_store_changed (f->store), ==, 1);
  g_assert_true (hd_store_run (f->store, &error, insert, "si", (char *)NULL, G_MININT64));
  g_autoptr (HdRows) rows
      = hd_store_query (f->store, &error, "SELECT name, n FROM t ORDER BY n DESC", "");
  g_assert_true (hd_rows_next (rows, &error));
  g_assert_cmpstr (hd_rows_text (rows, 0), ==, "it's");
  g_assert_cmpint (hd_rows_int (rows, 1), ==, G_MAXINT64);
  g_assert_true (hd_rows_next (rows, &error));
  g_assert_null (hd_rows_text (rows, 0));
  g_assert_cmpint (hd_rows_int (rows, 1), ==, G_MININT64);
  g_assert_false (hd_rows_next (rows, &error));
  g_assert_no_error (error);
}

static void
test_transaction (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  HdStore *other = open_store (f);
  g_assert_true (hd_store_begin (f->store, &error));
  g_assert_true (hd_store_run (f->store, &error, "INSERT INTO t VALUES ('a', 1)", ""));
  g_assert_cmpint (count (other), ==, 0);
  hd_store_rollback (f->store);
  g_assert_cmpint (count (f->store), ==, 0);

  g_assert_true (hd_store_begin (f->store, &error));
  g_assert_true (hd_store_run (f->store, &error, "INSERT INTO t VALUES ('a', 1)", ""));
  g_assert_true (hd_store_commit (f->store, &error));
  g_assert_cmpint (count (other), ==, 1);
  hd_store_rollback (f->store);
  g_assert_cmpint (count (other), ==, 1);
  hd_store_free (other);
}

static void
test_somebody_was_first (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (hd_store_run (f->store, &error, "INSERT INTO t VALUES ('a', 1)", ""));
  g_assert_false (hd_store_run (f->store, &error, "INSERT INTO t VALUES ('a', 2)", ""));
  g_assert_cmpint (hd_error_code (error), ==, HD_BUSY);
  g_assert_cmpint (count (f->store), ==, 1);
}

static void
test_check (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (hd_store_check (f->store, &error));
  g_clear_pointer (&f->store, hd_store_free);
  g_autofree char *path = g_build_filename (f->root, "db.sqlite", NULL);
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  /* What was written last stands there. */
  g_assert_cmpint (g_unlink (log), ==, 0);
  g_assert_true (
      g_file_set_contents (path, "this is no database, whatever its name says", -1, NULL));
  g_assert_null (hd_store_open (f->root, f->run_root, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_CORRUPT);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_newer_version (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (hd_store_run (f->store, &error, "PRAGMA user_version = 1000", ""));
  g_clear_pointer (&f->store, hd_store_free);
  g_assert_null (hd_store_open (f->root, f->run_root, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_CONFIG);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*run) (Fixture *, gconstpointer);
  } tests[] = {
    { "/store/values", test_values },
    { "/store/transaction", test_transaction },
    { "/store/somebody-was-first", test_somebody_was_first },
    { "/store/check", test_check },
    { "/store/newer-version", test_newer_version },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run ();
}
