/* Questions and answers over the monitor's socket. */
#include "engine/monitor-link.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/status.h"

int
hd_monitor_connect (HdStore *store, const HdContainer *container, GError **error)
{
  g_autofree char *path = g_strconcat ("containers/", container->id, NULL);
  hd_autofd folder = openat (hd_store_run_fd (store), path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int fd = folder < 0 ? -errno : mon_connect (folder, "socket", SOCK_SEQPACKET);
  if (fd >= 0)
    return fd;
  if (fd == -ENOENT || fd == -ECONNREFUSED)
    hd_throw (error, HD_FAILED, NULL, "container %s is not running", container->name);
  else
    hd_throw_errno (error, -fd, "connecting to the monitor of container %s", container->name);
  return -1;
}

static gboolean
send_request (int fd, const HdContainer *container, mon_kind kind, int a, int b, GError **error)
{
  int r = mon_send (fd, kind, a, b, NULL, 0, -1);
  return r == 0
         || hd_throw_errno (error, -r, "asking the monitor of container %s", container->name);
}

gboolean
hd_monitor_ask (HdStore *store, const HdContainer *container, mon_kind kind, int a, int b,
                GError **error)
{
  g_autofree mon_message *answer = g_new (mon_message, 1);
  hd_autofd fd = hd_monitor_connect (store, container, error);
  if (fd < 0 || !send_request (fd, container, kind, a, b, error))
    return FALSE;
  int r = mon_receive (fd, answer, NULL);
  if (r < 0)
    return hd_throw (error, HD_FAILED, NULL, "container %s is not running", container->name);
  if (answer->head.kind == MON_ERROR)
    return hd_throw (error, HD_FAILED, NULL, "%s", answer->payload);
  return TRUE;
}

gboolean
hd_monitor_await (HdStore *store, const HdContainer *container, mon_kind kind, int a, int b,
                  int *ret_status, GError **error)
{
  g_autofree mon_message *answer = g_new (mon_message, 1);
  hd_autofd fd = hd_monitor_connect (store, container, error);
  if (fd < 0 || !send_request (fd, container, kind, a, b, error))
    return FALSE;
  while (mon_receive (fd, answer, NULL) >= 0)
    if (answer->head.kind == MON_EXITED)
      {
        *ret_status = answer->head.a;
        return TRUE;
      }
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (!hd_status_now (store, container->id, &now, error))
    return FALSE;
  *ret_status = now.state.exit_code;
  return TRUE;
}

void
hd_monitor_await_gone (HdStore *store, const char *id)
{
  g_autofree char *path = g_strconcat ("containers/", id, "/lock", NULL);
  struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
  hd_autofd fd = openat (hd_store_run_fd (store), path, O_RDONLY | O_CLOEXEC);
  /* Granted when the monitor's end lets go of it. */
  while (fd >= 0 && fcntl (fd, F_OFD_SETLKW, &lock) < 0 && errno == EINTR)
    ;
}
