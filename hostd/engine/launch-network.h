/* What a start needs of the network. */
#pragma once

#include "engine/container.h"

typedef struct
{
  int netns_fd;      /* handed to the monitor, or -1 */
  char *path;        /* of the namespace, as the runtime sees it; NULL: the host's, or a new one */
  gboolean attached; /* something has to be given back when the container ends */
} HdLaunchNetwork;

/* Make and connect the namespace that the container's NetworkMode wants, and write its hosts and
 * resolv.conf. */
gboolean hd_launch_network_open (HdStore *store, const HdContainer *container, HdLaunchNetwork *ret,
                                 GError **error);
/* The container has ended: give addresses and ports back. */
gboolean hd_launch_network_close (HdStore *store, const HdContainer *container, GError **error);
/* The start has failed: give addresses and ports back. */
void hd_launch_network_undo (HdStore *store, const HdContainer *container,
                             HdLaunchNetwork *network);
void hd_launch_network_clear (HdLaunchNetwork *network);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HdLaunchNetwork, hd_launch_network_clear)
