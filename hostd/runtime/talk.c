/* The other end of the child's socket. */
#include "runtime/talk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "runtime/log.h"
#include "runtime/socket.h"
#include "runtime/sync.h"

#define CHUNK_BYTES (32u << 10)

static void
describe (const rt_plan *plan, const rt_msg *message, char *buffer, size_t size)
{
  if (message->step == INT32_MAX)
    snprintf (buffer, size, "join namespace");
  else if (plan != NULL && (size_t)message->step < plan->count)
    rt_step_describe (&plan->steps[message->step], buffer, size);
  else
    snprintf (buffer, size, "%s", rt_step_name ((rt_step_kind)message->number));
}

/* The plan's step, if it is of the kind that the message says. */
static const rt_step *
find_step (const rt_plan *plan, const rt_msg *message)
{
  if (plan == NULL || message->step < 0 || (size_t)message->step >= plan->count)
    return NULL;
  const rt_step *step = &plan->steps[message->step];
  return (int)step->kind == message->number ? step : NULL;
}

/* The words that podman and Docker look for to give 126 and 127. */
static int
program_error (const char *name, const rt_msg *message, hd_err *err)
{
  const char *slash = strchr (name, '/');
  hd_code code = hd_code_from_errno (message->errnum);
  if (message->errnum == ENOENT && slash == NULL)
    hd_err_set (err, code, NULL, "exec: \"%s\": executable file not found in $PATH", name);
  else if (message->errnum == ENOENT && message->number == RT_STEP_EXEC)
    hd_err_set (err, code, "its interpreter is missing", "exec %s: no such file or directory",
                name);
  else if (message->errnum == ENOENT)
    hd_err_set (err, code, NULL, "exec: \"%s\": stat %s: no such file or directory", name, name);
  else if (message->errnum == EACCES)
    hd_err_set (err, code, NULL, "exec: \"%s\": permission denied", name);
  else
    hd_err_set_errno (err, message->errnum, "exec: \"%s\"", name);
  return message->errnum == ENOENT || message->errnum == ENOTDIR ? 127 : 126;
}

static int
step_error (const rt_plan *plan, const rt_msg *message, int *ret_status, hd_err *err)
{
  char text[256];
  const rt_step *step = find_step (plan, message);
  const int kind = message->number;
  *ret_status = 1;
  if (kind == RT_STEP_FIND_PROGRAM || kind == RT_STEP_EXEC)
    {
      const char *name = step != NULL ? step->as.program->argv[0] : message->text;
      *ret_status = program_error (name, message, err);
      return message->errnum != 0 ? -message->errnum : -EIO;
    }
  describe (plan, message, text, sizeof text);
  /* Only those of startContainer run without a plan at this end. */
  if (message->errnum == ECANCELED && kind == RT_STEP_HOOKS)
    hd_err_set (err, HD_FAILED, NULL, "error running %s hook %s",
                step != NULL ? step->as.hooks->kind : "startContainer", message->text);
  else if (message->text[0] != '\0')
    hd_err_set_errno (err, message->errnum, "%s: %s", text, message->text);
  else
    hd_err_set_errno (err, message->errnum, "%s", text);
  return message->errnum != 0 ? -message->errnum : -EIO;
}

static void
warn (const rt_plan *plan, const rt_msg *message)
{
  char text[256];
  describe (plan, message, text, sizeof text);
  if (message->errnum != 0)
    rt_log (RT_LOG_WARNING, "%s: %s: %s", text, message->text, strerror (message->errnum));
  else
    rt_log (RT_LOG_WARNING, "%s: %s", text, message->text);
}

/* The result of a send.  To one that is dead it counts as sent: what it said last, or its end, is
 * what is read next. */
static int
sent_or_dead (int r, const char *doing, hd_err *err)
{
  return r < 0 && r != -EPIPE ? hd_err_set_errno (err, -r, "%s", doing) : 0;
}

static int
send_state (int fd, const rt_talk_ops *ops, void *data, const char *what, hd_err *err)
{
  hd_autojson json = ops->state != NULL ? ops->state (data, what, err) : NULL;
  if (json == NULL)
    return err->code != HD_OK ? -EINVAL
                              : hd_err_set (err, HD_FAILED, NULL,
                                            "the container asks for a state that it has not");
  hd_autofree char *text = hd_json_to_text (json, false);
  rt_msg go = { .kind = RT_MSG_GO, .number = (int32_t)strlen (text) };
  int r = rt_msg_send (fd, &go);
  for (size_t sent = 0; r == 0 && sent < (size_t)go.number;)
    {
      /* A message is limited by the socket's buffer. */
      size_t left = (size_t)go.number - sent;
      ssize_t n = send (fd, text + sent, left < CHUNK_BYTES ? left : CHUNK_BYTES, MSG_NOSIGNAL);
      if (n < 0 && errno != EINTR)
        r = -errno;
      sent += n > 0 ? (size_t)n : 0;
    }
  return sent_or_dead (r, "sending the state to the container", err);
}

static int
send_tree (int fd, const rt_talk_ops *ops, void *data, int step, hd_err *err)
{
  static const rt_msg go = { .kind = RT_MSG_GO };
  if (ops->tree == NULL)
    return hd_err_set (err, HD_FAILED, NULL, "the container asks for a mount that it cannot have");
  hd_autofd tree = ops->tree (data, step, err);
  if (tree < 0)
    return tree;
  int r = rt_socket_send_fd (fd, tree, &go, sizeof go);
  return sent_or_dead (r, "sending a mount to the container", err);
}

/* Do what the child asks for. */
static int
answer (int fd, const rt_talk_ops *ops, void *data, const rt_msg *message, hd_err *err)
{
  static const rt_msg go = { .kind = RT_MSG_GO };
  int (*function) (void *, hd_err *) = NULL;
  switch (message->kind)
    {
    case RT_MSG_PID:
      if (ops->pid != NULL)
        return ops->pid (data, message->number);
      break;
    case RT_MSG_STATE:
      return send_state (fd, ops, data, message->text, err);
    case RT_MSG_TREE:
      return send_tree (fd, ops, data, message->step, err);
    case RT_MSG_MAPS:
      function = ops->maps;
      break;
    case RT_MSG_NET:
      function = ops->net;
      break;
    case RT_MSG_RUNTIME_HOOKS:
      function = ops->runtime_hooks;
      break;
    default:
      break;
    }
  if (function == NULL)
    return hd_err_set (err, HD_FAILED, NULL, "unexpected message %u of the container",
                       message->kind);
  int r = function (data, err);
  return r < 0 ? r : sent_or_dead (rt_msg_send (fd, &go), "answering the container", err);
}

int
rt_talk (int fd, const rt_plan *plan, const rt_talk_ops *ops, void *data, int *ret_status,
         hd_err *err)
{
  rt_msg message;
  int r;
  *ret_status = 1;
  while ((r = rt_msg_receive (fd, &message)) > 0)
    {
      if (message.kind == RT_MSG_ERROR)
        return step_error (plan, &message, ret_status, err);
      if (message.kind == RT_MSG_CREATED)
        return RT_TALK_CREATED;
      if (message.kind == RT_MSG_WARNING)
        warn (plan, &message);
      else if ((r = answer (fd, ops, data, &message, err)) < 0)
        return r;
    }
  return r < 0 ? hd_err_set_errno (err, -r, "reading from the container") : RT_TALK_END;
}
