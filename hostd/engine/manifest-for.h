/* A manifest of an image of the store, for whoever gives it away. */
#pragma once

#include "engine/image-rows.h"

/* The one that it came with, if all that it names is kept; else a new one (OCI) for the archives of
 * its layers that are. Free with free(). HD_CORRUPT: one is gone. */
char *hd_manifest_for (HdStore *store, const HdImage *image, GError **error);
