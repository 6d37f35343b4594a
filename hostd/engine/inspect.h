/* `inspect` of a container: the JSON that Docker prints, with what is true now. */
#pragma once

#include "engine/container.h"

/* One object; free with hd_json_free. `size`: SizeRw and SizeRootFs, which takes its time. */
hd_json *hd_inspect_container (HdStore *store, const HdContainer *container, gboolean size,
                               GError **error);
/* NetworkSettings.Ports: {"80/tcp": [{"HostIp","HostPort"}]}, held ports of the container. */
hd_json *hd_inspect_ports (HdStore *store, const HdContainer *container, GError **error);
