/* Files of an image that is not mounted: passwd and group, looked for in the container's own folder
 * and in its layers.
 *
 * Everything below is a stranger's: files are opened by openat2 within each layer, and read up to
 * HD_IMAGE_FILE_MAX bytes.
 */
#pragma once

#include <glib.h>

#define HD_IMAGE_FILE_MAX (1u << 20)

typedef struct
{
  const char *upper;         /* or NULL */
  const char *const *layers; /* uppermost first */
} HdImageRoot;

/* The text of a file (path without a slash in front), or NULL when the uppermost layer that knows
 * it has deleted it, when it is no regular file, or there is none. Free with g_free. */
char *hd_image_root_read (const HdImageRoot *root, const char *path);

typedef struct
{
  guint32 uid;
  guint32 gid;
  GArray *groups; /* of guint32: supplementary */
} HdImageUser;

/* "", "NAME", "UID", each with ":GROUP" or ":GID" behind it (Docker, --user). `more` are further
 * groups (--group-add), NULL-terminated or NULL. HD_NOT_FOUND for names that the image does not
 * have. `ret->groups` is new: free it with g_array_unref. */
gboolean hd_image_root_user (const HdImageRoot *root, const char *text, const char *const *more,
                             HdImageUser *ret, GError **error);
/* The same from the two files' texts (NULL: there is none). Pure. */
gboolean hd_image_user_parse (const char *passwd, const char *group, const char *text,
                              const char *const *more, HdImageUser *ret, GError **error);
