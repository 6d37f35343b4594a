/* config.json to value: what is taken, what is refused, and with which words. */
#include <linux/ioprio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include "common/cleanup.h"
#include "sample.h"

typedef struct
{
  const char *path;
  const char *value;
  const char *message; /* its beginning */
} refusal;

static void
check_refusals (const refusal *cases, size_t count)
{
  for (size_t i = 0; i < count; i++)
    {
      g_autofree char *config = sample_config (cases[i].path, cases[i].value);
      rt_auto_arena arena = { 0 };
      rt_spec spec = { 0 };
      hd_json *json = NULL;
      hd_err err = { HD_OK };

      g_test_message ("%s", config);
      g_assert_cmpint (rt_spec_parse (config, strlen (config), &spec, &json, &arena, &err), ==,
                       -EINVAL);
      g_assert_null (json);
      g_assert_cmpint (err.code, ==, HD_CONFIG);
      if (!g_str_has_prefix (err.message, cases[i].message))
        g_assert_cmpstr (err.message, ==, cases[i].message);
    }
}

#define CHECK_REFUSALS(cases) check_refusals (cases, G_N_ELEMENTS (cases))

static void
test_types (void)
{
  static const refusal cases[] = {
    { "ociVersion", NULL, "ociVersion: is required" },
    { "ociVersion", "1", "ociVersion: expected a string, got integer" },
    { "process", "[]", "process: expected an object, got array" },
    { "process.args", "[\"a\", 1]", "process.args[1]: expected a string, got integer" },
    { "process.args", "\"sh\"", "process.args: expected an array of strings, got string" },
    { "process.terminal", "1", "process.terminal: expected true or false, got integer" },
    { "process.user.uid", "-1",
      "process.user.uid: expected a number from 0 to 4294967295, got -1" },
    { "process.user.uid", "4294967296", "process.user.uid: expected a number from 0 to" },
    { "process.user.uid", "1.5", "process.user.uid: expected a whole number from 0 to" },
    { "process.user.additionalGids", "[1, \"2\"]",
      "process.user.additionalGids[1]: expected a whole number from 0 to 4294967295, got string" },
    { "process.rlimits", "[{\"type\": \"RLIMIT_CORE\", \"soft\": -1, \"hard\": 0}]",
      "process.rlimits[0].soft: expected a number from 0 to 2^64-1, got integer" },
    { "process.rlimits", "[{\"type\": \"RLIMIT_CORE\", \"soft\": 0}]",
      "process.rlimits[0].hard: is required" },
    { "annotations", "{\"a\": 1}", "annotations.a: expected a string, got integer" },
    { "mounts", "{}", "mounts: expected an array, got object" },
    { "mounts", "[null]", "mounts[0]: expected an object, got null" },
    { "mounts", "[{\"source\": \"tmpfs\"}]", "mounts[0].destination: is required" },
    { "linux.netDevices", "[]", "linux.netDevices: expected an object, got array" },
    { "linux.netDevices", "{\"eth0\": 1}", "linux.netDevices.eth0: expected an object" },
    { "linux.resources.memory.limit", "9223372036854775808",
      "linux.resources.memory.limit: expected a whole number" },
    { "linux.resources.blockIO.throttleReadBpsDevice", "[{\"major\": 8, \"minor\": 0}]",
      "linux.resources.blockIO.throttleReadBpsDevice[0].rate: is required" },
  };
  CHECK_REFUSALS (cases);
}

