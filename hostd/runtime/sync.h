/* Messages between the parent (or `start`) and the container's first process.
 *
 * One SOCK_SEQPACKET socket, one fixed structure each way, so that a message is whole or not there.
 * The child speaks first; it waits for an answer where the table says so.  The socket's end means
 * that the program was executed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum
{
  RT_MSG_ERROR = 1,     /* step, errnum, text: it ends here */
  RT_MSG_WARNING,       /* step, errnum, text */
  RT_MSG_PID,           /* number: the real child, from the stage before it */
  RT_MSG_MAPS,          /* answer: RT_MSG_GO when the id maps are written */
  RT_MSG_NET,           /* answer: RT_MSG_GO when the network devices are here */
  RT_MSG_RUNTIME_HOOKS, /* answer: RT_MSG_GO when the hooks have run */
  RT_MSG_STATE,   /* step; answer: RT_MSG_GO with `number` bytes of JSON in the next messages */
  RT_MSG_TREE,    /* step; answer: RT_MSG_GO and a descriptor of what it binds */
  RT_MSG_CREATED, /* ready for `start`; answer: RT_MSG_GO when the state is kept */
  RT_MSG_GO
} rt_msg_kind;

#define RT_MSG_TEXT_BYTES 232

typedef struct
{
  uint32_t kind;
  int32_t step; /* index in the plan */
  int32_t errnum;
  int32_t number; /* the step's kind, or what the kind of message says */
  char text[RT_MSG_TEXT_BYTES];
} rt_msg;

/* Both are async-signal-safe and restart after EINTR.  Send: 0 or a negative errno. */
int rt_msg_send (int fd, const rt_msg *message);
/* Receive one message: 1, 0 at the end, or a negative errno; -EBADMSG for what is none of ours. The
 * text always ends with a NUL. */
int rt_msg_receive (int fd, rt_msg *ret);
/* Check `length_bytes` received bytes and make a message of them: 0 or -EBADMSG. */
int rt_msg_parse (const void *bytes, size_t length_bytes, rt_msg *ret);
