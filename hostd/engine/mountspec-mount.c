/* --mount: a table of keys. */
#include <string.h>

#include "base/error.h"
#include "engine/mountspec-internal.h"

typedef enum
{
  KEY_TYPE,
  KEY_SOURCE,
  KEY_TARGET,
  KEY_READ_ONLY,
  KEY_PROPAGATION,
  KEY_NO_RECURSIVE,
  KEY_NOTHING,
  KEY_NO_COPY,
  KEY_LABEL,
  KEY_DRIVER,
  KEY_DRIVER_OPTION,
  KEY_SUBPATH,
  KEY_SIZE,
  KEY_MODE,
  KEY_RELABEL
} Key;

#define BIND (1u << HD_MOUNT_BIND)
#define VOLUME (1u << HD_MOUNT_VOLUME)
#define TMPFS (1u << HD_MOUNT_TMPFS)
#define ALL (BIND | VOLUME | TMPFS)

static const struct
{
  const char *name;
  Key key;
  guint kinds;   /* of mounts that have it */
  gboolean bare; /* may stand without a value */
} keys[] = {
  { "type", KEY_TYPE, ALL, FALSE },
  { "source", KEY_SOURCE, BIND | VOLUME, FALSE },
  { "src", KEY_SOURCE, BIND | VOLUME, FALSE },
  { "target", KEY_TARGET, ALL, FALSE },
  { "dst", KEY_TARGET, ALL, FALSE },
  { "destination", KEY_TARGET, ALL, FALSE },
  { "readonly", KEY_READ_ONLY, ALL, TRUE },
  { "ro", KEY_READ_ONLY, ALL, TRUE },
  { "consistency", KEY_NOTHING, ALL, FALSE },
  { "bind-propagation", KEY_PROPAGATION, BIND, FALSE },
  { "bind-nonrecursive", KEY_NO_RECURSIVE, BIND, TRUE },
  { "relabel", KEY_RELABEL, BIND | VOLUME, FALSE },
  { "volume-nocopy", KEY_NO_COPY, VOLUME, TRUE },
  { "volume-label", KEY_LABEL, VOLUME, FALSE },
  { "volume-driver", KEY_DRIVER, VOLUME, FALSE },
  { "volume-opt", KEY_DRIVER_OPTION, VOLUME, FALSE },
  { "volume-subpath", KEY_SUBPATH, VOLUME, FALSE },
  { "tmpfs-size", KEY_SIZE, TMPFS, FALSE },
  { "tmpfs-mode", KEY_MODE, TMPFS, FALSE },
};

static const char *const kind_names[] = { "bind", "volume", "tmpfs", NULL };

/* Fields between commas; a field in double quotes may hold commas, and "" is a quote (RFC 4180).
 * NULL when a quote is never closed. Free with g_strfreev. */
static char **
split_csv (const char *text)
{
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) field = g_string_new (NULL);
  gboolean quoted = FALSE;
  for (const char *c = text;; c++)
    if (*c == '\0' || (*c == ',' && !quoted))
      {
        g_ptr_array_add (fields, g_strndup (field->str, field->len));
        g_string_truncate (field, 0);
        if (*c == '\0')
          break;
      }
    else if (*c == '"' && quoted && c[1] == '"')
      g_string_append_c (field, *c++);
    else if (*c == '"' && (quoted || field->len == 0))
      quoted = !quoted;
    else
      g_string_append_c (field, *c);
  if (quoted)
    return NULL;
  g_ptr_array_add (fields, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&fields), FALSE);
}

static gboolean
parse_bool (const char *name, const char *text, gboolean *ret, GError **error)
{
  static const char *const yes[] = { "true", "1", "", NULL }, *const no[] = { "false", "0", NULL };
  *ret = g_strv_contains (yes, text);
  return *ret || g_strv_contains (no, text)
         || hd_throw (error, HD_USAGE, NULL, "%s=%s: true or false is wanted", name, text);
}

static gboolean
set_kind (HdMountSpec *spec, const char *text, GError **error)
{
  for (guint i = 0; kind_names[i] != NULL; i++)
    if (g_str_equal (kind_names[i], text))
      {
        spec->kind = (HdMountKind)i;
        return TRUE;
      }
  return hd_mountspec_throw_word (text, "type of a mount", kind_names, error);
}

static gboolean
set_propagation (HdMountSpec *spec, const char *text, GError **error)
{
  if (!g_strv_contains (hd_mountspec_propagations, text))
    return hd_mountspec_throw_word (text, "bind-propagation", hd_mountspec_propagations, error);
  g_free (spec->propagation);
  spec->propagation = g_strdup (text);
  return TRUE;
}

/* Inside of the volume, and nowhere else. */
static gboolean
set_subpath (HdMountSpec *spec, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);
  if (*text == '/' || *text == '\0' || g_strv_contains ((const char *const *)parts, ".."))
    return hd_throw (error, HD_USAGE, NULL,
                     "volume-subpath=%s: a path inside of the volume is wanted", text);
  g_free (spec->subpath);
  spec->subpath = g_strdup (text);
  return TRUE;
}

