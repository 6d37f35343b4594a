/* An image's definition: what images/NAME.conf and the files laid over it say, as a typed value.
 *
 * Reading a definition touches the file system only to find the files that it names; nothing is
 * made. docs/atomic-image-definition.md is not needed: hd_definition_keys is the reference, and the
 * manual page is made from it.
 */
#pragma once

#include <gio/gio.h>
#include "base/ini.h"

/* A folder or file to lay over the tree. */
typedef struct
{
  char *source; /* path on the builder's machine */
  char *target; /* absolute path in the image */
} HdOverlay;

typedef struct
{
  char *name;      /* "atomic-host": first part of the names of what is made */
  char *title;     /* for people: os-release, boot menu */
  char *suite;     /* Debian's code name */
  char *arch;      /* Debian's name of the architecture */
  char *stateroot; /* /ostree/deploy/NAME */
  char *ref;       /* branch of the repository */

  char **packages; /* to install, in the order of the definition */
  char **purge;    /* to remove again when the initramfs is made */
  char **drop;     /* shell patterns of absolute paths that do not enter the tree */

  char *passwd; /* files with the fixed users and groups */
  char *group;
  char *essential_hook; /* scripts that run in the tree */
  char *customize_hook;
  GPtrArray *overlays; /* HdOverlay, in order: a later one wins */

  char **enable; /* systemd units */
  char **disable;
  char **mask;
  char **kargs;

  char *agent_source;  /* folder of hostd's sources; NULL: the image has no agent */
  char **agent_build;  /* packages that building it takes */
  char **agent_enable; /* its units */

  guint64 disk_bytes;
  guint64 esp_bytes;
  guint64 boot_bytes;
  char *grub_config;

  char *key_name; /* user id of the signing key */
  char *remote;   /* name of the update server in the image */
  char *remote_url;

  char *digest; /* SHA-256 of all of this and of the files it names, in hexadecimal */
} HdDefinition;

/* The sections and keys that a definition may have. */
extern const HdIniKey hd_definition_keys[];

/* Read the definition at `path` with `overlays` (NULL-terminated paths of further definition
 * files, or NULL) on top, in order. Relative paths in any of them start at the folder of `path`.
 * Errors: HD_CONFIG with file, line and the nearest known word, or naming the key that is missing
 * or wrong; HD_NOT_FOUND for a file that is named and is not there. */
HdDefinition *hd_definition_load (const char *path, const char *const *overlays, GError **error);

/* The same from parsed text, without touching a file: `digest` stays NULL. `folder` is where
 * relative paths start. */
HdDefinition *hd_definition_new (const HdIni *ini, const char *folder, GError **error);

void hd_definition_free (HdDefinition *definition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdDefinition, hd_definition_free)
