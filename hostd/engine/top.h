/* The processes of a container. */
#pragma once

#include "engine/container.h"

/* Process ids as the host knows them, an array of gint64; HD_FAILED when it does not run. */
GArray *hd_top_pids (HdStore *store, const HdContainer *container, GError **error);
/* Print what the host's ps says of them, with these options (NULL-terminated; none: -ef). */
gboolean hd_top_print (HdStore *store, const HdContainer *container, const char *const *options,
                       GError **error);
