/* An opened and locked sysroot: libostree's object, its repository, and descriptors of the root and
 * of /boot.
 *
 * Knows both the booted root ("/": a mount namespace of its own, where /sysroot and /boot are made
 * writable) and a folder (rescue, image building, tests: used as it is, without privileges).
 */
#pragma once

#include <ostree.h>

typedef struct
{
  char *path;            /* "/" or the folder */
  OstreeSysroot *ostree; /* loaded and locked */
  OstreeRepo *repo;      /* belongs to `ostree` */
  int fd;                /* the folder that has ostree/ and boot/ in it */
  int boot_fd;           /* boot/ of it */
  gboolean booted;       /* this is the running system's own sysroot */
} HdSysroot;

/* Open, lock and load the sysroot at `path`. Waits for the lock of another process until the
 * cancellable is cancelled.
 * Errors: HD_NO_SYSROOT, HD_CANCELLED, HD_DENIED, HD_FAILED. */
HdSysroot *hd_sysroot_open (const char *path, GCancellable *cancellable, GError **error);
/* Unlocks and closes. */
void hd_sysroot_free (HdSysroot *sysroot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdSysroot, hd_sysroot_free)

/* Read the deployments again after libostree or we changed them. */
gboolean hd_sysroot_reload (HdSysroot *sysroot, GCancellable *cancellable, GError **error);

/* The deployments in boot order (a new array of new references); a staged one of ours is not among
 * them. */
GPtrArray *hd_sysroot_deployments (HdSysroot *sysroot);
/* The running deployment, or NULL; belongs to the sysroot. */
OstreeDeployment *hd_sysroot_booted (HdSysroot *sysroot);
/* The deployment whose /etc, kernel arguments and origin a new one of `stateroot` takes over: the
 * booted one when it is of that stateroot, else the first of it; NULL when there is none. A new
 * reference. `stateroot` NULL: that of the booted one, or of the first. */
OstreeDeployment *hd_sysroot_merge_deployment (HdSysroot *sysroot, const char *stateroot);
/* "STATEROOT-COMMIT.SERIAL", free with g_free. */
char *hd_sysroot_deployment_id (OstreeDeployment *deployment);
/* Kernel arguments of its boot entry without ostree=; free with g_strfreev. */
char **hd_sysroot_deployment_kargs (OstreeDeployment *deployment);
