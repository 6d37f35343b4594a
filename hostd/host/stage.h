/* Staging: everything of a new deployment that can be done while the machine runs.
 *
 * The tree waits in /ostree/atomic/trees, where no cleanup of libostree's finds it, until
 * finalizing moves it to its place.
 */
#pragma once

#include "host/operation.h"

typedef struct
{
  const char *stateroot;
  const char *commit; /* its content is in the repository */
  const char *const *kargs;
  GKeyFile *origin;        /* with our group filled in */
  OstreeDeployment *merge; /* whose /etc is taken over, or NULL */
} HdStage;

/* Check the tree out, bring kernel and initramfs to /boot, rehearse the merge of /etc, write the
 * staged record. One that was staged before is replaced at the end; after an error it stands.
 * Errors: HD_NO_SPACE, HD_CANCELLED, HD_FAILED (a conflict in /etc, with its path). */
gboolean hd_stage (HdOperation *operation, const HdStage *wanted, GError **error);
