/* state/history: lines are added, the oldest go, what is no entry is passed over. */
#include "state/history.h"

#include "common/cleanup.h"
#include "folder.h"
#include "sample-sysroot.h"
#include "state/paths.h"

static void
append (const Folder *f, const HdHistoryEntry *entry)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_history_append (f->fd, entry, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static hd_json *
read_all (const Folder *f)
{
  g_autoptr (GError) error = NULL;
  hd_json *history = hd_history_read (f->fd, &error);
  g_assert_no_error (error);
  g_assert_nonnull (history);
  return history;
}

#define LINE_1 "{\"time\":\"1970-01-01T00:00:01Z\",\"event\":\"staged\",\"stateroot\":\"d\","
#define LINE_2 "{\"time\":\"1970-01-01T00:00:02Z\",\"event\":\"good\"}"

static void
test_append (Folder *f, gconstpointer data)
{
  folder_make (f, HD_PATH_ATOMIC);
  append (f, &(HdHistoryEntry){ 1, "staged", "d", "2", SAMPLE_A, "a \"b\"\nc" });
  append (f, &(HdHistoryEntry){ 2, "good", NULL, NULL, NULL, NULL });
  folder_assert_text (f, HD_PATH_HISTORY,
                      LINE_1 "\"version\":\"2\",\"commit\":\"" SAMPLE_A
                             "\",\"detail\":\"a \\\"b\\\"\\nc\"}\n" LINE_2 "\n");
  hd_autojson history = read_all (f);
  g_assert_cmpuint (hd_json_length (history), ==, 2);
  const hd_json *first = hd_json_at (history, 0);
  g_assert_cmpstr (hd_json_get_string (first, "detail", NULL), ==, "a \"b\"\nc");
  g_assert_cmpstr (hd_json_get_string (hd_json_at (history, 1), "event", NULL), ==, "good");
}

static void
test_none (Folder *f, gconstpointer data)
{
  hd_autojson none = read_all (f);
  g_assert_cmpuint (hd_json_length (none), ==, 0);
  folder_write (f, HD_PATH_HISTORY, "");
  hd_autojson empty = read_all (f);
  g_assert_cmpuint (hd_json_length (empty), ==, 0);
}

static void
test_strange_lines (Folder *f, gconstpointer data)
{
  folder_write (f, HD_PATH_HISTORY, "\n" LINE_2 "\n[1]\n{\"event\":\n\"x\"\n\n" LINE_2);
  hd_autojson history = read_all (f);
  g_assert_cmpuint (hd_json_length (history), ==, 2);
  append (f, &(HdHistoryEntry){ .time = 3, .event = "failed" });
  hd_autojson longer = read_all (f);
  g_assert_cmpuint (hd_json_length (longer), ==, 3);
  g_assert_cmpstr (hd_json_get_string (hd_json_at (longer, 2), "event", NULL), ==, "failed");
}

static void
fill (const Folder *f, guint n)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "{\"event\":\"e%u\"}\n", i);
  folder_write (f, HD_PATH_HISTORY, text->str);
}

static void
assert_ends (const Folder *f, guint length, const char *first, const char *last)
{
  hd_autojson history = read_all (f);
  g_assert_cmpuint (hd_json_length (history), ==, length);
  const hd_json *oldest = hd_json_at (history, 0);
  const hd_json *newest = hd_json_at (history, length - 1);
  g_assert_cmpstr (hd_json_get_string (oldest, "event", NULL), ==, first);
  g_assert_cmpstr (hd_json_get_string (newest, "event", NULL), ==, last);
}

static void
test_limit (Folder *f, gconstpointer data)
{
  fill (f, HD_HISTORY_MAX_ENTRIES - 1);
  append (f, &(HdHistoryEntry){ .time = 1, .event = "fits" });
  assert_ends (f, HD_HISTORY_MAX_ENTRIES, "e0", "fits");
  append (f, &(HdHistoryEntry){ .time = 1, .event = "one more" });
  assert_ends (f, HD_HISTORY_MAX_ENTRIES, "e1", "one more");
  fill (f, HD_HISTORY_MAX_ENTRIES + 5);
  append (f, &(HdHistoryEntry){ .time = 1, .event = "last" });
  assert_ends (f, HD_HISTORY_MAX_ENTRIES, "e6", "last");
}

static void
test_refused (Folder *f, gconstpointer data)
{
  g_autoptr (GError) unwritable = NULL;
  g_autoptr (GError) unreadable = NULL;
  HdHistoryEntry entry = { .time = 1, .event = "x" };
  gboolean ok = hd_history_append (f->fd, &entry, &unwritable);
  g_assert_false (ok);
  assert_refused (unwritable, HD_NOT_FOUND, "writing /ostree/atomic/history");
  folder_make (f, HD_PATH_HISTORY);
  hd_json *history = hd_history_read (f->fd, &unreadable);
  g_assert_null (history);
  assert_refused (unreadable, HD_FAILED, "reading /ostree/atomic/history");
}

static void
test_load (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) absent = NULL;
  g_autofree char *no_path = g_build_filename (f->path, "none", NULL);
  hd_json *history = hd_history_load (f->path, &error);
  g_assert_null (history);
  assert_refused (error, HD_NO_SYSROOT, f->path);
  history = hd_history_load (no_path, &absent);
  g_assert_null (history);
  assert_refused (absent, HD_NO_SYSROOT, no_path);
  folder_make (f, HD_PATH_REPO);
  folder_write (f, HD_PATH_HISTORY, LINE_2 "\n");
  hd_autojson loaded = hd_history_load (f->path, NULL);
  g_assert_cmpuint (hd_json_length (loaded), ==, 1);
}

static void
test_has_failed (void)
{
  static const struct
  {
    const char *events;
    gboolean failed;
  } cases[] = {
    { "[]", FALSE },
    { "[{\"event\":\"failed\",\"commit\":\"a\"}]", TRUE },
    { "[{\"event\":\"failed\",\"commit\":\"b\"}]", FALSE },
    { "[{\"event\":\"failed\"}]", FALSE },
    { "[{\"event\":\"failed\",\"commit\":\"a\"},{\"event\":\"good\",\"commit\":\"a\"}]", FALSE },
    { "[{\"event\":\"failed\",\"commit\":\"a\"},{\"event\":\"good\",\"commit\":\"b\"}]", TRUE },
    { "[{\"event\":\"failed\",\"commit\":\"a\"},{\"event\":\"staged\",\"commit\":\"a\"}]", TRUE },
    { "[{\"event\":\"good\",\"commit\":\"a\"},{\"event\":\"failed\",\"commit\":\"a\"}]", TRUE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      hd_autojson history = hd_json_parse (cases[i].events, strlen (cases[i].events), NULL);
      g_test_message ("%s", cases[i].events);
      g_assert_nonnull (history);
      g_assert_cmpint (hd_history_has_failed (history, "a"), ==, cases[i].failed);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_test ("/history/append", test_append);
  folder_test ("/history/none", test_none);
  folder_test ("/history/strange-lines", test_strange_lines);
  folder_test ("/history/limit", test_limit);
  folder_test ("/history/refused", test_refused);
  folder_test ("/history/load", test_load);
  g_test_add_func ("/history/has-failed", test_has_failed);
  return g_test_run ();
}
