/* SQLite behind a few calls. Knows no noun: the tables come from schema.h. */
#include "engine/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/schema.h"

#define BUSY_TIMEOUT_MS 30000
#define DATABASE "db.sqlite"
/* Short enough to be read again by each command that finds nobody else at work. */
#define LOG_PAGES "128"

struct _HdStore
{
  char *root;
  char *run_root;
  int root_fd;
  int run_fd;
  sqlite3 *db;
};

struct _HdRows
{
  sqlite3_stmt *statement;
  HdStore *store;
};

/* In the order of their references. */
static const char *const schemas[] = {
  hd_layer_schema,    hd_image_schema, hd_container_schema, hd_network_schema,
  hd_endpoint_schema, hd_port_schema,  hd_volume_schema,    NULL,
};

static hd_code
code_of (int result)
{
  switch (result & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CONSTRAINT:
      return HD_BUSY;
    case SQLITE_FULL:
      return HD_NO_SPACE;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return HD_DENIED;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return HD_CORRUPT;
    default:
      return HD_FAILED;
    }
}

static gboolean
throw_db (HdStore *store, GError **error, const char *doing)
{
  int result = sqlite3_extended_errcode (store->db);
  return hd_throw (error, code_of (result), NULL, "%s in %s/" DATABASE ": %s", doing, store->root,
                   sqlite3_errmsg (store->db));
}

static int
open_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0700) < 0)
    {
      hd_throw_errno (error, errno, "making the folder %s", path);
      return -1;
    }
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    hd_throw_errno (error, errno, "opening the folder %s", path);
  return fd;
}

