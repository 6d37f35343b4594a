/* -v, --mount and --tmpfs: targets are absolute and plain, volumes' names are plain, and an error
 * is one of usage. */
#include <string.h>
#include "base/error.h"
#include "engine/mountspec.h"
#include "fuzz.h"

static void
check (HdMountSpec *spec, const GError *error)
{
  FUZZ_ASSERT ((spec == NULL) == (error != NULL));
  if (spec == NULL)
    {
      FUZZ_ASSERT (hd_error_code (error) == HD_USAGE);
      return;
    }
  g_autofree char *wrapped = g_strconcat (spec->target, "/", NULL);
  FUZZ_ASSERT (spec->target[0] == '/' && spec->target[1] != '\0');
  FUZZ_ASSERT (strstr (wrapped, "/../") == NULL && strstr (wrapped, "/./") == NULL);
  FUZZ_ASSERT (spec->kind != HD_MOUNT_BIND || spec->source[0] == '/');
  FUZZ_ASSERT (spec->kind != HD_MOUNT_VOLUME || spec->source == NULL
               || (g_ascii_isalnum (spec->source[0]) && strchr (spec->source, '/') == NULL));
  FUZZ_ASSERT (spec->kind != HD_MOUNT_TMPFS || (spec->source == NULL && spec->mode <= 07777));
  FUZZ_ASSERT (spec->subpath == NULL || spec->subpath[0] != '/');
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (GError) volume_error = NULL;
  g_autoptr (GError) mount_error = NULL;
  g_autoptr (GError) tmpfs_error = NULL;
  g_autoptr (HdMountSpec) volume = hd_mountspec_parse_volume (text, "/cwd", &volume_error);
  g_autoptr (HdMountSpec) mount = hd_mountspec_parse_mount (text, "/cwd", &mount_error);
  g_autoptr (HdMountSpec) tmpfs = hd_mountspec_parse_tmpfs (text, &tmpfs_error);
  check (volume, volume_error);
  check (mount, mount_error);
  check (tmpfs, tmpfs_error);
  return 0;
}
