/* -v, --mount and --tmpfs: text to one value. Pure; Windows forms are refused. */
#pragma once

#include <glib.h>

typedef enum
{
  HD_MOUNT_BIND,
  HD_MOUNT_VOLUME,
  HD_MOUNT_TMPFS
} HdMountKind;

typedef struct
{
  HdMountKind kind;
  char *source; /* BIND: absolute path. VOLUME: name, NULL for an anonymous one. TMPFS: NULL */
  char *target; /* absolute, without "." and ".." */
  gboolean read_only;
  gboolean no_copy;      /* do not fill a new volume from the image */
  gboolean make_source;  /* -v makes the folder of a bind that is not there; --mount does not */
  gboolean exec;         /* TMPFS: of --tmpfs only when it says so, of --mount always */
  char *propagation;     /* "rprivate" ... or NULL */
  gboolean no_recursive; /* BIND: bind-nonrecursive */
  char relabel;          /* 'z', 'Z' or 0: SELinux */
  char *subpath;         /* VOLUME: volume-subpath, or NULL */
  guint64 size_bytes;    /* TMPFS; 0: the kernel's default */
  guint mode;            /* TMPFS; 01777 unless given */
  char **options;        /* TMPFS: others, as "nosuid"; or NULL */
  char **labels;         /* VOLUME: volume-label, or NULL */
  char *driver;          /* VOLUME: or NULL */
  char **driver_options; /* VOLUME: "KEY=VALUE", or NULL */
} HdMountSpec;

/* -v [SOURCE:]TARGET[:OPTION,...]. A source with a slash at its start is a path, "./x" and "../x"
 * (relative to `cwd`) too; everything else is a volume's name. */
HdMountSpec *hd_mountspec_parse_volume (const char *text, const char *cwd, GError **error);
/* --mount type=bind|volume|tmpfs,KEY=VALUE,...; CSV with quotes as docker reads it. */
HdMountSpec *hd_mountspec_parse_mount (const char *text, const char *cwd, GError **error);
/* --tmpfs TARGET[:OPTION,...] */
HdMountSpec *hd_mountspec_parse_tmpfs (const char *text, GError **error);
void hd_mountspec_free (HdMountSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdMountSpec, hd_mountspec_free)
