/* The process' description goes to the runtime in memory. */
#include "engine/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/launch.h"
#include "engine/programs.h"
#include "engine/status.h"

static gboolean
check_running (HdStore *store, const HdContainer *container, GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (!hd_status_now (store, container->id, &now, error))
    return FALSE;
  if (!hd_status_now_is_running (&now))
    return hd_throw (error, HD_FAILED, "start it first", "container %s is not running",
                     container->name);
  if (now.state.status == MON_PAUSED)
    return hd_throw (error, HD_FAILED, "unpause it first", "container %s is paused",
                     container->name);
  return TRUE;
}

static hd_json *
make_process (HdStore *store, const HdContainer *container, const HdExec *exec, GError **error)
{
  g_auto (GStrv) layers = hd_launch_layers (store, container, error);
  if (layers == NULL)
    return NULL;
  g_autofree char *folder = hd_container_folder (store, container->id);
  g_autofree char *upper = g_build_filename (folder, "upper", NULL);
  const HdImageRoot root = { upper, (const char *const *)layers };
  const HdSpecInput input = { .container = container, .folder = folder, .root = &root };
  return hd_spec_exec_process (&input, &exec->process, error);
}

/* A file without a name; not close-on-exec: the runtime reads it. */
static int
keep_in_memory (const hd_json *process, GError **error)
{
  hd_autofree char *text = hd_json_to_text (process, false);
  hd_autofd fd = memfd_create ("process", 0);
  int r = fd < 0 ? -errno : hd_fs_write_all (fd, text, strlen (text));
  if (r == 0)
    return hd_steal_fd (&fd);
  hd_throw_errno (error, -r, "describing the process");
  return -1;
}

gboolean
hd_exec (HdStore *store, const HdContainer *container, const HdExec *exec, GError **error)
{
  if (!check_running (store, container, error))
    return FALSE;
  hd_autojson process = make_process (store, container, exec, error);
  hd_autofd fd = process != NULL ? keep_in_memory (process, error) : -1;
  if (fd < 0)
    return FALSE;
  g_autofree char *program = hd_programs_find ("atomic-runtime");
  g_autofree char *root = g_build_filename (hd_store_run_root (store), "runtime", NULL);
  g_autofree char *file = g_strdup_printf ("/proc/self/fd/%d", fd);
  const char *const argv[] = { program,
                               "--root",
                               root,
                               "exec",
                               "--process",
                               file,
                               exec->detach ? "--detach" : container->id,
                               exec->detach ? container->id : NULL,
                               NULL };
  if (!exec->input || exec->detach)
    {
      hd_autofd null = open ("/dev/null", O_RDWR | O_CLOEXEC);
      dup2 (null, STDIN_FILENO);
      if (exec->detach)
        {
          dup2 (null, STDOUT_FILENO);
        }
    }
  execv (program, (char **)argv);
  return hd_throw_errno (error, errno, "starting %s", program);
}
