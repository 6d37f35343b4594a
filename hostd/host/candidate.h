/* A commit that may become the next deployment: found, fetched as metadata, judged. */
#pragma once

#include "host/basis.h"
#include "host/operation.h"
#include "host/verify.h"
#include "state/commit.h"

typedef struct
{
  char *remote;
  char *ref;
  char *commit;
  HdCommit *info;
  HdSignature *signature;
  gint64 seen;            /* timestamp of the newest state of `ref` that was accepted before; 0 */
  guint64 download_bytes; /* after hd_candidate_fetch */
} HdCandidate;

void hd_candidate_free (HdCandidate *candidate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdCandidate, hd_candidate_free)

/* Ask the server what `refspec` ("REMOTE:REF") names now; the commit object and its signatures
 * come, no content. `what` NULL: the newest; else a commit (or its beginning) or a version, looked
 * up among what is here before the server is asked. The signature is verified and the architecture
 * compared with the running machine's (or, on a sysroot that is not booted, with the basis's).
 * Errors: HD_NETWORK, HD_SERVER, HD_NOT_FOUND, HD_SIGNATURE, HD_ARCH, HD_CANCELLED. */
HdCandidate *hd_candidate_find (HdOperation *operation, const HdBasis *basis, const char *refspec,
                                const char *what, GError **error);
/* Refuse what is older than the basis or than what was seen before, and what failed here before.
 * Errors: HD_DOWNGRADE, HD_KNOWN_BAD. */
gboolean hd_candidate_judge (HdOperation *operation, const HdBasis *basis,
                             const HdCandidate *candidate, GError **error);
/* Download the content. `follow`: the local ref names it from now on. */
gboolean hd_candidate_fetch (HdOperation *operation, HdCandidate *candidate, gboolean follow,
                             GError **error);
/* "version 2 (0123456789ab)", free with g_free. */
char *hd_candidate_describe (const HdCandidate *candidate);
