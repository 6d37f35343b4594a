/* References: pure parsing. */
#include "engine/ref.h"

#include <string.h>

#include "base/error.h"
#include "common/parse.h"

#define DIGEST_PREFIX "sha256:"
#define OFFICIAL "library/"
#define SHORT_DIGITS 12

gboolean
hd_digest_is_valid (const char *text)
{
  return g_str_has_prefix (text, DIGEST_PREFIX)
         && hd_parse_is_checksum (text + strlen (DIGEST_PREFIX));
}

const char *
hd_digest_hex (const char *digest)
{
  g_assert (g_str_has_prefix (digest, DIGEST_PREFIX));
  return digest + strlen (DIGEST_PREFIX);
}

char *
hd_digest_of (const void *data, gsize size_bytes)
{
  g_autofree char *hex = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, size_bytes);
  return g_strconcat (DIGEST_PREFIX, hex, NULL);
}

char *
hd_digest_short (const char *digest)
{
  if (g_str_has_prefix (digest, DIGEST_PREFIX))
    digest = hd_digest_hex (digest);
  return g_strndup (digest, SHORT_DIGITS);
}

/* ---- The grammar ---- */

static gboolean
is_lower_alnum (char c)
{
  return g_ascii_islower (c) || g_ascii_isdigit (c);
}

/* path-component ::= alpha-numeric (separator alpha-numeric)*; separator ::= [_.] | __ | [-]+ */
static gboolean
is_path_component (const char *text, gsize length)
{
  gsize i = 0;
  while (i < length)
    {
      gsize start = i;
      while (i < length && is_lower_alnum (text[i]))
        i++;
      if (i == start)
        return FALSE;
      if (i == length)
        return TRUE;
      char separator = text[i];
      gsize first = i;
      while (i < length && text[i] == separator)
        i++;
      gsize most = separator == '.' ? 1 : separator == '_' ? 2 : separator == '-' ? length : 0;
      if (i - first > most)
        return FALSE;
    }
  return FALSE;
}

static gboolean
is_path (const char *text)
{
  for (;;)
    {
      gsize length = strcspn (text, "/");
      if (!is_path_component (text, length))
        return FALSE;
      if (text[length] == '\0')
        return TRUE;
      text += length + 1;
    }
}

/* domain-component ::= letters, digits and, inside, hyphens. */
static gboolean
is_host_component (const char *text, gsize length)
{
  if (length == 0 || text[0] == '-' || text[length - 1] == '-')
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '-')
      return FALSE;
  return TRUE;
}

static gboolean
is_host_name (const char *text, gsize length)
{
  if (length > 2 && text[0] == '[' && text[length - 1] == ']')
    {
      for (gsize i = 1; i < length - 1; i++)
        if (!g_ascii_isxdigit (text[i]) && text[i] != ':')
          return FALSE;
      return TRUE;
    }
  while (length > 0)
    {
      const char *dot = memchr (text, '.', length);
      gsize part = dot != NULL ? (gsize)(dot - text) : length;
      if (!is_host_component (text, part))
        return FALSE;
      if (dot == NULL)
        return TRUE;
      text += part + 1;
      length -= part + 1;
    }
  return FALSE;
}

/* host ::= name [":" port] */
static gboolean
is_host (const char *text)
{
  const char *end = text + strlen (text);
  const char *digits = end;
  while (digits > text && g_ascii_isdigit (digits[-1]))
    digits--;
  if (digits > text && digits[-1] == ':' && digits < end && end - digits <= 5)
    end = digits - 1;
  return is_host_name (text, (gsize)(end - text));
}

static gboolean
is_tag (const char *text)
{
  gsize length = strlen (text);
  if (length == 0 || length > HD_REF_TAG_MAX || text[0] == '.' || text[0] == '-')
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && strchr ("_.-", text[i]) == NULL)
      return FALSE;
  return TRUE;
}

/* The first part is a host when it could be no folder of Docker Hub. */
static gboolean
looks_like_host (const char *part)
{
  return strpbrk (part, ".:[") != NULL || g_str_equal (part, "localhost")
         || strpbrk (part, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL;
}

/* ---- Parsing ---- */

static gboolean
throw_bad (GError **error, const char *text, const char *why, const char *hint)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  return hd_throw (error, HD_USAGE, hint, "\"%s\" is no image reference: %s", valid, why);
}

