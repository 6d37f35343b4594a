/* Images: their rows, how they are found, and what containers need of them.
 *
 * An image is its configuration; its id is the SHA-256 of that. Names (REPOSITORY:TAG), the digests
 * it was pulled by, and the uppermost of its layers are rows beside it (tables `image`,
 * `image_name`, `image_digest`, `layer`). A row of a container refers to image (id); an image that
 * is referred to is not removed. What a process has found may be removed by another one until a row
 * refers to it: insert the container's row, then look at hd_image_layers.
 */
#pragma once

#include <glib.h>
#include "engine/image-config.h"
#include "engine/image-rows.h"

/* The image that `text` means: a whole id (HEX or sha256:HEX), else NAME[:TAG][@DIGEST], else the
 * beginning of an id that no other image has. Errors: HD_NOT_FOUND ("No such image: TEXT"),
 * HD_USAGE (no reference, or several ids begin so). */
HdImage *hd_image_find (HdStore *store, const char *text, GError **error);

typedef enum
{
  HD_PULL_MISSING, /* unless it is here */
  HD_PULL_ALWAYS,
  HD_PULL_NEVER,
  HD_PULL_NEWER, /* as always, but what is here is good when the registry cannot be reached */
} HdPullPolicy;

typedef struct
{
  HdPullPolicy policy;
  const char *platform; /* "linux/arm64/v8", or NULL for this machine's */
  const char *authfile; /* or NULL for the usual places */
  gboolean quiet;       /* no progress on standard error */
} HdPullOptions;

/* "missing", "always", "never", "newer"; HD_USAGE for anything else. */
gboolean hd_pull_policy_parse (const char *text, HdPullPolicy *ret, GError **error);

/* The image, pulled if the policy wants it; blocks as long as the network takes. `options` may be
 * NULL. Errors of hd_image_find, HD_NETWORK, HD_SERVER, HD_DENIED (not logged in), HD_SIGNATURE
 * (the policy refuses it), HD_CORRUPT, HD_ARCH (not for this platform), HD_NO_SPACE. */
HdImage *hd_image_ensure (HdStore *store, const char *text, const HdPullOptions *options,
                          GError **error);

/* Its configuration. HD_CORRUPT when the blob is damaged or gone. */
HdImageConfig *hd_image_config (HdStore *store, const HdImage *image, GError **error);

/* Absolute paths of its layers' folders, uppermost first, for overlayfs' lowerdir; NULL-terminated,
 * empty for an image without layers. Free with g_strfreev. */
char **hd_image_layers (HdStore *store, const HdImage *image, GError **error);

typedef struct
{
  const char *base;            /* id of the image below, or NULL for none */
  int tree_fd;                 /* the changes, in overlayfs' form (an `upper` folder); -1: none */
  const HdImageConfig *config; /* of the new image; its diff ids and history are those of `base`,
                                  and an entry is added */
  const char *name;            /* NAME[:TAG] to give it, or NULL */
  const char *author, *comment, *created_by; /* of the new entry of the history, or NULL */
} HdImageCommit;

/* Make an image of a folder on top of another image. Blocks while the folder is packed. `config`'s
 * `created` is set to now. Errors: HD_NOT_FOUND (base is gone), HD_NO_SPACE, HD_USAGE (name). */
HdImage *hd_image_commit (HdStore *store, const HdImageCommit *commit, GError **error);
