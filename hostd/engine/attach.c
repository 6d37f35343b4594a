/* A container's interfaces, rules and names: made, and taken away. */
#include "engine/attach.h"

#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/attach-internal.h"
#include "engine/conntrack.h"
#include "engine/endpoint.h"
#include "engine/forwarding.h"
#include "engine/link.h"
#include "engine/lock.h"
#include "engine/names.h"
#include "engine/network-internal.h"

int
hd_network_lock (HdStore *store, GError **error)
{
  return hd_lock_take (store, "network", HD_LOCK_EXCLUSIVE, error);
}

/* ---- One container's work ---- */

typedef struct
{
  HdStore *store;
  int lock;
  HdNetlink *host;
  HdNetlink *rules;
  GPtrArray *endpoints; /* of HdNetworkEndpoint; NULL where they do not matter */
} Work;

static void
work_clear (Work *work)
{
  hd_netlink_free (work->host);
  hd_netlink_free_later (work->rules);
  g_clear_pointer (&work->endpoints, g_ptr_array_unref);
  hd_closep (&work->lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* Sockets before the lock, rows behind it. */
static gboolean
work_begin (Work *work, HdStore *store, const char *container, GError **error)
{
  work->store = store;
  work->host = hd_netlink_open (NETLINK_ROUTE, 0, error);
  if (work->host == NULL)
    return FALSE;
  work->lock = hd_network_lock (store, error);
  if (work->lock < 0)
    return FALSE;
  work->rules = hd_rules_open (error);
  work->endpoints = hd_network_endpoints (store, container, NULL, error);
  return work->rules != NULL && work->endpoints != NULL;
}

static gboolean
has_address (const HdNetworkEndpoint *endpoint)
{
  return endpoint->ip4 != NULL || endpoint->ip6 != NULL;
}

GArray *
hd_network_forwards (HdStore *store, const char *container, const GPtrArray *endpoints,
                     GError **error)
{
  g_autoptr (GArray) ports = hd_port_list (store, container, TRUE, error);
  const char *ip4 = NULL, *ip6 = NULL;
  if (ports == NULL)
    return NULL;
  for (guint i = endpoints->len; i > 0; i--)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (endpoints, i - 1);
      if (endpoint->internal || !g_str_equal (endpoint->container, container))
        continue;
      ip4 = endpoint->ip4 != NULL ? endpoint->ip4 : ip4;
      ip6 = endpoint->ip6 != NULL ? endpoint->ip6 : ip6;
    }
  GArray *forwards = g_array_new (FALSE, FALSE, sizeof (HdForward));
  for (guint i = 0; i < ports->len; i++)
    {
      HdForward forward = { g_array_index (ports, HdPort, i), ip4, ip6 };
      g_array_append_val (forwards, forward);
    }
  return forwards;
}

/* ---- Making ---- */

/* The interface pair, with the bridge before it where there is none. */
static gboolean
make_pair (Work *work, const HdNetworkEndpoint *endpoint, const HdNetwork *network, int netns_fd,
           GError **error)
{
  const char *icc = hd_network_option (network, "com.docker.network.bridge.enable_icc");
  gboolean isolated = g_strcmp0 (icc, "false") == 0, no_bridge;
  GError *local = NULL;
  if (hd_link_make_pair (work->host, endpoint, netns_fd, isolated, &no_bridge, &local))
    return TRUE;
  if (!no_bridge)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  g_clear_error (&local);
  return hd_link_make_bridge (work->host, network, error)
         && hd_link_make_pair (work->host, endpoint, netns_fd, isolated, &no_bridge, error);
}

/* The endpoint's end inside. The default routes are those of the first network that is not
 * internal. */
static gboolean
configure (const Work *work, const HdNetworkEndpoint *endpoint, HdNetlink *inner, GError **error)
{
  gboolean first4 = endpoint->ip4 != NULL && !endpoint->internal;
  gboolean first6 = endpoint->ip6 != NULL && !endpoint->internal;
  for (guint i = 0; i < work->endpoints->len; i++)
    {
      const HdNetworkEndpoint *other = g_ptr_array_index (work->endpoints, i);
      if (other == endpoint)
        break;
      first4 = first4 && (other->ip4 == NULL || other->internal);
      first6 = first6 && (other->ip6 == NULL || other->internal);
    }
  return hd_link_configure (inner, endpoint, first4, first6, error);
}

static gboolean
make_link (Work *work, const HdNetworkEndpoint *endpoint, const HdNetwork *network, int netns_fd,
           HdNetlink *inner, GError **error)
{
  if (endpoint->ip6 != NULL && !hd_netns_set_ipv6 (netns_fd, TRUE, error))
    return FALSE;
  return make_pair (work, endpoint, network, netns_fd, error)
         && configure (work, endpoint, inner, error);
}

/* What published ports need besides rules. *ret_new: the rules must be written anew for it. */
static gboolean
prepare_ports (Work *work, const GArray *forwards, gboolean *ret_new, GError **error)
{
  if (forwards->len == 0)
    return TRUE;
  if (!hd_link_make_detour (work->host, ret_new, error)
      || (*ret_new && !hd_forwarding_loose (HD_DETOUR_IN, error)))
    return FALSE;
  for (guint i = 0; i < work->endpoints->len; i++)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (work->endpoints, i);
      if (endpoint->ip4 != NULL && !endpoint->internal
          && !hd_forwarding_localnet (endpoint->bridge, error))
        return FALSE;
    }
  return TRUE;
}

