/* The rootfs' mount of a container that shares our mount namespace (specification,
 * config-linux.md, Namespaces: what is not in the list is inherited).
 *
 * Such a container's tree is mounted in one private bind of its rootfs upon itself, so that taking
 * that away takes everything.  A note in the container's folder says what was there before it.
 */
#pragma once

#include "common/err.h"

/* Write the note, before anything is mounted.  Returns 0 or a negative errno with `err` set. */
int rt_hostmount_note (int dir_fd, const char *rootfs, hd_err *err);
/* Detach what has been mounted on the rootfs since.  Without a note there is nothing to do. */
int rt_hostmount_detach (int dir_fd, hd_err *err);
