/* -v and --tmpfs; mountspec-mount.c has --mount. No I/O. */
#include "engine/mountspec.h"

#include <string.h>

#include "base/error.h"
#include "common/parse.h"
#include "engine/mountspec-internal.h"

#define MAX_TEXT 8192
#define HINT_VOLUME "write [SOURCE:]TARGET[:OPTION,...]"

void
hd_mountspec_free (HdMountSpec *spec)
{
  if (spec == NULL)
    return;
  g_free (spec->source);
  g_free (spec->target);
  g_free (spec->propagation);
  g_free (spec->subpath);
  g_strfreev (spec->options);
  g_strfreev (spec->labels);
  g_free (spec->driver);
  g_strfreev (spec->driver_options);
  g_free (spec);
}

gboolean
hd_mountspec_check_length (const char *text, GError **error)
{
  return strlen (text) <= MAX_TEXT
         || hd_throw (error, HD_USAGE, NULL, "a mount of more than %d characters", MAX_TEXT);
}

void
hd_mountspec_append (char ***list, const char *text)
{
  guint n = *list != NULL ? g_strv_length (*list) : 0;
  *list = g_renew (char *, *list, n + 2);
  (*list)[n] = g_strdup (text);
  (*list)[n + 1] = NULL;
}

/* ---- Paths ---- */

gboolean
hd_mountspec_set_target (HdMountSpec *spec, const char *text, GError **error)
{
  if (!g_path_is_absolute (text))
    return hd_throw (error, HD_USAGE, "give its full path, as /data",
                     "\"%s\" is no absolute path in the container", text);
  g_free (spec->target);
  spec->target = g_canonicalize_filename (text, "/");
  if (g_str_equal (spec->target, "/"))
    return hd_throw (error, HD_USAGE, NULL, "a mount on / would hide the whole container");
  return TRUE;
}

gboolean
hd_mountspec_is_volume (const char *name)
{
  if (!g_ascii_isalnum (*name))
    return FALSE;
  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("_.-", *c) == NULL)
      return FALSE;
  return strlen (name) <= 255;
}

gboolean
hd_mountspec_throw_volume (const char *name, GError **error)
{
  return hd_throw (error, HD_USAGE,
                   "letters, digits, _ . and - make a volume's name; a path begins with / or ./",
                   "\"%s\" is neither a volume's name nor a path", name);
}

/* What -v has before its target. */
static gboolean
set_source (HdMountSpec *spec, const char *text, const char *cwd, GError **error)
{
  gboolean relative = g_str_equal (text, ".") || g_str_equal (text, "..")
                      || g_str_has_prefix (text, "./") || g_str_has_prefix (text, "../");
  if (g_path_is_absolute (text) || relative)
    {
      spec->kind = HD_MOUNT_BIND;
      spec->make_source = TRUE;
      spec->source = g_canonicalize_filename (text, cwd);
      return TRUE;
    }
  spec->kind = HD_MOUNT_VOLUME;
  spec->source = g_strdup (text);
  return hd_mountspec_is_volume (text) || hd_mountspec_throw_volume (text, error);
}

/* ---- -v ---- */

const char *const hd_mountspec_propagations[]
    = { "shared", "rshared", "slave", "rslave", "private", "rprivate", NULL };

/* Words that set a flag of `spec`; those that mean nothing here have no field. */
static const struct
{
  const char *word;
  gsize field;
  gboolean value;
} flags[] = {
  { "ro", G_STRUCT_OFFSET (HdMountSpec, read_only), TRUE },
  { "rw", G_STRUCT_OFFSET (HdMountSpec, read_only), FALSE },
  { "nocopy", G_STRUCT_OFFSET (HdMountSpec, no_copy), TRUE },
  { "copy", G_STRUCT_OFFSET (HdMountSpec, no_copy), FALSE },
  { "bind", G_STRUCT_OFFSET (HdMountSpec, no_recursive), TRUE },
  { "rbind", G_STRUCT_OFFSET (HdMountSpec, no_recursive), FALSE },
  { "consistent", 0, FALSE },
  { "cached", 0, FALSE },
  { "delegated", 0, FALSE },
};

gboolean
hd_mountspec_throw_word (const char *word, const char *where, const char *const *known,
                         GError **error)
{
  const char *nearest = hd_nearest_word (word, known);
  g_autofree char *all = g_strjoinv (", ", (char **)known);
  g_autofree char *hint = nearest != NULL ? g_strdup_printf ("did you mean \"%s\"?", nearest)
                                          : g_strdup_printf ("known are %s", all);
  return hd_throw (error, HD_USAGE, hint, "%s: unknown \"%s\"", where, word);
}

static gboolean
set_word (HdMountSpec *spec, const char *word, const char *where, GError **error)
{
  const char *known[G_N_ELEMENTS (flags) + G_N_ELEMENTS (hd_mountspec_propagations) + 2];
  guint n = 0;
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      known[n++] = flags[i].word;
      if (!g_str_equal (word, flags[i].word))
        continue;
      if (flags[i].field != 0)
        G_STRUCT_MEMBER (gboolean, spec, flags[i].field) = flags[i].value;
      return TRUE;
    }
  if (g_strv_contains (hd_mountspec_propagations, word))
    {
      g_free (spec->propagation);
      spec->propagation = g_strdup (word);
      return TRUE;
    }
  if (g_str_equal (word, "z") || g_str_equal (word, "Z"))
    {
      spec->relabel = *word;
      return TRUE;
    }
  for (const char *const *p = hd_mountspec_propagations; *p != NULL; p++)
    known[n++] = *p;
  known[n++] = "z";
  known[n] = NULL;
  return hd_mountspec_throw_word (word, where, known, error);
}

