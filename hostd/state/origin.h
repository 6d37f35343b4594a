/* The origin file of a deployment: where its updates come from, and our group [atomic]. */
#pragma once

#include <glib.h>

#define HD_ORIGIN_GROUP "atomic"

typedef enum
{
  HD_BOOT_NEW,    /* has not reached boot-complete yet */
  HD_BOOT_GOOD,   /* has, or was not made by hostd */
  HD_BOOT_FAILED, /* was given up after its tries */
} HdBootState;    /* "new" "good" "failed" */

typedef struct
{
  char *refspec; /* "REMOTE:REF", or NULL */
  gboolean pinned;
  HdBootState boot_state; /* HD_BOOT_GOOD when the file does not say: not made by hostd */
  char *signature_key;    /* or NULL */
  char *signature_uid;    /* or NULL */
  gint64 verified_at;     /* seconds since 1970; 0: never */
} HdOrigin;

void hd_origin_free (HdOrigin *origin);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdOrigin, hd_origin_free)

/* Values of a loaded key file; never fails. */
HdOrigin *hd_origin_from_key_file (GKeyFile *file);
/* Read STATEROOT/deploy/COMMIT.SERIAL.origin. A file that is not there, or malformed, gives an
 * origin without values. */
HdOrigin *hd_origin_read (int sysroot_fd, const char *path);

/* Set our values in a key file of libostree's. NULL and 0 remove the key. */
void hd_origin_set_boot_state (GKeyFile *file, HdBootState state);
void hd_origin_set_signature (GKeyFile *file, const char *key, const char *uid, gint64 verified_at);

/* Static storage. */
const char *hd_boot_state_name (HdBootState state);
