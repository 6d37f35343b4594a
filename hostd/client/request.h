/* A request for a change: a verb, a sysroot, options named as on the command line.
 *
 * Knows the verbs that exist and their D-Bus methods, not what options they take: that is for the
 * worker to judge, in one place.
 */
#pragma once

#include <glib.h>
#include "common/json.h"

typedef struct
{
  const char *verb;   /* "upgrade" */
  const char *method; /* "Upgrade", of org.atomichost.Host1.Manager */
  const char *doing;  /* "Upgrading" */
} HdChange;

/* Every changing verb; ends with { NULL }. */
extern const HdChange hd_changes[];
/* The row with this verb or this method, or NULL. */
const HdChange *hd_change_by_verb (const char *verb);
const HdChange *hd_change_by_method (const char *method);

typedef struct
{
  const HdChange *change;
  char *sysroot;    /* "/" or a folder */
  hd_json *options; /* an object: booleans, strings, integers, arrays of strings */
} HdRequest;

/* A request without options. */
HdRequest *hd_request_new (const HdChange *change, const char *sysroot);
void hd_request_free (HdRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdRequest, hd_request_free)

/* What a worker reads on its standard input; one line of JSON, free with g_free. */
char *hd_request_to_text (const HdRequest *request);
/* TRUE when the request only looks (check, preview) and changes no deployment. */
gboolean hd_request_only_looks (const HdRequest *request);
