/* A tree becomes a signed commit with everything in its metadata that a host or a builder asks
 * for later. */
#pragma once

#include <ostree.h>
#include "tools/definition.h"
#include "tools/tree.h"

typedef struct
{
  const HdDefinition *definition;
  const char *version;
  gint64 epoch;             /* seconds since 1970: the commit's and the signature's time */
  const char *agent_digest; /* of the agent's package, or NULL */
  const char *key_home;
  const char *fingerprint;
} HdCommit;

/* The repository at `path`, made in archive mode when it is not there. */
OstreeRepo *hd_commit_open_repo (const char *path, GCancellable *cancellable, GError **error);

/* Read the archive at `tar`, commit it to the definition's branch, sign it. The public key and the
 * remote's configuration are put into the tree. Returns the checksum, free with g_free; `ret_tree`
 * (may be NULL) takes what the tree held. An identical commit that the branch has already is made
 * once. */
char *hd_commit_write (const HdCommit *commit, OstreeRepo *repo, const char *tar, HdTree **ret_tree,
                       GCancellable *cancellable, GError **error);

/* libostree's name of a Debian architecture ("x86_64" for "amd64"), or NULL when it is unknown. */
const char *hd_commit_architecture (const char *debian_arch);
