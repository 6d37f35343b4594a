/* The host agent as a Debian package of the image's suite, built from the sources in a kept root.
 *
 * The root (compiler and libraries of the suite) is made once; the package is kept by the digest of
 * everything that it is made of, so that an unchanged agent is not built again.
 */
#pragma once

#include "tools/definition.h"

/* Find or build the package; *ret_deb is its path below `cache`, *ret_built (may be NULL) whether
 * it had to be built. `on_line` (may be NULL) takes the lines of the build.
 * Errors: HD_NETWORK, HD_NOT_FOUND, HD_FAILED with the end of the build's output. Blocks, for
 * minutes the first time. */
gboolean hd_agent_ensure (const HdDefinition *definition, const char *const *mirrors,
                          const char *cache, gint64 epoch, char **ret_deb, gboolean *ret_built,
                          void (*on_line) (const char *line, gpointer data), gpointer data,
                          GCancellable *cancellable, GError **error);
