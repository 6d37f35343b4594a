/* Users of an image. */
#include "engine/image-root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"

/* 1: *ret_text is its content; 0: the layer does not know it; -1: it hides what is below. */
static int
read_in_layer (const char *layer, const char *path, char **ret_text)
{
  struct stat stat;
  hd_autofree char *text = NULL;
  hd_autofd root = open (layer, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0)
    return 0;
  hd_autofd found = hd_fs_open_in (root, path, O_PATH, 0, 0);
  if (found < 0)
    return found == -ENOENT ? 0 : -1;
  if (fstat (found, &stat) < 0 || !S_ISREG (stat.st_mode))
    return -1;
  hd_autofd fd = hd_fs_open_in (root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0, 0);
  if (fd < 0 || hd_fs_read_fd (fd, HD_IMAGE_FILE_MAX, &text, NULL) < 0)
    return -1;
  *ret_text = g_strdup (text);
  return 1;
}

char *
hd_image_root_read (const HdImageRoot *root, const char *path)
{
  char *text = NULL;
  int found = root->upper != NULL ? read_in_layer (root->upper, path, &text) : 0;
  for (const char *const *layer = root->layers; found == 0 && layer != NULL && *layer != NULL;
       layer++)
    found = read_in_layer (*layer, path, &text);
  return text;
}

/* One line of passwd or group, split at its colons; NULL for one that is none. */
static char **
split_line (const char *line, gsize length)
{
  g_autofree char *text = g_strndup (line, length);
  char **fields = g_strsplit (text, ":", -1);
  if (g_strv_length (fields) >= 4)
    return fields;
  g_strfreev (fields);
  return NULL;
}

typedef gboolean (*OnLine) (char **fields, gpointer data);

/* Until `on_line` returns TRUE. */
static gboolean
each_line (const char *text, OnLine on_line, gpointer data)
{
  while (text != NULL && *text != '\0')
    {
      gsize length = strcspn (text, "\n");
      g_auto (GStrv) fields = split_line (text, length);
      if (fields != NULL && on_line (fields, data))
        return TRUE;
      text += length + (text[length] == '\n');
    }
  return FALSE;
}

static gboolean
parse_id (const char *text, guint32 *ret)
{
  guint64 number;
  if (hd_parse_uint64 (text, &number) < 0 || number >= G_MAXUINT32)
    return FALSE;
  *ret = (guint32)number;
  return TRUE;
}

/* Looking for one entry by name, or by number. */
typedef struct
{
  const char *name; /* NULL: by number */
  guint32 number;
  char *found_name;
  guint32 id;
  guint32 gid;
} Search;

static gboolean
is_wanted (char **fields, gpointer data)
{
  Search *search = data;
  guint32 id;
  if (!parse_id (fields[2], &id))
    return FALSE;
  if (search->name != NULL ? strcmp (fields[0], search->name) != 0 : id != search->number)
    return FALSE;
  search->id = id;
  /* Of a group this is the list of members. */
  if (!parse_id (fields[3], &search->gid))
    search->gid = 0;
  search->found_name = g_strdup (fields[0]);
  return TRUE;
}

typedef struct
{
  const char *user;
  GArray *groups;
} Membership;

static void
add_group (GArray *groups, guint32 gid)
{
  for (guint i = 0; i < groups->len; i++)
    if (g_array_index (groups, guint32, i) == gid)
      return;
  g_array_append_val (groups, gid);
}

static gboolean
note_group (char **fields, gpointer data)
{
  Membership *membership = data;
  g_auto (GStrv) members = g_strsplit (fields[3], ",", -1);
  guint32 gid;
  if (parse_id (fields[2], &gid)
      && g_strv_contains ((const char *const *)members, membership->user))
    add_group (membership->groups, gid);
  return FALSE;
}

static gboolean
find_group (const char *group, const char *name, guint32 *ret, GError **error)
{
  Search search = { .name = name };
  if (each_line (group, is_wanted, &search))
    *ret = search.id;
  else if (!parse_id (name, ret))
    return hd_throw (error, HD_NOT_FOUND, "give a number, or a group of the image",
                     "the image's /etc/group has no group \"%s\"", name);
  g_free (search.found_name);
  return TRUE;
}

static gboolean
find_user (const char *passwd, const char *name, Search *search, GError **error)
{
  search->name = *name != '\0' ? name : NULL;
  search->number = 0;
  if (each_line (passwd, is_wanted, search))
    return TRUE;
  if (*name == '\0')
    return TRUE;
  /* A number need not be in the file, but is looked up for its group. */
  if (!parse_id (name, &search->number))
    return hd_throw (error, HD_NOT_FOUND, "give a number, or a user of the image",
                     "the image's /etc/passwd has no user \"%s\"", name);
  search->name = NULL;
  if (!each_line (passwd, is_wanted, search))
    search->id = search->number;
  return TRUE;
}

gboolean
hd_image_user_parse (const char *passwd, const char *group, const char *text,
                     const char *const *more, HdImageUser *ret, GError **error)
{
  Search search = { 0 };
  g_autofree char *name = g_strndup (text, strcspn (text, ":"));
  const char *wanted_group = strchr (text, ':');
  g_autoptr (GArray) groups = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (!find_user (passwd, name, &search, error))
    return FALSE;
  g_autofree char *found_name = search.found_name;
  guint32 gid = search.gid;
  if (wanted_group != NULL && wanted_group[1] != '\0')
    {
      /* Who names a group has that one alone. */
      if (!find_group (group, wanted_group + 1, &gid, error))
        return FALSE;
    }
  else if (found_name != NULL)
    {
      Membership membership = { found_name, groups };
      each_line (group, note_group, &membership);
    }
  for (; more != NULL && *more != NULL; more++)
    {
      guint32 further;
      if (!find_group (group, *more, &further, error))
        return FALSE;
      add_group (groups, further);
    }
  *ret = (HdImageUser){ search.id, gid, g_steal_pointer (&groups) };
  return TRUE;
}

gboolean
hd_image_root_user (const HdImageRoot *root, const char *text, const char *const *more,
                    HdImageUser *ret, GError **error)
{
  g_autofree char *passwd = hd_image_root_read (root, "etc/passwd");
  g_autofree char *group = hd_image_root_read (root, "etc/group");
  return hd_image_user_parse (passwd, group, text, more, ret, error);
}