static gboolean
set_relabel (HdMountSpec *spec, const char *text, GError **error)
{
  static const char *const known[] = { "shared", "private", NULL };
  if (!g_strv_contains (known, text))
    return hd_mountspec_throw_word (text, "relabel", known, error);
  spec->relabel = *text == 's' ? 'z' : 'Z';
  return TRUE;
}

static gboolean
set_key (HdMountSpec *spec, Key key, const char *name, const char *value, GError **error)
{
  switch (key)
    {
    case KEY_TYPE:
      return set_kind (spec, value, error);
    case KEY_SOURCE:
      g_free (spec->source);
      spec->source = g_strdup (value);
      return TRUE;
    case KEY_TARGET:
      return hd_mountspec_set_target (spec, value, error);
    case KEY_READ_ONLY:
      return parse_bool (name, value, &spec->read_only, error);
    case KEY_PROPAGATION:
      return set_propagation (spec, value, error);
    case KEY_NO_RECURSIVE:
      return parse_bool (name, value, &spec->no_recursive, error);
    case KEY_NOTHING:
      return TRUE;
    case KEY_NO_COPY:
      return parse_bool (name, value, &spec->no_copy, error);
    case KEY_LABEL:
      hd_mountspec_append (&spec->labels, value);
      return TRUE;
    case KEY_DRIVER:
      g_free (spec->driver);
      spec->driver = g_strdup (value);
      return g_str_equal (value, "local")
             || hd_throw (error, HD_USAGE, "leave it out", "there is no volume driver \"%s\"",
                          value);
    case KEY_DRIVER_OPTION:
      hd_mountspec_append (&spec->driver_options, value);
      return TRUE;
    case KEY_SUBPATH:
      return set_subpath (spec, value, error);
    case KEY_SIZE:
      return hd_mountspec_set_size (spec, value, error);
    case KEY_MODE:
      return hd_mountspec_set_mode (spec, value, error);
    case KEY_RELABEL:
      return set_relabel (spec, value, error);
    }
  g_return_val_if_reached (FALSE);
}

/* One "KEY=VALUE" of --mount; *kinds is narrowed to those that have the key. */
static gboolean
set_field (HdMountSpec *spec, char *field, const char *text, guint *used, GError **error)
{
  const char *known[G_N_ELEMENTS (keys) + 1] = { NULL };
  char *equals = strchr (field, '=');
  if (equals != NULL)
    *equals = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      known[i] = keys[i].name;
      if (!g_str_equal (keys[i].name, field))
        continue;
      if (equals == NULL ? !keys[i].bare : equals[1] == '\0')
        return hd_throw (error, HD_USAGE, NULL, "mount \"%s\": %s has no value", text, field);
      *used |= 1u << i;
      return set_key (spec, keys[i].key, field, equals != NULL ? equals + 1 : "", error);
    }
  return hd_mountspec_throw_word (field, "key of a mount", known, error);
}

/* What the kind wants, and what it does not have. */
static gboolean
check_mount (HdMountSpec *spec, const char *text, const char *cwd, guint used, GError **error)
{
  const char *kind = kind_names[spec->kind];
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if ((used >> i & 1) != 0 && (keys[i].kinds >> spec->kind & 1) == 0)
      return hd_throw (error, HD_USAGE, NULL, "mount \"%s\": a %s has no %s", text, kind,
                       keys[i].name);
  if (spec->target == NULL)
    return hd_throw (error, HD_USAGE, "add target=/PATH", "mount \"%s\" has no target", text);
  if (spec->kind == HD_MOUNT_VOLUME && spec->source != NULL
      && !hd_mountspec_is_volume (spec->source))
    return hd_mountspec_throw_volume (spec->source, error);
  if (spec->kind != HD_MOUNT_BIND)
    return TRUE;
  if (spec->source == NULL)
    return hd_throw (error, HD_USAGE, "add source=/PATH", "mount \"%s\" has no source", text);
  g_autofree char *given = g_steal_pointer (&spec->source);
  spec->source = g_canonicalize_filename (given, cwd);
  return TRUE;
}

HdMountSpec *
hd_mountspec_parse_mount (const char *text, const char *cwd, GError **error)
{
  g_autoptr (HdMountSpec) spec = g_new0 (HdMountSpec, 1);
  guint used = 0;
  if (!hd_mountspec_check_length (text, error))
    return NULL;
  g_auto (GStrv) fields = split_csv (text);
  if (fields == NULL)
    {
      hd_throw (error, HD_USAGE, NULL, "mount \"%s\": a quote is never closed", text);
      return NULL;
    }
  spec->kind = HD_MOUNT_VOLUME;
  spec->mode = 01777;
  spec->exec = TRUE;
  for (char **field = fields; *field != NULL; field++)
    if (!set_field (spec, *field, text, &used, error))
      return NULL;
  return check_mount (spec, text, cwd, used, error) ? g_steal_pointer (&spec) : NULL;
}