/* A port of an address family that the container has not would lead nowhere. */
static gboolean
check_forwards (const GArray *forwards, GError **error)
{
  for (guint i = 0; i < forwards->len; i++)
    {
      const HdForward *forward = &g_array_index (forwards, HdForward, i);
      gboolean v6 = strchr (forward->port.address, ':') != NULL;
      g_autofree char *text = hd_port_to_text (&forward->port);
      if (g_str_equal (forward->port.address, "::1"))
        return hd_throw (error, HD_USAGE, "publish it on 127.0.0.1",
                         "port %s: the kernel leads nothing from ::1 to a container", text);
      if (forward->ip4 == NULL && forward->ip6 == NULL)
        return hd_throw (error, HD_USAGE, "use a network that is not internal",
                         "port %s: the container has no address that can be reached", text);
      if (v6 ? forward->ip6 == NULL : *forward->port.address != '\0' && forward->ip4 == NULL)
        return hd_throw (error, HD_USAGE, v6 ? "make a network with --ipv6" : NULL,
                         "port %s: the container has no IPv%d address", text, v6 ? 6 : 4);
    }
  return TRUE;
}

static gboolean
write_rules (Work *work, const GPtrArray *networks, GError **error)
{
  const HdNetworkEndpoint *first = g_ptr_array_index (work->endpoints, 0);
  g_autoptr (GArray) forwards
      = hd_network_forwards (work->store, first->container, work->endpoints, error);
  gboolean ipv6 = FALSE, outward = FALSE, new_forwarding = FALSE, new_detour = FALSE, missing;
  GError *local = NULL;
  if (forwards == NULL || !check_forwards (forwards, error))
    return FALSE;
  for (guint i = 0; i < work->endpoints->len; i++)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (work->endpoints, i);
      outward = outward || !endpoint->internal;
      ipv6 = ipv6 || (!endpoint->internal && endpoint->ip6 != NULL);
    }
  if ((outward && !hd_forwarding_enable (work->store, ipv6, &new_forwarding, error))
      || !prepare_ports (work, forwards, &new_detour, error))
    return FALSE;
  if (new_forwarding || new_detour)
    return hd_network_rewrite (work->store, work->host, work->rules, error);
  if (hd_rules_add (work->rules, (const HdNetwork *const *)networks->pdata, forwards, &missing,
                    &local))
    return TRUE;
  if (missing)
    {
      g_clear_error (&local);
      return hd_network_rewrite (work->store, work->host, work->rules, error);
    }
  g_propagate_error (error, local);
  return FALSE;
}

