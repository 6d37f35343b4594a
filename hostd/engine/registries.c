/* Registries: configuration and certificates. */
#include "engine/registries.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define SECTION "Registries"
#define DOCKER_HUB "registry-1.docker.io"
#define MAX_PEM_BYTES (1u << 20)

const HdIniKey hd_registries_keys[] = {
  { SECTION, "Search", "registries where names without a host are looked for, in this order" },
  { SECTION, "Alias", "a short name, and the whole one that it stands for" },
  { SECTION, "Mirror", "HOST[/PATH] and a mirror of it, HOST[/PATH], which is asked first" },
  { SECTION, "Plain", "registries that are asked by HTTP without TLS" },
  { SECTION, "Unverified", "registries whose certificate is not checked" },
  { SECTION, "Blocked", "registries, or HOST/PATH, that nothing is pulled from" },
  { NULL },
};

void
hd_endpoint_free (HdEndpoint *endpoint)
{
  if (endpoint == NULL)
    return;
  g_free (endpoint->host);
  g_free (endpoint->path);
  g_free (endpoint->url);
  g_free (endpoint);
}

static HdIni *
load (GError **error)
{
  const char *path = g_getenv ("ATOMIC_REGISTRIES");
  g_autoptr (HdIni) ini = hd_ini_new (hd_registries_keys);
  if (path == NULL)
    path = HD_REGISTRIES_FILE;
  if (access (path, F_OK) < 0 && errno == ENOENT)
    return g_steal_pointer (&ini);
  return hd_ini_load (ini, path, error) ? g_steal_pointer (&ini) : NULL;
}

static gboolean
has_word (const HdIni *ini, const char *key, const char *word)
{
  g_auto (GStrv) words = hd_ini_words (ini, SECTION, key, NULL);
  return words != NULL && g_strv_contains ((const char *const *)words, word);
}

/* Whether `name` is `prefix` or stands below it; *ret_rest is what follows, without its slash. */
static gboolean
is_below (const char *name, const char *prefix, const char **ret_rest)
{
  gsize length = strlen (prefix);
  if (strncmp (name, prefix, length) != 0 || (name[length] != '\0' && name[length] != '/'))
    return FALSE;
  *ret_rest = name[length] == '/' ? name + length + 1 : name + length;
  return TRUE;
}

/* ---- Short names ---- */

static gboolean
add_ref (GPtrArray *refs, const char *text, GError **error)
{
  HdRef *ref = hd_ref_parse (text, error);
  if (ref == NULL)
    return FALSE;
  g_ptr_array_add (refs, ref);
  return TRUE;
}

/* The whole name of an alias, with what stood behind the short one; NULL when there is none. */
static char *
find_alias (const HdIni *ini, const char *text)
{
  gsize length = strcspn (text, ":@");
  g_autofree char *name = g_strndup (text, length);
  for (const char *const *value = hd_ini_values (ini, SECTION, "Alias"); *value != NULL; value++)
    {
      g_auto (GStrv) words = g_strsplit_set (*value, " \t", 2);
      if (g_strv_length (words) == 2 && g_str_equal (words[0], name))
        return g_strconcat (g_strstrip (words[1]), text + length, NULL);
    }
  return NULL;
}

GPtrArray *
hd_registries_resolve (const char *text, GError **error)
{
  g_autoptr (GPtrArray) refs = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_ref_free);
  if (!add_ref (refs, text, error))
    return NULL;
  const HdRef *first = g_ptr_array_index (refs, 0);
  if (first->has_host)
    return g_steal_pointer (&refs);
  g_autoptr (HdIni) ini = load (error);
  if (ini == NULL)
    return NULL;
  g_autofree char *whole = find_alias (ini, text);
  if (whole != NULL)
    {
      g_ptr_array_set_size (refs, 0);
      return add_ref (refs, whole, error) ? g_steal_pointer (&refs) : NULL;
    }
  g_auto (GStrv) hosts = hd_ini_words (ini, SECTION, "Search", error);
  if (hosts == NULL)
    return NULL;
  if (hosts[0] != NULL)
    g_ptr_array_set_size (refs, 0);
  for (char **host = hosts; *host != NULL; host++)
    {
      g_autofree char *name = g_strconcat (*host, "/", text, NULL);
      if (!add_ref (refs, name, error))
        return NULL;
    }
  return g_steal_pointer (&refs);
}

/* ---- Endpoints ---- */

static HdEndpoint *
new_endpoint (const HdIni *ini, const char *host, const char *path, gboolean mirror)
{
  HdEndpoint *endpoint = g_new0 (HdEndpoint, 1);
  const char *server = g_str_equal (host, HD_REF_DEFAULT_HOST) ? DOCKER_HUB : host;
  endpoint->host = g_strdup (host);
  endpoint->path = g_strdup (path);
  endpoint->url
      = g_strconcat (has_word (ini, "Plain", host) ? "http://" : "https://", server, "/v2/", NULL);
  endpoint->unverified = has_word (ini, "Unverified", host);
  endpoint->mirror = mirror;
  return endpoint;
}