static gboolean
exec_sql (HdStore *store, const char *sql, const char *doing, GError **error)
{
  if (sqlite3_exec (store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  return throw_db (store, error, doing);
}

static gboolean
read_version (HdStore *store, gint64 *ret, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (store, error, "PRAGMA user_version", "");
  GError *local = NULL;
  if (rows == NULL)
    return FALSE;
  if (hd_rows_next (rows, &local))
    *ret = hd_rows_int (rows, 0);
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  return TRUE;
}

/* The first process makes the tables; the others wait for its lock and find them. */
static gboolean
make_tables (HdStore *store, GError **error)
{
  hd_autofd lock = open (store->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gint64 version = 0;
  if (lock < 0 || flock (lock, LOCK_EX) < 0)
    return hd_throw_errno (error, errno, "locking %s", store->root);
  if (!read_version (store, &version, error) || version == HD_SCHEMA_VERSION)
    return version == HD_SCHEMA_VERSION;
  if (!exec_sql (store, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE", "making the tables", error))
    return FALSE;
  for (const char *const *schema = schemas; *schema != NULL; schema++)
    if (!exec_sql (store, *schema, "making the tables", error))
      {
        hd_store_rollback (store);
        return FALSE;
      }
  g_autofree char *finish = g_strdup_printf ("PRAGMA user_version = %d; COMMIT", HD_SCHEMA_VERSION);
  return exec_sql (store, finish, "making the tables", error);
}

/* Most commands are alone: whoever closes last would write the log back and wait for the disk three
 * times. It stays, and is written back when it has LOG_PAGES pages. */
static void
keep_log (sqlite3 *db)
{
  int on = 1;
  sqlite3_db_config (db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  sqlite3_file_control (db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
}

static gboolean
open_database (HdStore *store, GError **error)
{
  g_autofree char *path = g_build_filename (store->root, DATABASE, NULL);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  gint64 version = 0;
  if (sqlite3_open_v2 (path, &store->db, flags, NULL) != SQLITE_OK)
    return throw_db (store, error, "opening the database");
  sqlite3_busy_timeout (store->db, BUSY_TIMEOUT_MS);
  keep_log (store->db);
  if (!exec_sql (store,
                 "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                 "PRAGMA wal_autocheckpoint = " LOG_PAGES,
                 "opening the database", error)
      || !read_version (store, &version, error))
    return FALSE;
  if (version > HD_SCHEMA_VERSION)
    return hd_throw (error, HD_CONFIG, "start a version that is not older than the one before",
                     "%s was written by a newer version of this program", path);
  return version == HD_SCHEMA_VERSION || make_tables (store, error);
}

static char *
folder_or (const char *given, const char *variable, const char *fallback)
{
  const char *set = given != NULL ? given : g_getenv (variable);
  return g_canonicalize_filename (set != NULL && *set != '\0' ? set : fallback, NULL);
}

HdStore *
hd_store_open (const char *root, const char *run_root, GError **error)
{
  g_autoptr (HdStore) store = g_new0 (HdStore, 1);
  store->root_fd = store->run_fd = -1;
  store->root = folder_or (root, "ATOMIC_ROOT", HD_STORE_ROOT);
  store->run_root = folder_or (run_root, "ATOMIC_RUN_ROOT", HD_STORE_RUN_ROOT);
  store->root_fd = open_folder (store->root, error);
  if (store->root_fd < 0)
    return NULL;
  store->run_fd = open_folder (store->run_root, error);
  if (store->run_fd < 0 || !open_database (store, error))
    return NULL;
  return g_steal_pointer (&store);
}

void
hd_store_free (HdStore *store)
{
  if (store == NULL)
    return;
  sqlite3_close (store->db);
  hd_closep (&store->root_fd);
  hd_closep (&store->run_fd);
  g_free (store->root);
  g_free (store->run_root);
  g_free (store);
}

const char *
hd_store_root (const HdStore *store)
{
  return store->root;
}

const char *
hd_store_run_root (const HdStore *store)
{
  return store->run_root;
}

int
hd_store_root_fd (const HdStore *store)
{
  return store->root_fd;
}

int
hd_store_run_fd (const HdStore *store)
{
  return store->run_fd;
}

gboolean
hd_store_begin (HdStore *store, GError **error)
{
  return exec_sql (store, "BEGIN IMMEDIATE", "starting a change", error);
}

gboolean
hd_store_commit (HdStore *store, GError **error)
{
  if (exec_sql (store, "COMMIT", "saving a change", error))
    return TRUE;
  hd_store_rollback (store);
  return FALSE;
}

void
hd_store_rollback (HdStore *store)
{
  if (!sqlite3_get_autocommit (store->db))
    sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
}

static void
bind_all (sqlite3_stmt *statement, const char *types, va_list values)
{
  g_assert ((int)strlen (types) == sqlite3_bind_parameter_count (statement));
  for (int i = 0; types[i] != '\0'; i++)
    switch (types[i])
      {
      case 's':
        sqlite3_bind_text (statement, i + 1, va_arg (values, const char *), -1, SQLITE_TRANSIENT);
        break;
      case 'i':
        sqlite3_bind_int64 (statement, i + 1, va_arg (values, gint64));
        break;
      default:
        g_assert_not_reached ();
      }
}

static HdRows *
query (HdStore *store, GError **error, const char *sql, const char *types, va_list values)
{
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2 (store->db, sql, -1, &statement, NULL) != SQLITE_OK)
    {
      throw_db (store, error, "asking");
      return NULL;
    }
  bind_all (statement, types, values);
  HdRows *rows = g_new0 (HdRows, 1);
  rows->statement = statement;
  rows->store = store;
  return rows;
}

HdRows *
hd_store_query (HdStore *store, GError **error, const char *sql, const char *types, ...)
{
  va_list values;
  va_start (values, types);
  HdRows *rows = query (store, error, sql, types, values);
  va_end (values);
  return rows;
}

gboolean
hd_store_run (HdStore *store, GError **error, const char *sql, const char *types, ...)
{
  va_list values;
  va_start (values, types);
  g_autoptr (HdRows) rows = query (store, error, sql, types, values);
  va_end (values);
  if (rows == NULL)
    return FALSE;
  GError *local = NULL;
  gboolean row = hd_rows_next (rows, &local);
  g_assert (!row);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

gint64
hd_store_changed (HdStore *store)
{
  return sqlite3_changes (store->db);
}

gint64
hd_store_inserted (HdStore *store)
{
  return sqlite3_last_insert_rowid (store->db);
}

gboolean
hd_rows_next (HdRows *rows, GError **error)
{
  int result = sqlite3_step (rows->statement);
  if (result == SQLITE_ROW)
    return TRUE;
  if (result != SQLITE_DONE)
    throw_db (rows->store, error, "reading or writing a row");
  return FALSE;
}

const char *
hd_rows_text (HdRows *rows, int index)
{
  return (const char *)sqlite3_column_text (rows->statement, index);
}

gint64
hd_rows_int (HdRows *rows, int index)
{
  return sqlite3_column_int64 (rows->statement, index);
}

void
hd_rows_free (HdRows *rows)
{
  if (rows == NULL)
    return;
  sqlite3_finalize (rows->statement);
  g_free (rows);
}

static gboolean
expect_rows (HdStore *store, const char *pragma, const char *expected, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (store, error, pragma, "");
  GError *local = NULL;
  if (rows == NULL)
    return FALSE;
  while (hd_rows_next (rows, &local))
    if (g_strcmp0 (hd_rows_text (rows, 0), expected) != 0)
      return hd_throw (error, HD_CORRUPT, NULL, "%s/" DATABASE ": %s", store->root,
                       hd_rows_text (rows, 0));
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

gboolean
hd_store_check (HdStore *store, GError **error)
{
  return expect_rows (store, "PRAGMA integrity_check", "ok", error)
         && expect_rows (store, "PRAGMA foreign_key_check", NULL, error);
}
