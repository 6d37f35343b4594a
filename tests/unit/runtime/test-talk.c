/* Messages of the container's first process, and the words and statuses that callers get of them.
 */
#include "runtime/talk.h"

#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "runtime/log.h"
#include "runtime/socket.h"
#include "runtime/sync.h"

typedef struct
{
  int ours;
  int theirs;
  GString *calls;
} fixture;

static void
setup (fixture *f, gconstpointer data)
{
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
  f->ours = ends[0];
  f->theirs = ends[1];
  f->calls = g_string_new ("");
}

static void
teardown (fixture *f, gconstpointer data)
{
  rt_log_settle (false);
  close (f->ours);
  if (f->theirs >= 0)
    close (f->theirs);
  g_string_free (f->calls, TRUE);
}

static int
on_pid (void *data, int pid)
{
  g_string_append_printf (((fixture *)data)->calls, "pid %d;", pid);
  return 0;
}

static int
on_maps (void *data, hd_err *err)
{
  g_string_append (((fixture *)data)->calls, "maps;");
  return 0;
}

static int
on_net (void *data, hd_err *err)
{
  return hd_err_set_errno (err, EPERM, "moving eth0");
}

static int
on_hooks (void *data, hd_err *err)
{
  g_string_append (((fixture *)data)->calls, "hooks;");
  return 0;
}

static hd_json *
on_state (void *data, const char *what, hd_err *err)
{
  g_string_append_printf (((fixture *)data)->calls, "state %s;", what);
  return hd_json_new_object ();
}

static int
on_tree (void *data, int step, hd_err *err)
{
  g_string_append_printf (((fixture *)data)->calls, "tree %d;", step);
  return open ("/dev/null", O_RDONLY | O_CLOEXEC);
}

static const rt_talk_ops ops = { on_pid, on_maps, on_net, on_hooks, on_tree, on_state };
static const rt_talk_ops no_ops;

static rt_plan
sample_plan (void)
{
  static char name[] = "prog", path[] = "/bin/prog";
  static char *named[] = { name, NULL }, *at_path[] = { path, NULL };
  static const rt_program_step by_name = { .argv = named }, by_path = { .argv = at_path };
  static const rt_hooks_step hooks = { .kind = "createContainer" };
  static rt_step steps[] = {
    { .kind = RT_STEP_HOSTNAME, .as.text = "box" },
    { .kind = RT_STEP_FIND_PROGRAM, .as.program = &by_name },
    { .kind = RT_STEP_EXEC, .as.program = &by_path },
    { .kind = RT_STEP_HOOKS, .as.hooks = &hooks },
  };

  return (rt_plan){ .steps = steps, .count = G_N_ELEMENTS (steps) };
}

static void
test_errors (fixture *f, gconstpointer data)
{
  static const struct
  {
    int step;
    int errnum;
    int kind;
    const char *text;
    int status;
    const char *message;
  } cases[] = {
    /* podman, Docker and containerd look for these words. */
    { 1, ENOENT, RT_STEP_FIND_PROGRAM, "", 127,
      "exec: \"prog\": executable file not found in $PATH" },
    { 2, ENOENT, RT_STEP_EXEC, "", 127, "exec /bin/prog: no such file or directory" },
    { 2, EACCES, RT_STEP_EXEC, "", 126, "exec: \"/bin/prog\": permission denied" },
    { 2, ENOEXEC, RT_STEP_EXEC, "", 126, "exec: \"/bin/prog\": Exec format error" },
    { 0, EPERM, RT_STEP_HOSTNAME, "", 1, "set hostname box: Operation not permitted" },
    { 0, EPERM, RT_STEP_HOSTNAME, "why", 1, "set hostname box: why: Operation not permitted" },
    { 3, ECANCELED, RT_STEP_HOOKS, "#1: /h: exit status 3", 1,
      "error running createContainer hook #1: /h: exit status 3" },
    { 77, ECANCELED, RT_STEP_HOOKS, "#0: /h: took longer than 5 s", 1,
      "error running startContainer hook #0: /h: took longer than 5 s" },
    /* A stage before the plan, a step beyond it, one of another kind, no errno. */
    { INT32_MAX, EINVAL, 0, "/proc/1/ns/net", 1,
      "join namespace: /proc/1/ns/net: Invalid argument" },
    { 77, EIO, RT_STEP_PIVOT, "", 1, "pivot root: Input/output error" },
    { 0, ENOENT, RT_STEP_FIND_PROGRAM, "/x", 127,
      "exec: \"/x\": stat /x: no such file or directory" },
    { 2, 0, RT_STEP_EXEC, "", 126, "exec: \"/bin/prog\": Success" },
  };
  const rt_plan plan = sample_plan ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      rt_msg message = { .kind = RT_MSG_ERROR,
                         .step = cases[i].step,
                         .errnum = cases[i].errnum,
                         .number = cases[i].kind };
      hd_err err = { HD_OK };
      int status = -1;

      g_strlcpy (message.text, cases[i].text, sizeof message.text);
      g_assert_cmpint (rt_msg_send (f->theirs, &message), ==, 0);
      g_assert_cmpint (rt_talk (f->ours, &plan, &ops, f, &status, &err), ==,
                       cases[i].errnum != 0 ? -cases[i].errnum : -EIO);
      g_assert_cmpstr (err.message, ==, cases[i].message);
      g_assert_cmpint (status, ==, cases[i].status);
    }
}