static void
test_words (void)
{
  static const refusal cases[] = {
    { "linux.namespaces", "[{\"type\": \"net\"}]",
      "linux.namespaces[0].type: unknown value \"net\", expected one of pid, network, mount, ipc, "
      "uts, user, cgroup, time" },
    { "linux.namespaces", "[{\"type\": \"\"}]", "linux.namespaces[0].type: unknown value \"\"" },
    { "linux.rootfsPropagation", "\"broken\"",
      "linux.rootfsPropagation: unknown value \"broken\", expected one of shared, " },
    { "process.rlimits", "[{\"type\": \"NOFILE\", \"soft\": 1, \"hard\": 1}]",
      "process.rlimits[0].type: unknown value \"NOFILE\", expected one of RLIMIT_AS, " },
    { "process.scheduler", "{\"policy\": \"FIFO\"}",
      "process.scheduler.policy: unknown value \"FIFO\", expected one of SCHED_OTHER, " },
    { "process.scheduler", "{\"policy\": \"SCHED_RR\", \"flags\": [\"SCHED_FLAG_NONE\"]}",
      "process.scheduler.flags[0]: unknown value \"SCHED_FLAG_NONE\"" },
    { "process.ioPriority", "{\"class\": \"RT\"}",
      "process.ioPriority.class: unknown value \"RT\", expected one of IOPRIO_CLASS_RT, " },
    { "linux.personality", "{\"domain\": \"SOLARIS\"}",
      "linux.personality.domain: unknown value \"SOLARIS\", expected one of LINUX, LINUX32" },
    { "linux.memoryPolicy", "{\"mode\": \"MPOL_ALL\"}",
      "linux.memoryPolicy.mode: unknown value \"MPOL_ALL\"" },
    { "linux.seccomp",
      "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": "
      "\"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 0, \"value\": 0, \"op\": \"==\"}]}]}",
      "linux.seccomp.syscalls[0].args[0].op: unknown value \"==\", expected one of SCMP_CMP_NE" },
  };
  CHECK_REFUSALS (cases);
}

static void
test_process (void)
{
  static const refusal cases[] = {
    { "process", NULL, "process: is required" },
    { "process.cwd", NULL, "process.cwd: is required" },
    { "process.cwd", "\"tmp\"", "process.cwd: expected an absolute path, got \"tmp\"" },
    { "process.cwd", "\"\"", "process.cwd: expected an absolute path, got \"\"" },
    { "process.args", NULL, "process.args: expected a program and its arguments, got none" },
    { "process.args", "[\"\"]", "process.args: expected a program" },
    { "process.user.umask", "512", "process.user.umask: expected a number from 0 to 511, got 512" },
    { "process.oomScoreAdj", "1001",
      "process.oomScoreAdj: expected a number from -1000 to 1000, got 1001" },
    { "process.rlimits", "[{\"type\": \"RLIMIT_CPU\", \"soft\": 2, \"hard\": 1}]",
      "process.rlimits[0]: the soft limit of RLIMIT_CPU is above the hard limit" },
    { "process.rlimits",
      "[{\"type\": \"RLIMIT_CPU\", \"soft\": 1, \"hard\": 1},"
      " {\"type\": \"RLIMIT_CPU\", \"soft\": 1, \"hard\": 2}]",
      "process.rlimits[1].type: RLIMIT_CPU is there twice" },
    { "process.scheduler", "{\"policy\": \"SCHED_OTHER\", \"nice\": 20}",
      "process.scheduler.nice: expected a number from -20 to 19, got 20" },
    { "process.scheduler", "{\"policy\": \"SCHED_BATCH\", \"priority\": 1}",
      "process.scheduler.priority: is for SCHED_FIFO and SCHED_RR alone" },
    { "process.scheduler", "{\"policy\": \"SCHED_FIFO\", \"priority\": 1, \"deadline\": 1}",
      "process.scheduler: runtime, deadline and period are for SCHED_DEADLINE alone" },
    { "process.execCPUAffinity", "{\"initial\": \"0\", \"final\": \"1-\"}",
      "process.execCPUAffinity.final: expected CPUs as \"0-3,7\", got \"1-\"" },
    { "process.ioPriority", "{\"class\": \"IOPRIO_CLASS_BE\", \"priority\": 8}",
      "process.ioPriority.priority: expected a number from 0 to 7, got 8" },
  };
  CHECK_REFUSALS (cases);
}

