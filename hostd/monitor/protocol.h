/* What a monitor and its clients say to each other, over a SOCK_SEQPACKET socket.
 *
 * A message is a header of three numbers and up to MON_PAYLOAD_MAX bytes.  The launcher's end is
 * the monitor's standard input, and a client from the first moment; others connect to
 * RUN/containers/ID/socket.  Plain C.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Half of the usual pipe: small beside the monitor's memory, large beside a system call. */
#define MON_PAYLOAD_MAX 32768

typedef enum
{
  /* From a client */
  MON_LAUNCH = 1, /* the first from a launcher; a: MON_ATTACH_*; may carry a network namespace */
  MON_ATTACH,     /* a: MON_ATTACH_* */
  MON_STDIN,      /* payload */
  MON_STDIN_EOF,
  MON_RESIZE,   /* a: rows, b: columns */
  MON_SIGNAL,   /* a: signal number; answered by MON_OK or MON_ERROR */
  MON_STOP,     /* a: signal or 0 for the container's own, b: seconds or -1; MON_EXITED follows */
  MON_SHUTDOWN, /* stop with the machine: the policy counts again at the next boot; MON_EXITED
                   follows */
  MON_PAUSE,    /* answered by MON_OK or MON_ERROR */
  MON_RESUME,   /* the same */
  MON_WAIT,     /* MON_EXITED follows when it has ended */
  MON_RESTART,  /* a: mon_restart, b: retries: change the policy; answered by MON_OK */
  /* From the monitor */
  MON_STARTED, /* a: process id */
  MON_STDOUT,  /* payload */
  MON_STDERR,  /* payload */
  MON_EXITED,  /* a: exit status, b: 1 when it will be started again, 2 when the client cleans up */
  MON_OK,
  MON_ERROR, /* a: hd_code or 126, 127 (exit status of a start); payload: the reason */
} mon_kind;

/* The number under which the runtime finds the network namespace that came with MON_LAUNCH. */
#define MON_NETNS_FD 100

#define MON_ATTACH_STDIN 1
#define MON_ATTACH_STDOUT 2
#define MON_ATTACH_STDERR 4
#define MON_EXIT_RESTARTS 1
#define MON_EXIT_CLEAN 2

typedef struct
{
  uint32_t kind; /* mon_kind */
  int32_t a;
  int32_t b;
} mon_header;

typedef struct
{
  mon_header head;
  char payload[MON_PAYLOAD_MAX + 1]; /* with a NUL behind it */
} mon_message;

/* Send a message with `size` bytes (0 with NULL).  `fd` is sent along unless it is -1.  Does not
 * block on a socket that does not.  Returns 0 or a negative errno (-EAGAIN: the other side is
 * slow). */
int mon_send (int socket_fd, mon_kind kind, int a, int b, const void *payload, size_t size, int fd);
/* Receive one message: the size of its payload, -ENODATA when the other side has closed, -EBADMSG
 * for one that is none, or another negative errno.  *ret_fd (may be NULL) is a descriptor that came
 * along, or -1. */
int mon_receive (int socket_fd, mon_message *ret, int *ret_fd);

/* Receive a descriptor that comes with bytes of no interest: a terminal from the runtime. */
int mon_receive_fd (int socket_fd, int *ret_fd);

/* Listen on, or connect to, the socket `name` in the folder: names may be longer than an address.
 * A descriptor or a negative errno. */
int mon_listen (int dir_fd, const char *name, int type);
/* Take the next connection: a descriptor (close-on-exec, with `flags` of accept4) or a negative
 * errno. */
int mon_accept (int listener_fd, int flags);
int mon_connect (int dir_fd, const char *name, int type);
