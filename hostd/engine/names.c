/* The networks' part of the hosts files of containers. resolv.c has resolv.conf. */
#include "engine/names.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/cidr.h"
#include "engine/lock.h"
#include "engine/network.h"
#include "engine/strv.h"

#define BEGIN_MARK "# networks: begin, written by atomic\n"
#define END_MARK "# networks: end\n"
#define MAX_BYTES (4u << 20)

/* "NAME:ADDRESS" of --add-host; "NAME=ADDRESS" as docker has it now. */
static gboolean
append_extra (GString *out, const char *entry, const char *gateway, GError **error)
{
  gsize length = strcspn (entry, ":=");
  const char *address = entry[length] != '\0' ? entry + length + 1 : "";
  g_autofree char *name = g_strndup (entry, length);
  HdCidr parsed;
  if (g_str_equal (address, "host-gateway"))
    {
      if (gateway == NULL)
        return hd_throw (error, HD_USAGE, NULL, "--add-host %s: the container has no gateway",
                         entry);
      address = gateway;
    }
  g_autofree char *bare = *address == '[' && g_str_has_suffix (address, "]")
                              ? g_strndup (address + 1, strlen (address) - 2)
                              : g_strdup (address);
  if (length == 0 || strpbrk (name, " \t\n#") != NULL || !hd_address_parse (bare, &parsed))
    return hd_throw (error, HD_USAGE, "write NAME:ADDRESS or NAME:host-gateway",
                     "\"%s\" is no name with an address", entry);
  g_string_append_printf (out, "%s\t%s\n", bare, name);
  return TRUE;
}

char *
hd_names_hosts (const char *const *extra, const char *gateway, GError **error)
{
  g_autoptr (GString) out = g_string_new ("127.0.0.1\tlocalhost\n"
                                          "::1\tlocalhost ip6-localhost ip6-loopback\n"
                                          "ff02::1\tip6-allnodes\n"
                                          "ff02::2\tip6-allrouters\n");
  for (; extra != NULL && *extra != NULL; extra++)
    if (!append_extra (out, *extra, gateway, error))
      return NULL;
  g_string_append (out, BEGIN_MARK END_MARK);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* ---- The part of the networks ---- */

/* "ADDRESS\tNAME ALIAS SHORT-ID" for each address of a row of `all_names`. */
static void
append_names (GString *out, const char *address, const char *name, const char *hostname,
              const char *id, char **aliases)
{
  if (address == NULL)
    return;
  g_string_append_printf (out, "%s\t%s", address, name);
  for (; *aliases != NULL; aliases++)
    g_string_append_printf (out, " %s", *aliases);
  if (hostname != NULL && *hostname != '\0' && !g_str_equal (hostname, name)
      && !g_str_has_prefix (id, hostname))
    g_string_append_printf (out, " %s", hostname);
  g_string_append_printf (out, " %.12s\n", id);
}

/* What a container shall know: itself on all of its networks, and the others on those that users
 * made. On a network's own name ("db.mynet") it knows them, too. */
static char *
part_of (HdStore *store, const char *container, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT other.container, container.name, other.ip4, other.ip6, other.aliases,"
      " CASE WHEN other.container = ?1 THEN json_extract (container.body, '$.Config.Hostname') END"
      " FROM endpoint AS mine JOIN endpoint AS other ON other.network = mine.network"
      " JOIN network ON network.id = mine.network JOIN container ON container.id = other.container"
      " WHERE mine.container = ?1 AND (mine.ip4 IS NOT NULL OR mine.ip6 IS NOT NULL)"
      " AND (network.name <> 'bridge' OR other.container = ?1)"
      " ORDER BY other.container <> ?1, mine.position, other.container",
      "s", container);
  g_autoptr (GString) out = g_string_new (BEGIN_MARK);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    {
      g_auto (GStrv) aliases = hd_strv_from_json (hd_rows_text (rows, 4));
      for (int column = 2; column <= 3; column++)
        append_names (out, hd_rows_text (rows, column), hd_rows_text (rows, 1),
                      hd_rows_text (rows, 5), hd_rows_text (rows, 0), aliases);
    }
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return NULL;
    }
  g_string_append (out, END_MARK);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* `text` with `part` in place of what stands between the marks; at its end where there are none. */
