/* state/origin: libostree's key file and our group in it. */
#include "state/origin.h"

#include <string.h>

#include "folder.h"

#define PATH "ostree/deploy/d/deploy/a.0.origin"

static void
test_values (Folder *f, gconstpointer data)
{
  folder_write (f, PATH,
                "[origin]\nrefspec=debian:d/amd64/stable\n\n[libostree-transient]\npinned=true\n"
                "[atomic]\nboot-state=failed\nsignature-key=ABCD\n"
                "signature-uid=Key of \\\"x\\\" <k@example.org>\n"
                "verified-at=2026-01-02T03:04:05Z\n");
  g_autoptr (HdOrigin) origin = hd_origin_read (f->fd, PATH);
  g_assert_cmpstr (origin->refspec, ==, "debian:d/amd64/stable");
  g_assert_true (origin->pinned);
  g_assert_cmpint (origin->boot_state, ==, HD_BOOT_FAILED);
  g_assert_cmpstr (origin->signature_key, ==, "ABCD");
  g_assert_cmpint (origin->verified_at, ==, 1767323045);
}

/* None, a stock one, a malformed one, one with nonsense for values: no values, and good, since
 * hostd did not make it. */
static void
test_no_values (Folder *f, gconstpointer data)
{
  static const char *const texts[]
      = { NULL,
          "",
          "[origin]\nrefspec2=x\n",
          "nonsense",
          "[origin\nrefspec=x\n",
          "[atomic]\nboot-state=broken\nverified-at=today\n[libostree-transient]\npinned=maybe\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      if (texts[i] != NULL)
        folder_write (f, PATH, texts[i]);
      g_autoptr (HdOrigin) origin = hd_origin_read (f->fd, PATH);
      g_assert_null (origin->refspec);
      g_assert_false (origin->pinned);
      g_assert_cmpint (origin->boot_state, ==, HD_BOOT_GOOD);
      g_assert_null (origin->signature_key);
      g_assert_null (origin->signature_uid);
      g_assert_cmpint (origin->verified_at, ==, 0);
    }
}

static void
test_states (void)
{
  static const HdBootState states[] = { HD_BOOT_NEW, HD_BOOT_GOOD, HD_BOOT_FAILED };
  static const char *const names[] = { "new", "good", "failed" };
  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    {
      g_autoptr (GKeyFile) file = g_key_file_new ();
      hd_origin_set_boot_state (file, states[i]);
      g_autofree char *text = g_key_file_get_string (file, "atomic", "boot-state", NULL);
      g_autoptr (HdOrigin) origin = hd_origin_from_key_file (file);
      g_assert_cmpstr (text, ==, names[i]);
      g_assert_cmpstr (hd_boot_state_name (states[i]), ==, names[i]);
      g_assert_cmpint (origin->boot_state, ==, states[i]);
    }
}

static void
test_signature (void)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_key_file_set_string (file, "origin", "refspec", "a:b");
  hd_origin_set_signature (file, "ABCD", "K <k@example.org>", 1767323045);
  g_autofree char *text = g_key_file_to_data (file, NULL, NULL);
  g_assert_cmpstr (text, ==,
                   "[origin]\nrefspec=a:b\n\n[atomic]\nsignature-key=ABCD\n"
                   "signature-uid=K <k@example.org>\nverified-at=2026-01-02T03:04:05Z\n");
  g_autoptr (HdOrigin) set = hd_origin_from_key_file (file);
  g_assert_cmpstr (set->signature_key, ==, "ABCD");
  g_assert_cmpstr (set->signature_uid, ==, "K <k@example.org>");
  g_assert_cmpint (set->verified_at, ==, 1767323045);

  hd_origin_set_signature (file, NULL, NULL, 0);
  g_autofree char *rest = g_key_file_to_data (file, NULL, NULL);
  g_assert_null (strstr (rest, "verified-at"));
  g_autoptr (HdOrigin) removed = hd_origin_from_key_file (file);
  g_assert_null (removed->signature_key);
  g_assert_null (removed->signature_uid);
  g_assert_cmpint (removed->verified_at, ==, 0);
  g_assert_cmpstr (removed->refspec, ==, "a:b");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_test ("/origin/values", test_values);
  folder_test ("/origin/no-values", test_no_values);
  g_test_add_func ("/origin/states", test_states);
  g_test_add_func ("/origin/signature", test_signature);
  return g_test_run ();
}