/* Without a plan, as for `start`, the kind alone tells what failed. */
static void
test_without_plan (fixture *f, gconstpointer data)
{
  const rt_msg message
      = { .kind = RT_MSG_ERROR, .step = 3, .errnum = EINVAL, .number = RT_STEP_SECCOMP };
  hd_err err = { HD_OK };
  int status;

  rt_msg_send (f->theirs, &message);
  g_assert_cmpint (rt_talk (f->ours, NULL, &ops, f, &status, &err), ==, -EINVAL);
  g_assert_cmpstr (err.message, ==, "load seccomp filter: Invalid argument");
}

static rt_msg
receive (const fixture *f)
{
  rt_msg answer = { 0 };

  g_assert_cmpint (rt_msg_receive (f->theirs, &answer), ==, 1);
  return answer;
}

static void
test_answers (fixture *f, gconstpointer data)
{
  static const rt_msg messages[]
      = { { .kind = RT_MSG_PID, .number = 7 },        { .kind = RT_MSG_MAPS },
          { .kind = RT_MSG_WARNING, .text = "well" }, { .kind = RT_MSG_RUNTIME_HOOKS },
          { .kind = RT_MSG_TREE, .step = 5 },         { .kind = RT_MSG_STATE, .text = "seccomp" } };
  const rt_plan plan = sample_plan ();
  char text[64] = "";
  hd_err err = { HD_OK };
  int status;

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    g_assert_cmpint (rt_msg_send (f->theirs, &messages[i]), ==, 0);
  g_assert_cmpint (shutdown (f->theirs, SHUT_WR), ==, 0);
  g_assert_cmpint (rt_talk (f->ours, &plan, &ops, f, &status, &err), ==, RT_TALK_END);
  g_assert_cmpstr (f->calls->str, ==, "pid 7;maps;hooks;tree 5;state seccomp;");
  for (int i = 0; i < 2; i++)
    g_assert_cmpint (receive (f).kind, ==, RT_MSG_GO);
  int tree = rt_socket_receive_fd (f->theirs);
  g_assert_cmpint (tree, >=, 0);
  g_assert_cmpint (fcntl (tree, F_GETFD), ==, FD_CLOEXEC);
  close (tree);
  g_assert_cmpint (receive (f).number, ==, strlen ("{}"));
  g_assert_cmpint (read (f->theirs, text, sizeof text), ==, 2);
  g_assert_cmpstr (text, ==, "{}");
}

static hd_json *
large_state (void *data, const char *what, hd_err *err)
{
  g_autofree char *text = g_strnfill (900000, 'x');

  return hd_json_new_string (text);
}

static gpointer
serve (gpointer data)
{
  static const rt_talk_ops large_ops = { .state = large_state };
  fixture *f = data;
  hd_err err = { HD_OK };
  int status;

  return GINT_TO_POINTER (rt_talk (f->ours, NULL, &large_ops, f, &status, &err));
}

