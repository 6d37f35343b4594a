/* A deployment as its files describe it: a value, read without libostree. */
#pragma once

#include <glib.h>
#include "state/origin.h"
#include "state/staged.h"

typedef struct
{
  char *id; /* "STATEROOT-COMMIT.SERIAL" with the whole checksum */
  char *stateroot;
  char *commit; /* 64 hexadecimal digits */
  int serial;
  char *version;    /* or NULL */
  char *origin;     /* refspec "REMOTE:REF", or NULL */
  gint64 timestamp; /* of the commit, seconds since 1970; 0 when its object is not there */
  char *kernel;     /* release, or NULL */
  char **kargs;     /* the user's and the image's, without those that hostd adds */
  gboolean booted;
  gboolean staged;   /* takes effect when the machine shuts down */
  gboolean next;     /* what the next boot starts */
  gboolean fallback; /* what is started when `next` fails */
  gboolean pinned;
  HdBootState boot_state;
  char *signature_key; /* fingerprint that signed it, or NULL when it was not verified here */
  char *signature_uid; /* "Name <address>", or NULL */
  gint64 verified_at;  /* seconds since 1970; 0: never */
} HdDeployment;

void hd_deployment_free (HdDeployment *deployment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdDeployment, hd_deployment_free)

/* The deployments of boot set `set`, in boot order (GPtrArray of HdDeployment), with everything but
 * `booted`, `next` and `fallback` filled in. `sysroot_fd` has ostree/ in it, `boot_fd` is its
 * /boot. Errors: HD_NOT_FOUND (no such set), HD_BOOTLOADER (an entry that leads nowhere). */
GPtrArray *hd_deployment_read_set (int sysroot_fd, int boot_fd, int set, GError **error);
/* The deployment that `staged` becomes. */
HdDeployment *hd_deployment_from_staged (int sysroot_fd, const HdStaged *staged);
/* Path of its tree below the sysroot; free with g_free. */
char *hd_deployment_path (const HdDeployment *deployment);
