/* Which images may be used. */
#include "engine/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"

#define MAX_FILE_BYTES (1u << 20)
#define MAX_KEYS 64

static void
requirement_free (gpointer data)
{
  HdPolicyRequirement *requirement = data;
  g_strfreev (requirement->key_paths);
  g_clear_pointer (&requirement->key_data, g_bytes_unref);
  g_free (requirement->identity);
  g_free (requirement);
}

/* ---- Scopes ---- */

/* "host/path:tag", "host/path", "host/pa...", "host", "*.domain", ..., "": the most special first
 * (containers-policy.json(5), "docker:"). */
static char **
list_scopes (const HdRef *ref)
{
  g_autoptr (GPtrArray) scopes = g_ptr_array_new ();
  g_autofree char *whole = hd_ref_text (ref);
  char *name = hd_ref_repository (ref);
  if (!g_str_equal (whole, name))
    g_ptr_array_add (scopes, g_strdup (whole));
  for (char *slash; (slash = strrchr (name, '/')) != NULL; *slash = '\0')
    g_ptr_array_add (scopes, g_strdup (name));
  g_ptr_array_add (scopes, name);
  for (const char *dot = strchr (ref->host, '.'); dot != NULL; dot = strchr (dot + 1, '.'))
    g_ptr_array_add (scopes, g_strconcat ("*", dot, NULL));
  g_ptr_array_add (scopes, g_strdup (""));
  g_ptr_array_add (scopes, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&scopes), FALSE);
}

/* The requirements that count; *ret_scope is what to call them. */
static const hd_json *
find_requirements (const hd_json *root, const char *transport, const HdRef *ref, char **ret_scope)
{
  const hd_json *of_transport = hd_json_get (hd_json_get (root, "transports"), transport);
  g_auto (GStrv) scopes = ref != NULL ? list_scopes (ref) : g_strsplit ("", "/", 1);
  if (scopes[0] == NULL)
    {
      const hd_json *any = hd_json_get (of_transport, "");
      if (any != NULL)
        {
          *ret_scope = g_strdup_printf ("transport \"%s\"", transport);
          return any;
        }
    }
  for (char **scope = scopes; *scope != NULL; scope++)
    {
      const hd_json *found = hd_json_get (of_transport, *scope);
      if (found == NULL)
        continue;
      *ret_scope = g_strdup_printf ("scope \"%s\"", *scope);
      return found;
    }
  *ret_scope = g_strdup ("default");
  return hd_json_get (root, "default");
}

/* ---- Requirements ---- */

static gboolean
throw_bad (GError **error, const char *name, const char *scope, const char *what)
{
  return hd_throw (error, HD_CONFIG, NULL, "%s: %s: %s", name, scope, what);
}

static gboolean
add_key_path (const hd_json *value, GPtrArray *paths)
{
  const char *path;
  if (!hd_json_as_string (value, &path) || paths->len >= MAX_KEYS)
    return FALSE;
  g_ptr_array_add (paths, g_strdup (path));
  return TRUE;
}

static gboolean
read_keys (const hd_json *item, HdPolicyRequirement *requirement)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const hd_json *list = hd_json_get (item, "keyPaths");
  const hd_json *path = hd_json_get (item, "keyPath");
  const char *data;
  gboolean good = path == NULL || add_key_path (path, paths);
  for (gsize i = 0; good && list != NULL && i < hd_json_length (list); i++)
    good = add_key_path (hd_json_at (list, i), paths);
  if (hd_json_as_string (hd_json_get (item, "keyData"), &data))
    {
      gsize size;
      guchar *bytes = g_base64_decode (data, &size);
      requirement->key_data = g_bytes_new_take (bytes, size);
    }
  g_ptr_array_add (paths, NULL);
  requirement->key_paths = (char **)g_ptr_array_free (g_steal_pointer (&paths), FALSE);
  return good && (requirement->key_paths[0] != NULL || requirement->key_data != NULL);
}

