/* Room on file systems, asked before it is needed. */
#pragma once

#include <glib.h>

/* Refuse when fewer than `needed_bytes` plus a margin are free on the file system of `fd`; `name`
 * ("/boot") is for the message. Errors: HD_NO_SPACE, naming what is free and what is needed. */
gboolean hd_space_check (int fd, const char *name, guint64 needed_bytes, GError **error);
