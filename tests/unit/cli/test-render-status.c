/* Golden texts of `atomic host status`. */
#include "cli/render-status.h"

#include <stdlib.h>

#define NOW 1767323045 /* 2026-01-02T03:04:05Z */
#define COMMIT_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define COMMIT_2 "2222222222222222222222222222222222222222222222222222222222222222"

static HdDeployment *
add (HdStatus *status, const char *version, const char *commit)
{
  HdDeployment *deployment = g_new0 (HdDeployment, 1);
  deployment->id = g_strconcat ("debian-", commit, ".0", NULL);
  deployment->stateroot = g_strdup ("debian");
  deployment->commit = g_strdup (commit);
  deployment->version = g_strdup (version);
  deployment->origin = g_strdup ("atomic:debian/13");
  deployment->timestamp = NOW - 86400;
  deployment->kernel = g_strdup ("6.12.1-cloud-amd64");
  deployment->kargs = g_strsplit ("root=LABEL=root quiet", " ", -1);
  deployment->boot_state = HD_BOOT_GOOD;
  deployment->signature_key = g_strdup ("ABCDEF");
  deployment->signature_uid = g_strdup ("Builder <b@example.org>");
  deployment->verified_at = NOW - 60;
  g_ptr_array_add (status->deployments, deployment);
  return deployment;
}

/* A healthy host that runs version 1 alone and was checked five minutes ago. */
static HdStatus *
new_status (void)
{
  HdStatus *status = g_new0 (HdStatus, 1);
  status->sysroot = g_strdup ("/");
  status->booted_here = TRUE;
  status->health = g_strdup ("healthy");
  status->currency = g_strdup ("current");
  status->checked_at = NOW - 300;
  status->tries_left = -1;
  status->deployments = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_deployment_free);
  HdDeployment *one = add (status, "1", COMMIT_1);
  one->booted = one->next = TRUE;
  return status;
}

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void
assert_text (const HdStatus *status, const char *activity, HdRenderStatus how, const char *text)
{
  char *buffer = NULL;
  size_t size;
  FILE *out = open_memstream (&buffer, &size);
  how.now = NOW;
  hd_render_status (out, status, activity, &how);
  fclose (out);
  g_assert_cmpstr (buffer, ==, text);
  free (buffer);
}

#define BLOCK(version, commit, staged)                                                             \
  "     Version: " version " (2026-01-01T03:04:05Z)\n"                                             \
  "      Commit: " commit "\n"                                                                     \
  "      Origin: atomic:debian/13\n"                                                               \
  "   StateRoot: debian\n"                                                                         \
  "      Staged: " staged "\n"                                                                     \
  "      Pinned: no\n"                                                                             \
  "GPGSignature: good, key ABCDEF, Builder <b@example.org>\n"

static void
test_plain (void)
{
  g_autoptr (HdStatus) status = new_status ();
  assert_text (status, NULL, (HdRenderStatus){ 0 },
               "      Health: healthy, running version 1\n"
               "     Updates: up to date, checked 5 minutes ago\n"
               " Next reboot: version 1 again, nothing is staged\n"
               "\n● 0: running, starts next\n" BLOCK ("1", COMMIT_1, "no"));
}

static HdStatus *
new_staged (void)
{
  HdStatus *status = new_status ();
  HdDeployment *one = g_ptr_array_index (status->deployments, 0);
  one->next = FALSE;
  one->fallback = TRUE;
  HdDeployment *two = add (status, "2", COMMIT_2);
  two->staged = two->next = TRUE;
  two->boot_state = HD_BOOT_NEW;
  g_ptr_array_steal_index (status->deployments, 1);
  g_ptr_array_insert (status->deployments, 0, two);
  return status;
}

static void
test_staged (void)
{
  g_autoptr (HdStatus) status = new_staged ();
  assert_text (status, "cleanup: prune", (HdRenderStatus){ 0 },
               "      Health: healthy, running version 1\n"
               "     Updates: up to date, checked 5 minutes ago\n"
               " Next reboot: version 2, staged; version 1 if it does not start\n"
               "         Now: cleanup: prune\n"
               "\n  0: staged, starts next\n" BLOCK (
                   "2", COMMIT_2, "yes") "\n● 1: running, fallback\n" BLOCK ("1", COMMIT_1, "no"));
}

static void
test_booted_verbose (void)
{
  g_autoptr (HdStatus) status = new_staged ();
  assert_text (status, NULL, (HdRenderStatus){ .booted_only = TRUE, .verbose = TRUE },
               "      Health: healthy, running version 1\n"
               "     Updates: up to date, checked 5 minutes ago\n"
               " Next reboot: version 2, staged; version 1 if it does not start\n"
               "\n● 1: running, fallback\n" BLOCK ("1", COMMIT_1,
                                                   "no") "  VerifiedAt: 2026-01-02T03:03:05Z\n"
                                                         "      Kernel: 6.12.1-cloud-amd64\n"
                                                         "  KernelArgs: root=LABEL=root quiet\n"
                                                         "   BootState: good\n"
                                                         "          Id: debian-" COMMIT_1 ".0\n");
}

