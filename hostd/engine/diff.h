/* `diff`: what a container has changed of its image. */
#pragma once

#include "engine/container.h"

/* Called for each path ("/etc/x") with 'A' (added), 'C' (changed) or 'D' (deleted), in order. */
typedef void (*HdDiffFound) (char kind, const char *path, gpointer data);
gboolean hd_diff (HdStore *store, const HdContainer *container, HdDiffFound found, gpointer data,
                  GError **error);
