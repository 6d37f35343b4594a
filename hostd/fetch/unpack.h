/* An archive becomes a layer's folder, in overlayfs' form.
 *
 * Owners, modes, times, extended attributes, hard links, sparse files and devices are kept.
 * Whiteouts of the archive (OCI image layer specification, "Whiteouts") become character devices
 * 0:0; folders that hide what is below are reported, since trusted.overlay.opaque takes a privilege
 * that this process does not have; so are folders that the archive implies but does not contain,
 * whose attributes come from the layers below. Extended attributes of other name spaces than user.,
 * system.posix_acl_ and security.capability are left out, and those that overlayfs itself reads.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/err.h"
#include "fetch/list.h"
#include "fetch/source.h"

typedef struct
{
  int root_fd; /* an empty folder, root's, 0755; may be the process' root */
  bool lowest; /* no layer is below: whiteouts have nothing to hide */
  uint64_t max_entries;
  uint64_t max_bytes; /* of files, as they are on the disk */
} hd_unpack_options;

typedef struct
{
  uint64_t entries;
  uint64_t bytes;  /* of files */
  hd_list implied; /* clean paths, parents first; "" is the layer's own folder */
  hd_list opaque;  /* clean paths */
} hd_unpack_result;

/* Take the archive to its end (but not the source: hd_source_finish). The umask must be 0. Errors:
 * HD_CORRUPT (no archive; an entry that would leave the folder), HD_NO_SPACE, HD_FAILED (a limit).
 * `ret` is to be cleared in any case. */
int hd_unpack (hd_source *source, const hd_unpack_options *options, hd_unpack_result *ret,
               hd_err *err);
void hd_unpack_result_clear (hd_unpack_result *result);
