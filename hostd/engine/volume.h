/* Volumes: rows, and folders ROOT/volumes/NAME/_data.
 *
 * A volume lives as long as its row. Containers use it by rows (volume_use), which go with the
 * container; what is used cannot be removed.
 */
#pragma once

#include "engine/store.h"

typedef struct
{
  char *name;
  char *driver; /* "local" */
  char *path;   /* of its content, absolute; or what driver options say */
  gint64 created;
  gboolean anonymous;
  char **labels;  /* "KEY=VALUE" */
  char **options; /* type, device, o: mounted by the container's monitor */
  guint users;    /* containers that use it */
} HdVolume;

void hd_volume_free (HdVolume *volume);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdVolume, hd_volume_free)

/* The volume `name`, made when it is not there; NULL makes an anonymous one (64 digits). `labels`
 * and `options` (may be NULL) count for a new one. `ret_new` (may be NULL): it was made, or was
 * made before and never filled: fill it by hd_volume_fill. Makes the folder before the row, inside
 * or outside of a transaction. Errors: HD_USAGE for a name outside of [a-zA-Z0-9][a-zA-Z0-9_.-]*.
 */
HdVolume *hd_volume_ensure (HdStore *store, const char *name, const char *const *labels,
                            const char *const *options, gboolean *ret_new, GError **error);
/* Copy what stands at `target` in the image into a volume that is new: `layers_root_fd` is the
 * container's root as mounted, or a layer's folder. Owner and mode of the folder count, too. A
 * volume that was filled once, or has content, is left alone; a copy that was cut off is begun
 * again. */
gboolean hd_volume_fill (HdStore *store, const HdVolume *volume, int layers_root_fd,
                         const char *target, GError **error);
/* `container` uses it, until its row goes. Inside the caller's transaction. */
gboolean hd_volume_use (HdStore *store, const char *volume, const char *container,
                        const char *target, GError **error);
/* HD_NOT_FOUND with the nearest name. */
HdVolume *hd_volume_find (HdStore *store, const char *name, GError **error);
/* All by name; an array of HdVolume. */
GPtrArray *hd_volume_list (HdStore *store, GError **error);
/* HD_BUSY with the names of its containers. The row goes first, then the folder. */
gboolean hd_volume_remove (HdStore *store, const char *name, GError **error);
/* After `rm -v` and `run --rm`: remove the anonymous volumes in `names` that nobody uses. */
gboolean hd_volume_drop_anonymous (HdStore *store, const char *const *names, GError **error);
/* Names of the volumes that a container uses; free with g_strfreev. */
char **hd_volume_of_container (HdStore *store, const char *container, GError **error);
