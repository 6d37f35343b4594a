/* Workers that do well, badly and nothing: small shell scripts stand in for hostd-worker. */
#include "client/runner.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"

typedef struct
{
  char *folder;
  char *program;
  sd_event *loop;
  HdRunner *runner;
  GString *heard; /* "phase:pull " "progress:1/2 " ... */
  HdResult *result;
  gboolean cancel_at_phase;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer script)
{
  fixture->folder = g_dir_make_tmp ("runner-XXXXXX", NULL);
  fixture->program = g_build_filename (fixture->folder, "worker", NULL);
  g_autofree char *text = g_strconcat ("#!/bin/sh\n", script, NULL);
  g_assert_true (g_file_set_contents (fixture->program, text, -1, NULL));
  g_assert_cmpint (g_chmod (fixture->program, 0755), ==, 0);
  g_assert_cmpint (sd_event_new (&fixture->loop), >=, 0);
  fixture->heard = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer script)
{
  g_unlink (fixture->program);
  g_rmdir (fixture->folder);
  g_free (fixture->program);
  g_free (fixture->folder);
  hd_runner_free (fixture->runner);
  hd_result_free (fixture->result);
  g_string_free (fixture->heard, TRUE);
  sd_event_unref (fixture->loop);
}

static void
hear_event (const HdEvent *event, gpointer data)
{
  Fixture *fixture = data;
  if (event->type == HD_EVENT_PROGRESS)
    g_string_append_printf (fixture->heard, "%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " ",
                            event->done, event->total);
  else
    g_string_append_printf (fixture->heard, "%s ", event->text);
  if (event->type == HD_EVENT_PHASE && fixture->cancel_at_phase)
    hd_runner_cancel (fixture->runner, 200);
}

static void
hear_done (HdResult *result, gpointer data)
{
  Fixture *fixture = data;
  fixture->result = result;
  sd_event_exit (fixture->loop, 0);
}

static void
run (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdRequest) request = hd_request_new (hd_change_by_verb ("upgrade"), "/s");
  fixture->runner = hd_runner_start (fixture->loop, fixture->program, request, hear_event,
                                     hear_done, fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sd_event_loop (fixture->loop), >=, 0);
}

#define PHASE "echo '{\"type\":\"phase\",\"phase\":\"pull\"}'\n"
/* Until a signal comes or the test is gone. */
#define WAIT_AFTER_PHASE "tail --pid=$PPID -f /dev/null >&2 &\n" PHASE "wait\n"
#define OK "echo '{\"type\":\"result\",\"code\":\"ok\",\"message\":\"fine\"}'\n"

static const char good[] = PHASE "echo '{\"type\":\"progress\",\"done\":1,\"total\":2}'\n" OK;

static void
test_good (Fixture *fixture, gconstpointer script)
{
  run (fixture);
  g_assert_cmpstr (fixture->heard->str, ==, "pull 1/2 ");
  g_assert_cmpint (fixture->result->code, ==, HD_OK);
  g_assert_cmpstr (fixture->result->message, ==, "fine");
}

/* The worker reads its request and says it back. */
static const char echo[] = "read -r request\n"
                           "printf '{\"type\":\"result\",\"code\":\"nothing\",\"data\":%s}\\n' "
                           "\"$request\"\n"
                           "exit 77\n";

static void
test_request (Fixture *fixture, gconstpointer script)
{
  run (fixture);
  g_assert_cmpint (fixture->result->code, ==, HD_NOTHING);
  hd_autofree char *text = hd_json_to_text (fixture->result->data, false);
  g_assert_cmpstr (text, ==, "{\"verb\":\"upgrade\",\"sysroot\":\"/s\",\"options\":{}}");
}

/* A line comes in pieces, the last one without a newline is none. */
static const char pieces[] = "printf '{\"type\":\"phase\",'; printf '\"phase\":\"pull\"}\\n'\n" OK
                             "printf '{\"type\":\"mess'";

