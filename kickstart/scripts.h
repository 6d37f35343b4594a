/* Running the scripts of a kickstart. */
#pragma once

#include <gio/gio.h>
#include <stdio.h>

#include "kickstart/kickstart.h"

/* Run all scripts of a section ("%post"), in order. Those of %post run in the host that is deployed
 * at `root` (by chroot, which takes root's rights), unless they say --nochroot; others run here,
 * with the host's folder in ANA_INSTALL_PATH when there is one (`root` may be NULL). What they
 * print goes to `out`, and to their --log.
 *
 * Errors: HD_FAILED when one with --erroronfail fails; without it that is logged, and the next one
 * runs. HD_USAGE when there is no host to run in. Blocks. */
gboolean hd_ks_scripts_run (const HdKickstart *kickstart, const char *section, const char *root,
                            FILE *out, GCancellable *cancellable, GError **error);
