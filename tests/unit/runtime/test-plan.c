/* Plans as text, compared with tests/data/runtime/NAME.plan; and what a config forbids only here.
 */
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include "common/cleanup.h"
#include "runtime/plan.h"
#include "sample.h"

static char *
describe (const rt_plan *plan)
{
  GString *text = g_string_new ("clone:");

  for (const rt_word *word = rt_namespace_words; word->name != NULL; word++)
    if ((plan->clone_flags & (uint64_t)word->value) != 0)
      g_string_append_printf (text, " %s", word->name);
  g_string_append_c (text, '\n');
  for (size_t i = 0; i < plan->count; i++)
    {
      char line[512];

      rt_step_describe (&plan->steps[i], line, sizeof line);
      g_string_append_printf (text, "%s\n", line);
    }
  for (size_t i = 0; i < plan->n_warnings; i++)
    g_string_append_printf (text, "warning: %s\n", plan->warnings[i]);
  return g_string_free (text, FALSE);
}

static void
check_golden (const rt_plan *plan, const char *name)
{
  g_autofree char *path = g_strdup_printf (TEST_DATA_DIR "/runtime/%s.plan", name);
  g_autofree char *text = describe (plan);
  g_autofree char *golden = NULL;

  if (g_getenv ("UPDATE_GOLDEN") != NULL)
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_true (g_file_get_contents (path, &golden, NULL, NULL));
  g_assert_cmpstr (text, ==, golden);
}

static rt_plan_input
input_of (const sample *s)
{
  const rt_namespace *user = rt_spec_namespace (&s->spec, CLONE_NEWUSER);

  return (rt_plan_input){ .spec = &s->spec,
                          .id = "box",
                          .rootfs = "/bundle/rootfs",
                          .bundle = "/bundle",
                          .map_ids = user != NULL && user->path == NULL };
}

static void
check_container (const char *name)
{
  g_autoptr (sample) s = sample_load (name);
  rt_plan_input input = input_of (s);
  hd_err err = { HD_OK };
  rt_plan plan;

  g_assert_cmpint (rt_plan_container (&input, &plan, &s->arena, &err), ==, 0);
  g_assert_cmpstr (err.message, ==, "");
  check_golden (&plan, name);
}

static void
test_docker (void)
{
  check_container ("docker");
}

static void
test_podman (void)
{
  g_autoptr (sample) s = sample_load ("podman-rootless");
  rt_plan_input input = input_of (s);
  hd_err err = { HD_OK };
  rt_plan plan;

  /* As create does it: the network namespace is joined by a stage before. */
  input.clone_first = true;
  g_assert_cmpint (rt_plan_container (&input, &plan, &s->arena, &err), ==, 0);
  check_golden (&plan, "podman-rootless");
}

static void
test_containerd (void)
{
  check_container ("containerd");
}

static void
test_full (void)
{
  check_container ("full");
}

static void
test_exec (void)
{
  static const char *const extra[] = { "LISTEN_FDS=1", NULL };
  g_autoptr (sample) s = sample_load ("full");
  const rt_exec_input input = {
    .process = s->spec.process,
    .spec = &s->spec,
    .id = "box",
    .enter_flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET,
    .in_user_namespace = true,
    .no_new_keyring = true,
    .preserve_fds = 2,
    .extra_env = extra,
  };
  hd_err err = { HD_OK };
  rt_plan plan;

  g_assert_cmpint (rt_plan_exec (&input, &plan, &s->arena, &err), ==, 0);
  check_golden (&plan, "full-exec");
  g_assert_cmpint (plan.steps[plan.count - 1].kind, ==, RT_STEP_EXEC);
  g_assert_cmpstr (plan.steps[plan.count - 1].as.program->envp[2], ==, "LISTEN_FDS=1");
  g_assert_null (plan.steps[plan.count - 1].as.program->envp[3]);
}

/* The command line's part: run, --no-pivot, --no-new-keyring, --preserve-fds. */
static void
test_options (void)
{
  g_autofree char *config = sample_config ("", NULL);
  g_autoptr (sample) s = sample_parse (config);
  rt_plan_input input = input_of (s);
  hd_err err = { HD_OK };
  rt_plan plan;

  input.start_at_once = true;
  input.no_pivot = true;
  input.no_new_keyring = true;
  input.preserve_fds = 3;
  g_assert_cmpint (rt_plan_container (&input, &plan, &s->arena, &err), ==, 0);
  check_golden (&plan, "options");
}