/* The networks of the endpoints, in step with them, and a NULL. */
static GPtrArray *
read_networks (Work *work, GError **error)
{
  g_autoptr (GPtrArray) networks = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_network_free);
  for (guint i = 0; i < work->endpoints->len; i++)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (work->endpoints, i);
      HdNetwork *network = hd_network_find (work->store, endpoint->network, error);
      if (network == NULL)
        return NULL;
      g_ptr_array_add (networks, network);
    }
  g_ptr_array_add (networks, NULL);
  return g_steal_pointer (&networks);
}

static void
drop_endpoints (GPtrArray *endpoints)
{
  for (guint i = endpoints->len; i > 0; i--)
    if (!has_address (g_ptr_array_index (endpoints, i - 1)))
      g_ptr_array_remove_index (endpoints, i - 1);
}

static gboolean
make_all (Work *work, int netns_fd, GError **error)
{
  g_autoptr (GPtrArray) networks = read_networks (work, error);
  g_autoptr (HdNetlink) inner = networks != NULL ? hd_netns_netlink (netns_fd, error) : NULL;
  if (inner == NULL)
    return FALSE;
  for (guint i = 0; i < work->endpoints->len; i++)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (work->endpoints, i);
      /* Made before, for this or (of the same name) for a life that was cut off. */
      if (hd_link_index (inner, endpoint->interface) == 0
          && (!hd_link_remove (work->host, endpoint->host_link, error)
              || !make_link (work, endpoint, g_ptr_array_index (networks, i), netns_fd, inner,
                             error)))
        return FALSE;
    }
  return write_rules (work, networks, error);
}

/* ---- Taking away ---- */

/* Those by TCP end by themselves when nobody answers. */
static void
forget_connections (const GArray *forwards)
{
  for (guint i = 0; i < forwards->len; i++)
    {
      const HdForward *forward = &g_array_index (forwards, HdForward, i);
      if (forward->port.protocol != HD_PROTOCOL_UDP)
        continue;
      if (forward->ip4 != NULL)
        hd_conntrack_forget_udp (forward->ip4);
      if (forward->ip6 != NULL)
        hd_conntrack_forget_udp (forward->ip6);
      return; /* all lead to the same addresses */
    }
}

static gboolean
remove_rules (Work *work, const char *container, GError **error)
{
  g_autoptr (GArray) forwards
      = hd_network_forwards (work->store, container, work->endpoints, error);
  gboolean missing;
  if (forwards == NULL)
    return FALSE;
  GError *local = NULL;
  if (forwards->len == 0)
    return TRUE;
  if (hd_rules_remove (work->rules, forwards, &missing, &local))
    {
      forget_connections (forwards);
      return TRUE;
    }
  g_clear_error (&local);
  /* Cut off in the middle, or somebody else's doing: from the rows, but for this container. */
  return hd_network_release (work->store, container, error)
         && hd_network_rewrite (work->store, work->host, work->rules, error);
}

static gboolean
remove_all (Work *work, const char *container, GError **error)
{
  gboolean good = remove_rules (work, container, error);
  for (guint i = 0; i < work->endpoints->len; i++)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (work->endpoints, i);
      good = hd_link_retire (work->host, endpoint->host_link, good ? error : NULL) && good;
    }
  return good;
}

static gboolean
release_rows (HdStore *store, const char *container, GError **error)
{
  if (!hd_store_begin (store, error))
    return FALSE;
  if (hd_network_release (store, container, error))
    return hd_store_commit (store, error);
  hd_store_rollback (store);
  return FALSE;
}

gboolean
hd_network_attach (HdStore *store, const char *container, int netns_fd, GError **error)
{
  g_auto (Work) work = { .lock = -1 };
  if (!work_begin (&work, store, container, error))
    return FALSE;
  drop_endpoints (work.endpoints);
  if (work.endpoints->len == 0)
    return TRUE;
  if (make_all (&work, netns_fd, error) && hd_names_refresh (store, container, error))
    return TRUE;
  remove_all (&work, container, NULL);
  return FALSE;
}