static void
test_pieces (Fixture *fixture, gconstpointer script)
{
  run (fixture);
  g_assert_cmpstr (fixture->heard->str, ==, "pull ");
  g_assert_cmpint (fixture->result->code, ==, HD_OK);
}

static void
test_silent (Fixture *fixture, gconstpointer script)
{
  run (fixture);
  g_assert_cmpint (fixture->result->code, ==, HD_WORKER);
  g_assert_cmpstr (fixture->result->message, ==,
                   "hostd-worker ended with status 3 and without a result");
  g_assert_nonnull (fixture->result->hint);
}

static void
test_crash (Fixture *fixture, gconstpointer script)
{
  run (fixture);
  g_assert_cmpint (fixture->result->code, ==, HD_WORKER);
  g_assert_cmpstr (fixture->result->message, ==, "hostd-worker was killed by SIGSEGV");
}

/* Garbage ends the worker, which would else wait for ever. */
static void
test_garbage (Fixture *fixture, gconstpointer script)
{
  run (fixture);
  g_assert_cmpint (fixture->result->code, ==, HD_WORKER);
  g_assert_true (
      g_str_has_prefix (fixture->result->message, "hostd-worker said a line that is no JSON"));
}

/* A worker that ends in good order when it is told to. */
static const char polite[]
    = "trap 'echo \"{\\\"type\\\":\\\"result\\\",\\\"code\\\":\\\"cancelled\\\","
      "\\\"message\\\":\\\"put in order\\\"}\"; exit 16' TERM\n" WAIT_AFTER_PHASE;

static void
test_cancel (Fixture *fixture, gconstpointer script)
{
  fixture->cancel_at_phase = TRUE;
  run (fixture);
  g_assert_cmpint (fixture->result->code, ==, HD_CANCELLED);
  g_assert_cmpstr (fixture->result->message, ==, "put in order");
}

/* One that does not listen is killed. */
static const char stubborn[] = "trap '' TERM\n" PHASE "exec tail --pid=$PPID -f /dev/null\n";

static void
test_cancel_kills (Fixture *fixture, gconstpointer script)
{
  fixture->cancel_at_phase = TRUE;
  run (fixture);
  g_assert_cmpint (fixture->result->code, ==, HD_CANCELLED);
}

/* A change that was done before the cancellation came is done. */
static const char late[] = "trap '' TERM\n" PHASE OK;

static void
test_cancel_too_late (Fixture *fixture, gconstpointer script)
{
  fixture->cancel_at_phase = TRUE;
  run (fixture);
  g_assert_cmpint (fixture->result->code, ==, HD_OK);
}

static void
test_missing (Fixture *fixture, gconstpointer script)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdRequest) request = hd_request_new (hd_change_by_verb ("pin"), "/");
  g_assert_null (hd_runner_start (fixture->loop, "/nonexistent/worker", request, hear_event,
                                  hear_done, fixture, &error));
  g_assert_error (error, HD_ERROR, HD_WORKER);
  g_assert_nonnull (strstr (error->message, "/nonexistent/worker"));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    const char *script;
    void (*test) (Fixture *fixture, gconstpointer script);
  } tests[] = {
    { "/runner/good", good, test_good },
    { "/runner/request", echo, test_request },
    { "/runner/pieces", pieces, test_pieces },
    { "/runner/silent", "exit 3\n", test_silent },
    { "/runner/crash", PHASE "kill -SEGV $$\n", test_crash },
    { "/runner/garbage", "echo oops\nexec tail --pid=$PPID -f /dev/null\n", test_garbage },
    { "/runner/cancel", polite, test_cancel },
    { "/runner/cancel-kills", stubborn, test_cancel_kills },
    { "/runner/cancel-too-late", late, test_cancel_too_late },
    { "/runner/missing", "", test_missing },
  };
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, tests[i].script, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
