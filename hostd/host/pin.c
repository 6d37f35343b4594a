/* The pinned flag of an origin. */
#include "host/pin.h"

#include <string.h>

#include "base/error.h"
#include "common/parse.h"
#include "host/outcome.h"
#include "host/recover.h"
#include "state/staged.h"

#define MIN_PREFIX 7

static gboolean
is_named (OstreeDeployment *deployment, const char *name)
{
  g_autofree char *id = hd_sysroot_deployment_id (deployment);
  return strcmp (id, name) == 0
         || (strlen (name) >= MIN_PREFIX
             && g_str_has_prefix (ostree_deployment_get_csum (deployment), name));
}

/* Index among the deployments with boot entries, or -1; the numbers of `status` begin with a
 * staged one, which has none. */
static int
find_deployment (HdSysroot *sysroot, GPtrArray *deployments, const char *name)
{
  g_autoptr (HdStaged) staged = hd_staged_read (sysroot->fd, NULL);
  int64_t number;
  if (hd_parse_int64 (name, &number) == 0 && strlen (name) < MIN_PREFIX)
    {
      number -= staged != NULL ? 1 : 0;
      return number >= 0 && number < deployments->len ? (int)number : -1;
    }
  for (guint i = 0; i < deployments->len; i++)
    {
      OstreeDeployment *deployment = g_ptr_array_index (deployments, i);
      if (strcmp (name, "booted") == 0 ? deployment == hd_sysroot_booted (sysroot)
                                       : is_named (deployment, name))
        return (int)i;
    }
  return -1;
}

static gboolean
set_pinned (HdOperation *operation, gboolean pinned, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  const char *name = operation->task->deployment;
  if (name == NULL)
    return hd_throw (error, HD_USAGE, "its number is in: atomic host status",
                     "no deployment is named");
  if (!hd_recover_run (operation, error))
    return FALSE;
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  int index = find_deployment (sysroot, deployments, name);
  if (index < 0)
    return hd_throw (error, HD_NOT_FOUND,
                     "see: atomic host status; a staged one can be pinned after the reboot",
                     "there is no deployment %s", name);
  OstreeDeployment *deployment = g_ptr_array_index (deployments, index);
  g_autofree char *what = hd_outcome_describe (sysroot, ostree_deployment_get_csum (deployment));
  if (ostree_deployment_is_pinned (deployment) == pinned)
    return hd_throw (error, HD_NOTHING, NULL, "%s is %s already", what,
                     pinned ? "pinned" : "not pinned");
  if (!ostree_sysroot_deployment_set_pinned (sysroot->ostree, deployment, pinned, error))
    return FALSE;
  hd_operation_say (operation, NULL,
                    pinned ? "%s is kept until it is unpinned" : "%s goes when newer ones come",
                    what);
  return TRUE;
}

gboolean
hd_pin_run (HdOperation *operation, GError **error)
{
  return set_pinned (operation, TRUE, error);
}

gboolean
hd_unpin_run (HdOperation *operation, GError **error)
{
  return set_pinned (operation, FALSE, error);
}
