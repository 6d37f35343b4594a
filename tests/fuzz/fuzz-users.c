/* passwd and group of an image: the first line is --user, then the files, with a line "--" between.
 */
#include <stdint.h>
#include <string.h>

#include "engine/image-root.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const more[] = { "extra", NULL };
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto (GStrv) first = g_strsplit (text, "\n", 2);
  g_autoptr (GError) error = NULL;
  HdImageUser user;
  if (first[0] == NULL || first[1] == NULL)
    return 0;
  g_auto (GStrv) files = g_strsplit (first[1], "\n--\n", 2);
  if (hd_image_user_parse (files[0], files[0] != NULL ? files[1] : NULL, first[0], more, &user,
                           &error))
    g_array_unref (user.groups);
  return 0;
}
