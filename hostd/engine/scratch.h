/* A folder for what is being made, below ROOT/tmp: it goes when its maker does. */
#pragma once

#include "engine/store.h"

typedef struct
{
  HdStore *store;
  char *name; /* below the store's root: "tmp/..." */
  char *path; /* absolute */
  int fd;     /* of the folder; holds its lock */
} HdScratch;

/* Make one, 0700. What makers that were killed have left is removed first. The store must outlive
 * it. */
HdScratch *hd_scratch_new (HdStore *store, GError **error);
/* Remove it with all that is in it. */
void hd_scratch_free (HdScratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdScratch, hd_scratch_free)
/* Remove what makers that were killed have left. */
void hd_scratch_sweep (HdStore *store);