/* A state that is larger than what a socket takes comes in pieces. */
static void
test_large_state (fixture *f, gconstpointer data)
{
  static const rt_msg state = { .kind = RT_MSG_STATE };
  g_autofree char *buffer = g_malloc (1 << 20);
  GThread *thread = g_thread_new ("serve", serve, f);
  gssize got = 0;

  rt_msg_send (f->theirs, &state);
  rt_msg go = receive (f);
  while (got < go.number)
    got += read (f->theirs, buffer + got, (1 << 20) - (gsize)got);
  shutdown (f->theirs, SHUT_WR);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, RT_TALK_END);
  g_assert_cmpint (got, ==, 900002);
  g_assert_cmpint (buffer[0], ==, '"');
  g_assert_cmpint (buffer[900001], ==, '"');
  g_assert_cmpint (buffer[450000], ==, 'x');
}

static void
test_failed_answers (fixture *f, gconstpointer data)
{
  static const rt_msg net = { .kind = RT_MSG_NET }, state = { .kind = RT_MSG_STATE },
                      maps = { .kind = RT_MSG_MAPS }, go = { .kind = RT_MSG_GO };
  const rt_msg *const unknown[] = { &maps, &go, &state };
  hd_err err = { HD_OK };
  int status;

  rt_msg_send (f->theirs, &net);
  g_assert_cmpint (rt_talk (f->ours, NULL, &ops, f, &status, &err), ==, -EPERM);
  g_assert_cmpstr (err.message, ==, "moving eth0: Operation not permitted");
  for (gsize i = 0; i < G_N_ELEMENTS (unknown); i++)
    {
      err = (hd_err){ HD_OK };
      rt_msg_send (f->theirs, unknown[i]);
      g_assert_cmpint (rt_talk (f->ours, NULL, &no_ops, f, &status, &err), ==, -EINVAL);
      g_assert_cmpstr (err.message, !=, "");
    }
}

/* Nobody is there for the answer: that it has ended is what counts. */
static void
test_broken (fixture *f, gconstpointer data)
{
  static const rt_msg maps = { .kind = RT_MSG_MAPS };
  hd_err err = { HD_OK };
  int status;

  rt_msg_send (f->theirs, &maps);
  close (f->theirs);
  f->theirs = -1;
  g_assert_cmpint (rt_talk (f->ours, NULL, &ops, f, &status, &err), ==, RT_TALK_END);
  g_assert_cmpint (err.code, ==, HD_OK);
}

static void
test_parse (void)
{
  rt_msg message = { .kind = RT_MSG_PID, .number = 5 }, parsed;

  memset (message.text, 'x', sizeof message.text);
  g_assert_cmpint (rt_msg_parse (&message, sizeof message, &parsed), ==, 0);
  g_assert_cmpuint (strlen (parsed.text), ==, sizeof message.text - 1);
  g_assert_cmpint (rt_msg_parse (&message, sizeof message - 1, &parsed), ==, -EBADMSG);
  g_assert_cmpint (rt_msg_parse (&message, 0, &parsed), ==, -EBADMSG);
  message.errnum = -1;
  g_assert_cmpint (rt_msg_parse (&message, sizeof message, &parsed), ==, -EBADMSG);
  message = (rt_msg){ .kind = RT_MSG_PID, .step = -1 };
  g_assert_cmpint (rt_msg_parse (&message, sizeof message, &parsed), ==, -EBADMSG);
  message = (rt_msg){ .kind = RT_MSG_GO + 1 };
  g_assert_cmpint (rt_msg_parse (&message, sizeof message, &parsed), ==, -EBADMSG);
}

#define ADD(name, function) g_test_add (name, fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/talk/errors", test_errors);
  ADD ("/talk/without-plan", test_without_plan);
  ADD ("/talk/answers", test_answers);
  ADD ("/talk/large-state", test_large_state);
  ADD ("/talk/failed-answers", test_failed_answers);
  ADD ("/talk/broken", test_broken);
  g_test_add_func ("/talk/parse", test_parse);
  return g_test_run ();
}
