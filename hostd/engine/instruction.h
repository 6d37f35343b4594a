/* --change of `commit` and `import`: one instruction of a Dockerfile that changes what an image
 * runs.
 */
#pragma once

#include "engine/image-config.h"

/* CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR. HD_USAGE. */
gboolean hd_instruction_apply (HdImageConfig *config, const char *text, GError **error);
