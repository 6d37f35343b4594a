/* Unix sockets by path: to `start`, to the console's owner, to the seccomp agent.
 *
 * A socket's address has 107 bytes and containers' folders are longer, so paths go through a
 * descriptor of the folder.  Descriptors are close-on-exec and owned by the caller; errors are
 * negative errnos.
 */
#pragma once

#include <stddef.h>

/* A listening SOCK_SEQPACKET socket `name` in the folder. */
int rt_socket_listen (int dir_fd, const char *name);
/* Connect to `name` in the folder, or to a path (dir_fd AT_FDCWD), with SOCK_SEQPACKET or
 * SOCK_STREAM. */
int rt_socket_connect (int dir_fd, const char *name, int type);
/* Receive one descriptor. */
int rt_socket_receive_fd (int fd);
/* Send one descriptor with `size` bytes of `data`, at least one. */
int rt_socket_send_fd (int socket_fd, int fd, const void *data, size_t size);