static void
add_mirrors (const HdIni *ini, const char *repository, GPtrArray *endpoints)
{
  for (const char *const *value = hd_ini_values (ini, SECTION, "Mirror"); *value != NULL; value++)
    {
      g_auto (GStrv) words = g_strsplit_set (*value, " \t", 2);
      const char *rest;
      if (g_strv_length (words) != 2 || !is_below (repository, words[0], &rest))
        continue;
      char *host = g_strstrip (words[1]);
      char *slash = strchr (host, '/');
      g_autofree char *path
          = slash != NULL ? g_strconcat (slash + 1, "/", rest, NULL) : g_strdup (rest);
      if (slash != NULL)
        *slash = '\0';
      g_ptr_array_add (endpoints, new_endpoint (ini, host, path, TRUE));
    }
}

GPtrArray *
hd_registries_endpoints (const HdRef *ref, gboolean mirrors, GError **error)
{
  g_autoptr (HdIni) ini = load (error);
  g_autofree char *repository = hd_ref_repository (ref);
  if (ini == NULL)
    return NULL;
  g_auto (GStrv) blocked = hd_ini_words (ini, SECTION, "Blocked", error);
  if (blocked == NULL)
    return NULL;
  for (char **prefix = blocked; *prefix != NULL; prefix++)
    {
      const char *rest;
      if (!is_below (repository, *prefix, &rest))
        continue;
      hd_throw (error, HD_DENIED, NULL, "%s is blocked by %s", repository,
                hd_ini_place (ini, SECTION, "Blocked"));
      return NULL;
    }
  GPtrArray *endpoints = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_endpoint_free);
  if (mirrors)
    add_mirrors (ini, repository, endpoints);
  g_ptr_array_add (endpoints, new_endpoint (ini, ref->host, ref->path, FALSE));
  return endpoints;
}

HdEndpoint *
hd_registries_endpoint (const char *host, GError **error)
{
  g_autoptr (HdIni) ini = load (error);
  return ini != NULL ? new_endpoint (ini, host, NULL, FALSE) : NULL;
}

/* ---- Certificates ---- */

void
hd_certificates_free (HdCertificates *certificates)
{
  if (certificates == NULL)
    return;
  g_free (certificates->authorities);
  g_free (certificates->certificate);
  g_free (certificates->key);
  g_free (certificates);
}

static gboolean
read_pem (int dir_fd, const char *folder, const char *name, char **text, GError **error)
{
  hd_autofree char *data = NULL;
  int r = hd_fs_read (dir_fd, name, MAX_PEM_BYTES, &data, NULL);
  if (r < 0)
    return hd_throw_errno (error, -r, "reading %s/%s", folder, name);
  g_autofree char *before = *text;
  *text = g_strconcat (before != NULL ? before : "", before != NULL ? "\n" : "", data, NULL);
  return TRUE;
}

static gboolean
read_file (int dir_fd, const char *folder, const char *name, HdCertificates *found, GError **error)
{
  if (g_str_has_suffix (name, ".crt"))
    return read_pem (dir_fd, folder, name, &found->authorities, error);
  if (!g_str_has_suffix (name, ".cert") || found->certificate != NULL)
    return TRUE;
  g_autofree char *stem = g_strndup (name, strlen (name) - strlen (".cert"));
  g_autofree char *key = g_strconcat (stem, ".key", NULL);
  if (faccessat (dir_fd, key, F_OK, 0) < 0)
    return hd_throw (error, HD_CONFIG, "a client's certificate needs its key beside it",
                     "%s/%s has no %s", folder, name, key);
  return read_pem (dir_fd, folder, name, &found->certificate, error)
         && read_pem (dir_fd, folder, key, &found->key, error);
}

static gboolean
read_folder (const char *folder, HdCertificates *found, GError **error)
{
  DIR *dir = opendir (folder);
  gboolean good = TRUE;
  if (dir == NULL)
    return errno == ENOENT || hd_throw_errno (error, errno, "reading %s", folder);
  for (const struct dirent *entry; good && (entry = readdir (dir)) != NULL;)
    good = read_file (dirfd (dir), folder, entry->d_name, found, error);
  closedir (dir);
  return good;
}

HdCertificates *
hd_registries_certificates (const char *host, GError **error)
{
  static const char *const usual[]
      = { "/etc/atomic/certs.d", "/etc/containers/certs.d", "/etc/docker/certs.d", NULL };
  const char *const own[] = { g_getenv ("ATOMIC_CERTS"), NULL };
  g_autoptr (HdCertificates) found = g_new0 (HdCertificates, 1);
  for (const char *const *top = own[0] != NULL ? own : usual; *top != NULL; top++)
    {
      g_autofree char *folder = g_build_filename (*top, host, NULL);
      if (!read_folder (folder, found, error))
        return NULL;
      if (found->authorities != NULL || found->certificate != NULL)
        break;
    }
  return g_steal_pointer (&found);
}