static HdPolicyRequirement *
read_requirement (const hd_json *item, const char *name, const char *scope, GError **error)
{
  const char *type = hd_json_get_string (item, "type", "");
  HdPolicyRequirement *requirement = g_new0 (HdPolicyRequirement, 1);
  gboolean good = FALSE;
  if (g_str_equal (type, "insecureAcceptAnything"))
    good = TRUE;
  else if (g_str_equal (type, "reject"))
    hd_throw (error, HD_SIGNATURE, NULL, "rejected by %s of %s", scope, name);
  else if (g_str_equal (type, "signedBy") || g_str_equal (type, "sigstoreSigned"))
    {
      requirement->type = g_str_equal (type, "signedBy") ? HD_POLICY_SIGNED_BY : HD_POLICY_SIGSTORE;
      const char *identity = hd_json_get_string (hd_json_get (item, "signedIdentity"), "type",
                                                 "matchRepoDigestOrExact");
      requirement->identity = g_strdup (identity);
      good = read_keys (item, requirement)
             || throw_bad (error, name, scope, "a signature is wanted, but no key is named");
    }
  else
    throw_bad (error, name, scope, "a requirement of unknown type");
  if (good)
    return requirement;
  requirement_free (requirement);
  return NULL;
}

GPtrArray *
hd_policy_parse (const char *name, const char *text, gsize length_bytes, const char *transport,
                 const HdRef *ref, GError **error)
{
  hd_err err = { 0 };
  g_autofree char *scope = NULL;
  hd_autojson root = hd_json_parse (text, length_bytes, &err);
  if (root == NULL)
    {
      hd_throw (error, HD_CONFIG, NULL, "%s: %s", name, err.message);
      return NULL;
    }
  const hd_json *list = find_requirements (root, transport, ref, &scope);
  if (list == NULL || hd_json_get_type (list) != HD_JSON_ARRAY || hd_json_length (list) == 0)
    {
      throw_bad (error, name, scope, "there are no requirements");
      return NULL;
    }
  g_autoptr (GPtrArray) requirements = g_ptr_array_new_with_free_func (requirement_free);
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      HdPolicyRequirement *requirement
          = read_requirement (hd_json_at (list, i), name, scope, error);
      if (requirement == NULL)
        return NULL;
      g_ptr_array_add (requirements, requirement);
    }
  return g_steal_pointer (&requirements);
}

/* ---- The file ---- */

static GPtrArray *
load (const char *transport, const HdRef *ref, GError **error)
{
  const char *own = g_getenv ("ATOMIC_POLICY");
  const char *const files[] = { own != NULL ? own : "/etc/atomic/policy.json",
                                own != NULL ? NULL : "/etc/containers/policy.json", NULL };
  for (const char *const *file = files; *file != NULL; file++)
    {
      hd_autofree char *text = NULL;
      size_t size;
      int r = hd_fs_read (AT_FDCWD, *file, MAX_FILE_BYTES, &text, &size);
      if (r == -ENOENT && own == NULL)
        continue;
      if (r == 0)
        return hd_policy_parse (*file, text, size, transport, ref, error);
      hd_throw_errno (error, -r, "reading the policy %s", *file);
      return NULL;
    }
  return g_ptr_array_new_with_free_func (requirement_free);
}

GPtrArray *
hd_policy_find (const HdRef *ref, GError **error)
{
  GPtrArray *requirements = load ("docker", ref, error);
  if (requirements == NULL)
    {
      g_autofree char *text = hd_ref_text (ref);
      g_prefix_error (error, "%s: ", text);
    }
  return requirements;
}

gboolean
hd_policy_check_file (const char *transport, GError **error)
{
  g_autoptr (GPtrArray) requirements = load (transport, NULL, error);
  for (guint i = 0; requirements != NULL && i < requirements->len; i++)
    {
      const HdPolicyRequirement *requirement = g_ptr_array_index (requirements, i);
      if (requirement->type != HD_POLICY_ACCEPT)
        return hd_throw (error, HD_SIGNATURE, NULL,
                         "the policy wants a signature, and images from files have none");
    }
  return requirements != NULL;
}
