/* Pulling: a reference becomes an image of the store. The recipe alone; layers are pull-layers.h.
 */
#pragma once

#include "base/progress.h"
#include "engine/image.h"

typedef struct
{
  const char *platform; /* or NULL */
  const char *authfile; /* or NULL */
  HdProgress *progress; /* or NULL */
} HdPull;

/* Fetch what is not here and keep it; *ret_new (may be NULL): there was something newer.
 * *ret_digest (may be NULL) is what the registry calls it; free with g_free. Errors as of
 * hd_image_ensure. Blocks. */
HdImage *hd_pull (HdStore *store, const HdRef *ref, const HdPull *options, gboolean *ret_new,
                  char **ret_digest, GError **error);
