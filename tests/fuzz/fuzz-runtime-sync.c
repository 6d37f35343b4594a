/* Messages of the container's first process: whatever comes, the parent ends with a result, and an
 * error has words.  The input is a row of messages: a byte with the length in units of 4, then so
 * many bytes. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fuzz.h"
#include "runtime/log.h"
#include "runtime/sync.h"
#include "runtime/talk.h"

/* The answers wait unread in the socket. */
#define MESSAGES_MAX 32

static int
on_pid (void *data, int pid)
{
  return 0;
}

static int
on_request (void *data, hd_err *err)
{
  return 0;
}

static int
on_tree (void *data, int step, hd_err *err)
{
  FUZZ_ASSERT (step >= 0);
  return open ("/dev/null", O_RDONLY | O_CLOEXEC);
}

static hd_json *
on_state (void *data, const char *what, hd_err *err)
{
  FUZZ_ASSERT (strlen (what) < RT_MSG_TEXT_BYTES);
  return hd_json_new_object ();
}

static size_t
send_messages (int fd, const uint8_t *data, size_t size)
{
  size_t count = 0;

  while (size > 0 && count < MESSAGES_MAX)
    {
      size_t length = (size_t)*data++ * 4;

      size--;
      length = length < size ? length : size;
      if (length > 0 && send (fd, data, length, 0) == (ssize_t)length)
        count++;
      data += length;
      size -= length;
    }
  return count;
}

static void
talk (const uint8_t *data, size_t size, const rt_plan *plan)
{
  static const rt_talk_ops ops = { on_pid, on_request, on_request, on_request, on_tree, on_state };
  hd_err err = { HD_OK };
  int ends[2], status = -1;

  FUZZ_ASSERT (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  send_messages (ends[1], data, size);
  FUZZ_ASSERT (shutdown (ends[1], SHUT_WR) == 0);
  int r = rt_talk (ends[0], plan, &ops, NULL, &status, &err);
  FUZZ_ASSERT (r == RT_TALK_END || r == RT_TALK_CREATED || r < 0);
  FUZZ_ASSERT (status == 1 || status == 126 || status == 127);
  FUZZ_ASSERT ((r < 0) == (err.code != HD_OK));
  FUZZ_ASSERT (r >= 0 || err.message[0] != '\0');
  rt_log_settle (false);
  close (ends[0]);
  close (ends[1]);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static char name[] = "prog", *argv[] = { name, NULL };
  static const rt_program_step program = { .argv = argv };
  static rt_step steps[] = {
    { .kind = RT_STEP_HOSTNAME, .as.text = "box" },
    { .kind = RT_STEP_FIND_PROGRAM, .as.program = &program },
    { .kind = RT_STEP_EXEC, .as.program = &program },
  };
  static const rt_plan plan = { .steps = steps, .count = 3 };
  rt_msg message;

  if (rt_msg_parse (data, size, &message) == 0)
    FUZZ_ASSERT (strlen (message.text) < RT_MSG_TEXT_BYTES);
  talk (data, size, &plan);
  talk (data, size, NULL);
  return 0;
}