static void
test_whole (void)
{
  static const refusal cases[] = {
    { "ociVersion", "\"2.0.0\"", "ociVersion: expected version 1, got \"2.0.0\"" },
    { "ociVersion", "\"1.0\"", "ociVersion: expected a version as \"1.3.0\", got \"1.0\"" },
    { "ociVersion", "\"1.0.0junk\"", "ociVersion: expected a version" },
    { "ociVersion", "\" 1.0.0\"", "ociVersion: expected a version" },
    { "root", NULL, "root: is required" },
    { "root.path", NULL, "root.path: is required" },
    { "root.path", "\"\"", "root.path: is empty" },
    { "annotations", "{\"\": \"a\"}", "annotations: a key is empty" },
    { "hostname", "\"h\"", "hostname: needs a uts namespace" },
    { "domainname", "\"d\"", "domainname: needs a uts namespace" },
    { "hooks.prestart", "[{}]", "hooks.prestart[0].path: is required" },
    { "hooks.poststop", "[{\"path\": \"/a\"}, {\"path\": \"true\"}]",
      "hooks.poststop[1].path: expected an absolute path, got \"true\"" },
    { "hooks.createRuntime", "[{\"path\": \"/a\", \"timeout\": 0}]",
      "hooks.createRuntime[0].timeout: expected a number above 0, got 0" },
    { "mounts", "[{\"destination\": \"\"}]", "mounts[0].destination: is empty" },
    { "mounts",
      "[{\"destination\": \"/a\", \"uidMappings\": "
      "[{\"containerID\": 0, \"hostID\": 1, \"size\": 1}]}]",
      "mounts[0]: uidMappings and gidMappings must be given together" },
    { "mounts",
      "[{\"destination\": \"/a\", \"uidMappings\": "
      "[{\"containerID\": 0, \"hostID\": 1, \"size\": 1}], \"gidMappings\": "
      "[{\"containerID\": 0, \"hostID\": 1, \"size\": 0}]}]",
      "mounts[0].gidMappings[0].size: expected a number above 0, got 0" },
  };
  CHECK_REFUSALS (cases);
}

static void
test_namespaces (void)
{
  static const refusal cases[] = {
    { "linux", "{\"maskedPaths\": [\"/x\"]}", "linux.maskedPaths: needs a mount namespace" },
    { "linux", "{\"readonlyPaths\": [\"/x\"]}", "linux.readonlyPaths: needs a mount namespace" },
    { "linux.namespaces", "[{\"type\": \"mount\"}, {\"type\": \"mount\", \"path\": \"/x\"}]",
      "linux.namespaces[1].type: mount is there twice" },
    { "linux.namespaces", "[{\"type\": \"mount\", \"path\": \"ns\"}]",
      "linux.namespaces[0].path: expected an absolute path, got \"ns\"" },
    { "linux.namespaces", "[{\"type\": \"mount\"}, {\"type\": \"user\"}]",
      "linux.uidMappings: is required by a new user namespace" },
    { "linux.gidMappings", "[{\"containerID\": 0, \"hostID\": 1, \"size\": 1}]",
      "linux.gidMappings: need a user namespace" },
    { "linux.timeOffsets", "{\"boottime\": {}, \"realtime\": {\"secs\": 1}}",
      "linux.timeOffsets.realtime: expected one of monotonic, boottime" },
    { "linux.timeOffsets", "{\"boottime\": {\"secs\": 1}}",
      "linux.timeOffsets: needs a new time namespace" },
    { "linux",
      "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"time\"}],"
      " \"timeOffsets\": {\"boottime\": {\"secs\": 1, \"nanosecs\": 1000000000}}}",
      "linux.timeOffsets.boottime.nanosecs: expected a number from 0 to 999999999" },
    { "linux.netDevices", "{\"eth0\": {}}", "linux.netDevices: needs a network namespace" },
    { "linux",
      "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"network\"}],"
      " \"netDevices\": {\"eth0\": {\"name\": \"a/b\"}}}",
      "linux.netDevices.eth0: \"a/b\" is no name of an interface" },
    { "linux",
      "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"network\"}],"
      " \"netDevices\": {\"sixteen-letters-\": {\"name\": \"a\"}}}",
      "linux.netDevices.sixteen-letters-: \"sixteen-letters-\" is no name" },
    { "linux",
      "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"network\"}],"
      " \"netDevices\": {\"eth0\": {}, \"eth1\": {\"name\": \"eth0\"}}}",
      "linux.netDevices.eth1.name: \"eth0\" is there twice" },
  };
  CHECK_REFUSALS (cases);
}

