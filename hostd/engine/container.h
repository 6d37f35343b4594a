/* Containers: their rows, and how they are found.
 *
 * A row says what was wanted: the body is what Docker's API takes to create a container (Config and
 * HostConfig as `inspect` prints them, with the image's configuration merged in), so that one form
 * serves the command line, the bundle and `inspect`. What is (running, ended ...) is
 * engine/status.h.
 */
#pragma once

#include "common/json.h"
#include "engine/store.h"

typedef struct
{
  char *id; /* 64 hexadecimal digits */
  char *name;
  char *image;      /* id, or NULL: made from a folder */
  char *image_name; /* as it was asked for */
  gint64 created_ns;
  gboolean auto_remove;
  hd_json *body; /* {"Config": {...}, "HostConfig": {...}, ...} */
} HdContainer;

void hd_container_free (HdContainer *container);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdContainer, hd_container_free)

/* A value of the body: "Config"/"Tty", never NULL for the section. */
const hd_json *hd_container_config (const HdContainer *container);
const hd_json *hd_container_host_config (const HdContainer *container);

/* 64 random hexadecimal digits; free with g_free. */
char *hd_container_new_id (void);
/* A name of two words that no container has; free with g_free. */
char *hd_container_new_name (HdStore *store, GError **error);
/* [a-zA-Z0-9][a-zA-Z0-9_.-]*; HD_USAGE. A slash in front is left out by callers. */
gboolean hd_container_check_name (const char *name, GError **error);

/* Write a new row, inside the caller's transaction. HD_BUSY with the holder's id when the name is
 * taken. */
gboolean hd_container_insert (HdStore *store, const HdContainer *container, GError **error);
/* By whole id, name, or the beginning of an id. HD_NOT_FOUND ("No such container: TEXT"), HD_USAGE
 * when several ids begin so. */
HdContainer *hd_container_find (HdStore *store, const char *text, GError **error);
/* All, newest first; an array of HdContainer. */
GPtrArray *hd_container_list (HdStore *store, GError **error);
/* Drop the row. */
gboolean hd_container_delete (HdStore *store, const char *id, GError **error);
/* HD_BUSY when the name is taken. */
gboolean hd_container_rename (HdStore *store, const char *id, const char *name, GError **error);
/* Keep a changed body. */
gboolean hd_container_save (HdStore *store, const HdContainer *container, GError **error);

/* "containers/ID" below root or run root; free with g_free. */
char *hd_container_folder (HdStore *store, const char *id);
char *hd_container_run_folder (HdStore *store, const char *id);
