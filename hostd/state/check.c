/* check.json: what the last look at the server found. */
#include "state/check.h"

#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"
#include "common/parse.h"
#include "state/paths.h"

#define MAX_CHECK_BYTES (64 * 1024)

void
hd_check_free (HdCheck *check)
{
  if (check == NULL)
    return;
  g_free (check->refspec);
  g_free (check->commit);
  g_free (check->version);
  g_free (check->error);
  g_free (check);
}

HdCheck *
hd_check_read (int sysroot_fd)
{
  hd_autofree char *text = NULL;
  gsize length_bytes = 0;
  if (hd_fs_read (sysroot_fd, HD_PATH_CHECK, MAX_CHECK_BYTES, &text, &length_bytes) < 0)
    return NULL;
  hd_autojson object = hd_json_parse (text, length_bytes, NULL);
  HdCheck *check = g_new0 (HdCheck, 1);
  if (object == NULL || hd_parse_time (hd_json_get_string (object, "time", ""), &check->time) < 0)
    {
      hd_check_free (check);
      return NULL;
    }
  check->refspec = g_strdup (hd_json_get_string (object, "refspec", NULL));
  check->commit = g_strdup (hd_json_get_string (object, "commit", NULL));
  check->version = g_strdup (hd_json_get_string (object, "version", NULL));
  check->error = g_strdup (hd_json_get_string (object, "error", NULL));
  return check;
}

gboolean
hd_check_write (int sysroot_fd, const HdCheck *check, GError **error)
{
  hd_autojson object = hd_json_new_object ();
  g_autofree char *time = hd_format_time (check->time);
  hd_json_set_string (object, "time", time);
  hd_json_set_string (object, "refspec", check->refspec);
  hd_json_set_string (object, "commit", check->commit);
  hd_json_set_string (object, "version", check->version);
  hd_json_set_string (object, "error", check->error);
  hd_autofree char *text = hd_json_to_text (object, true);
  int r = hd_fs_replace (sysroot_fd, HD_PATH_CHECK, text, strlen (text), 0644);
  return r == 0 || hd_throw_errno (error, -r, "writing /" HD_PATH_CHECK);
}