static void
test_sysctl (void)
{
  static const refusal cases[] = {
    { "linux.sysctl", "{\"vm.swappiness\": \"1\"}",
      "linux.sysctl.vm.swappiness: is of no namespace, it would change the host" },
    { "linux.sysctl", "{\"net.ipv4.ip_forward\": \"1\"}",
      "linux.sysctl.net.ipv4.ip_forward: needs a namespace of type network" },
    { "linux.sysctl", "{\"net/ipv4/ip_forward\": \"1\"}",
      "linux.sysctl.net/ipv4/ip_forward: needs a namespace of type network" },
    { "linux.sysctl", "{\"kernel.msgmax\": \"1\"}",
      "linux.sysctl.kernel.msgmax: needs a namespace of type ipc" },
    { "linux.sysctl", "{\"kernel.msgmax2\": \"1\"}", "linux.sysctl.kernel.msgmax2: is of no " },
    { "linux.sysctl", "{\"net.\": \"1\"}", "linux.sysctl.net.: is of no namespace" },
    { "linux.sysctl", "{\"network\": \"1\"}", "linux.sysctl.network: is of no namespace" },
    { "linux.sysctl", "{\"net/../kernel/core_pattern\": \"|/x\"}",
      "linux.sysctl.net/../kernel/core_pattern: is not the name of a parameter" },
    { "linux.sysctl", "{\"net..kernel\": \"1\"}", "linux.sysctl.net..kernel: is not the name" },
    { "linux.sysctl", "{\"/proc/sys/net/x\": \"1\"}", "linux.sysctl./proc/sys/net/x: is of no" },
    { "linux.sysctl", "{\"\": \"1\"}", "linux.sysctl.: is of no namespace" },
  };
  CHECK_REFUSALS (cases);
}

static void
test_devices (void)
{
  static const refusal cases[] = {
    { "linux.devices", "[{\"type\": \"c\", \"path\": \"dev/a\"}]",
      "linux.devices[0].path: expected an absolute path" },
    { "linux.devices", "[{\"type\": \"c\", \"path\": \"//\"}]",
      "linux.devices[0].path: expected the path of a file, got \"//\"" },
    { "linux.devices", "[{\"type\": \"c\", \"path\": \"/dev/./\"}]",
      "linux.devices[0].path: expected the path of a file" },
    { "linux.devices", "[{\"type\": \"c\", \"path\": \"/dev/..\"}]",
      "linux.devices[0].path: expected the path of a file" },
    { "linux.devices", "[{\"type\": \"x\", \"path\": \"/dev/a\"}]",
      "linux.devices[0].type: expected one of b, c, u, p, got \"x\"" },
    { "linux.devices", "[{\"type\": \"\", \"path\": \"/dev/a\"}]",
      "linux.devices[0].type: expected one of b, c, u, p, got \"\"" },
    { "linux.devices", "[{\"type\": \"c\", \"path\": \"/dev/a\", \"minor\": 1}]",
      "linux.devices[0].major: is required" },
    { "linux.devices", "[{\"type\": \"b\", \"path\": \"/dev/a\", \"major\": 1}]",
      "linux.devices[0].minor: is required" },
    { "linux.devices", "[{\"type\": \"c\", \"path\": \"/dev/a\", \"major\": -1}]",
      "linux.devices[0].major: expected a number from 0 to 1048575, got -1" },
    { "linux.devices",
      "[{\"type\": \"c\", \"path\": \"/dev/a\", \"major\": 1, \"minor\": 1, \"uid\": 4294967295}]",
      "linux.devices[0].uid: expected a number from 0 to 4294967294" },
    { "linux.devices",
      "[{\"type\": \"c\", \"path\": \"/dev/a\", \"major\": 1, \"minor\": 1, \"fileMode\": -1}]",
      "linux.devices[0].fileMode: expected a number from 0 to" },
    { "linux.resources.devices", "[{}]", "linux.resources.devices[0].allow: is required" },
    { "linux.resources.devices", "[{\"allow\": true, \"type\": \"p\"}]",
      "linux.resources.devices[0].type: expected one of a, b, c, got \"p\"" },
    { "linux.resources.devices", "[{\"allow\": true, \"access\": \"rx\"}]",
      "linux.resources.devices[0].access: expected letters of rwm, got \"rx\"" },
  };
  CHECK_REFUSALS (cases);
}

