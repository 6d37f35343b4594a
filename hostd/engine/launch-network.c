/* Network modes of a start, one function for each. */
#include "engine/launch-network.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/attach.h"
#include "engine/names.h"
#include "engine/netns.h"
#include "engine/status.h"
#include "monitor/protocol.h"

#define NAMES_BYTES_MAX (1u << 20)

/* Files with names */

static gboolean
write_file (HdStore *store, const char *id, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_strdup_printf ("containers/%s/%s", id, name);
  hd_autofd fd = openat (hd_store_root_fd (store), path,
                         O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  int r = fd < 0 ? -errno : hd_fs_write_all (fd, text, strlen (text));
  return r == 0 || hd_throw_errno (error, -r, "writing %s of container %.12s", name, id);
}

static char **
strings_of (const hd_json *host, const char *key)
{
  const hd_json *list = hd_json_get (host, key);
  GPtrArray *strings = g_ptr_array_new ();
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      const char *text;
      if (hd_json_as_string (hd_json_at (list, i), &text))
        g_ptr_array_add (strings, g_strdup (text));
    }
  g_ptr_array_add (strings, NULL);
  return (char **)g_ptr_array_free (strings, FALSE);
}

/* The address by which the first network's members reach the host; NULL for none. */
static char *
find_gateway (HdStore *store, const char *id)
{
  g_autoptr (GPtrArray) endpoints = hd_network_endpoints (store, id, NULL, NULL);
  if (endpoints == NULL || endpoints->len == 0)
    return NULL;
  return g_strdup (((HdNetworkEndpoint *)g_ptr_array_index (endpoints, 0))->gateway4);
}

/* "NAME:ADDRESS" lines behind the host's own file. */
static char *
host_hosts (const char *const *extra)
{
  hd_autofree char *text = NULL;
  GString *out = g_string_new (NULL);
  if (hd_fs_read (AT_FDCWD, "/etc/hosts", NAMES_BYTES_MAX, &text, NULL) == 0)
    g_string_append (out, text);
  for (; *extra != NULL; extra++)
    {
      gsize length = strcspn (*extra, ":");
      if ((*extra)[length] == ':')
        g_string_append_printf (out, "%s\t%.*s\n", *extra + length + 1, (int)length, *extra);
    }
  return g_string_free (out, FALSE);
}

static gboolean
write_names (HdStore *store, const HdContainer *container, gboolean host_network, GError **error)
{
  const hd_json *host = hd_container_host_config (container);
  g_auto (GStrv) extra = strings_of (host, "ExtraHosts");
  g_auto (GStrv) servers = strings_of (host, "Dns");
  g_auto (GStrv) search = strings_of (host, "DnsSearch");
  g_auto (GStrv) options = strings_of (host, "DnsOptions");
  g_autofree char *gateway = host_network ? NULL : find_gateway (store, container->id);
  g_autofree char *hosts = host_network
                               ? host_hosts ((const char *const *)extra)
                               : hd_names_hosts ((const char *const *)extra, gateway, error);
  if (hosts == NULL)
    return FALSE;
  g_autofree char *resolv
      = hd_names_resolv_conf ((const char *const *)servers, (const char *const *)search,
                              (const char *const *)options, host_network);
  return write_file (store, container->id, "hosts", hosts, error)
         && write_file (store, container->id, "resolv.conf", resolv, error);
}

/* Those of the container whose network is shared. */
static gboolean
copy_names (HdStore *store, const char *from, const char *to, GError **error)
{
  static const char *const names[] = { "hosts", "resolv.conf" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      hd_autofree char *text = NULL;
      g_autofree char *path = g_strdup_printf ("containers/%s/%s", from, names[i]);
      int r = hd_fs_read (hd_store_root_fd (store), path, NAMES_BYTES_MAX, &text, NULL);
      if (r < 0)
        return hd_throw_errno (error, -r, "reading %s of container %.12s", names[i], from);
      if (!write_file (store, to, names[i], text, error))
        return FALSE;
    }
  return TRUE;
}

/* Modes */

static gboolean
join_other (HdStore *store, const HdContainer *container, const char *name, HdLaunchNetwork *ret,
            GError **error)
{
  g_autoptr (HdContainer) other = hd_container_find (store, name, error);
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (other == NULL || !hd_status_now (store, other->id, &now, error))
    return FALSE;
  if (!hd_status_now_is_running (&now))
    return hd_throw (error, HD_FAILED, "start it first",
                     "container %s, whose network is wanted, is not running", other->name);
  ret->path = g_strdup_printf ("/proc/%d/ns/net", now.state.pid);
  return copy_names (store, other->id, container->id, error);
}

static gboolean
reserve (HdStore *store, const HdContainer *container, GError **error)
{
  if (hd_store_begin (store, error) && hd_network_reserve (store, container->id, NULL, error)
      && hd_store_commit (store, error))
    return TRUE;
  hd_store_rollback (store);
  return FALSE;
}

static gboolean
wants_ipv6 (const HdContainer *container)
{
  const hd_json *sysctls = hd_json_get (hd_container_host_config (container), "Sysctls");
  return strcmp (hd_json_get_string (sysctls, "net.ipv6.conf.all.disable_ipv6", "0"), "1") != 0;
}

static gboolean
connect_bridges (HdStore *store, const HdContainer *container, HdLaunchNetwork *ret, GError **error)
{
  if (!reserve (store, container, error))
    return FALSE;
  ret->attached = TRUE;
  ret->netns_fd = hd_netns_new (wants_ipv6 (container), error);
  ret->path = g_strdup_printf ("/proc/self/fd/%d", MON_NETNS_FD);
  /* The file is there before the names of others are written into it. */
  return ret->netns_fd >= 0 && write_names (store, container, FALSE, error)
         && hd_network_attach (store, container->id, ret->netns_fd, error);
}

gboolean
hd_launch_network_open (HdStore *store, const HdContainer *container, HdLaunchNetwork *ret,
                        GError **error)
{
  const char *mode
      = hd_json_get_string (hd_container_host_config (container), "NetworkMode", "default");
  if (g_str_has_prefix (mode, "container:"))
    return join_other (store, container, mode + strlen ("container:"), ret, error);
  if (strcmp (mode, "host") == 0)
    return write_names (store, container, TRUE, error);
  if (strcmp (mode, "none") == 0)
    return write_names (store, container, FALSE, error);
  return connect_bridges (store, container, ret, error);
}

gboolean
hd_launch_network_close (HdStore *store, const HdContainer *container, GError **error)
{
  const char *mode
      = hd_json_get_string (hd_container_host_config (container), "NetworkMode", "default");
  if (g_str_has_prefix (mode, "container:") || strcmp (mode, "host") == 0
      || strcmp (mode, "none") == 0)
    return TRUE;
  return hd_network_detach (store, container->id, error);
}

void
hd_launch_network_undo (HdStore *store, const HdContainer *container, HdLaunchNetwork *network)
{
  g_autoptr (GError) ignored = NULL;
  if (network->attached)
    hd_network_detach (store, container->id, &ignored);
}

void
hd_launch_network_clear (HdLaunchNetwork *network)
{
  hd_closep (&network->netns_fd);
  g_clear_pointer (&network->path, g_free);
}
