/* Kernel parameters of the host's network. Sources: ip-sysctl of the kernel's documentation. */
#include "engine/forwarding.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define CONF4 "/proc/sys/net/ipv4/conf"
#define CONF6 "/proc/sys/net/ipv6/conf"
#define NOTE "forwarding"

/* The first character, or 0 with errno. */
static char
read_first (const char *path)
{
  char value = 0;
  hd_autofd fd = open (path, O_RDONLY | O_CLOEXEC);
  return fd >= 0 && read (fd, &value, 1) == 1 ? value : 0;
}

/* Write unless it is so already. */
static gboolean
set (const char *path, char value, GError **error)
{
  if (read_first (path) == value)
    return TRUE;
  hd_autofd fd = open (path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write (fd, &value, 1) < 0)
    return hd_throw_errno (error, errno, "writing %c to %s", value, path);
  return TRUE;
}

/* accept_ra 1 means "unless forwarding": those interfaces get 2, "always". */
static gboolean
keep_advertisements (GError **error)
{
  DIR *dir = opendir (CONF6);
  gboolean good = TRUE;
  if (dir == NULL)
    return hd_throw_errno (error, errno, "opening %s", CONF6);
  for (struct dirent *entry = readdir (dir); good && entry != NULL; entry = readdir (dir))
    {
      g_autofree char *path = g_strdup_printf (CONF6 "/%s/accept_ra", entry->d_name);
      if (entry->d_name[0] != '.' && read_first (path) == '1')
        good = set (path, '2', error);
    }
  closedir (dir);
  return good;
}

gboolean
hd_forwarding_is_ours (HdStore *store)
{
  return faccessat (hd_store_run_fd (store), NOTE, F_OK, 0) == 0;
}

static gboolean
enable (HdStore *store, const char *path, gboolean *ret_new, GError **error)
{
  if (read_first (path) != '0')
    return TRUE;
  int result = hd_fs_replace (hd_store_run_fd (store), NOTE, "", 0, 0600);
  if (result < 0)
    return hd_throw_errno (error, -result, "writing %s/" NOTE, hd_store_run_root (store));
  *ret_new = TRUE;
  return set (path, '1', error);
}

gboolean
hd_forwarding_enable (HdStore *store, gboolean ipv6, gboolean *ret_new, GError **error)
{
  *ret_new = FALSE;
  if (!enable (store, "/proc/sys/net/ipv4/ip_forward", ret_new, error))
    return FALSE;
  if (!ipv6 || read_first (CONF6 "/all/forwarding") != '0')
    return TRUE;
  return keep_advertisements (error) && enable (store, CONF6 "/all/forwarding", ret_new, error);
}

gboolean
hd_forwarding_localnet (const char *bridge, GError **error)
{
  g_autofree char *path = g_strdup_printf (CONF4 "/%s/route_localnet", bridge);
  return set (path, '1', error);
}

gboolean
hd_forwarding_loose (const char *interface, GError **error)
{
  g_autofree char *path = g_strdup_printf (CONF4 "/%s/rp_filter", interface);
  return set (path, '2', error);
}