static gboolean
split_digest (char *name, HdRef *ref, const char *text, GError **error)
{
  char *at = strchr (name, '@');
  if (at == NULL)
    return TRUE;
  if (!hd_digest_is_valid (at + 1))
    return throw_bad (error, text, "after @ stands no digest",
                      "a digest is sha256: and 64 hexadecimal digits in lower case");
  ref->digest = g_strdup (at + 1);
  *at = '\0';
  return TRUE;
}

static gboolean
split_tag (char *name, HdRef *ref, const char *text, GError **error)
{
  char *slash = strrchr (name, '/');
  char *colon = strchr (slash != NULL ? slash : name, ':');
  if (colon == NULL)
    return TRUE;
  if (!is_tag (colon + 1))
    return throw_bad (error, text, "the tag is malformed",
                      "a tag has letters, digits, _ . and -, 128 at most");
  ref->tag = g_strdup (colon + 1);
  *colon = '\0';
  return TRUE;
}

static gboolean
split_host (char *name, HdRef *ref, const char *text, GError **error)
{
  char *slash = strchr (name, '/');
  const char *path = name;
  if (slash != NULL)
    {
      *slash = '\0';
      if (looks_like_host (name))
        {
          if (!is_host (name))
            return throw_bad (error, text, "the host is malformed", NULL);
          ref->has_host = TRUE;
          ref->host = g_strdup (g_str_equal (name, "index.docker.io") ? HD_REF_DEFAULT_HOST : name);
          path = slash + 1;
        }
      else
        *slash = '/';
    }
  if (ref->host == NULL)
    ref->host = g_strdup (HD_REF_DEFAULT_HOST);
  if (!is_path (path))
    return throw_bad (
        error, text, "the name is malformed",
        "a name has lower-case letters and digits, and . _ - between them: [HOST/]NAME[:TAG]");
  gboolean official = g_str_equal (ref->host, HD_REF_DEFAULT_HOST) && strchr (path, '/') == NULL;
  ref->path = g_strconcat (official ? OFFICIAL : "", path, NULL);
  return TRUE;
}

HdRef *
hd_ref_parse (const char *text, GError **error)
{
  g_autoptr (HdRef) ref = g_new0 (HdRef, 1);
  g_autofree char *name = g_strdup (text);
  if (!split_digest (name, ref, text, error) || !split_tag (name, ref, text, error)
      || !split_host (name, ref, text, error))
    return NULL;
  if (strlen (ref->host) + 1 + strlen (ref->path) > HD_REF_NAME_MAX)
    {
      throw_bad (error, text, "the name has more than 255 characters", NULL);
      return NULL;
    }
  if (ref->tag == NULL && ref->digest == NULL)
    ref->tag = g_strdup ("latest");
  return g_steal_pointer (&ref);
}

HdRef *
hd_ref_copy (const HdRef *ref)
{
  HdRef *copy = g_new0 (HdRef, 1);
  copy->host = g_strdup (ref->host);
  copy->path = g_strdup (ref->path);
  copy->tag = g_strdup (ref->tag);
  copy->digest = g_strdup (ref->digest);
  copy->has_host = ref->has_host;
  return copy;
}

void
hd_ref_free (HdRef *ref)
{
  if (ref == NULL)
    return;
  g_free (ref->host);
  g_free (ref->path);
  g_free (ref->tag);
  g_free (ref->digest);
  g_free (ref);
}

char *
hd_ref_repository (const HdRef *ref)
{
  return g_strconcat (ref->host, "/", ref->path, NULL);
}

char *
hd_ref_text (const HdRef *ref)
{
  return g_strconcat (ref->host, "/", ref->path, ref->tag != NULL ? ":" : "",
                      ref->tag != NULL ? ref->tag : "", ref->digest != NULL ? "@" : "", ref->digest,
                      NULL);
}

/* Without the host a name must still not look as if it began with one ("docker.io/a.b/c"). */
char *
hd_ref_familiar (const char *repository)
{
  if (!g_str_has_prefix (repository, HD_REF_DEFAULT_HOST "/"))
    return g_strdup (repository);
  const char *path = repository + strlen (HD_REF_DEFAULT_HOST "/");
  gsize first = strcspn (path, "/");
  g_autofree char *part = g_strndup (path, first);
  if (path[first] == '/' && looks_like_host (part))
    return g_strdup (repository);
  if (g_str_has_prefix (path, OFFICIAL) && strchr (path + strlen (OFFICIAL), '/') == NULL)
    path += strlen (OFFICIAL);
  return g_strdup (path);
}
