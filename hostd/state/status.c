/* Deployments, boot environment and records -> one value with the answers that people look for. */
#include "state/status.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "state/bls.h"
#include "state/bootenv.h"
#include "state/check.h"
#include "state/paths.h"

/* Written by atomic-boot-complete.service and atomic-boot-failed.service. */
#define BOOT_COMPLETE_MARK "/run/atomic/boot-complete"
#define BOOT_FAILED_MARK "/run/atomic/boot-failed"

void
hd_status_free (HdStatus *status)
{
  if (status == NULL)
    return;
  g_free (status->sysroot);
  g_free (status->health);
  g_free (status->health_detail);
  g_free (status->currency);
  g_free (status->available_version);
  g_free (status->available_commit);
  g_free (status->check_error);
  g_free (status->failed_version);
  g_clear_pointer (&status->deployments, g_ptr_array_unref);
  g_free (status);
}

/* Whether the sysroot is the root of the running system. */
static gboolean
is_running_root (int sysroot_fd)
{
  struct stat here, root;
  return access ("/run/ostree-booted", F_OK) == 0 && fstat (sysroot_fd, &here) == 0
         && stat ("/", &root) == 0 && here.st_dev == root.st_dev && here.st_ino == root.st_ino;
}

/* The set that GRUB reads; libostree's own link where there is no boot environment. */
static gboolean
active_set (int boot_fd, const HdBootEnv *env, int *ret_set, GError **error)
{
  g_autofree char *entries = NULL;
  if (env->set >= 0)
    {
      entries = g_strdup_printf ("loader.%d/entries", env->set);
      if (faccessat (boot_fd, entries, F_OK, 0) == 0)
        {
          *ret_set = env->set;
          return TRUE;
        }
    }
  return hd_bls_current_set (boot_fd, ret_set, error);
}

static gboolean
read_deployments (HdStatus *status, int sysroot_fd, int boot_fd, const HdBootEnv *env,
                  GError **error)
{
  g_autoptr (GError) local_error = NULL;
  int set;
  if (active_set (boot_fd, env, &set, &local_error))
    {
      status->deployments = hd_deployment_read_set (sysroot_fd, boot_fd, set, error);
      return status->deployments != NULL;
    }
  if (hd_error_code (local_error) != HD_NOT_FOUND)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  /* A sysroot without any deployment yet. */
  status->deployments = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_deployment_free);
  return TRUE;
}

static void
mark_booted (HdStatus *status, int sysroot_fd)
{
  struct stat root, here;
  if (!status->booted_here || stat ("/", &root) < 0)
    return;
  for (guint i = 0; i < status->deployments->len; i++)
    {
      HdDeployment *deployment = g_ptr_array_index (status->deployments, i);
      g_autofree char *path = hd_deployment_path (deployment);
      deployment->booted = fstatat (sysroot_fd, path, &here, 0) == 0 && here.st_dev == root.st_dev
                           && here.st_ino == root.st_ino;
    }
}

/* Mark what the next boot starts, and what is started when that fails. */
static void
mark_next (HdStatus *status)
{
  guint n = status->deployments->len;
  if (n == 0)
    return;
  HdDeployment *first = g_ptr_array_index (status->deployments, 0);
  HdDeployment *second = n > 1 ? g_ptr_array_index (status->deployments, 1) : NULL;
  /* Finalizing puts the staged one before the booted one, and drops what stood between. */
  for (guint i = 1; first->staged && i < n; i++)
    {
      HdDeployment *deployment = g_ptr_array_index (status->deployments, i);
      if (deployment->booted)
        second = deployment;
    }
  gboolean given_up = !first->staged && status->tries_left == 0 && second != NULL;
  (given_up ? second : first)->next = TRUE;
  if (!given_up && second != NULL)
    second->fallback = TRUE;
}

/* Name the version that was given up: it stays in the list, after the one that took its place. */
static void
find_failed (HdStatus *status)
{
  for (guint i = 0; i < status->deployments->len; i++)
    {
      const HdDeployment *deployment = g_ptr_array_index (status->deployments, i);
      if (deployment->boot_state != HD_BOOT_FAILED || deployment->booted)
        continue;
      status->failed_version
          = g_strdup (deployment->version != NULL ? deployment->version : deployment->commit);
      return;
    }
}

