/* Origin files: libostree's key file with our group. */
#include "state/origin.h"

#include <string.h>

#include "base/output.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"

#define MAX_ORIGIN_BYTES (64 * 1024)

static const char *const boot_state_names[] = {
  [HD_BOOT_NEW] = "new",
  [HD_BOOT_GOOD] = "good",
  [HD_BOOT_FAILED] = "failed",
};

const char *
hd_boot_state_name (HdBootState state)
{
  return boot_state_names[state];
}

void
hd_origin_free (HdOrigin *origin)
{
  if (origin == NULL)
    return;
  g_free (origin->refspec);
  g_free (origin->signature_key);
  g_free (origin->signature_uid);
  g_free (origin);
}

HdOrigin *
hd_origin_from_key_file (GKeyFile *file)
{
  HdOrigin *origin = g_new0 (HdOrigin, 1);
  origin->refspec = g_key_file_get_string (file, "origin", "refspec", NULL);
  origin->pinned = g_key_file_get_boolean (file, "libostree-transient", "pinned", NULL);
  origin->signature_key = g_key_file_get_string (file, HD_ORIGIN_GROUP, "signature-key", NULL);
  origin->signature_uid = g_key_file_get_string (file, HD_ORIGIN_GROUP, "signature-uid", NULL);

  g_autofree char *verified = g_key_file_get_string (file, HD_ORIGIN_GROUP, "verified-at", NULL);
  if (verified != NULL)
    (void)hd_parse_time (verified, &origin->verified_at);
  g_autofree char *state = g_key_file_get_string (file, HD_ORIGIN_GROUP, "boot-state", NULL);
  origin->boot_state = HD_BOOT_GOOD;
  for (gsize i = 0; state != NULL && i < G_N_ELEMENTS (boot_state_names); i++)
    if (strcmp (state, boot_state_names[i]) == 0)
      origin->boot_state = (HdBootState)i;
  return origin;
}

HdOrigin *
hd_origin_read (int sysroot_fd, const char *path)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  hd_autofree char *text = NULL;
  gsize length_bytes = 0;
  if (hd_fs_read (sysroot_fd, path, MAX_ORIGIN_BYTES, &text, &length_bytes) == 0)
    (void)g_key_file_load_from_data (file, text, length_bytes, G_KEY_FILE_NONE, NULL);
  return hd_origin_from_key_file (file);
}

void
hd_origin_set_boot_state (GKeyFile *file, HdBootState state)
{
  g_key_file_set_string (file, HD_ORIGIN_GROUP, "boot-state", hd_boot_state_name (state));
}

static void
set_or_remove (GKeyFile *file, const char *key, const char *value)
{
  if (value != NULL)
    g_key_file_set_string (file, HD_ORIGIN_GROUP, key, value);
  else
    (void)g_key_file_remove_key (file, HD_ORIGIN_GROUP, key, NULL);
}

void
hd_origin_set_signature (GKeyFile *file, const char *key, const char *uid, gint64 verified_at)
{
  g_autofree char *time = verified_at > 0 ? hd_format_time (verified_at) : NULL;
  set_or_remove (file, "signature-key", key);
  set_or_remove (file, "signature-uid", uid);
  set_or_remove (file, "verified-at", time);
}
