/* What the verbs of the engine have in common. */
#pragma once

#include "base/verbs.h"
#include "engine/store.h"

/* Exit statuses as people know them from docker. */
#define HD_STATUS_FAILED 1
#define HD_STATUS_ENGINE 125

/* The store of $ATOMIC_ROOT; NULL with an error that says to become root for an ordinary user. */
HdStore *hd_engine_open (GError **error);
/* Print the error ("error: ...", "hint: ..."); returns `status`. */
int hd_engine_fail (const GError *error, int status);

/* A verb over several names: `act` for each; what fails is printed, the others go on. With `echo`
 * each name is printed as it was given when it is done. Returns 0, or 1 when something failed. */
typedef gboolean (*HdEngineAct) (HdStore *store, const char *name, const HdInvocation *invocation,
                                 GError **error);
int hd_engine_each (const HdInvocation *invocation, HdEngineAct act, gboolean echo);

/* Rows of a verb `container WORD` and its short form `WORD`. */
#define HD_ENGINE_VERB(group, word, ...)                                                           \
  { word, __VA_ARGS__, HD_STATUS_ENGINE }, { group " " word, __VA_ARGS__, HD_STATUS_ENGINE }
