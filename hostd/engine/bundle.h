/* The folders of a container, and what its monitor and its runtime read there. */
#pragma once

#include "engine/container.h"

/* Seconds between the stop signal and SIGKILL, unless the container says something else. */
#define HD_BUNDLE_STOP_TIMEOUT_S 10

typedef struct
{
  const HdContainer *container;
  const char *const *layers; /* absolute paths, uppermost first */
  const char *netns;         /* as HdSpecInput */
  const char *pid_ns;
  const char *ipc_ns;
  const char *uts_ns;
  gboolean keeps_network; /* something has to be given back when it ends */
} HdBundle;

/* Make ROOT/containers/ID and RUN/containers/ID with what overlayfs wants; what is there stays. */
gboolean hd_bundle_make_folders (HdStore *store, const char *id, GError **error);
/* Write hostname, config.json and monitor.json (hosts and resolv.conf are written before). */
gboolean hd_bundle_write (HdStore *store, const HdBundle *bundle, GError **error);
/* Remove both folders. */
gboolean hd_bundle_remove (HdStore *store, const char *id, GError **error);
