/* What a sysroot says of itself: health, currency, the next boot, the deployments.
 *
 * Read from files alone (boot entries, origins, commit objects, boot environment, records of
 * hostd), without libostree, D-Bus or privileges; in a few milliseconds. The JSON form is
 * docs/status.schema.json.
 */
#pragma once

#include <glib.h>
#include "common/json.h"
#include "state/deployment.h"

typedef struct
{
  char *sysroot;
  gboolean booted_here; /* sysroot is "/" of a running OSTree system */
  /* Health: "healthy", "degraded" (failed units, or came back from a failed version),
   * "starting" (boot not complete yet), "unknown" (not booted). */
  char *health;
  char *health_detail; /* one sentence, or NULL */
  /* Currency from the last check: "current", "behind", "unknown". */
  char *currency;
  char *available_version; /* when behind; may be NULL */
  char *available_commit;
  gint64 checked_at;      /* 0: never */
  char *check_error;      /* message of the last check if it failed, or NULL */
  int tries_left;         /* of boot counting for the next boot; -1 when not counting */
  char *failed_version;   /* a version that was given up at the last boots, or NULL */
  GPtrArray *deployments; /* of HdDeployment, in boot order, a staged one first */
} HdStatus;

void hd_status_free (HdStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdStatus, hd_status_free)

/* Read the status of the sysroot at `path` ("/" or a folder). Does not block on locks.
 * Errors: HD_NO_SYSROOT (no /ostree/repo there), HD_FAILED with the file that cannot be read. */
HdStatus *hd_status_read (const char *path, GError **error);
/* Returns a new value; schema 1 of docs/status.schema.json. */
hd_json *hd_status_to_json (const HdStatus *status);
/* The deployment with this flag set, or NULL; belongs to `status`. */
const HdDeployment *hd_status_booted (const HdStatus *status);
const HdDeployment *hd_status_next (const HdStatus *status);
