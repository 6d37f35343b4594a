/* A folder becomes an archive: overlayfs' changes as a layer, or a whole tree.
 *
 * In the order of names, so that the same folder gives the same bytes; times in whole seconds, as
 * other engines write them. Character devices 0:0 and opaque folders become the whiteouts of the
 * OCI image layer specification, unless the tree is a whole one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/err.h"
#include "fetch/source.h"

typedef struct
{
  int root_fd;
  int output_fd;
  bool plain;  /* no compression */
  bool merged; /* a whole tree: there are no whiteouts */
} hd_pack_options;

typedef struct
{
  hd_source_result streams; /* input: the archive; output: what was written */
  uint64_t entries;
  uint64_t bytes; /* of files */
} hd_pack_result;

/* Errors: HD_NO_SPACE; HD_FAILED for folders that overlayfs has redirected, which only a mount can
 * read. */
int hd_pack (const hd_pack_options *options, hd_pack_result *ret, hd_err *err);
