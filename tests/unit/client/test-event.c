/* The lines of a worker: every kind, and what is no message. */
#include "client/event.h"

#include <string.h>

#include "base/error.h"

static HdEvent *
parse (const char *line)
{
  g_autoptr (GError) error = NULL;
  HdEvent *event = hd_event_parse (line, strlen (line), &error);
  g_assert_no_error (error);
  return event;
}

static void
test_kinds (void)
{
  g_autoptr (HdEvent) phase = parse ("{\"type\":\"phase\",\"phase\":\"pull\"}");
  g_assert_cmpint (phase->type, ==, HD_EVENT_PHASE);
  g_assert_cmpstr (phase->text, ==, "pull");

  g_autoptr (HdEvent) progress
      = parse ("{\"type\":\"progress\",\"done\":3,\"total\":18446744073709551615,"
               "\"unit\":\"objects\",\"later\":1}");
  g_assert_cmpint (progress->type, ==, HD_EVENT_PROGRESS);
  g_assert_cmpuint (progress->done, ==, 3);
  g_assert_cmpuint (progress->total, ==, G_MAXUINT64);
  g_assert_cmpstr (progress->unit, ==, "objects");

  g_autoptr (HdEvent) message = parse ("{\"type\":\"message\",\"text\":\"hello\"}");
  g_assert_cmpint (message->type, ==, HD_EVENT_MESSAGE);
  g_assert_cmpstr (message->text, ==, "hello");

  g_autoptr (HdEvent) result
      = parse ("{\"type\":\"result\",\"code\":\"no-space\",\"message\":\"full\",\"data\":{}}");
  g_assert_cmpint (result->type, ==, HD_EVENT_RESULT);
  g_assert_cmpint (result->result->code, ==, HD_NO_SPACE);
}

/* A total that is not told is 0, a unit bytes. */
static void
test_defaults (void)
{
  g_autoptr (HdEvent) event = parse ("{\"type\":\"progress\",\"done\":3}");
  g_assert_cmpuint (event->total, ==, 0);
  g_assert_cmpstr (event->unit, ==, "bytes");
}

static void
test_garbage (void)
{
  static const char *const lines[] = {
    "",
    "Segmentation fault",
    "[]",
    "{}",
    "{\"type\":\"dance\"}",
    "{\"type\":\"phase\"}",
    "{\"type\":\"phase\",\"phase\":1}",
    "{\"type\":\"progress\",\"done\":-1}",
    "{\"type\":\"progress\"}",
    "{\"type\":\"message\"}",
    "{\"type\":\"result\",\"message\":\"no code\"}",
    "{\"type\":\"phase\",\"phase\":\"pull\"} trailing",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (HdEvent) event = hd_event_parse (lines[i], strlen (lines[i]), &error);
      g_assert_null (event);
      g_assert_error (error, HD_ERROR, HD_WORKER);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/event/kinds", test_kinds);
  g_test_add_func ("/event/defaults", test_defaults);
  g_test_add_func ("/event/garbage", test_garbage);
  return g_test_run ();
}