/* "C:\data": what a path of Windows looks like. */
static gboolean
is_windows (const char *text)
{
  return g_ascii_isalpha (text[0]) && text[1] == ':' && (text[2] == '\\' || text[2] == '/')
         && strchr (text + 2, '\\') != NULL;
}

HdMountSpec *
hd_mountspec_parse_volume (const char *text, const char *cwd, GError **error)
{
  g_autoptr (HdMountSpec) spec = g_new0 (HdMountSpec, 1);
  if (!hd_mountspec_check_length (text, error))
    return NULL;
  g_auto (GStrv) parts = g_strsplit (text, ":", -1);
  guint n = g_strv_length (parts);
  if (is_windows (text) || n > 3 || n == 0 || (n == 3 && *parts[2] == '\0')
      || (n > 1 && (*parts[0] == '\0' || *parts[1] == '\0')))
    {
      hd_throw (error, HD_USAGE, HINT_VOLUME, "volume \"%s\" has the wrong form", text);
      return NULL;
    }
  spec->kind = HD_MOUNT_VOLUME;
  if ((n > 1 && !set_source (spec, parts[0], cwd, error))
      || !hd_mountspec_set_target (spec, parts[n > 1 ? 1 : 0], error))
    return NULL;
  if (n < 3)
    return g_steal_pointer (&spec);
  g_auto (GStrv) words = g_strsplit (parts[2], ",", -1);
  for (char **word = words; *word != NULL; word++)
    if (!set_word (spec, *word, text, error))
      return NULL;
  return g_steal_pointer (&spec);
}

gboolean
hd_mountspec_set_size (HdMountSpec *spec, const char *text, GError **error)
{
  g_autofree char *upper = g_ascii_strup (text, -1);
  return hd_parse_size (upper, &spec->size_bytes) == 0
         || hd_throw (error, HD_USAGE, "write it as 64m or 1g", "\"%s\" is no size", text);
}

gboolean
hd_mountspec_set_mode (HdMountSpec *spec, const char *text, GError **error)
{
  char *end;
  guint64 mode = g_ascii_strtoull (text, &end, 8);
  if (!g_ascii_isdigit (*text) || *end != '\0' || mode > 07777)
    return hd_throw (error, HD_USAGE, "write it in octal digits, as 1777", "\"%s\" is no mode",
                     text);
  spec->mode = (guint)mode;
  return TRUE;
}

/* ---- --tmpfs ---- */

/* What mount(8) knows of tmpfs and is handed on. */
static const char *const tmpfs_words[]
    = { "nosuid",   "suid",       "nodev",    "dev",         "sync",   "async", "noatime", "atime",
        "relatime", "nodiratime", "diratime", "strictatime", "noswap", "rw",    NULL };
static const char *const tmpfs_keys[]
    = { "size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "ro", "exec", "noexec", NULL };

static gboolean
set_tmpfs_word (HdMountSpec *spec, const char *word, GError **error)
{
  if (g_str_has_prefix (word, "size="))
    return hd_mountspec_set_size (spec, word + strlen ("size="), error);
  if (g_str_has_prefix (word, "mode="))
    return hd_mountspec_set_mode (spec, word + strlen ("mode="), error);
  if (g_str_equal (word, "ro"))
    spec->read_only = TRUE;
  else if (g_str_equal (word, "exec") || g_str_equal (word, "noexec"))
    spec->exec = *word == 'e';
  else if (g_strv_contains (tmpfs_words, word) || g_str_has_prefix (word, "uid=")
           || g_str_has_prefix (word, "gid=") || g_str_has_prefix (word, "nr_inodes=")
           || g_str_has_prefix (word, "nr_blocks="))
    hd_mountspec_append (&spec->options, word);
  else
    {
      g_autofree char *key = g_strndup (word, strcspn (word, "="));
      const char *nearest = hd_nearest_word (key, tmpfs_words);
      return hd_mountspec_throw_word (key, "option of --tmpfs",
                                      nearest != NULL ? tmpfs_words : tmpfs_keys, error);
    }
  return TRUE;
}

HdMountSpec *
hd_mountspec_parse_tmpfs (const char *text, GError **error)
{
  g_autoptr (HdMountSpec) spec = g_new0 (HdMountSpec, 1);
  if (!hd_mountspec_check_length (text, error))
    return NULL;
  const char *colon = strchr (text, ':');
  g_autofree char *target
      = colon != NULL ? g_strndup (text, (gsize)(colon - text)) : g_strdup (text);
  spec->kind = HD_MOUNT_TMPFS;
  spec->mode = 01777;
  /* As docker has it: noexec unless asked for. */
  spec->exec = FALSE;
  if (!hd_mountspec_set_target (spec, target, error))
    return NULL;
  if (colon == NULL || colon[1] == '\0')
    return g_steal_pointer (&spec);
  g_auto (GStrv) words = g_strsplit (colon + 1, ",", -1);
  for (char **word = words; *word != NULL; word++)
    if (!set_tmpfs_word (spec, *word, error))
      return NULL;
  return g_steal_pointer (&spec);
}
