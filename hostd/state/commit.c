/* Commit objects: a GVariant in a file. */
#include "state/commit.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/parse.h"
#include "state/paths.h"

#define COMMIT_TYPE G_VARIANT_TYPE ("(a{sv}aya(say)sstayay)")
#define TIMESTAMP_INDEX 5

void
hd_commit_free (HdCommit *commit)
{
  if (commit == NULL)
    return;
  g_free (commit->version);
  g_free (commit->architecture);
  g_free (commit->kernel);
  g_clear_pointer (&commit->packages, g_variant_unref);
  g_free (commit);
}

HdCommit *
hd_commit_from_variant (GVariant *variant)
{
  HdCommit *commit = g_new0 (HdCommit, 1);
  guint64 timestamp = 0;
  g_variant_get_child (variant, TIMESTAMP_INDEX, "t", &timestamp);
  commit->timestamp = (gint64)GUINT64_FROM_BE (timestamp);

  g_autoptr (GVariant) metadata = g_variant_get_child_value (variant, 0);
  g_variant_lookup (metadata, "version", "s", &commit->version);
  g_variant_lookup (metadata, HD_COMMIT_ARCHITECTURE_KEY, "s", &commit->architecture);
  g_variant_lookup (metadata, "ostree.linux", "s", &commit->kernel);
  commit->packages = g_variant_lookup_value (metadata, HD_COMMIT_PACKAGES_KEY,
                                             G_VARIANT_TYPE (HD_COMMIT_PACKAGES_TYPE));
  return commit;
}

HdCommit *
hd_commit_read (int sysroot_fd, const char *checksum, GError **error)
{
  if (!hd_parse_is_checksum (checksum))
    {
      hd_throw (error, HD_NOT_FOUND, NULL, "%s is no commit", checksum);
      return NULL;
    }
  g_autofree char *path
      = g_strdup_printf (HD_PATH_REPO "/objects/%.2s/%s.commit", checksum, checksum + 2);
  hd_autofd fd = openat (sysroot_fd, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    {
      hd_throw_errno (error, errno, "reading commit %s", checksum);
      return NULL;
    }
  g_autoptr (GMappedFile) file = g_mapped_file_new_from_fd (fd, FALSE, error);
  if (file == NULL)
    return NULL;
  g_autoptr (GBytes) bytes = g_mapped_file_get_bytes (file);
  g_autoptr (GVariant) variant
      = g_variant_ref_sink (g_variant_new_from_bytes (COMMIT_TYPE, bytes, FALSE));
  if (!g_variant_is_normal_form (variant))
    {
      hd_throw (error, HD_CORRUPT, "repair with: ostree fsck", "commit %s is damaged", checksum);
      return NULL;
    }
  return hd_commit_from_variant (variant);
}
