/* Images in files: `save`, `load`, `import`.
 *
 * What is written is an OCI image layout (image specification, "image-layout.md") in a tar archive,
 * with the manifest.json of docker-archive beside it, as Docker writes it since version 25: the
 * compressed layers are in it as they are. Both forms are read. Archives are packed and unpacked by
 * atomic-layer, in its sandbox.
 */
#pragma once

#include "engine/image.h"

typedef enum
{
  HD_ARCHIVE_DOCKER, /* both forms in one: docker-archive, and the layout */
  HD_ARCHIVE_OCI     /* the layout alone */
} HdArchiveForm;

/* Write images, by names or ids, to `fd`. Blocks. Errors: HD_NOT_FOUND, HD_CORRUPT, HD_NO_SPACE. */
gboolean hd_archive_save (HdStore *store, const char *const *names, HdArchiveForm form, int fd,
                          GError **error);

/* Read images from `fd`, a file or a pipe. `ret_lines` gets "NAME" or "sha256:HEX" for each; an
 * array of char *. Errors: HD_CORRUPT, HD_NO_SPACE, HD_SIGNATURE (the policy). */
gboolean hd_archive_load (HdStore *store, int fd, GPtrArray **ret_lines, GError **error);

/* Make an image of an archive of a root file system. `config` is what it runs; `name` may be NULL.
 */
HdImage *hd_archive_import (HdStore *store, int fd, const HdImageConfig *config, const char *name,
                            const char *comment, GError **error);
