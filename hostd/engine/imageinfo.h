/* What is known of an image, as `inspect` prints it (Docker Engine API, "ImageInspect"). */
#pragma once

#include "engine/image.h"

/* A new object; free with hd_json_free. HD_CORRUPT: its configuration is gone. */
hd_json *hd_image_describe (HdStore *store, const HdImage *image, GError **error);
