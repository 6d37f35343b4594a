/* Rows of containers. */
#include "engine/container.h"

#include <string.h>
#include <sys/random.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/schema.h"
#include "engine/wordlist.h"

#define ID_BYTES 32
#define ID_CHARS (2 * ID_BYTES)
#define COLUMNS "id, name, image, image_name, created_ns, auto_remove, body"

const char hd_container_schema[]
    = "CREATE TABLE container (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
      " image TEXT REFERENCES image (id), image_name TEXT NOT NULL, created_ns INTEGER NOT NULL,"
      " auto_remove INTEGER NOT NULL, body TEXT NOT NULL);"
      "CREATE INDEX container_image ON container (image)";

void
hd_container_free (HdContainer *container)
{
  if (container == NULL)
    return;
  g_free (container->id);
  g_free (container->name);
  g_free (container->image);
  g_free (container->image_name);
  hd_json_freep (&container->body);
  g_free (container);
}

const hd_json *
hd_container_config (const HdContainer *container)
{
  return hd_json_get (container->body, "Config");
}

const hd_json *
hd_container_host_config (const HdContainer *container)
{
  return hd_json_get (container->body, "HostConfig");
}

char *
hd_container_new_id (void)
{
  guint8 bytes[ID_BYTES];
  char *id = g_malloc (ID_CHARS + 1);
  /* Up to 256 bytes come at once, or not at all (getrandom(2)). */
  g_assert (getrandom (bytes, sizeof bytes, 0) == (gssize)sizeof bytes);
  for (int i = 0; i < ID_BYTES; i++)
    g_snprintf (id + 2 * i, 3, "%02x", bytes[i]);
  return id;
}

gboolean
hd_container_check_name (const char *name, GError **error)
{
  gboolean good = g_ascii_isalnum (name[0]) && name[1] != '\0';
  for (const char *p = name; *p != '\0'; p++)
    good = good && (g_ascii_isalnum (*p) || strchr ("_.-", *p) != NULL);
  if (good && strlen (name) <= 255)
    return TRUE;
  return hd_throw (error, HD_USAGE, "letters, digits and _.- are possible, two of them at least",
                   "\"%s\" cannot be a container's name", name);
}

/* TRUE and *ret_id when a container has the name; FALSE without an error when none has. */
static gboolean
find_holder (HdStore *store, const char *name, char **ret_id, GError **error)
{
  g_autoptr (HdRows) rows
      = hd_store_query (store, error, "SELECT id FROM container WHERE name = ?1", "s", name);
  if (rows == NULL || !hd_rows_next (rows, error))
    return FALSE;
  *ret_id = g_strdup (hd_rows_text (rows, 0));
  return TRUE;
}

static gboolean
throw_taken (const char *name, const char *holder, GError **error)
{
  return hd_throw (error, HD_BUSY, "remove or rename that container, or use another name",
                   "the name \"%s\" is used by container %.12s", name, holder);
}

char *
hd_container_new_name (HdStore *store, GError **error)
{
  for (;;)
    {
      guint32 number;
      GError *local = NULL;
      g_autofree char *holder = NULL;
      g_assert (getrandom (&number, sizeof number, 0) == (gssize)sizeof number);
      g_autofree char *name = hd_wordlist_name (number);
      if (!find_holder (store, name, &holder, &local) && local == NULL)
        return g_steal_pointer (&name);
      if (local != NULL)
        {
          g_propagate_error (error, local);
          return NULL;
        }
    }
}

gboolean
hd_container_insert (HdStore *store, const HdContainer *container, GError **error)
{
  g_autofree char *holder = NULL;
  GError *local = NULL;
  hd_autofree char *body = hd_json_to_text (container->body, false);
  if (find_holder (store, container->name, &holder, &local))
    return throw_taken (container->name, holder, error);
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  return hd_store_run (
      store, error, "INSERT INTO container (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      "ssssiis", container->id, container->name, container->image, container->image_name,
      container->created_ns, (gint64)container->auto_remove, body);
}

