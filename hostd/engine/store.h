/* The engine's store: its folders, and the SQLite database of what must not be lost.
 *
 * Images, containers, networks, addresses, ports and volumes are rows; each noun's own file has its
 * table (engine/schema.h) and its queries, and this file is the only one that sees SQLite. The
 * database is in WAL mode with synchronous=FULL: what a commit acknowledged survives a power cut,
 * and several processes work at once. docs/engine.md lists the folders.
 */
#pragma once

#include <glib.h>

typedef struct _HdStore HdStore;
typedef struct _HdRows HdRows;

/* Default folders; $ATOMIC_ROOT and $ATOMIC_RUN_ROOT replace them. */
#define HD_STORE_ROOT "/var/lib/atomic"
#define HD_STORE_RUN_ROOT "/run/atomic"

/* Open the store, making folders (0700) and database where there are none. `root` and `run_root`
 * may be NULL for the defaults. Errors: HD_DENIED, HD_NO_SPACE, HD_CORRUPT (no database, or
 * damaged), HD_CONFIG (written by a newer version). Waits for other processes only while they make
 * it. */
HdStore *hd_store_open (const char *root, const char *run_root, GError **error);
void hd_store_free (HdStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdStore, hd_store_free)

/* Absolute paths and descriptors (O_PATH is not set; close-on-exec) of the two folders; they belong
 * to the store. */
const char *hd_store_root (const HdStore *store);
const char *hd_store_run_root (const HdStore *store);
int hd_store_root_fd (const HdStore *store);
int hd_store_run_fd (const HdStore *store);

/* A transaction that writes: begin waits for another writer, up to 30 seconds (then HD_BUSY). Every
 * change of more than one row stands in one. commit is durable when it returns TRUE; after FALSE
 * nothing was changed. rollback after commit or without begin does nothing, so that it can stand in
 * every error path. */
gboolean hd_store_begin (HdStore *store, GError **error);
gboolean hd_store_commit (HdStore *store, GError **error);
void hd_store_rollback (HdStore *store);

/* Run one statement that returns no rows. `types` has a letter for each parameter ?1, ?2 ... that
 * follows: 's' const char * (NULL is SQL's NULL), 'i' gint64. Outside of a transaction it is one of
 * its own. A breach of UNIQUE or a foreign key is HD_BUSY: somebody else was first. */
gboolean hd_store_run (HdStore *store, GError **error, const char *sql, const char *types, ...);
/* Rows that the last hd_store_run changed, and the row id that it inserted. */
gint64 hd_store_changed (HdStore *store);
gint64 hd_store_inserted (HdStore *store);

/* Start a query with parameters as above. Free with hd_rows_free. */
HdRows *hd_store_query (HdStore *store, GError **error, const char *sql, const char *types, ...);
/* Step to the next row: TRUE while there is one. FALSE at the end, or with *error set. */
gboolean hd_rows_next (HdRows *rows, GError **error);
/* Column `index` of the row, counted from 0; the text belongs to the row and is NULL for NULL. */
const char *hd_rows_text (HdRows *rows, int index);
gint64 hd_rows_int (HdRows *rows, int index);
void hd_rows_free (HdRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdRows, hd_rows_free)

/* The database is whole (PRAGMA integrity_check and foreign_key_check). HD_CORRUPT says what is
 * not.
 */
gboolean hd_store_check (HdStore *store, GError **error);