static void
judge_health (HdStatus *status)
{
  if (!status->booted_here)
    status->health = g_strdup ("unknown");
  else if (access (BOOT_FAILED_MARK, F_OK) == 0)
    {
      status->health = g_strdup ("degraded");
      status->health_detail = g_strdup ("a unit that the boot needs has failed");
    }
  else if (access (BOOT_COMPLETE_MARK, F_OK) < 0)
    {
      status->health = g_strdup ("starting");
      status->health_detail = g_strdup ("the boot is not complete yet");
    }
  else if (status->failed_version != NULL)
    {
      status->health = g_strdup ("degraded");
      status->health_detail
          = g_strdup_printf ("version %s did not start and was given up", status->failed_version);
    }
  else
    status->health = g_strdup ("healthy");
}

/* The deployment whose origin a check for updates looks at. */
static const HdDeployment *
reference_deployment (const HdStatus *status)
{
  const HdDeployment *booted = hd_status_booted (status);
  if (booted != NULL || status->deployments->len == 0)
    return booted;
  return g_ptr_array_index (status->deployments, 0);
}

static gboolean
has_commit (const HdStatus *status, const char *commit)
{
  const HdDeployment *next = hd_status_next (status);
  return next != NULL && g_strcmp0 (next->commit, commit) == 0;
}

static void
judge_currency (HdStatus *status, int sysroot_fd)
{
  g_autoptr (HdCheck) check = hd_check_read (sysroot_fd);
  const HdDeployment *reference = reference_deployment (status);
  status->currency = g_strdup ("unknown");
  if (check == NULL || reference == NULL || g_strcmp0 (check->refspec, reference->origin) != 0)
    return;
  status->checked_at = check->time;
  status->check_error = g_steal_pointer (&check->error);
  if (check->commit == NULL)
    return;
  g_free (status->currency);
  if (strcmp (check->commit, reference->commit) == 0 || has_commit (status, check->commit))
    {
      status->currency = g_strdup ("current");
      return;
    }
  status->currency = g_strdup ("behind");
  status->available_commit = g_steal_pointer (&check->commit);
  status->available_version = g_steal_pointer (&check->version);
}

static gboolean
fill (HdStatus *status, int sysroot_fd, int boot_fd, GError **error)
{
  HdBootEnv env = { .set = -1, .tries = HD_BOOTENV_NOT_COUNTING };
  (void)hd_bootenv_read (boot_fd, &env, NULL);
  status->tries_left = env.tries;
  status->booted_here = is_running_root (sysroot_fd);
  if (!read_deployments (status, sysroot_fd, boot_fd, &env, error))
    return FALSE;
  mark_booted (status, sysroot_fd);

  g_autoptr (HdStaged) staged = hd_staged_read (sysroot_fd, NULL);
  if (staged != NULL)
    g_ptr_array_insert (status->deployments, 0, hd_deployment_from_staged (sysroot_fd, staged));
  mark_next (status);
  find_failed (status);
  judge_health (status);
  judge_currency (status, sysroot_fd);
  return TRUE;
}

HdStatus *
hd_status_read (const char *path, GError **error)
{
  hd_autofd sysroot_fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (sysroot_fd < 0 || faccessat (sysroot_fd, HD_PATH_REPO, F_OK, 0) < 0)
    {
      hd_throw (error, HD_NO_SYSROOT, "name another one with --sysroot=PATH",
                "%s is no OSTree sysroot", path);
      return NULL;
    }
  hd_autofd boot_fd = openat (sysroot_fd, "boot", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (boot_fd < 0)
    {
      hd_throw_errno (error, errno, "opening /boot of %s", path);
      return NULL;
    }
  g_autoptr (HdStatus) status = g_new0 (HdStatus, 1);
  status->sysroot = g_strdup (path);
  if (!fill (status, sysroot_fd, boot_fd, error))
    return NULL;
  return g_steal_pointer (&status);
}

const HdDeployment *
hd_status_booted (const HdStatus *status)
{
  for (guint i = 0; i < status->deployments->len; i++)
    {
      const HdDeployment *deployment = g_ptr_array_index (status->deployments, i);
      if (deployment->booted)
        return deployment;
    }
  return NULL;
}

const HdDeployment *
hd_status_next (const HdStatus *status)
{
  for (guint i = 0; i < status->deployments->len; i++)
    {
      const HdDeployment *deployment = g_ptr_array_index (status->deployments, i);
      if (deployment->next)
        return deployment;
    }
  return NULL;
}
