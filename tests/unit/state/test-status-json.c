/* state/status-json: every member, with values and without. That the form is the schema's is
 * checked in tests/cli, with a validator. */
#include "state/status.h"

#include "common/cleanup.h"
#include "sample-sysroot.h"

static void
assert_json (const HdStatus *status, const char *expected)
{
  hd_autojson json = hd_status_to_json (status);
  hd_autofree char *text = hd_json_to_text (json, false);
  g_assert_cmpstr (text, ==, expected);
}

static HdStatus *
new_status (void)
{
  HdStatus *status = g_new0 (HdStatus, 1);
  status->sysroot = g_strdup ("/");
  status->health = g_strdup ("degraded");
  status->currency = g_strdup ("behind");
  status->deployments = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_deployment_free);
  return status;
}

static void
test_without_values (void)
{
  g_autoptr (HdStatus) status = new_status ();
  status->tries_left = -1;
  HdDeployment *bare = g_new0 (HdDeployment, 1);
  bare->boot_state = HD_BOOT_GOOD;
  g_ptr_array_add (status->deployments, bare);
  assert_json (
      status,
      "{\"schema\":1,\"sysroot\":\"/\",\"booted_here\":false,\"health\":\"degraded\","
      "\"health_detail\":null,\"currency\":\"behind\",\"available_version\":null,"
      "\"available_commit\":null,\"checked_at\":null,\"check_error\":null,\"tries_left\":-1,"
      "\"failed_version\":null,\"deployments\":[{\"id\":null,\"stateroot\":null,\"commit\":null,"
      "\"serial\":0,\"version\":null,\"origin\":null,\"timestamp\":null,\"kernel\":null,"
      "\"kargs\":[],\"booted\":false,\"staged\":false,\"next\":false,\"fallback\":false,"
      "\"pinned\":false,\"boot_state\":\"good\",\"signature\":null}]}");
}

static HdDeployment *
new_deployment (void)
{
  static const char *const kargs[] = { "quiet", "a=\"b\"", NULL };
  HdDeployment *deployment = g_new0 (HdDeployment, 1);
  deployment->id = g_strdup ("d-a.1");
  deployment->stateroot = g_strdup ("d");
  deployment->commit = g_strdup ("a");
  deployment->serial = 1;
  deployment->version = g_strdup ("13.1");
  deployment->origin = g_strdup ("r:b");
  deployment->timestamp = 1767323045;
  deployment->kernel = g_strdup ("6.12");
  deployment->kargs = g_strdupv ((char **)kargs);
  deployment->booted = deployment->staged = deployment->next = TRUE;
  deployment->fallback = deployment->pinned = TRUE;
  deployment->boot_state = HD_BOOT_FAILED;
  deployment->signature_key = g_strdup ("ABCD");
  deployment->signature_uid = g_strdup ("K <k@example.org>");
  deployment->verified_at = 1767323046;
  return deployment;
}

static void
test_with_values (void)
{
  g_autoptr (HdStatus) status = new_status ();
  status->booted_here = TRUE;
  status->health_detail = g_strdup ("a unit failed");
  status->available_version = g_strdup ("14");
  status->available_commit = g_strdup (SAMPLE_A);
  status->checked_at = 1767323047;
  status->check_error = g_strdup ("server is away");
  status->tries_left = 2;
  status->failed_version = g_strdup ("15");
  g_ptr_array_add (status->deployments, new_deployment ());
  assert_json (
      status,
      "{\"schema\":1,\"sysroot\":\"/\",\"booted_here\":true,\"health\":\"degraded\","
      "\"health_detail\":\"a unit failed\",\"currency\":\"behind\",\"available_version\":\"14\","
      "\"available_commit\":\"" SAMPLE_A "\",\"checked_at\":\"2026-01-02T03:04:07Z\","
      "\"check_error\":\"server is away\",\"tries_left\":2,\"failed_version\":\"15\","
      "\"deployments\":[{\"id\":\"d-a.1\",\"stateroot\":\"d\",\"commit\":\"a\",\"serial\":1,"
      "\"version\":\"13.1\",\"origin\":\"r:b\",\"timestamp\":\"2026-01-02T03:04:05Z\","
      "\"kernel\":\"6.12\",\"kargs\":[\"quiet\",\"a=\\\"b\\\"\"],\"booted\":true,\"staged\":true,"
      "\"next\":true,\"fallback\":true,\"pinned\":true,\"boot_state\":\"failed\","
      "\"signature\":{\"key\":\"ABCD\",\"uid\":\"K <k@example.org>\","
      "\"verified_at\":\"2026-01-02T03:04:06Z\"}}]}");
}

/* Each flag stands under its own name. */
static void
test_flags (void)
{
  static const struct
  {
    const char *name;
    gsize offset;
  } flags[] = { { "booted", offsetof (HdDeployment, booted) },
                { "staged", offsetof (HdDeployment, staged) },
                { "next", offsetof (HdDeployment, next) },
                { "fallback", offsetof (HdDeployment, fallback) },
                { "pinned", offsetof (HdDeployment, pinned) } };
  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      g_autoptr (HdStatus) status = new_status ();
      HdDeployment *deployment = g_new0 (HdDeployment, 1);
      g_ptr_array_add (status->deployments, deployment);
      G_STRUCT_MEMBER (gboolean, deployment, flags[i].offset) = TRUE;
      hd_autojson json = hd_status_to_json (status);
      const hd_json *object = hd_json_at (hd_json_get (json, "deployments"), 0);
      for (gsize j = 0; j < G_N_ELEMENTS (flags); j++)
        g_assert_cmpint (hd_json_get_bool (object, flags[j].name, j != i), ==, j == i);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/status-json/without-values", test_without_values);
  g_test_add_func ("/status-json/with-values", test_with_values);
  g_test_add_func ("/status-json/flags", test_flags);
  return g_test_run ();
}
