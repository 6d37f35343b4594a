/* An image on its way into the store: whoever brings it (pull, load, import, commit) brings layers
 * one by one, in any order and side by side, and then the documents.
 *
 * Nothing is visible before the end, and everything is on the disk then; what was not finished is
 * dropped. Every layer that is here has at least one compressed form that is kept as a blob.
 */
#pragma once

#include "engine/image.h"
#include "engine/layer.h"
#include "engine/layerjob.h"
#include "engine/manifest.h"

typedef struct _HdAddition HdAddition;

/* For an image with these layers ("sha256:HEX", lowest first). Waits for others who are unpacking
 * one of them. */
HdAddition *hd_addition_new (HdStore *store, const char *const *diff_ids, GError **error);
void hd_addition_free (HdAddition *addition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdAddition, hd_addition_free)

/* Whether layer `index` (0: the lowest) is here, in the store or by hd_addition_end. */
gboolean hd_addition_has (const HdAddition *addition, guint index);
/* Begin to unpack layer `index` from `input_fd`, of `max_input` bytes at most (0: any); the bytes
 * are kept as a blob. */
HdLayerJob *hd_addition_begin (HdAddition *addition, guint index, int input_fd, guint64 max_input,
                               GError **error);
/* The job has ended: check the layer against its diff id and, unless NULL, `blob` ("sha256:HEX").
 * Errors: those of the job, HD_CORRUPT. */
gboolean hd_addition_end (HdAddition *addition, guint index, HdLayerJob *job, const char *blob,
                          const char *media_type, GError **error);
/* Open a compressed form of layer `index`, which is here already under another chain, or was
 * brought; -1 without an error: there is none. */
int hd_addition_open_blob (HdAddition *addition, guint index, GError **error);

typedef struct
{
  const char *manifest; /* text, or NULL: one is written for the blobs that are here */
  gsize manifest_size;
  const char *config; /* text */
  gsize config_size;
  const HdImageConfig *parsed; /* the same */
} HdDocuments;

/* Every layer is here: keep the image. `names` (of HdRef) are given to it; for those with a digest,
 * it is known under that digest. */
HdImage *hd_addition_commit (HdAddition *addition, const HdDocuments *documents,
                             const HdRef *const *names, guint n_names, GError **error);
