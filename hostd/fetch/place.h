/* Where an entry of a layer goes: a name in a folder below the layer's own, found without ever
 * leaving it.
 *
 * Links in the layer are followed inside of it, as in a root of its own (openat2(2),
 * RESOLVE_IN_ROOT). Folders that are missing are made, and reported as implied.
 */
#pragma once

#include <stdbool.h>
#include "common/err.h"
#include "fetch/list.h"

/* Names of the OCI image layer specification, "Representing Changes". */
#define HD_WHITEOUT_PREFIX ".wh."
#define HD_WHITEOUT_META ".wh..wh."
#define HD_WHITEOUT_OPAQUE ".wh..wh..opq"

typedef struct
{
  int root_fd;
  char *cached_path; /* of the folder that was used last; NULL: none */
  int cached_fd;
  hd_list *implied; /* paths of folders that were made, since an entry needed them */
  hd_list *opaque;  /* paths of folders that hide what is below */
} hd_places;

/* Clean a path of an archive: no leading, double or trailing slashes, no "." parts. Returns a new
 * string, "" for the layer's own folder, or NULL with `err` set (HD_CORRUPT) when it has "..", is
 * empty, or a part of it is longer than a name can be. */
char *hd_place_clean (const char *path, hd_err *err);

void hd_places_init (hd_places *places, int root_fd, hd_list *implied, hd_list *opaque);
void hd_places_clear (hd_places *places);

/* The folder of a clean path that is not "", and the name in it (inside of `path`). The descriptor
 * (O_PATH) belongs to `places` and stays valid until the next call. -errno with `err` set. */
int hd_place_find (hd_places *places, const char *path, bool make, const char **ret_name,
                   hd_err *err);
/* Remove what stands at a name, so that something else can: whole folders too. `replaced_whiteout`
 * says that it was one. 0 or -errno. */
int hd_place_vacate (hd_places *places, int folder_fd, const char *name, bool *replaced_whiteout,
                     hd_err *err);
