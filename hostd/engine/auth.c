/* Credentials of registries. */
#include "engine/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"

#define MAX_FILE_BYTES (1u << 20)
#define DOCKER_HOST "docker.io"
#define DOCKER_KEY "https://index.docker.io/v1/"
/* What a helper gives as name with an identity token. */
#define TOKEN_USER "<token>"

void
hd_credentials_free (HdCredentials *credentials)
{
  if (credentials == NULL)
    return;
  g_free (credentials->user);
  g_free (credentials->password);
  g_free (credentials->identity_token);
  g_free (credentials);
}

/* ---- Parsing ---- */

/* "HOST/PATH" of a key, which may be an address: "https://HOST/v1/". */
static char *
normal_key (const char *key)
{
  if (g_str_equal (key, DOCKER_KEY))
    return g_strdup (DOCKER_HOST);
  const char *host = strstr (key, "://");
  if (host == NULL)
    return g_strdup (key);
  host += 3;
  return g_strndup (host, strcspn (host, "/"));
}

typedef struct
{
  const char *repository;
  const hd_json *best;
  gsize best_length;
} Search;

static int
visit_entry (const char *key, const hd_json *value, void *data)
{
  Search *search = data;
  g_autofree char *normal = normal_key (key);
  gsize length = strlen (normal);
  char next = strncmp (search->repository, normal, length) == 0 ? search->repository[length] : 'x';
  if ((next == '\0' || next == '/') && length > search->best_length)
    {
      search->best = value;
      search->best_length = length;
    }
  return 0;
}

static const hd_json *
find_entry (const hd_json *object, const char *repository)
{
  Search search = { .repository = repository };
  if (object != NULL && hd_json_get_type (object) == HD_JSON_OBJECT)
    hd_json_each (object, visit_entry, &search);
  return search.best;
}

/* "auth" is base64 of "USER:PASSWORD". */
static HdCredentials *
read_entry (const hd_json *entry, GError **error)
{
  const char *encoded = hd_json_get_string (entry, "auth", "");
  const char *token = hd_json_get_string (entry, "identitytoken", "");
  gsize length = 0;
  g_autofree guchar *bytes = g_base64_decode (encoded, &length);
  g_autofree char *text = g_strndup ((const char *)bytes, length);
  char *colon = strchr (text, ':');
  if (colon == NULL && *token == '\0')
    {
      if (*encoded != '\0')
        hd_throw (error, HD_CONFIG, "log in again: atomic login",
                  "\"auth\" is no base64 of "
                  "USER:PASSWORD");
      return NULL;
    }
  HdCredentials *credentials = g_new0 (HdCredentials, 1);
  if (colon != NULL)
    {
      /* Some tools fill up with NULs. */
      credentials->user = g_strndup (text, (gsize)(colon - text));
      credentials->password = g_strdup (colon + 1);
    }
  if (*token != '\0')
    credentials->identity_token = g_strdup (token);
  return credentials;
}

HdCredentials *
hd_auth_parse (const char *text, gsize length_bytes, const char *repository, char **ret_helper,
               GError **error)
{
  hd_err err = { 0 };
  *ret_helper = NULL;
  hd_autojson root = hd_json_parse (text, length_bytes, &err);
  if (root == NULL)
    {
      hd_throw (error, HD_CONFIG, NULL, "%s", err.message);
      return NULL;
    }
  const char *helper;
  const hd_json *named = find_entry (hd_json_get (root, "credHelpers"), repository);
  if (named != NULL && hd_json_as_string (named, &helper))
    {
      *ret_helper = g_strdup (helper);
      return NULL;
    }
  const hd_json *entry = find_entry (hd_json_get (root, "auths"), repository);
  GError *local = NULL;
  HdCredentials *credentials = entry != NULL ? read_entry (entry, &local) : NULL;
  if (local != NULL)
    g_propagate_error (error, local);
  else if (credentials == NULL)
    *ret_helper = g_strdup (hd_json_get_string (root, "credsStore", NULL));
  return credentials;
}

