/* state/check: what the last look at the server found is read as it was written. */
#include "state/check.h"

#include "folder.h"
#include "state/paths.h"

#define COMMIT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
write_check (const Folder *f, const HdCheck *check)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_check_write (f->fd, check, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
test_found (Folder *f, gconstpointer data)
{
  folder_make (f, HD_PATH_ATOMIC);
  write_check (f, &(HdCheck){ 1767323045, (char *)"r:b", (char *)COMMIT, (char *)"2", NULL });
  folder_assert_text (f, HD_PATH_CHECK,
                      "{\n  \"time\": \"2026-01-02T03:04:05Z\",\n  \"refspec\": \"r:b\",\n"
                      "  \"commit\": \"" COMMIT "\",\n  \"version\": \"2\"\n}");
  g_autoptr (HdCheck) check = hd_check_read (f->fd);
  g_assert_cmpint (check->time, ==, 1767323045);
  g_assert_cmpstr (check->refspec, ==, "r:b");
  g_assert_cmpstr (check->commit, ==, COMMIT);
  g_assert_cmpstr (check->version, ==, "2");
  g_assert_null (check->error);
}

/* The next result replaces all of the one before. */
static void
test_failed (Folder *f, gconstpointer data)
{
  folder_make (f, HD_PATH_ATOMIC);
  write_check (f, &(HdCheck){ 1, (char *)"r:b", (char *)COMMIT, (char *)"2", NULL });
  write_check (f, &(HdCheck){ 2, (char *)"r:b", NULL, NULL, (char *)"server \"x\" is away" });
  g_autoptr (HdCheck) check = hd_check_read (f->fd);
  g_assert_cmpint (check->time, ==, 2);
  g_assert_null (check->commit);
  g_assert_null (check->version);
  g_assert_cmpstr (check->error, ==, "server \"x\" is away");
}

static void
test_malformed (Folder *f, gconstpointer data)
{
  static const char *const texts[] = {
    "",
    "{",
    "[]",
    "\"time\"",
    "{}",
    "{\"time\": 5}",
    "{\"time\": \"yesterday\", \"commit\": \"" COMMIT "\"}",
  };
  g_assert_null (hd_check_read (f->fd));
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      folder_write (f, HD_PATH_CHECK, texts[i]);
      g_assert_null (hd_check_read (f->fd));
    }
  folder_write (f, HD_PATH_CHECK, "{\"time\": \"1970-01-01T00:00:01Z\", \"commit\": 3}");
  g_autoptr (HdCheck) wrong_type = hd_check_read (f->fd);
  g_assert_cmpint (wrong_type->time, ==, 1);
  g_assert_null (wrong_type->commit);
  g_assert_null (wrong_type->refspec);
}

static void
test_write_refused (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_check_write (f->fd, &(HdCheck){ .time = 1 }, &error);
  g_assert_false (ok);
  assert_refused (error, HD_NOT_FOUND, "/ostree/atomic/check.json");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_test ("/check/found", test_found);
  folder_test ("/check/failed", test_failed);
  folder_test ("/check/malformed", test_malformed);
  folder_test ("/check/write-refused", test_write_refused);
  return g_test_run ();
}
