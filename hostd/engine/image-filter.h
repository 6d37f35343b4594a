/* --filter of `images`, and the name that it is asked for. */
#pragma once

#include "engine/image.h"

typedef struct _HdImageFilter HdImageFilter;

/* Keys: dangling (true, false), reference (a pattern), label, before, since (an image). `name` is
 * NAME[:TAG], possibly with * and ?, or NULL. HD_USAGE, HD_NOT_FOUND (before, since). */
HdImageFilter *hd_image_filter_new (HdStore *store, const char *const *texts, const char *name,
                                    GError **error);
void hd_image_filter_free (HdImageFilter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdImageFilter, hd_image_filter_free)

/* Whether an image is shown, by all but its names. */
gboolean hd_image_filter_matches (const HdImageFilter *filter, HdStore *store, const HdImage *image,
                                  gboolean *ret, GError **error);
/* Whether one of its names ("debian:latest") is; NULL: it has none. */
gboolean hd_image_filter_matches_name (const HdImageFilter *filter, const char *name);