/* ---- Files ---- */

static char *
docker_config (void)
{
  const char *folder = g_getenv ("DOCKER_CONFIG");
  return folder != NULL ? g_build_filename (folder, "config.json", NULL)
                        : g_build_filename (g_get_home_dir (), ".docker", "config.json", NULL);
}

/* The files to look into, in order. Free with g_strfreev. */
static char **
list_files (const char *authfile)
{
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  const char *named = authfile != NULL ? authfile : g_getenv ("REGISTRY_AUTH_FILE");
  char **files = g_new0 (char *, 5);
  guint n = 0;
  if (named != NULL)
    {
      files[n++] = g_strdup (named);
      return files;
    }
  if (g_getenv ("DOCKER_CONFIG") != NULL)
    files[n++] = docker_config ();
  files[n++] = runtime != NULL
                   ? g_build_filename (runtime, "containers", "auth.json", NULL)
                   : g_strdup_printf ("/run/containers/%u/auth.json", (unsigned)geteuid ());
  files[n++] = g_build_filename (g_get_user_config_dir (), "containers", "auth.json", NULL);
  if (g_getenv ("DOCKER_CONFIG") == NULL)
    files[n++] = docker_config ();
  return files;
}

static HdCredentials *
ask_helper (const char *helper, const char *repository, GError **error)
{
  g_autofree char *program = g_strconcat ("docker-credential-", helper, NULL);
  g_autofree char *host = g_strndup (repository, strcspn (repository, "/"));
  const char *const argv[] = { program, "get", NULL };
  const HdSpawn spawn = { .stdin_text = g_str_equal (host, DOCKER_HOST) ? DOCKER_KEY : host,
                          .capture_stdout = TRUE };
  g_autofree char *text = NULL;
  if (strchr (helper, '/') != NULL)
    {
      hd_throw (error, HD_CONFIG, NULL, "\"%s\" is no credential helper", helper);
      return NULL;
    }
  /* A helper that knows none fails, too: then nobody asks. */
  if (!hd_spawn_run (argv, &spawn, &text, NULL, NULL))
    return NULL;
  hd_autojson root = hd_json_parse (text, strlen (text), NULL);
  const char *user = hd_json_get_string (root, "Username", NULL);
  const char *secret = hd_json_get_string (root, "Secret", NULL);
  if (user == NULL || secret == NULL)
    return NULL;
  HdCredentials *credentials = g_new0 (HdCredentials, 1);
  if (g_str_equal (user, TOKEN_USER))
    credentials->identity_token = g_strdup (secret);
  else
    {
      credentials->user = g_strdup (user);
      credentials->password = g_strdup (secret);
    }
  return credentials;
}

static HdCredentials *
find_in_file (const char *path, const char *repository, GError **error)
{
  hd_autofree char *text = NULL;
  size_t size = 0;
  g_autofree char *helper = NULL;
  int r = hd_fs_read (AT_FDCWD, path, MAX_FILE_BYTES, &text, &size);
  if (r == -ENOENT || r == -ENOTDIR || (r == 0 && size == 0))
    return NULL;
  if (r < 0)
    {
      hd_throw_errno (error, -r, "reading %s", path);
      return NULL;
    }
  GError *local = NULL;
  HdCredentials *credentials = hd_auth_parse (text, size, repository, &helper, &local);
  if (local != NULL)
    {
      g_propagate_prefixed_error (error, local, "%s: ", path);
      return NULL;
    }
  if (credentials == NULL && helper != NULL)
    credentials = ask_helper (helper, repository, error);
  return credentials;
}

HdCredentials *
hd_auth_find (const char *authfile, const char *repository, GError **error)
{
  g_auto (GStrv) files = list_files (authfile);
  HdCredentials *found = NULL;
  GError *local = NULL;
  for (char **file = files; *file != NULL && found == NULL && local == NULL; file++)
    found = find_in_file (*file, repository, &local);
  if (local != NULL)
    g_propagate_error (error, local);
  return found;
}

