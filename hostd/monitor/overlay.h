/* The root file system of a container: layers below, its own folder on top.  Plain C. */
#pragma once

#include "common/json.h"

/* Mount the layers (absolute paths, uppermost first) with `upper` and `work` of the container's
 * folder on top, attached nowhere: a descriptor of the root of that mount, or a negative errno with
 * `err` set.  Without layers, an empty folder `empty` is made.  The mount ends with the descriptor
 * unless it is moved.  `fleeting`: what is written need not survive a power cut, so that the end of
 * the mount waits for no disk (kernel, overlayfs, "Volatile mount").  Changes the working folder
 * while it runs. */
int mon_overlay_open (int dir_fd, const hd_json *layers, bool fleeting, hd_err *err);