static void
test_resources (void)
{
  static const refusal cases[] = {
    { "linux.resources.hugepageLimits", "[{\"pageSize\": \"../2MB\", \"limit\": 0}]",
      "linux.resources.hugepageLimits[0].pageSize: expected a size as \"2MB\", got \"../2MB\"" },
    { "linux.resources.hugepageLimits", "[{\"pageSize\": \"2\", \"limit\": 0}]",
      "linux.resources.hugepageLimits[0].pageSize: expected a size" },
    { "linux.resources.unified", "{\"../memory.max\": \"1\"}",
      "linux.resources.unified: expected a file as \"memory.high\", got \"../memory.max\"" },
    { "linux.resources.unified", "{\"memory\": \"1\"}",
      "linux.resources.unified: expected a file as \"memory.high\", got \"memory\"" },
    { "linux.resources.unified", "{\"memory.high\": 1}",
      "linux.resources.unified.memory.high: expected a string, got integer" },
    { "linux.resources.blockIO.weightDevice", "[{\"major\": 8, \"minor\": 0}]",
      "linux.resources.blockIO.weightDevice[0]: needs weight or leafWeight" },
    { "linux.resources.rdma", "{\"mlx5_0\": {}}",
      "linux.resources.rdma.mlx5_0: needs hcaHandles or hcaObjects" },
  };
  CHECK_REFUSALS (cases);
}

static void
test_security (void)
{
  static const refusal cases[] = {
    { "linux.seccomp", "{}", "linux.seccomp.defaultAction: is required" },
    { "linux.seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerMetadata\": \"x\"}",
      "linux.seccomp.listenerMetadata: needs listenerPath" },
    { "linux.seccomp", "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 4096}",
      "linux.seccomp.defaultErrnoRet: expected a number from 0 to 4095, got 4096" },
    { "linux.seccomp",
      "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
      "[{\"names\": [], \"action\": \"SCMP_ACT_KILL\"}]}",
      "linux.seccomp.syscalls[0].names: expected at least one name, got none" },
    { "linux.seccomp",
      "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"a\"], \"action\": "
      "\"SCMP_ACT_KILL\", \"args\": [{\"index\": 6, \"value\": 0, \"op\": \"SCMP_CMP_EQ\"}]}]}",
      "linux.seccomp.syscalls[0].args[0].index: expected a number from 0 to 5, got 6" },
    { "linux.maskedPaths", "[\"/proc/kcore\", \"proc/keys\"]",
      "linux.maskedPaths[1]: expected an absolute path, got \"proc/keys\"" },
    { "linux.readonlyPaths", "[\"\"]", "linux.readonlyPaths[0]: expected an absolute path" },
    { "linux.memoryPolicy", "{\"mode\": \"MPOL_BIND\", \"nodes\": \"0-64\"}",
      "linux.memoryPolicy.nodes: expected numbers below 64 as \"0-3,7\", got \"0-64\"" },
    { "linux.intelRdt", "{\"closID\": \"a\"}", "linux.intelRdt: is not supported" },
    { "linux.personality", "{\"domain\": \"LINUX\", \"flags\": [\"ADDR_NO_RANDOMIZE\"]}",
      "linux.personality.flags: expected none" },
  };
  CHECK_REFUSALS (cases);
}

