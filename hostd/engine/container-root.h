/* The root of a container's files, for those who look into it from outside. */
#pragma once

#include "engine/container.h"

/* A descriptor (O_PATH or for reading, close-on-exec): of a running container the root that its
 * process sees, with its mounts; of another one its layers, mounted for this descriptor alone and
 * gone with it. Paths below are a stranger's: openat2 with RESOLVE_IN_ROOT. -1 on an error. */
int hd_container_root_open (HdStore *store, const HdContainer *container, GError **error);
/* The same without what is mounted below it (volumes, /proc ...): the image with its changes. */
int hd_container_root_open_alone (HdStore *store, const HdContainer *container, GError **error);