gboolean
hd_network_detach (HdStore *store, const char *container, GError **error)
{
  g_auto (Work) work = { .lock = -1 };
  if (!work_begin (&work, store, container, error))
    return FALSE;
  drop_endpoints (work.endpoints);
  if (work.endpoints->len == 0)
    return TRUE;
  return remove_all (&work, container, error) && release_rows (store, container, error)
         && hd_names_leave (store, work.endpoints, error);
}

/* ---- One network more or less ---- */

static gboolean
connect_rows (HdStore *store, const char *container, const HdNetworkRequest *request,
              gboolean reserve, GError **error)
{
  if (!hd_store_begin (store, error))
    return FALSE;
  if (hd_endpoint_want (store, container, request, error)
      && (!reserve || hd_endpoint_reserve (store, container, error)))
    return hd_store_commit (store, error);
  hd_store_rollback (store);
  return FALSE;
}

static gboolean
disconnect_row (HdStore *store, const char *container, const HdNetwork *network, GError **error)
{
  if (!hd_store_run (store, error, "DELETE FROM endpoint WHERE container = ?1 AND network = ?2",
                     "ss", container, network->id))
    return FALSE;
  return hd_store_changed (store) > 0
         || hd_throw (error, HD_NOT_FOUND, NULL, "the container is not in network \"%s\"",
                      network->name);
}

gboolean
hd_network_connect (HdStore *store, const char *container, const HdNetworkRequest *request,
                    int netns_fd, GError **error)
{
  g_autoptr (HdNetwork) network = hd_network_find (store, request->name, error);
  if (network == NULL)
    return FALSE;
  g_autoptr (GPtrArray) before = hd_network_endpoints (store, container, network->id, error);
  if (before == NULL)
    return FALSE;
  if (before->len > 0)
    return hd_throw (error, HD_BUSY, NULL, "the container is in network \"%s\" already",
                     network->name);
  if (!connect_rows (store, container, request, netns_fd >= 0, error))
    return FALSE;
  if (netns_fd < 0 || hd_network_attach (store, container, netns_fd, error))
    return TRUE;
  disconnect_row (store, container, network, NULL);
  return FALSE;
}

static gboolean
disconnect_link (Work *work, const char *container, const HdNetwork *network, int netns_fd,
                 GError **error)
{
  for (guint i = work->endpoints->len; i > 0; i--)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (work->endpoints, i - 1);
      if (!g_str_equal (endpoint->network, network->id))
        continue;
      if (!hd_link_remove (work->host, endpoint->host_link, error))
        return FALSE;
      g_ptr_array_remove_index (work->endpoints, i - 1);
    }
  if (netns_fd < 0)
    return TRUE;
  /* Its ports lead to another of its addresses from now on, and so does its default route. */
  g_autoptr (HdNetlink) inner = hd_netns_netlink (netns_fd, error);
  if (inner == NULL || !hd_network_rewrite (work->store, work->host, work->rules, error))
    return FALSE;
  for (guint i = 0; i < work->endpoints->len; i++)
    if (!configure (work, g_ptr_array_index (work->endpoints, i), inner, error))
      return FALSE;
  return TRUE;
}

gboolean
hd_network_disconnect (HdStore *store, const char *container, const char *name, int netns_fd,
                       GError **error)
{
  g_auto (Work) work = { .lock = -1 };
  g_autoptr (HdNetwork) network = hd_network_find (store, name, error);
  if (network == NULL)
    return FALSE;
  if (!work_begin (&work, store, container, error))
    return FALSE;
  g_autoptr (GPtrArray) left = hd_network_endpoints (store, container, network->id, error);
  if (left == NULL)
    return FALSE;
  drop_endpoints (work.endpoints);
  return disconnect_row (store, container, network, error)
         && disconnect_link (&work, container, network, netns_fd, error)
         && hd_names_leave (store, left, error) && hd_names_refresh (store, container, error);
}
