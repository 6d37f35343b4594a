/* One run of atomic-image: what it was asked for, and what the steps have made so far. */
#pragma once

#include "base/progress.h"
#include "tools/definition.h"
#include "tools/format.h"

typedef struct
{
  const HdDefinition *definition;

  /* Asked for; strings belong to the caller. */
  const char *definition_path;
  const char *const *with;    /* further definition files */
  const char *version;        /* NULL: that of the commit */
  const char *repo;           /* folder of the repository */
  const char *output;         /* folder for disks */
  const char *cache;          /* folder for what is kept between runs */
  const char *key_home;       /* GnuPG folder */
  const char *package;        /* the agent's package; NULL: built from its sources */
  const char *const *mirrors; /* may be empty */
  GPtrArray *formats;         /* rows of tools/format.h; NULL: none */
  HdFormatMachine machine;    /* what images say of the machine; name and times are set here */
  const char *ref_or_commit;  /* for a disk of what is there; NULL: the definition's branch */
  gboolean keep_raw;
  gint64 epoch; /* seconds since 1970 */
  HdProgress *progress;
  GCancellable *cancellable;

  /* Made; owned. */
  int lock_fd;
  char *work;
  char *agent_deb;
  char *agent_digest;
  char *fingerprint;
  char *commit;
  char *commit_version;
  gint64 commit_epoch;
  char *disk;
  GPtrArray *images; /* HdFormatOutput */
  char *identity;    /* of the disk */
} HdBuild;

/* Take the lock of the cache and make an empty work folder `name` in it.
 * Errors: HD_BUSY when another run uses it. */
gboolean hd_build_open (HdBuild *build, const char *name, GError **error);

/* Remove the work folder and free what was made. */
void hd_build_close (HdBuild *build);

/* SOURCE_DATE_EPOCH, or the present when it is not set. Errors: HD_USAGE when it is no number. */
gboolean hd_build_epoch (gint64 *ret_epoch, GError **error);
/* The same, or the beginning of 1980 when it is not set: for what shall be the same tomorrow. */
gboolean hd_build_fixed_epoch (gint64 *ret_epoch, GError **error);

/* The steps, in the order of a whole build. Each blocks, and names what failed. */
gboolean hd_build_agent (HdBuild *build, GError **error);
gboolean hd_build_key (HdBuild *build, GError **error);
gboolean hd_build_tree (HdBuild *build, GError **error);
gboolean hd_build_commit (HdBuild *build, GError **error);
gboolean hd_build_find_commit (HdBuild *build, GError **error);
gboolean hd_build_sysroot (HdBuild *build, GError **error);
gboolean hd_build_disk (HdBuild *build, GError **error);
/* Both of them in a user namespace, for an ordinary user. */
gboolean hd_build_disk_in_namespace (HdBuild *build, GError **error);
gboolean hd_build_images (HdBuild *build, GError **error);
/* SHA256SUMS, provenance, lists of packages and the definition, beside the images. */
gboolean hd_build_sums (HdBuild *build, GError **error);
