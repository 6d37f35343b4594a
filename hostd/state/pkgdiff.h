/* The difference between two package lists (HD_COMMIT_PACKAGES_TYPE). Pure. */
#pragma once

#include <glib.h>
#include "common/json.h"

typedef struct
{
  const char *name;        /* belongs to a list */
  const char *old_version; /* NULL: added */
  const char *new_version; /* NULL: removed */
} HdPkgChange;

typedef struct
{
  GArray *upgraded; /* of HdPkgChange, each in order of names */
  GArray *downgraded;
  GArray *added;
  GArray *removed;
  GVariant *lists[2]; /* keep the strings alive */
} HdPkgDiff;

/* Compare by name and architecture; either list may be NULL (then there is no difference to be
 * told: all arrays are empty). */
HdPkgDiff *hd_pkgdiff_new (GVariant *old_packages, GVariant *new_packages);
void hd_pkgdiff_free (HdPkgDiff *diff);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdPkgDiff, hd_pkgdiff_free)

/* {"upgraded":[[name,old,new]],"added":[[name,version]],"removed":[[name,version]],
 * "downgraded":[[name,old,new]]}; returns a new value. */
hd_json *hd_pkgdiff_to_json (const HdPkgDiff *diff);
