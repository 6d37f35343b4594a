/* statvfs before writing. */
#include "host/space.h"

#include "base/error.h"
#include "base/output.h"
#include "common/fs.h"

/* For boot entries, sets, folders. */
#define MARGIN_BYTES (1u << 20)

gboolean
hd_space_check (int fd, const char *name, guint64 needed_bytes, GError **error)
{
  guint64 free_bytes;
  int r = hd_fs_free_bytes (fd, &free_bytes);
  if (r < 0)
    return hd_throw_errno (error, -r, "asking for the room on %s", name);
  if (needed_bytes == 0 || free_bytes >= needed_bytes + MARGIN_BYTES)
    return TRUE;
  g_autofree char *free_text = hd_format_size (free_bytes);
  g_autofree char *needed_text = hd_format_size (needed_bytes + MARGIN_BYTES);
  return hd_throw (error, HD_NO_SPACE,
                   "make room, for example with: atomic host cleanup --rollback",
                   "no room on %s: %s needed, %s free", name, needed_text, free_text);
}