static void
check_refused (const char *path, const char *value, const char *message)
{
  g_autofree char *config = sample_config (path, value);
  g_autoptr (sample) s = sample_parse (config);
  rt_plan_input input = input_of (s);
  hd_err err = { HD_OK };
  rt_plan plan;

  g_test_message ("%s", config);
  g_assert_cmpint (rt_plan_container (&input, &plan, &s->arena, &err), ==, -EINVAL);
  g_assert_cmpint (err.code, ==, HD_CONFIG);
  g_assert_cmpstr (err.message, ==, message);
}

static void
test_refused (void)
{
  check_refused ("mounts", "[{\"destination\": \"/a\"}]", "mounts[0].type: is required");
  check_refused ("mounts", "[{\"destination\": \"/a\", \"type\": \"bind\"}]",
                 "mounts[0].source: is required for a bind");
  check_refused ("mounts",
                 "[{\"destination\": \"/a\", \"type\": \"tmpfs\", \"options\": [\"idmap\"]}]",
                 "mounts[0]: only a bind can be id-mapped");
  check_refused ("mounts",
                 "[{\"destination\": \"/a\", \"source\": \"/a\", "
                 "\"options\": [\"bind\", \"ridmap\"]}]",
                 "mounts[0].options: idmap needs mappings, of the mount or of linux");
  check_refused ("annotations", "{\"org.atomichost.landlock\": \"rx:/usr;/tmp\"}",
                 "annotations.org.atomichost.landlock: \"/tmp\" is not RIGHTS:PATH");
  check_refused ("annotations", "{\"org.atomichost.landlock\": \"rz:/usr\"}",
                 "annotations.org.atomichost.landlock: unknown right \"z\"");
  check_refused ("annotations", "{\"org.atomichost.landlock\": \"r:usr\"}",
                 "annotations.org.atomichost.landlock: \"r:usr\" is not RIGHTS:PATH");
}

static int
plan_cpus (sample *s, const char *cpus, rt_plan *ret, hd_err *err)
{
  rt_process *process = s->spec.process;
  const rt_exec_input input = { .process = process, .spec = &s->spec, .id = "box" };

  process->exec_cpu_affinity = rt_new (&s->arena, rt_exec_affinity);
  process->exec_cpu_affinity->initial = cpus;
  return rt_plan_exec (&input, ret, &s->arena, err);
}

static void
test_cpus (void)
{
  static const struct
  {
    const char *text;
    const char *shown;
  } good[] = {
    { "0", "set cpu affinity 0000000000000001" },
    { "0-3,7", "set cpu affinity 000000000000008f" },
    { "64", "set cpu affinity 0000000000000001 0000000000000000" },
    { "1-1,1", "set cpu affinity 0000000000000002" },
  };
  static const char *const bad[]
      = { "a", "3-1", "1-", "-1", "1;2", "8192", "1-99999999999999999999", "0,,1" };
  g_autofree char *config = sample_config ("", NULL);
  g_autoptr (sample) s = sample_parse (config);
  hd_err err = { HD_OK };
  rt_plan plan;

  for (size_t i = 0; i < G_N_ELEMENTS (good); i++)
    {
      char line[128];

      g_assert_cmpint (plan_cpus (s, good[i].text, &plan, &err), ==, 0);
      /* Before the cgroup's cpuset counts. */
      g_assert_cmpint (plan.steps[2].kind, ==, RT_STEP_JOIN_CGROUP);
      g_assert_cmpuint (plan.steps[1].flags, ==, 1);
      rt_step_describe (&plan.steps[1], line, sizeof line);
      g_assert_cmpstr (line, ==, good[i].shown);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      g_assert_cmpint (plan_cpus (s, bad[i], &plan, &err), ==, -EINVAL);
      g_assert_true (g_str_has_prefix (err.message, "process.execCPUAffinity.initial: \""));
    }
}

