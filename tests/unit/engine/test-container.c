/* engine/container, session keys, signals, durations, times: rows and small grammars. */
#include "engine/container.h"

#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "engine/logs.h"
#include "engine/session.h"
#include "engine/signal-name.h"
#include "engine/status.h"
#include "engine/wordlist.h"
#include "sample-store.h"

#define NS G_GINT64_CONSTANT (1000000000)

static HdContainer *
insert (HdStore *store, const char *id, const char *name, GError **error)
{
  g_autoptr (HdContainer) c = g_new0 (HdContainer, 1);
  c->id = g_strdup (id);
  c->name = g_strdup (name);
  c->image_name = g_strdup ("busybox");
  c->body = hd_json_new_object ();
  hd_json_set (c->body, "Config", hd_json_new_object ());
  return hd_container_insert (store, c, error) ? g_steal_pointer (&c) : NULL;
}

static void
assert_finds (HdStore *store, const char *text, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdContainer) found = hd_container_find (store, text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found->name, ==, name);
}

static void
assert_fails (HdStore *store, const char *text, hd_code code)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (hd_container_find (store, text, &error));
  g_assert_cmpint (hd_error_code (error), ==, code);
}

static void
test_find (SampleStore *sample, gconstpointer data)
{
  HdStore *store = sample->store;
  g_autoptr (GError) error = NULL;
  g_autoptr (HdContainer) one = insert (store, "aa11ff", "one", &error);
  g_autoptr (HdContainer) two = insert (store, "aa22ff", "two", &error);
  g_autoptr (HdContainer) odd = insert (store, "bb33ff", "aa22ff", &error);
  g_assert_no_error (error);
  assert_finds (store, "one", "one");
  assert_finds (store, "/one", "one");
  assert_finds (store, "aa11", "one");
  /* A whole id counts more than a name. */
  assert_finds (store, "aa22ff", "two");
  assert_finds (store, "b", "aa22ff");
  assert_fails (store, "aa", HD_USAGE);
  assert_fails (store, "cc", HD_NOT_FOUND);
  assert_fails (store, "", HD_NOT_FOUND);
  assert_fails (store, "on", HD_NOT_FOUND);
}

static void
test_names (SampleStore *sample, gconstpointer data)
{
  HdStore *store = sample->store;
  g_autoptr (GError) error = NULL;
  g_autoptr (HdContainer) one = insert (store, "11", "one", &error);
  g_autoptr (HdContainer) two = insert (store, "22", "two", &error);
  g_assert_null (insert (store, "33", "one", &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_BUSY);
  g_assert_nonnull (strstr (error->message, "11"));
  g_clear_error (&error);
  g_assert_false (hd_container_rename (store, "22", "one", &error));
  g_clear_error (&error);
  g_assert_true (hd_container_rename (store, "22", "three", &error));
  assert_finds (store, "three", "three");
  g_assert_true (hd_container_delete (store, "22", &error));
  assert_fails (store, "three", HD_NOT_FOUND);
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = hd_wordlist_name (g_test_rand_int ());
      g_assert_true (hd_container_check_name (name, NULL));
    }
  g_assert_false (hd_container_check_name ("-x", NULL));
  g_assert_false (hd_container_check_name ("x", NULL));
  g_assert_false (hd_container_check_name ("a/b", NULL));
  g_autofree char *id = hd_container_new_id ();
  g_assert_cmpuint (strspn (id, "0123456789abcdef"), ==, 64);
}

static void
test_keys (void)
{
  guint8 keys[16];
  g_assert_cmpint (hd_session_parse_keys ("ctrl-p,ctrl-q", keys), ==, 2);
  g_assert_cmpint (keys[0], ==, 16);
  g_assert_cmpint (keys[1], ==, 17);
  g_assert_cmpint (hd_session_parse_keys ("a,ctrl-@,ctrl-\\,ctrl-_", keys), ==, 4);
  g_assert_cmpint (keys[0], ==, 'a');
  g_assert_cmpint (keys[1], ==, 0);
  g_assert_cmpint (keys[2], ==, 28);
  g_assert_cmpint (keys[3], ==, 31);
  g_assert_cmpint (hd_session_parse_keys ("ctrl-", keys), ==, -1);
  g_assert_cmpint (hd_session_parse_keys ("ab", keys), ==, -1);
}

static void
test_signals (void)
{
  g_assert_cmpint (hd_signal_parse ("TERM"), ==, SIGTERM);
  g_assert_cmpint (hd_signal_parse ("sigkill"), ==, SIGKILL);
  g_assert_cmpint (hd_signal_parse ("15"), ==, 15);
  g_assert_cmpint (hd_signal_parse ("RTMIN+3"), ==, SIGRTMIN + 3);
  g_assert_cmpint (hd_signal_parse ("SIGRTMAX"), ==, SIGRTMAX);
  static const char *const none[] = { "", "0", "-1", "65", "NOPE", "SIG", "RTMIN-1", "RTMIN+99" };
  for (gsize i = 0; i < G_N_ELEMENTS (none); i++)
    g_assert_cmpint (hd_signal_parse (none[i]), ==, -1);
}

static void
test_durations (void)
{
  /* Of go-units' own tests. */
  static const struct
  {
    gint64 seconds;
    const char *text;
  } cases[] = {
    { 0, "Less than a second" }, { 1, "1 second" },          { 45, "45 seconds" },
    { 60, "About a minute" },    { 180, "3 minutes" },       { 3600, "About an hour" },
    { 3 * 3600, "3 hours" },     { 32 * 3600, "32 hours" },  { 72 * 3600, "3 days" },
    { 16 * 86400, "2 weeks" },   { 70 * 86400, "2 months" }, { 3 * 365 * 86400, "3 years" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = hd_status_duration (cases[i].seconds);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_times (void)
{
  const gint64 now = 1000000 * NS;
  static const struct
  {
    const char *text;
    gint64 ns;
  } cases[] = {
    { "1.5", 1500000000 },
    { "1970-01-01T00:00:02Z", 2 * NS },
    { "1970-01-01T00:00:02.25Z", 2 * NS + NS / 4 },
    { "1970-01-02", 86400 * NS },
    { "1970-01-01T01:00:00+01:00", 0 },
    { "10m", (1000000 - 600) * NS },
    { "1h30m", (1000000 - 5400) * NS },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 ns = -1;
      if (!hd_logs_parse_time (cases[i].text, now, &ns))
        g_error ("%s is no time", cases[i].text);
      g_assert_cmpint (ns, ==, cases[i].ns);
    }
  gint64 ns;
  g_assert_false (hd_logs_parse_time ("soon", now, &ns));
  g_assert_false (hd_logs_parse_time ("", now, &ns));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/engine/container/find", SampleStore, NULL, sample_store_open, test_find,
              sample_store_close);
  g_test_add ("/engine/container/names", SampleStore, NULL, sample_store_open, test_names,
              sample_store_close);
  g_test_add_func ("/engine/container/keys", test_keys);
  g_test_add_func ("/engine/container/signals", test_signals);
  g_test_add_func ("/engine/container/durations", test_durations);
  g_test_add_func ("/engine/container/times", test_times);
  return g_test_run ();
}
