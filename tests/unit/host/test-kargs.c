/* host/kargs: the list, each way to change it, and what is refused. */
#include "host/kargs.h"

#include <string.h>

#include "common/cleanup.h"
#include "sample-host.h"
#include "state/staged.h"

static void
assert_kargs (const HdOperation *operation, const char *expected)
{
  hd_autofree char *text = hd_json_to_text (hd_json_get (operation->data, "kargs"), false);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_list (SampleHost *host, gconstpointer data)
{
  g_auto (HdOperation) list = sample_host_do (host, hd_kargs_run, "kargs", "{}");
  assert_kargs (&list, "[\"quiet\",\"root=LABEL=root\"]");
  g_assert_cmpstr (list.message, ==, "quiet root=LABEL=root");
  sample_host_assert_order (host, "1");
}

/* Each row changes what the row before it left. */
static void
test_changes (SampleHost *host, gconstpointer data)
{
  static const struct
  {
    const char *options;
    const char *kargs;
  } rows[] = {
    { "{\"append\": [\"a=1\", \"b\"]}", "[\"quiet\",\"root=LABEL=root\",\"a=1\",\"b\"]" },
    { "{\"delete\": [\"quiet\"]}", "[\"root=LABEL=root\",\"a=1\",\"b\"]" },
    { "{\"replace\": [\"a=1=2\"]}", "[\"root=LABEL=root\",\"a=2\",\"b\"]" },
    { "{\"replace\": [\"a=3\"]}", "[\"root=LABEL=root\",\"a=3\",\"b\"]" },
    { "{\"append-if-missing\": [\"b\", \"c\"]}", "[\"root=LABEL=root\",\"a=3\",\"b\",\"c\"]" },
    { "{\"delete-if-present\": [\"nope\", \"b\"]}", "[\"root=LABEL=root\",\"a=3\",\"c\"]" },
    { "{\"delete\": [\"a\"], \"append\": [\"a=4\"]}", "[\"root=LABEL=root\",\"c\",\"a=4\"]" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].options);
      g_auto (HdOperation) changed = sample_host_do (host, hd_kargs_run, "kargs", rows[i].options);
      assert_kargs (&changed, rows[i].kargs);
      g_assert_nonnull (strstr (changed.hint, "systemctl reboot"));
      g_auto (HdOperation) list = sample_host_do (host, hd_kargs_run, "kargs", "{}");
      assert_kargs (&list, rows[i].kargs);
    }
  /* The same commit, as a deployment of its own. */
  sample_host_assert_order (host, "1S 1");
  g_autoptr (HdStaged) staged = hd_staged_read (host->sysroot->fd, NULL);
  g_assert_cmpstr (staged->commit, ==, host->commits[1]);
  g_assert_cmpint (staged->serial, >, 0);
}

static void
test_refused (SampleHost *host, gconstpointer data)
{
  static const struct
  {
    const char *options;
    hd_code code;
    const char *part;
  } rows[] = {
    { "{\"delete\": [\"nope\"]}", HD_NOT_FOUND, "kernel argument nope" },
    { "{\"replace\": [\"nope=1\"]}", HD_NOT_FOUND, "kernel argument nope" },
    { "{\"append\": [\"ostree=/x\"]}", HD_USAGE, "ostree=/x is set by the system" },
    { "{\"delete\": [\"atomic.deployment\"]}", HD_USAGE, "is set by the system" },
    { "{\"append\": [\"a='b'\"]}", HD_USAGE, "GRUB cannot hand over" },
    { "{\"append\": [\"a=\\\\b\"]}", HD_USAGE, "GRUB cannot hand over" },
    { "{\"append\": [\"\"]}", HD_USAGE, "GRUB cannot hand over" },
    { "{\"append-if-missing\": [\"quiet\"]}", HD_NOTHING, "are so already" },
    { "{\"delete-if-present\": [\"nope\"]}", HD_NOTHING, "are so already" },
    { "{\"stateroot\": \"nobody\"}", HD_NOT_FOUND, "there is no stateroot nobody" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_free (sample_host_refuse (host, hd_kargs_run, "kargs", rows[i].options, rows[i].code,
                                rows[i].part));
  sample_host_assert_order (host, "1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/kargs/list", test_list);
  sample_host_test ("/kargs/changes", test_changes);
  sample_host_test ("/kargs/refused", test_refused);
  return g_test_run ();
}
