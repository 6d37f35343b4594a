/* Bytes of a tree. */
#pragma once

#include <glib.h>

/* Sizes of the regular files below the folder, hard links once; 0 when it cannot be read. Blocks.
 */
guint64 hd_tree_size (const char *path);