/* ---- Changes ---- */

static int
copy_member (const char *key, const hd_json *value, void *data)
{
  hd_json_set (data, key, hd_json_copy (value));
  return 0;
}

typedef struct
{
  hd_json *auths;
  const char *host;
  gboolean found;
} Others;

static int
copy_other (const char *key, const hd_json *value, void *data)
{
  Others *others = data;
  g_autofree char *normal = normal_key (key);
  if (g_str_equal (normal, others->host))
    others->found = TRUE;
  else
    hd_json_set (others->auths, key, hd_json_copy (value));
  return 0;
}

static hd_json *
new_entry (const HdCredentials *credentials)
{
  hd_json *entry = hd_json_new_object ();
  g_autofree char *pair
      = g_strconcat (credentials->user != NULL ? credentials->user : "", ":",
                     credentials->password != NULL ? credentials->password : "", NULL);
  g_autofree char *encoded = g_base64_encode ((const guchar *)pair, strlen (pair));
  hd_json_set_string (entry, "auth", encoded);
  hd_json_set_string (entry, "identitytoken", credentials->identity_token);
  return entry;
}

/* The file's object with the host's entry replaced; `root` may be NULL. */
static hd_json *
change (const hd_json *root, const char *host, const HdCredentials *credentials,
        gboolean *ret_found)
{
  hd_json *changed = hd_json_new_object ();
  Others others = { hd_json_new_object (), host, FALSE };
  const hd_json *auths = hd_json_get (root, "auths");
  if (auths != NULL && hd_json_get_type (auths) == HD_JSON_OBJECT)
    hd_json_each (auths, copy_other, &others);
  if (root != NULL)
    hd_json_each (root, copy_member, changed);
  if (credentials != NULL)
    hd_json_set (others.auths, g_str_equal (host, DOCKER_HOST) ? DOCKER_KEY : host,
                 new_entry (credentials));
  hd_json_set (changed, "auths", others.auths);
  *ret_found = others.found;
  return changed;
}

static gboolean
write_file (const char *path, const hd_json *root, GError **error)
{
  hd_autofree char *text = hd_json_to_text (root, true);
  g_autofree char *folder = g_path_get_dirname (path);
  if (g_mkdir_with_parents (folder, 0700) < 0)
    return hd_throw_errno (error, errno, "making the folder %s", folder);
  int r = hd_fs_replace (AT_FDCWD, path, text, strlen (text), 0600);
  return r == 0 || hd_throw_errno (error, -r, "writing %s", path);
}

gboolean
hd_auth_store (const char *authfile, const char *host, const HdCredentials *credentials,
               char **ret_path, GError **error)
{
  const char *named = authfile != NULL ? authfile : g_getenv ("REGISTRY_AUTH_FILE");
  g_autofree char *path = named != NULL ? g_strdup (named) : docker_config ();
  hd_autofree char *text = NULL;
  size_t size = 0;
  hd_err err = { 0 };
  gboolean found;
  int r = hd_fs_read (AT_FDCWD, path, MAX_FILE_BYTES, &text, &size);
  if (r < 0 && r != -ENOENT && r != -ENOTDIR)
    return hd_throw_errno (error, -r, "reading %s", path);
  hd_autojson root = size > 0 ? hd_json_parse (text, size, &err) : NULL;
  if (size > 0 && (root == NULL || hd_json_get_type (root) != HD_JSON_OBJECT))
    return hd_throw (error, HD_CONFIG, NULL, "%s: %s", path,
                     root == NULL ? err.message : "no object");
  hd_autojson changed = change (root, host, credentials, &found);
  if (credentials == NULL && !found)
    return hd_throw (error, HD_NOT_FOUND, NULL, "not logged in to %s", host);
  if (!write_file (path, changed, error))
    return FALSE;
  if (ret_path != NULL)
    *ret_path = g_steal_pointer (&path);
  return TRUE;
}