/* Came back from a version that did not start; a newer one is known. */
static void
test_degraded (void)
{
  g_autoptr (HdStatus) status = new_status ();
  HdDeployment *two = add (status, NULL, COMMIT_2);
  two->boot_state = HD_BOOT_FAILED;
  two->timestamp = 0;
  two->pinned = TRUE;
  g_clear_pointer (&two->signature_key, g_free);
  set (&status->health, "degraded");
  set (&status->health_detail, "version 2 did not start and was given up");
  set (&status->currency, "behind");
  set (&status->available_version, "3");
  assert_text (
      status, NULL, (HdRenderStatus){ 0 },
      "      Health: degraded, running version 1: version 2 did not start and was given up\n"
      "     Updates: version 3 is available, 'atomic host upgrade' gets it\n"
      " Next reboot: version 1 again, nothing is staged\n"
      "\n● 0: running, starts next\n" BLOCK ("1", COMMIT_1,
                                             "no") "\n  1: pinned, did not start\n"
                                                   "      Commit: " COMMIT_2 "\n"
                                                   "      Origin: atomic:debian/13\n"
                                                   "   StateRoot: debian\n"
                                                   "      Staged: no\n"
                                                   "      Pinned: yes\n"
                                                   "GPGSignature: not verified on this host\n");
}

static char *
first_lines (const HdStatus *status)
{
  char *buffer = NULL;
  size_t size;
  FILE *out = open_memstream (&buffer, &size);
  hd_render_status (out, status, NULL, &(HdRenderStatus){ .now = NOW });
  fclose (out);
  g_auto (GStrv) lines = g_strsplit (buffer, "\n", 4);
  free (buffer);
  g_free (lines[3]);
  lines[3] = NULL;
  return g_strjoinv ("\n", lines);
}

/* The second and third line in less common states. */
static void
test_on_trial (void)
{
  g_autoptr (HdStatus) status = new_staged ();
  HdDeployment *two = g_ptr_array_index (status->deployments, 0);
  HdDeployment *one = g_ptr_array_index (status->deployments, 1);
  two->staged = FALSE;
  two->booted = TRUE;
  one->booted = FALSE;
  status->tries_left = 1;
  set (&status->health, "starting");
  set (&status->currency, "unknown");
  status->checked_at = 0;
  g_autofree char *text = first_lines (status);
  g_assert_cmpstr (text, ==,
                   "      Health: starting, running version 2\n"
                   "     Updates: not checked yet, 'atomic host upgrade --check' looks\n"
                   " Next reboot: version 2 again, nothing is staged (1 try left)");
}

static void
test_rolled_back (void)
{
  g_autoptr (HdStatus) status = new_staged ();
  HdDeployment *two = g_ptr_array_index (status->deployments, 0);
  two->staged = FALSE;
  two->boot_state = HD_BOOT_GOOD;
  set (&status->currency, "unknown");
  set (&status->check_error, "updates.example: connection refused");
  g_autofree char *text = first_lines (status);
  g_assert_cmpstr (text, ==,
                   "      Health: healthy, running version 1\n"
                   "     Updates: not known, the check failed 5 minutes ago: updates.example: "
                   "connection refused\n"
                   " Next reboot: version 2, not the running version 1");
}

static void
test_empty_sysroot (void)
{
  g_autoptr (HdStatus) status = new_status ();
  g_ptr_array_set_size (status->deployments, 0);
  status->booted_here = FALSE;
  set (&status->sysroot, "/mnt");
  set (&status->health, "unknown");
  set (&status->currency, "unknown");
  g_autofree char *text = first_lines (status);
  g_assert_cmpstr (text, ==,
                   "      Health: unknown: /mnt is not the running system\n"
                   "     Updates: not checked yet, 'atomic host upgrade --check' looks\n"
                   " Next reboot: nothing: there is no deployment");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render-status/plain", test_plain);
  g_test_add_func ("/render-status/staged", test_staged);
  g_test_add_func ("/render-status/booted-verbose", test_booted_verbose);
  g_test_add_func ("/render-status/degraded", test_degraded);
  g_test_add_func ("/render-status/on-trial", test_on_trial);
  g_test_add_func ("/render-status/rolled-back", test_rolled_back);
  g_test_add_func ("/render-status/empty-sysroot", test_empty_sysroot);
  return g_test_run ();
}
