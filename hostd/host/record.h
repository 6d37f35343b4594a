/* What a change notes: history entries, origins. */
#pragma once

#include "host/operation.h"
#include "state/origin.h"

/* Add a line to the history, with the version that the commit says. `detail` may be NULL. What is
 * noted has happened: a line that cannot be written, on a full disk, is told and fails nothing. */
void hd_record_event (HdOperation *operation, const char *event, const char *stateroot,
                      const char *commit, const char *detail);
/* A copy of the deployment's origin, empty when it has none. Free with g_key_file_unref. */
GKeyFile *hd_record_copy_origin (OstreeDeployment *deployment);
/* Set the boot-state in the deployment's origin file; nothing is written when it is so already. */
gboolean hd_record_boot_state (HdSysroot *sysroot, OstreeDeployment *deployment, HdBootState state,
                               GCancellable *cancellable, GError **error);