/* JSON that is none, and a path that is longer than any message. */
static void
test_malformed (void)
{
  g_autofree char *key = g_strnfill (5000, 'k');
  g_autofree char *value = g_strdup_printf ("{\"%s\": 1}", key);
  g_autofree char *config = sample_config ("annotations", value);
  rt_auto_arena arena = { 0 };
  rt_spec spec = { 0 };
  hd_json *json = NULL;
  hd_err err = { HD_OK };

  g_assert_cmpint (rt_spec_parse ("{", 1, &spec, &json, &arena, &err), ==, -EINVAL);
  g_assert_true (g_str_has_prefix (err.message, "line 1, column 2: "));
  g_assert_cmpint (rt_spec_parse ("[]", 2, &spec, &json, &arena, &err), ==, -EINVAL);
  g_assert_cmpstr (err.message, ==, "the document: expected an object, got array");
  g_assert_cmpint (rt_spec_parse (config, strlen (config), &spec, &json, &arena, &err), ==,
                   -EINVAL);
  g_assert_true (g_str_has_suffix (err.message, "kkk: expected a string, got integer"));
}

/* Every 1.x, members that nobody knows, and null for what is absent. */
static void
test_lenient (void)
{
  static const refusal cases[] = {
    { "ociVersion", "\"1.0.0\"", NULL },
    { "ociVersion", "\"1.99.7\"", NULL },
    { "ociVersion", "\"1.0.2-dev\"", NULL },
    { "ociVersion", "\"1.0.0-rc5+build\"", NULL },
    { "zos", "{\"a\": [1]}", NULL },
    { "linux.fromTheFuture", "true", NULL },
    { "process.capabilities", "null", NULL },
    { "process.rlimits", "[]", NULL },
    { "linux.resources", "{}", NULL },
    { "linux.resources.pids", "{}", NULL },
    { "linux.personality", "{\"domain\": \"LINUX32\", \"flags\": []}", NULL },
    { "linux.sysctl", "{}", NULL },
    { "linux",
      "{\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"network\"}],"
      " \"netDevices\": {\"eth0\": {\"name\": \"in%d\"}, \"eth1\": {\"name\": \"in%d\"}}}",
      NULL },
    { "mounts", "[{\"destination\": \"relative\", \"type\": \"tmpfs\"}]", NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *config = sample_config (cases[i].path, cases[i].value);
      g_autoptr (sample) s = sample_parse (config);

      g_assert_cmpstr (s->spec.root->path, ==, "rootfs");
    }
}

/* Each member where it belongs; tests/data/runtime/full.json has all of them. */
static void
test_full_process (void)
{
  g_autoptr (sample) s = sample_load ("full");
  const rt_process *p = s->spec.process;

  g_assert_true (p->terminal);
  g_assert_cmpuint (p->console_size->height, ==, 25);
  g_assert_cmpuint (p->console_size->width, ==, 80);
  g_assert_cmpuint (p->user.uid, ==, 1000);
  g_assert_cmpuint (p->user.gid, ==, 1001);
  g_assert_cmpint (p->user.umask.value, ==, 077);
  g_assert_cmpuint (p->user.additional_gids.count, ==, 2);
  g_assert_cmpuint (p->user.additional_gids.items[1], ==, 6);
  g_assert_cmpstr (p->args.items[1], ==, "-c");
  g_assert_null (p->args.items[p->args.count]);
  g_assert_cmpstr (p->env.items[0], ==, "PATH=/usr/bin:/bin");
  g_assert_cmpstr (p->cwd, ==, "/work");
  g_assert_cmpstr (p->capabilities->ambient.items[0], ==, "CAP_NET_BIND_SERVICE");
  g_assert_cmpint (p->rlimits.items[0].type.value, ==, RLIMIT_NOFILE);
  g_assert_cmpuint (p->rlimits.items[0].hard.value, ==, UINT64_MAX);
  g_assert_true (p->no_new_privileges);
  g_assert_cmpstr (p->apparmor_profile, ==, "acme_secure_profile");
  g_assert_cmpstr (p->selinux_label, ==, "system_u:system_r:svirt_lxc_net_t:s0:c124,c675");
  g_assert_cmpint (p->oom_score_adj.value, ==, 100);
  g_assert_cmpint (p->scheduler->policy.value, ==, RT_SCHED_DEADLINE);
  g_assert_cmpuint (p->scheduler->flags.value, ==, 3);
  g_assert_cmpuint (p->scheduler->period.value, ==, 30000000);
  g_assert_cmpint (p->io_priority->class.value, ==, IOPRIO_CLASS_IDLE);
  g_assert_cmpint (p->io_priority->priority, ==, 4);
  g_assert_cmpstr (p->exec_cpu_affinity->initial, ==, "7");
  g_assert_cmpstr (p->exec_cpu_affinity->final, ==, "0-3,7");
}

static void
test_full_linux (void)
{
  g_autoptr (sample) s = sample_load ("full");
  const rt_linux *l = s->spec.linux_;

  g_assert_cmpuint (l->namespaces.count, ==, 8);
  g_assert_cmpstr (rt_spec_namespace (&s->spec, CLONE_NEWNET)->path, ==, "/run/netns/blue");
  g_assert_null (rt_spec_namespace (&s->spec, CLONE_NEWPID)->path);
  g_assert_cmpuint (l->uid_mappings.items[0].host_id, ==, 100000);
  g_assert_cmpuint (l->gid_mappings.items[0].size, ==, 65536);
  g_assert_cmpint (l->time_offsets->monotonic->secs.value, ==, -7200);
  g_assert_cmpuint (l->time_offsets->boottime->nanosecs, ==, 5);
  g_assert_cmpstr (l->devices.items[0].path, ==, "/dev/fuse");
  g_assert_cmpint (l->devices.items[0].major.value, ==, 10);
  g_assert_cmpint (l->devices.items[0].file_mode.value, ==, 0666);
  g_assert_false (l->devices.items[1].uid.set);
  g_assert_cmpstr (l->net_devices.items[0].host_name, ==, "eth0");
  g_assert_cmpstr (l->net_devices.items[0].name, ==, "container_eth0");
  g_assert_cmpstr (l->cgroups_path, ==, "/myRuntime/myContainer");
  g_assert_cmpint (l->rootfs_propagation.value, ==, MS_SLAVE);
  g_assert_cmpstr (l->sysctl.items[0].key, ==, "net.ipv4.ip_forward");
  g_assert_cmpstr (l->masked_paths.items[0], ==, "/proc/kcore");
  g_assert_cmpstr (l->readonly_paths.items[0], ==, "/proc/sys");
  g_assert_cmpstr (l->mount_label, ==, "system_u:object_r:svirt_sandbox_file_t:s0:c715,c811");
  g_assert_cmpint (l->personality->domain.value, ==, PER_LINUX32);
  g_assert_cmpint (l->memory_policy->mode.value, ==, 3);
  g_assert_cmpuint (l->memory_policy->flags.value, ==, 1 << 15);
  g_assert_cmpstr (l->seccomp->listener_path, ==, "/run/agent.sock");
  g_assert_cmpuint (l->seccomp->syscalls.items[0].args.items[0].value_two.value, ==, 2);
}

static void
test_full_resources (void)
{
  g_autoptr (sample) s = sample_load ("full");
  const rt_resources *r = s->spec.linux_->resources;

  g_assert_false (r->devices.items[0].allow);
  g_assert_false (r->devices.items[0].major.set);
  g_assert_cmpint (r->devices.items[1].minor.value, ==, 229);
  g_assert_cmpint (r->memory->limit.value, ==, 536870912);
  g_assert_cmpint (r->memory->swap.value, ==, -1);
  g_assert_cmpuint (r->memory->swappiness.value, ==, 0);
  g_assert_true (r->memory->swappiness.set);
  g_assert_true (r->memory->check_before_update);
  g_assert_cmpuint (r->cpu->shares.value, ==, 1024);
  g_assert_cmpint (r->cpu->quota.value, ==, 1000000);
  g_assert_cmpint (r->cpu->idle.value, ==, 1);
  g_assert_cmpstr (r->cpu->cpus, ==, "2-3");
  g_assert_cmpint (r->pids->limit.value, ==, 32771);
  g_assert_cmpuint (r->block_io->weight_device.items[0].leaf_weight.value, ==, 300);
  g_assert_cmpuint (r->block_io->throttle_write_iops.items[0].rate.value, ==, 300);
  g_assert_cmpstr (r->hugepage_limits.items[0].page_size, ==, "2MB");
  g_assert_cmpuint (r->network->class_id.value, ==, 1048577);
  g_assert_cmpstr (r->network->priorities.items[1].name, ==, "eth1");
  g_assert_cmpstr (r->rdma.items[0].device, ==, "mlx5_1");
  g_assert_cmpuint (r->rdma.items[0].hca_objects.value, ==, 10000);
  g_assert_cmpstr (r->unified.items[0].key, ==, "memory.high");
}

static void
test_full_rest (void)
{
  g_autoptr (sample) s = sample_load ("full");
  const rt_mount *mount = &s->spec.mounts.items[1];

  g_assert_cmpstr (mount->source, ==, "/srv/data");
  g_assert_cmpuint (mount->uid_mappings.items[0].size, ==, 10);
  g_assert_cmpstr (s->spec.hostname, ==, "slartibartfast");
  g_assert_cmpstr (s->spec.domainname, ==, "example.org");
  g_assert_cmpint (s->spec.hooks->prestart.items[0].timeout.value, ==, 5);
  g_assert_cmpstr (s->spec.hooks->poststop.items[0].args.items[1], ==, "-d");
  g_assert_cmpstr (s->spec.hooks->create_container.items[0].env.items[0], ==, "A=1");
  g_assert_cmpstr (rt_spec_annotation (&s->spec, "com.example.key2"), ==, "value2");
  g_assert_null (rt_spec_annotation (&s->spec, "com.example.key"));
}

static void
test_parts (void)
{
  static const char process[] = "{\"cwd\": \"/\", \"args\": [\"id\"]}";
  static const char resources[] = "{\"memory\": {\"limit\": 4096}}";
  static const char bad[] = "{\"rdma\": {\"a\": {}}}";
  rt_auto_arena arena = { 0 };
  rt_process p = { 0 };
  rt_resources r = { 0 };
  hd_autojson process_json = NULL;
  hd_autojson resources_json = NULL;
  hd_json *bad_json = NULL;
  hd_err err = { HD_OK };

  g_assert_cmpint (
      rt_spec_parse_process (process, strlen (process), &p, &process_json, &arena, &err), ==, 0);
  g_assert_cmpstr (p.args.items[0], ==, "id");
  g_assert_cmpint (
      rt_spec_parse_resources (resources, strlen (resources), &r, &resources_json, &arena, &err),
      ==, 0);
  g_assert_cmpint (r.memory->limit.value, ==, 4096);
  g_assert_cmpint (rt_spec_parse_resources (bad, strlen (bad), &r, &bad_json, &arena, &err), ==,
                   -EINVAL);
  g_assert_cmpstr (err.message, ==, "resources.rdma.a: needs hcaHandles or hcaObjects");
  g_assert_null (bad_json);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spec/types", test_types);
  g_test_add_func ("/spec/words", test_words);
  g_test_add_func ("/spec/process", test_process);
  g_test_add_func ("/spec/whole", test_whole);
  g_test_add_func ("/spec/namespaces", test_namespaces);
  g_test_add_func ("/spec/sysctl", test_sysctl);
  g_test_add_func ("/spec/devices", test_devices);
  g_test_add_func ("/spec/resources", test_resources);
  g_test_add_func ("/spec/security", test_security);
  g_test_add_func ("/spec/malformed", test_malformed);
  g_test_add_func ("/spec/lenient", test_lenient);
  g_test_add_func ("/spec/full/process", test_full_process);
  g_test_add_func ("/spec/full/linux", test_full_linux);
  g_test_add_func ("/spec/full/resources", test_full_resources);
  g_test_add_func ("/spec/full/rest", test_full_rest);
  g_test_add_func ("/spec/parts", test_parts);
  return g_test_run ();
}
