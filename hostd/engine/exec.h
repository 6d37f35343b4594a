/* A further process in a running container. */
#pragma once

#include "engine/container.h"
#include "engine/spec.h"

typedef struct
{
  HdExecRequest process;
  gboolean detach;
  gboolean input; /* else /dev/null */
} HdExec;

/* Run it: this process becomes the runtime's, so this returns only on an error, and with `detach`
 * when it runs. */
gboolean hd_exec (HdStore *store, const HdContainer *container, const HdExec *exec, GError **error);
