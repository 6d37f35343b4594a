/* `commit`: a container's changes as a new image. */
#pragma once

#include "engine/container.h"
#include "engine/image-config.h"

typedef struct
{
  const char *name; /* NAME[:TAG] or NULL */
  const char *author;
  const char *comment;
  const char *const *changes; /* "CMD [...]", "ENV A=b" ... as in a Dockerfile */
  gboolean pause;             /* freeze it meanwhile */
} HdCommitRequest;

/* Returns the new image's id (64 digits), free with g_free. Errors: HD_NOT_FOUND, HD_USAGE (a
 * change that is not understood), those of hd_image_commit. */
char *hd_commit_container (HdStore *store, const char *name, const HdCommitRequest *request,
                           GError **error);
/* Apply one change to the configuration. Pure but for that. HD_USAGE. */
gboolean hd_commit_apply (HdImageConfig *config, const char *change, GError **error);
