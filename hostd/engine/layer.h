/* Layers: unpacked folders ROOT/layers/CHAIN/fs and their rows.
 *
 * CHAIN is the chain id (OCI image specification, "Layer ChainID") of a layer and all below it, so
 * that two layers of the same content on different ones are two. A folder is complete and on the
 * disk before it gets its name; a row is written after that, and removed before the folder goes.
 * Whoever adds holds the lock of images shared, so that nothing it builds on is swept away;
 * sweeping takes it exclusively (engine/sweep.h). Those who unpack the same layer wait for each
 * other.
 */
#pragma once

#include <glib.h>
#include "engine/manifest.h"
#include "engine/store.h"

#define HD_LAYERS_LOCK "images"

typedef struct
{
  char *chain; /* 64 digits */
  char *diff;  /* 64 digits of the diff id */
  gint64 id;   /* its row; 0: not here yet */
} HdLayer;

/* The chain of a list of diff ids ("sha256:HEX"), lowest first; an array of HdLayer with `id` 0. */
GPtrArray *hd_layer_chain (const char *const *diff_ids);
/* Fill in the rows of those that are here. */
gboolean hd_layer_look_up (HdStore *store, GPtrArray *layers, GError **error);

/* Hold the lock of images, shared. Returns a descriptor, or -1. */
int hd_layer_lock_images (HdStore *store, GError **error);
/* Hold the lock of one layer that is to be unpacked: in the order of a chain, lowest first. */
int hd_layer_lock (HdStore *store, const char *chain, GError **error);

/* Give a finished folder its name. `scratch_fd` holds "NAME/fs". One that is there already stays,
 * and this one is left where it is. */
gboolean hd_layer_adopt (HdStore *store, int scratch_fd, const char *name, const char *chain,
                         GError **error);
/* Write its row, within a transaction; `parent` 0: it is the lowest. Sets layer->id. */
gboolean hd_layer_insert (HdStore *store, HdLayer *layer, gint64 parent, guint64 size_bytes,
                          GError **error);
/* Size of the files of a layer and all below, in bytes. */
gboolean hd_layer_size (HdStore *store, gint64 id, guint64 *ret_bytes, GError **error);

/* Sizes of the files of each layer from the lowest up to row `id`; an array of guint64. */
GArray *hd_layer_sizes (HdStore *store, gint64 id, GError **error);

/* "layers/CHAIN", below the store's root. Free with g_free. */
char *hd_layer_name (const char *chain);
/* Absolute paths of the `fs` folders from row `id` down; free with g_strfreev. */
char **hd_layer_paths (HdStore *store, gint64 id, GError **error);
/* An archive that is kept of a layer with this diff id (HEX), as a manifest names it: the smallest.
 * HD_CORRUPT: there is none. */
HdDescriptor *hd_layer_find_blob (HdStore *store, const char *diff, GError **error);