/* NULL with `error` set when the body is damaged. */
static HdContainer *
from_row (HdRows *rows, GError **error)
{
  g_autoptr (HdContainer) c = g_new0 (HdContainer, 1);
  const char *body = hd_rows_text (rows, 6);
  hd_err err = { 0 };
  c->id = g_strdup (hd_rows_text (rows, 0));
  c->name = g_strdup (hd_rows_text (rows, 1));
  c->image = g_strdup (hd_rows_text (rows, 2));
  c->image_name = g_strdup (hd_rows_text (rows, 3));
  c->created_ns = hd_rows_int (rows, 4);
  c->auto_remove = hd_rows_int (rows, 5) != 0;
  c->body = hd_json_parse (body, strlen (body), &err);
  if (c->body != NULL)
    return g_steal_pointer (&c);
  hd_throw (error, HD_CORRUPT, NULL, "the row of container %s: %s", c->name, err.message);
  return NULL;
}

static HdContainer *
find_exact (HdStore *store, const char *text, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT " COLUMNS " FROM container WHERE id = ?1 OR name = ?1 ORDER BY id = ?1 DESC LIMIT 1",
      "s", text);
  if (rows == NULL || !hd_rows_next (rows, error))
    return NULL;
  return from_row (rows, error);
}

static HdContainer *
find_by_beginning (HdStore *store, const char *text, GError **error)
{
  g_autofree char *end = g_strconcat (text, "g", NULL);
  g_autoptr (HdRows) rows = hd_store_query (
      store, error, "SELECT " COLUMNS " FROM container WHERE id >= ?1 AND id < ?2 LIMIT 2", "ss",
      text, end);
  GError *local = NULL;
  if (rows == NULL || !hd_rows_next (rows, error))
    return NULL;
  g_autoptr (HdContainer) found = from_row (rows, error);
  if (found == NULL)
    return NULL;
  if (hd_rows_next (rows, &local))
    hd_throw (error, HD_USAGE, "give more of the id", "several containers' ids begin with %s",
              text);
  else if (local != NULL)
    g_propagate_error (error, local);
  else
    return g_steal_pointer (&found);
  return NULL;
}

HdContainer *
hd_container_find (HdStore *store, const char *text, GError **error)
{
  GError *local = NULL;
  /* As Docker prints names. */
  if (*text == '/')
    text++;
  g_autoptr (HdContainer) found = find_exact (store, text, &local);
  if (found == NULL && local == NULL && *text != '\0'
      && strspn (text, "0123456789abcdef") == strlen (text))
    found = find_by_beginning (store, text, &local);
  if (found != NULL)
    return g_steal_pointer (&found);
  if (local != NULL)
    g_propagate_error (error, local);
  else
    hd_throw (error, HD_NOT_FOUND, NULL, "No such container: %s", text);
  return NULL;
}

GPtrArray *
hd_container_list (HdStore *store, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_container_free);
  g_autoptr (HdRows) rows = hd_store_query (
      store, error, "SELECT " COLUMNS " FROM container ORDER BY created_ns DESC, id", "");
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    {
      HdContainer *container = from_row (rows, error);
      if (container == NULL)
        return NULL;
      g_ptr_array_add (list, container);
    }
  if (local == NULL)
    return g_steal_pointer (&list);
  g_propagate_error (error, local);
  return NULL;
}

gboolean
hd_container_delete (HdStore *store, const char *id, GError **error)
{
  return hd_store_run (store, error, "DELETE FROM container WHERE id = ?1", "s", id);
}

gboolean
hd_container_rename (HdStore *store, const char *id, const char *name, GError **error)
{
  g_autofree char *holder = NULL;
  GError *local = NULL;
  if (!hd_container_check_name (name, error))
    return FALSE;
  if (find_holder (store, name, &holder, &local))
    return throw_taken (name, holder, error);
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  return hd_store_run (store, error, "UPDATE container SET name = ?2 WHERE id = ?1", "ss", id,
                       name);
}

gboolean
hd_container_save (HdStore *store, const HdContainer *container, GError **error)
{
  hd_autofree char *body = hd_json_to_text (container->body, false);
  return hd_store_run (store, error, "UPDATE container SET body = ?2 WHERE id = ?1", "ss",
                       container->id, body);
}

char *
hd_container_folder (HdStore *store, const char *id)
{
  return g_build_filename (hd_store_root (store), "containers", id, NULL);
}

char *
hd_container_run_folder (HdStore *store, const char *id)
{
  return g_build_filename (hd_store_run_root (store), "containers", id, NULL);
}
