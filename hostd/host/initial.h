/* The first deployment of a new disk: from a repository with a commit to a folder that can be
 * copied into partitions and booted.
 *
 * No privileges beyond those that the ownership of files needs; the result depends on the
 * parameters and the commit alone (no times, no random bytes), so that the same inputs give the
 * same disk.
 */
#pragma once

#include <gio/gio.h>
#include "host/report.h"

typedef struct
{
  const char *sysroot;   /* folder; made when it is not there; must have no /ostree */
  const char *repo;      /* path of the repository that holds `commit` */
  const char *commit;    /* 64 hexadecimal digits */
  const char *stateroot; /* "atomic-host" */
  /* Where updates come from: the branch `ref` of `remote`. With `url` the remote is written into
   * the repository's configuration; without, the tree's /etc/ostree/remotes.d has it. */
  const char *remote;
  const char *url;
  const char *ref;
  /* Further options of the remote as "key=value", NULL-terminated, or NULL: "gpg-verify=true",
   * "gpgkeypath=/usr/share/..." */
  const char *const *remote_options;
  /* Options of the repository's configuration as "group.key=value", NULL-terminated, or NULL. */
  const char *const *repo_options;
  /* Kernel arguments, NULL-terminated. */
  const char *const *kargs;
  /* Who signed the commit, for the origin's [atomic] group; NULL: left out. */
  const char *signature_key;
  const char *signature_uid;
} HdInitial;

/* init-fs, os-init, pull (content is checked), deploy, origin with boot-state=good, boot entries,
 * both boot sets and the boot environment. sysroot.bootloader becomes "grub2", so that stock tools
 * meet the refusing grub-mkconfig.
 * Errors: HD_CONFIG (the folder has an /ostree already), HD_NOT_FOUND (no such commit),
 * HD_CORRUPT, HD_NO_SPACE, HD_BOOTLOADER. Blocks. */
gboolean hd_deploy_initial (const HdInitial *initial, const HdReport *report,
                            GCancellable *cancellable, GError **error);
