/* The store for a command, and its errors. */
#include "cli/engine.h"

#include <stdio.h>
#include <unistd.h>

#include "base/error.h"

HdStore *
hd_engine_open (GError **error)
{
  if (geteuid () == 0)
    return hd_store_open (NULL, NULL, error);
  hd_throw (error, HD_DENIED, "run it with sudo",
            "containers belong to the system: this needs the rights of root");
  return NULL;
}

int
hd_engine_fail (const GError *error, int status)
{
  hd_error_report (error);
  return status;
}

int
hd_engine_each (const HdInvocation *invocation, HdEngineAct act, gboolean echo)
{
  g_autoptr (GError) open_error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&open_error);
  int status = 0;
  if (store == NULL)
    return hd_engine_fail (open_error, HD_STATUS_FAILED);
  for (const char *const *name = hd_inv_args (invocation); *name != NULL; name++)
    {
      g_autoptr (GError) error = NULL;
      if (!act (store, *name, invocation, &error))
        status = hd_engine_fail (error, HD_STATUS_FAILED);
      else if (echo)
        puts (*name);
    }
  return status;
}