static char *
replace_part (const char *text, const char *part)
{
  const char *begin = strstr (text, BEGIN_MARK);
  const char *end = begin != NULL ? strstr (begin, END_MARK) : NULL;
  if (end == NULL)
    return g_strconcat (text, part, NULL);
  g_autofree char *head = g_strndup (text, (gsize)(begin - text));
  return g_strconcat (head, part, end + strlen (END_MARK), NULL);
}

/* In place, since the file is mounted: one write, so that a reader finds lines of the one or the
 * other. A file of a container that is just being removed is no error. */
static gboolean
rewrite_file (HdStore *store, const char *container, GError **error)
{
  g_autofree char *path = g_strdup_printf ("containers/%s/hosts", container);
  hd_autofree char *text = NULL;
  hd_autofd fd = openat (hd_store_root_fd (store), path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return TRUE;
  int result = fd < 0 ? -errno : hd_fs_read_fd (fd, MAX_BYTES, &text, NULL);
  if (result < 0)
    return hd_throw_errno (error, -result, "reading %s/%s", hd_store_root (store), path);
  g_autofree char *part = part_of (store, container, error);
  if (part == NULL)
    return FALSE;
  g_autofree char *fresh = replace_part (text, part);
  gsize size = strlen (fresh);
  if (g_str_equal (fresh, text))
    return TRUE;
  if (pwrite (fd, fresh, size, 0) != (gssize)size || ftruncate (fd, (off_t)size) < 0)
    return hd_throw_errno (error, errno, "writing %s/%s", hd_store_root (store), path);
  return TRUE;
}

/* ---- Who is concerned ---- */

static gboolean
rewrite_rows (HdStore *store, HdRows *rows, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  GError *local = NULL;
  if (rows == NULL)
    return FALSE;
  while (hd_rows_next (rows, &local))
    g_ptr_array_add (ids, g_strdup (hd_rows_text (rows, 0)));
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  for (guint i = 0; i < ids->len; i++)
    if (!rewrite_file (store, g_ptr_array_index (ids, i), error))
      return FALSE;
  return TRUE;
}

gboolean
hd_names_refresh (HdStore *store, const char *container, GError **error)
{
  hd_autofd lock = hd_lock_take (store, "names", HD_LOCK_EXCLUSIVE, error);
  if (lock < 0)
    return FALSE;
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT DISTINCT other.container FROM endpoint AS other JOIN network"
      " ON network.id = other.network WHERE (ip4 IS NOT NULL OR ip6 IS NOT NULL)"
      " AND (?1 IS NULL OR other.container = ?1 OR (network.name <> 'bridge' AND other.network IN"
      "  (SELECT network FROM endpoint WHERE container = ?1)))",
      "s", container);
  return rewrite_rows (store, rows, error);
}

gboolean
hd_names_leave (HdStore *store, const GPtrArray *endpoints, GError **error)
{
  hd_autofd lock = hd_lock_take (store, "names", HD_LOCK_EXCLUSIVE, error);
  if (lock < 0)
    return FALSE;
  for (guint i = 0; i < endpoints->len; i++)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (endpoints, i);
      g_autoptr (HdRows) rows = NULL;
      if (g_str_equal (endpoint->network_name, "bridge"))
        continue;
      rows = hd_store_query (store, error,
                             "SELECT container FROM endpoint WHERE network = ?1"
                             " AND (ip4 IS NOT NULL OR ip6 IS NOT NULL)",
                             "s", endpoint->network);
      if (!rewrite_rows (store, rows, error))
        return FALSE;
    }
  return TRUE;
}
