/* A root file system becomes an image of one layer. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/archive.h"
#include "engine/layerjob.h"
#include "engine/policy.h"

HdImage *
hd_archive_import (HdStore *store, int fd, const HdImageConfig *config, const char *name,
                   const char *comment, GError **error)
{
  g_autoptr (HdScratch) scratch = hd_scratch_new (store, error);
  if (scratch == NULL || !hd_policy_check_file ("tarball", error))
    return NULL;
  hd_autofd folder = mkdirat (scratch->fd, "fs", 0755) < 0
                         ? -1
                         : openat (scratch->fd, "fs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    {
      hd_throw_errno (error, errno, "making a folder in %s", scratch->path);
      return NULL;
    }
  const HdUnpackOptions options
      = { .lowest = TRUE, .input_fd = fd, .blob_fd = -1, .folder_fd = folder };
  g_autoptr (HdLayerJob) job = hd_layer_job_unpack (&options, error);
  g_autoptr (HdLayerResult) result = job != NULL ? hd_layer_job_wait (job, error) : NULL;
  if (result == NULL)
    return NULL;
  const HdImageCommit commit = { .tree_fd = folder,
                                 .config = config,
                                 .name = name,
                                 .comment = comment != NULL ? comment : "Imported from -" };
  return hd_image_commit (store, &commit, error);
}
