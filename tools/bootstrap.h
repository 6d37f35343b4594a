/* Packages become a tree, as a tar archive: mmdebstrap, with the two hooks of the definition.
 *
 * Works as root and, in a user namespace, as an ordinary user (with newuidmap and a range in
 * /etc/subuid); the archive is the same. Packages are kept in a folder, so that the next tree
 * downloads only what is new.
 */
#pragma once

#include "tools/definition.h"

typedef struct
{
  const char *suite;
  const char *arch;
  const char *const *packages;
  const char *const *mirrors; /* mmdebstrap's MIRROR arguments; empty: its own defaults */
  const char *debs;           /* folder that keeps the packages */
  const char *stage;          /* folder that becomes /atomic-image in the tree; NULL: no hooks */
  const char *output;         /* the archive to write */
} HdBootstrap;

/* The arguments of mmdebstrap, NULL-terminated, free with g_strfreev. Pure. */
char **hd_bootstrap_argv (const HdBootstrap *bootstrap);

/* Run it. Lines of its output go to `on_line` (may be NULL).
 * Errors: HD_NETWORK with a hint when packages cannot be fetched, HD_NOT_FOUND without mmdebstrap,
 * HD_FAILED. Blocks for minutes. */
gboolean hd_bootstrap_run (const HdBootstrap *bootstrap, gint64 epoch,
                           void (*on_line) (const char *line, gpointer data), gpointer data,
                           GCancellable *cancellable, GError **error);

/* Fill the folder `stage` (made anew) with what the hooks read: the scripts themselves, the files
 * that are laid over the tree, the lists of units and packages, and the agent's package
 * (`agent_deb`, may be NULL). The layout is described in images/hooks/customize. */
gboolean hd_bootstrap_stage (const HdDefinition *definition, const char *version,
                             const char *agent_deb, const char *stage, GError **error);