/* Where the program may be: PATH of the container, whose relative folders do not count. */
static void
test_candidates (void)
{
  g_autofree char *config = sample_config (
      "process.env", "[\"PATH=/nowhere\", \"PATH=/usr/bin::bin:/bin\", \"HOME=/\"]");
  g_autoptr (sample) s = sample_parse (config);
  rt_plan_input input = input_of (s);
  const rt_program_step *program;
  hd_err err = { HD_OK };
  rt_plan plan;

  g_assert_cmpint (rt_plan_container (&input, &plan, &s->arena, &err), ==, 0);
  program = plan.steps[plan.count - 1].as.program;
  g_assert_cmpstr (program->candidates[0], ==, "/usr/bin/sh");
  g_assert_cmpstr (program->candidates[1], ==, "/bin/sh");
  g_assert_null (program->candidates[2]);
}

/* The tree of an id-mapped mount is opened by its absolute source, with its own maps or linux'. */
static void
test_idmaps (void)
{
  g_autofree char *config = sample_config (
      "linux", "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"user\"}],"
               "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 7, \"size\": 1}],"
               "\"gidMappings\": [{\"containerID\": 0, \"hostID\": 7, \"size\": 1}]}");
  g_autoptr (sample) s = sample_parse (config);
  rt_plan_input input = input_of (s);
  const char *options[] = { "bind", "idmap", NULL };
  rt_mount mount = { .destination = "/a", .source = "data", .options = { options, 2 } };
  hd_err err = { HD_OK };
  rt_plan plan;

  s->spec.mounts.items = &mount;
  s->spec.mounts.count = 1;
  g_assert_cmpint (rt_plan_container (&input, &plan, &s->arena, &err), ==, 0);
  g_assert_cmpuint (plan.n_idmaps, ==, 1);
  g_assert_cmpstr (plan.idmaps[0]->source, ==, "/bundle/data");
}

static const rt_step *
find_step (const rt_plan *plan, rt_step_kind kind)
{
  for (size_t i = 0; i < plan->count; i++)
    if (plan->steps[i].kind == kind)
      return &plan->steps[i];
  return NULL;
}

/* Rights and paths, a row of empty rules passed over; without the annotation there is no step. */
static void
test_landlock (void)
{
  static const char *const values[][2]
      = { { "{\"org.atomichost.landlock\": \"rx:/usr;;rwx:/tmp;w:/a:b\"}",
            "restrict by landlock d:/usr 7fff:/tmp 7ff2:/a:b" },
          { "{\"org.atomichost.landlock\": \"\"}", "restrict by landlock" },
          { "{}", NULL } };

  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *config = sample_config ("annotations", values[i][0]);
      g_autoptr (sample) s = sample_parse (config);
      rt_plan_input input = input_of (s);
      const rt_step *step;
      char line[128] = "";
      hd_err err = { HD_OK };
      rt_plan plan;

      g_assert_cmpint (rt_plan_container (&input, &plan, &s->arena, &err), ==, 0);
      step = find_step (&plan, RT_STEP_LANDLOCK);
      g_assert_true ((step == NULL) == (values[i][1] == NULL));
      if (step == NULL)
        continue;
      rt_step_describe (step, line, sizeof line);
      g_assert_cmpstr (line, ==, values[i][1]);
    }
}

/* A buffer that is too small is filled and closed. */
static void
test_cut (void)
{
  const rt_step step = { .kind = RT_STEP_HOSTNAME, .as.text = "a-rather-long-name" };
  char line[16];

  memset (line, 'x', sizeof line);
  rt_step_describe (&step, line, sizeof line);
  g_assert_cmpstr (line, ==, "set hostname a-");
  g_assert_cmpstr (rt_step_name (RT_STEP_SECCOMP), ==, "load seccomp filter");
  g_assert_cmpstr (rt_step_name ((rt_step_kind)999), ==, "unknown step");
  for (int kind = 0; kind < RT_N_STEPS; kind++)
    g_assert_nonnull (rt_step_name ((rt_step_kind)kind));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/docker", test_docker);
  g_test_add_func ("/plan/podman", test_podman);
  g_test_add_func ("/plan/containerd", test_containerd);
  g_test_add_func ("/plan/full", test_full);
  g_test_add_func ("/plan/exec", test_exec);
  g_test_add_func ("/plan/options", test_options);
  g_test_add_func ("/plan/refused", test_refused);
  g_test_add_func ("/plan/cpus", test_cpus);
  g_test_add_func ("/plan/candidates", test_candidates);
  g_test_add_func ("/plan/idmaps", test_idmaps);
  g_test_add_func ("/plan/landlock", test_landlock);
  g_test_add_func ("/plan/cut", test_cut);
  return g_test_run ();
}
