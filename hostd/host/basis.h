/* What a new deployment builds on: the staged one when there is one, else the booted one (or the
 * first in boot order) of the stateroot. */
#pragma once

#include "host/sysroot.h"
#include "state/staged.h"

typedef struct
{
  char *stateroot;
  char *commit;            /* what would be started next, or NULL: a new stateroot */
  char *kernel;            /* its kernel's release, or NULL */
  char **kargs;            /* without those that hostd adds */
  GKeyFile *origin;        /* a copy; empty for a new stateroot */
  char *refspec;           /* of the origin, or NULL */
  OstreeDeployment *merge; /* whose /etc is taken over, or NULL */
  gboolean is_staged;
} HdBasis;

/* Errors: HD_NOT_FOUND (no such stateroot, or no deployment at all). */
HdBasis *hd_basis_load (HdSysroot *sysroot, const char *stateroot, GError **error);
void hd_basis_free (HdBasis *basis);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdBasis, hd_basis_free)
