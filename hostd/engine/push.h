/* Pushing: an image of the store becomes one of a registry. */
#pragma once

#include "base/progress.h"
#include "engine/image.h"

typedef struct
{
  const char *authfile; /* or NULL */
  HdProgress *progress; /* or NULL */
} HdPush;

/* Send what the registry does not have. *ret_digest is that of the manifest, *ret_size its size.
 * The image is known under that digest then. Errors: HD_NOT_FOUND, HD_NETWORK, HD_SERVER,
 * HD_DENIED. */
gboolean hd_push (HdStore *store, const HdRef *ref, const HdPush *options, char **ret_digest,
                  guint64 *ret_size, GError **error);
