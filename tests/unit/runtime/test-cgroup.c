/* Where cgroups are, what is written to them, and how devices are decided.  Cgroups are folders of
 * ordinary files here; the kernel's part is in tests/runtime. */
#include <fcntl.h>
#include <linux/bpf.h>
#include <math.h>
#include <string.h>
#include "common/fs.h"
#include "runtime/cgroup-internal.h"
#include "sample.h"

/* Places */

static void
check_places (rt_cgroup_mixture mixture, const char *text, const char *path, const char *expected)
{
  rt_auto_arena arena = { 0 };
  rt_cgroup cgroup = { .arena = &arena };
  hd_err err = { 0 };
  g_autoptr (GString) found = g_string_new (NULL);

  g_assert_cmpint (rt_cgroup_locate (text, path, mixture, &cgroup, &err), ==, 0);
  for (size_t i = 0; i < cgroup.count; i++)
    g_string_append_printf (found, "%s=%s ", cgroup.entries[i].name, cgroup.entries[i].path);
  g_assert_cmpstr (found->str, ==, expected);
  g_assert_true (cgroup.ops == (mixture == RT_CGROUP_V2 ? &rt_cgroup_v2 : &rt_cgroup_v1));
}

static const char hybrid[] = "12:cpu,cpuacct:/\n5:memory:/user.slice\n1:name=systemd:/\n0::/init\n";

static void
test_places (void)
{
  check_places (RT_CGROUP_V1, hybrid, "/box",
                "cpu,cpuacct=/sys/fs/cgroup/cpu,cpuacct/box memory=/sys/fs/cgroup/memory/box "
                "systemd=/sys/fs/cgroup/systemd/box ");
  check_places (RT_CGROUP_HYBRID, hybrid, "box",
                "cpu,cpuacct=/sys/fs/cgroup/cpu,cpuacct/box "
                "memory=/sys/fs/cgroup/memory/user.slice/box systemd=/sys/fs/cgroup/systemd/box "
                "unified=/sys/fs/cgroup/unified/box ");
  check_places (RT_CGROUP_HYBRID, hybrid, NULL,
                "cpu,cpuacct=/sys/fs/cgroup/cpu,cpuacct memory=/sys/fs/cgroup/memory/user.slice "
                "systemd=/sys/fs/cgroup/systemd unified=/sys/fs/cgroup/unified/init ");
  check_places (RT_CGROUP_V2, hybrid, "/a/b", "=/sys/fs/cgroup/a/b ");
  /* Beside our own: a cgroup with processes can have no limited ones below. */
  check_places (RT_CGROUP_V2, "0::/a.slice/b.service\n", "box", "=/sys/fs/cgroup/a.slice/box ");
  check_places (RT_CGROUP_V2, "0::/../other\n", "box", "=/sys/fs/cgroup/box ");
}

static void
test_unreadable (void)
{
  rt_auto_arena arena = { 0 };
  rt_cgroup cgroup = { .arena = &arena };
  hd_err err = { 0 };

  g_assert_cmpint (rt_cgroup_locate ("nonsense\n", "/x", RT_CGROUP_V1, &cgroup, &err), <, 0);
  g_assert_nonnull (strstr (err.message, "nonsense"));
}

static void
test_find_mount (void)
{
  static const char text[]
      = "30 20 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
        "31 30 0:27 / /cg/net rw,nosuid shared:9 - cgroup cgroup rw,net_cls,net_prio\n"
        "32 30 0:28 / /cg/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
        "33 30 0:29 / /cg/unified rw - cgroup2 cgroup2 rw,memory\n";
  rt_auto_arena arena = { 0 };

  g_assert_cmpstr (rt_cgroup_find_mount (text, "net_prio", &arena), ==, "/cg/net");
  g_assert_cmpstr (rt_cgroup_find_mount (text, "name=systemd", &arena), ==, "/cg/systemd");
  g_assert_null (rt_cgroup_find_mount (text, "memory", &arena));
  g_assert_null (rt_cgroup_find_mount (text, "net", &arena));
  g_assert_null (rt_cgroup_find_mount ("", "net", &arena));
}

static void
test_names (void)
{
  rt_auto_arena arena = { 0 };
  rt_cgroup cgroup = { .arena = &arena }, again;
  hd_err err = { 0 };

  rt_cgroup_locate (hybrid, "/box", RT_CGROUP_HYBRID, &cgroup, &err);
  rt_strings names = rt_cgroup_names (&cgroup);
  g_assert_cmpstr (names.items[1], ==, "memory=/sys/fs/cgroup/memory/box");
  g_assert_cmpint (rt_cgroup_restore (&names, RT_CGROUP_CGROUPFS, &again, &arena, &err), ==, 0);
  g_assert_cmpuint (again.count, ==, cgroup.count);
  for (size_t i = 0; i < again.count; i++)
    {
      g_assert_cmpstr (again.entries[i].path, ==, cgroup.entries[i].path);
      g_assert_cmpint (again.entries[i].unified, ==, cgroup.entries[i].unified);
    }
  g_assert_cmpstr (rt_cgroup_entry_of (&again, "cpuacct")->name, ==, "cpu,cpuacct");
  g_assert_null (rt_cgroup_entry_of (&again, "cpus"));
}

static void
check_refused (const char *path, const char *reason)
{
  rt_auto_arena arena = { 0 };
  rt_cgroup cgroup;
  hd_err err = { 0 };

  g_assert_cmpint (rt_cgroup_open (path, "id", RT_CGROUP_CGROUPFS, &cgroup, &arena, &err), <, 0);
  g_assert_nonnull (strstr (err.message, reason));
}

static void
test_paths_that_lead_astray (void)
{
  check_refused ("/", "is the root");
  check_refused ("//.", "is the root");
  check_refused ("../up", "has a \"..\"");
  check_refused ("/a/../b", "has a \"..\"");
  check_refused ("/a/..", "has a \"..\"");
}

/* systemd's names */

static void
check_scope (const char *path, const char *slice, const char *unit, const char *folder)
{
  rt_auto_arena arena = { 0 };
  rt_cgroup cgroup = { .arena = &arena };
  hd_err err = { 0 };

  if (rt_systemd_parse (path, "id", &cgroup, &err) < 0)
    g_error ("%s", err.message);
  if (slice != NULL)
    g_assert_cmpstr (cgroup.slice, ==, slice);
  g_assert_cmpstr (cgroup.unit, ==, unit);
  if (folder != NULL)
    g_assert_cmpstr (rt_systemd_folder (cgroup.slice, cgroup.unit, &arena), ==, folder);
}

static void
test_scopes (void)
{
  static const char *const wrong[] = { "/a/b",         "a.slice",        "a.slice:b",
                                       "a.slice:b:",   "a.slice:b:c:d",  "a:b:c",
                                       ".slice:b:c",   "a--b.slice:c:d", "-a.slice:b:c",
                                       "a-.slice:b:c", "a/b.slice:c:d",  "a.slice:b:c/d" };

  check_scope (NULL, NULL, "atomic-id.scope", NULL);
  check_scope ("", NULL, "atomic-id.scope", NULL);
  check_scope ("machine.slice:libpod:1", "machine.slice", "libpod-1.scope",
               "/machine.slice/libpod-1.scope");
  check_scope ("a-b-c.slice:x:1", "a-b-c.slice", "x-1.scope",
               "/a.slice/a-b.slice/a-b-c.slice/x-1.scope");
  check_scope ("-.slice::1", "-.slice", "1.scope", "/1.scope");
  check_scope (":docker:1", NULL, "docker-1.scope", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      rt_auto_arena arena = { 0 };
      rt_cgroup cgroup = { .arena = &arena };
      hd_err err = { 0 };

      if (rt_systemd_parse (wrong[i], "id", &cgroup, &err) >= 0)
        g_error ("%s was taken", wrong[i]);
      g_assert_true (g_str_has_prefix (err.message, "linux.cgroupsPath"));
    }
}

/* Limits: a folder with the files that a test names */

typedef struct
{
  rt_arena arena;
  rt_cgroup cgroup;
  char *folder;
} fake;

static void
fake_make (fake *f, const rt_cgroup_ops *ops, const char *controllers, const char *const *files)
{
  *f = (fake){ .folder = g_dir_make_tmp ("atomic-cgroup-XXXXXX", NULL) };
  f->cgroup = (rt_cgroup){ .ops = ops, .arena = &f->arena, .count = 1 };
  f->cgroup.entries = rt_new (&f->arena, rt_cgroup_entry);
  f->cgroup.entries[0]
      = (rt_cgroup_entry){ .name = controllers, .mount = f->folder, .path = f->folder };
  for (; *files != NULL; files++)
    {
      g_autofree char *path = g_build_filename (f->folder, *files, NULL);

      g_assert_true (g_file_set_contents (path, "", 0, NULL));
    }
}

static void
fake_free (fake *f)
{
  hd_fs_remove_tree (AT_FDCWD, f->folder);
  g_free (f->folder);
  rt_arena_free (&f->arena);
}

static int
fake_apply (fake *f, const char *json, bool update, hd_err *err)
{
  rt_resources *resources = rt_new (&f->arena, rt_resources);
  hd_json *parsed = NULL;

  *resources = (rt_resources){ 0 };
  if (rt_spec_parse_resources (json, strlen (json), resources, &parsed, &f->arena, err) < 0)
    g_error ("%s", err->message);
  int r = f->cgroup.ops->apply (&f->cgroup, resources, update, err);
  hd_json_freep (&parsed);
  return r;
}

static void
check_file (fake *f, const char *file, const char *expected)
{
  g_autofree char *path = g_build_filename (f->folder, file, NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

#define ALL_V1 "cpuset,memory,cpu,pids,blkio,hugetlb,net_cls,net_prio,rdma,devices"

static void
test_limits_v1 (void)
{
  static const char *const files[] = { "memory.limit_in_bytes",
                                       "memory.memsw.limit_in_bytes",
                                       "memory.soft_limit_in_bytes",
                                       "memory.swappiness",
                                       "memory.oom_control",
                                       "cpu.shares",
                                       "cpu.cfs_period_us",
                                       "cpu.cfs_quota_us",
                                       "cpu.rt_runtime_us",
                                       "cpu.idle",
                                       "cpuset.cpus",
                                       "cpuset.mems",
                                       "pids.max",
                                       "blkio.bfq.weight",
                                       "blkio.bfq.weight_device",
                                       "blkio.throttle.write_iops_device",
                                       "hugetlb.2MB.limit_in_bytes",
                                       "hugetlb.2MB.rsvd.limit_in_bytes",
                                       "net_cls.classid",
                                       "net_prio.ifpriomap",
                                       "rdma.max",
                                       "devices.allow",
                                       "devices.deny",
                                       NULL };
  fake f;
  hd_err err = { 0 };

  fake_make (&f, &rt_cgroup_v1, ALL_V1, files);
  if (fake_apply (&f,
                  "{\"memory\": {\"limit\": 4096, \"swap\": 8192, \"reservation\": 1024, "
                  "\"swappiness\": 7, \"disableOOMKiller\": true},"
                  "\"cpu\": {\"shares\": 512, \"quota\": -1, \"period\": 100000, "
                  "\"realtimeRuntime\": 950, \"idle\": 1, \"cpus\": \"0-1\", \"mems\": \"0\"},"
                  "\"pids\": {\"limit\": 42},"
                  "\"blockIO\": {\"weight\": 10, \"weightDevice\": [{\"major\": 8, \"minor\": 1, "
                  "\"weight\": 500}], \"throttleWriteIOPSDevice\": [{\"major\": 8, \"minor\": 0, "
                  "\"rate\": 300}]},"
                  "\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": 9223372}],"
                  "\"network\": {\"classID\": 1048577, \"priorities\": [{\"name\": \"eth0\", "
                  "\"priority\": 5}]},"
                  "\"rdma\": {\"mlx5\": {\"hcaHandles\": 3, \"hcaObjects\": 10000}},"
                  "\"devices\": [{\"allow\": false, \"access\": \"rwm\"}, {\"allow\": true, "
                  "\"type\": \"b\", \"major\": 8, \"access\": \"r\"}]}",
                  false, &err)
      < 0)
    g_error ("%s", err.message);
  check_file (&f, "memory.limit_in_bytes", "4096");
  check_file (&f, "memory.memsw.limit_in_bytes", "8192");
  check_file (&f, "memory.soft_limit_in_bytes", "1024");
  check_file (&f, "memory.swappiness", "7");
  check_file (&f, "memory.oom_control", "1");
  check_file (&f, "cpu.shares", "512");
  check_file (&f, "cpu.cfs_quota_us", "-1");
  check_file (&f, "cpu.cfs_period_us", "100000");
  check_file (&f, "cpu.rt_runtime_us", "950");
  check_file (&f, "cpu.idle", "1");
  check_file (&f, "cpuset.cpus", "0-1");
  check_file (&f, "cpuset.mems", "0");
  check_file (&f, "pids.max", "42");
  check_file (&f, "blkio.bfq.weight", "10");
  check_file (&f, "blkio.bfq.weight_device", "8:1 500");
  check_file (&f, "blkio.throttle.write_iops_device", "8:0 300");
  check_file (&f, "hugetlb.2MB.limit_in_bytes", "9223372");
  check_file (&f, "hugetlb.2MB.rsvd.limit_in_bytes", "9223372");
  check_file (&f, "net_cls.classid", "1048577");
  check_file (&f, "net_prio.ifpriomap", "eth0 5");
  check_file (&f, "rdma.max", "mlx5 hca_handle=3 hca_object=10000");
  check_file (&f, "devices.deny", "a");
  check_file (&f, "devices.allow",
              "b 8:* rc *:* mb *:* mc 1:3 rwmc 1:5 rwmc 1:7 rwmc 1:8 rwmc 1:9 rwmc 5:0 rwmc 5:1 "
              "rwmc 5:2 rwmc 136:* rwm");
  fake_free (&f);
}

/* A denial counts where it takes something back; the kernel ignores it elsewhere. */
static void
test_denied_devices (void)
{
  static const char *const files[] = { "devices.allow", "devices.deny", NULL };
  fake f;
  hd_err err = { 0 };

  fake_make (&f, &rt_cgroup_v1, ALL_V1, files);
  if (fake_apply (&f,
                  "{\"devices\": [{\"allow\": false, \"access\": \"rwm\"}, {\"allow\": false, "
                  "\"type\": \"c\", \"major\": 10, \"minor\": 229}, {\"allow\": true, \"type\": "
                  "\"c\", \"major\": 10, \"minor\": 200, \"access\": \"rw\"}, {\"allow\": false, "
                  "\"type\": \"c\", \"major\": 10, \"minor\": 200, \"access\": \"w\"}, "
                  "{\"allow\": false, \"type\": \"b\", \"major\": 10, \"minor\": 200}]}",
                  false, &err)
      < 0)
    g_error ("%s", err.message);
  /* Each opening of such a file begins anew here. */
  check_file (&f, "devices.deny", "c 10:200 w");
  check_file (&f, "devices.allow",
              "c *:* mb *:* mc 1:3 rwmc 1:5 rwmc 1:7 rwmc 1:8 rwmc 1:9 rwmc 5:0 rwmc 5:1 "
              "rwmc 5:2 rwmc 136:* rwm");
  fake_free (&f);
}

/* Nothing that was not asked for is written, and 0 asks for nothing where it is no value. */
static void
test_nothing_asked (void)
{
  static const char *const none[] = { NULL };
  static const char json[]
      = "{\"memory\": {\"limit\": 0, \"swap\": 0, \"reservation\": 0}, \"cpu\": "
        "{\"shares\": 0, \"quota\": 0, \"period\": 0, \"cpus\": \"\"}, "
        "\"blockIO\": {\"weight\": 0}}";
  fake f;
  hd_err err = { 0 };

  fake_make (&f, &rt_cgroup_v1, ALL_V1, none);
  if (fake_apply (&f, json, true, &err) < 0)
    g_error ("%s", err.message);
  fake_free (&f);
  fake_make (&f, &rt_cgroup_v2, "", none);
  if (fake_apply (&f, json, true, &err) < 0)
    g_error ("%s", err.message);
  fake_free (&f);
}

static void
check_v2 (const char *json, const char *file, const char *expected)
{
  const char *const files[] = { file, "memory.max", "memory.swap.max", NULL };
  fake f;
  hd_err err = { 0 };

  fake_make (&f, &rt_cgroup_v2, "", files);
  if (fake_apply (&f, json, true, &err) < 0)
    g_error ("%s", err.message);
  check_file (&f, file, expected);
  fake_free (&f);
}

static void
test_limits_v2 (void)
{
  check_v2 ("{\"memory\": {\"limit\": 4096}}", "memory.max", "4096");
  check_v2 ("{\"memory\": {\"limit\": -1}}", "memory.max", "max");
  check_v2 ("{\"memory\": {\"reservation\": 1024}}", "memory.low", "1024");
  check_v2 ("{\"memory\": {\"limit\": 4096, \"swap\": 12288}}", "memory.swap.max", "8192");
  check_v2 ("{\"memory\": {\"limit\": 4096, \"swap\": 4096}}", "memory.swap.max", "0");
  check_v2 ("{\"memory\": {\"limit\": 4096, \"swap\": -1}}", "memory.swap.max", "max");
  check_v2 ("{\"cpu\": {\"shares\": 1024}}", "cpu.weight", "100");
  check_v2 ("{\"cpu\": {\"quota\": 5000, \"period\": 10000}}", "cpu.max", "5000 10000");
  check_v2 ("{\"cpu\": {\"quota\": 5000}}", "cpu.max", "5000");
  check_v2 ("{\"cpu\": {\"quota\": -1, \"period\": 10000}}", "cpu.max", "max 10000");
  check_v2 ("{\"cpu\": {\"burst\": 77}}", "cpu.max.burst", "77");
  check_v2 ("{\"cpu\": {\"idle\": 1}}", "cpu.idle", "1");
  check_v2 ("{\"cpu\": {\"cpus\": \"0,2-3\"}}", "cpuset.cpus", "0,2-3");
  check_v2 ("{\"cpu\": {\"mems\": \"0\"}}", "cpuset.mems", "0");
  check_v2 ("{\"pids\": {\"limit\": 42}}", "pids.max", "42");
  check_v2 ("{\"pids\": {\"limit\": -1}}", "pids.max", "max");
  check_v2 ("{\"blockIO\": {\"weight\": 10}}", "io.bfq.weight", "10");
  check_v2 ("{\"blockIO\": {\"weight\": 1000}}", "io.weight", "default 10000");
  check_v2 ("{\"blockIO\": {\"weightDevice\": [{\"major\": 8, \"minor\": 0, \"weight\": 10}]}}",
            "io.weight", "8:0 1");
  check_v2 (
      "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": 8, \"minor\": 0, \"rate\": 9}]}}",
      "io.max", "8:0 rbps=9");
  check_v2 ("{\"blockIO\": {\"throttleWriteIOPSDevice\": [{\"major\": 8, \"minor\": 0, \"rate\": "
            "0}]}}",
            "io.max", "8:0 wiops=max");
  check_v2 ("{\"hugepageLimits\": [{\"pageSize\": \"1GB\", \"limit\": 5}]}", "hugetlb.1GB.max",
            "5");
  check_v2 ("{\"rdma\": {\"mlx5\": {\"hcaObjects\": 10}}}", "rdma.max", "mlx5 hca_object=10");
  check_v2 ("{\"unified\": {\"memory.high\": \"1234\"}}", "memory.high", "1234");
}

static void
check_wrong (const rt_cgroup_ops *ops, const char *json, const char *reason)
{
  static const char *const none[] = { NULL };
  fake f;
  hd_err err = { 0 };

  fake_make (&f, ops, "devices", none);
  g_assert_cmpint (fake_apply (&f, json, true, &err), <, 0);
  if (strstr (err.message, reason) == NULL)
    g_error ("\"%s\" does not tell \"%s\"", err.message, reason);
  fake_free (&f);
}

static void
test_wrong (void)
{
  check_wrong (&rt_cgroup_v2, "{\"memory\": {\"swap\": 4096}}", "needs memory.limit");
  check_wrong (&rt_cgroup_v2, "{\"memory\": {\"limit\": 4096, \"swap\": 1}}", "is below");
  check_wrong (&rt_cgroup_v2, "{\"cpu\": {\"realtimePeriod\": 5}}", "realtime");
  check_wrong (&rt_cgroup_v2, "{\"network\": {\"classID\": 5}}", "linux.resources.network");
  check_wrong (&rt_cgroup_v2, "{\"memory\": {\"limit\": 4096}}", "memory.max: No such file");
  check_wrong (&rt_cgroup_v1, "{\"unified\": {\"memory.high\": \"1\"}}", "cgroup version 1");
}

/* Weights */

static void
test_weights (void)
{
  g_assert_cmpuint (rt_cgroup_weight_of_shares (0), ==, 1);
  g_assert_cmpuint (rt_cgroup_weight_of_shares (2), ==, 1);
  g_assert_cmpuint (rt_cgroup_weight_of_shares (1024), ==, 100);
  g_assert_cmpuint (rt_cgroup_weight_of_shares (262144), ==, 10000);
  g_assert_cmpuint (rt_cgroup_weight_of_shares (G_MAXUINT64), ==, 10000);
  for (guint64 shares = 3; shares < 262144; shares++)
    {
      double l = log2 ((double)shares);
      double exact = pow (10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0);

      g_assert_cmpuint (rt_cgroup_weight_of_shares (shares), ==, (guint64)ceil (exact - 1e-9));
    }
  g_assert_cmpuint (rt_cgroup_weight_of_blkio (10), ==, 1);
  g_assert_cmpuint (rt_cgroup_weight_of_blkio (1000), ==, 10000);
}

/* Devices: a machine for the program, and the rules read one by one */

static guint64
run_program (const struct bpf_insn *program, size_t count, const struct bpf_cgroup_dev_ctx *context)
{
  guint64 r[11] = { 0 };

  for (size_t pc = 0; pc < count; pc++)
    {
      const struct bpf_insn *i = &program[pc];
      guint64 *dst = &r[i->dst_reg];
      gboolean jump = FALSE;

      switch (i->code)
        {
        case BPF_LDX | BPF_W | BPF_MEM:
          {
            guint32 word;

            g_assert_cmpuint (i->src_reg, ==, 1);
            g_assert_cmpint (i->off, <=, (int)(sizeof *context - sizeof word));
            memcpy (&word, (const guint8 *)context + i->off, sizeof word);
            *dst = word;
            break;
          }
        case BPF_ALU | BPF_AND | BPF_K:
          *dst = (guint32)*dst & (guint32)i->imm;
          break;
        case BPF_ALU | BPF_RSH | BPF_K:
          *dst = (guint32)*dst >> i->imm;
          break;
        case BPF_ALU64 | BPF_MOV | BPF_X:
          *dst = r[i->src_reg];
          break;
        case BPF_ALU64 | BPF_MOV | BPF_K:
          *dst = (guint64)i->imm;
          break;
        case BPF_JMP | BPF_JNE | BPF_K:
          jump = *dst != (guint64)i->imm;
          break;
        case BPF_JMP | BPF_JEQ | BPF_K:
          jump = *dst == (guint64)i->imm;
          break;
        case BPF_JMP | BPF_EXIT:
          return r[0];
        default:
          g_error ("unexpected instruction %02x", i->code);
        }
      if (jump)
        pc += (size_t)i->off;
    }
  g_error ("the program does not end");
}

static int
bits_of (const char *access)
{
  int bits = 0;

  for (; *access != '\0'; access++)
    bits |= *access == 'r'   ? BPF_DEVCG_ACC_READ
            : *access == 'w' ? BPF_DEVCG_ACC_WRITE
                             : BPF_DEVCG_ACC_MKNOD;
  return bits;
}

/* The last rule that speaks of all that is asked for, or denies some of it, decides. */
static gboolean
decide (const rt_device_rules *rules, char type, int access, guint major, guint minor)
{
  for (size_t i = rules->count; i-- > 0;)
    {
      const rt_device_rule *rule = &rules->items[i];
      const gboolean all = rule->type == NULL || rule->type[0] == 'a';
      const int named = all ? 7 : bits_of (rule->access);

      if (!all
          && (rule->type[0] != type || (rule->major.value >= 0 && rule->major.value != major)
              || (rule->minor.value >= 0 && rule->minor.value != minor)))
        continue;
      if (rule->allow ? (access & ~named) == 0 : (access & named) != 0)
        return rule->allow;
    }
  return FALSE;
}

static void
check_program (const rt_device_rules *rules)
{
  static const guint numbers[] = { 0, 1, 3, 5, 8, 136, 255, 4000000 };
  rt_auto_arena arena = { 0 };
  size_t count;
  const struct bpf_insn *program = rt_device_program (rules, &count, &arena);

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (numbers); j++)
      for (int access = 1; access < 8; access++)
        for (int block = 0; block < 2; block++)
          {
            const guint32 type = block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
            const struct bpf_cgroup_dev_ctx context = { .access_type = (guint32)access << 16 | type,
                                                        .major = numbers[i],
                                                        .minor = numbers[j] };

            g_assert_cmpuint (run_program (program, count, &context), ==,
                              decide (rules, block ? 'b' : 'c', access, numbers[i], numbers[j]));
          }
}

static void
test_device_program (void)
{
  static const char *const types[] = { "a", "b", "c" };
  static const char *const accesses[] = { "r", "w", "m", "rw", "rm", "wm", "rwm" };
  static const gint64 numbers[] = { -1, 0, 1, 3, 5, 8, 136 };

  for (int round = 0; round < 300; round++)
    {
      rt_device_rule list[12];
      rt_device_rules rules = { list, (size_t)g_test_rand_int_range (0, 13) };

      for (size_t i = 0; i < rules.count; i++)
        list[i] = (rt_device_rule){
          .allow = g_test_rand_bit (),
          .type = types[g_test_rand_int_range (0, 10) == 0 ? 0 : g_test_rand_int_range (1, 3)],
          .major = { numbers[g_test_rand_int_range (0, 7)], true },
          .minor = { numbers[g_test_rand_int_range (0, 7)], true },
          .access = accesses[g_test_rand_int_range (0, 7)],
        };
      check_program (&rules);
    }
}

static void
test_device_rules (void)
{
  rt_auto_arena arena = { 0 };
  rt_device_rule all = { .allow = true, .access = "rwm" };
  rt_device_rule deny = { .allow = false, .access = "rwm" };
  rt_device_rule one = { true, "c", { 10, true }, { 200, true }, "rw" };
  rt_device_rule given[] = { one, deny, one };
  rt_resources resources = { .devices = { given, 3 } };
  char text[64];

  /* What came before "all" is void, and the default devices come behind. */
  rt_device_rules rules = rt_cgroup_device_rules (&resources, &arena);
  rt_device_rule_text (&rules.items[0], text, sizeof text);
  g_assert_cmpstr (text, ==, "c 10:200 rw");
  g_assert_true (decide (&rules, 'c', BPF_DEVCG_ACC_READ, 1, 3));
  g_assert_true (decide (&rules, 'b', BPF_DEVCG_ACC_MKNOD, 8, 0));
  g_assert_false (decide (&rules, 'b', BPF_DEVCG_ACC_READ, 8, 0));
  resources.devices = (rt_device_rules){ &all, 1 };
  rules = rt_cgroup_device_rules (&resources, &arena);
  g_assert_cmpuint (rules.count, ==, 1);
  g_assert_true (decide (&rules, 'b', 7, 8, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cgroup/places", test_places);
  g_test_add_func ("/cgroup/unreadable", test_unreadable);
  g_test_add_func ("/cgroup/find-mount", test_find_mount);
  g_test_add_func ("/cgroup/names", test_names);
  g_test_add_func ("/cgroup/astray", test_paths_that_lead_astray);
  g_test_add_func ("/cgroup/scopes", test_scopes);
  g_test_add_func ("/cgroup/limits/v1", test_limits_v1);
  g_test_add_func ("/cgroup/limits/v2", test_limits_v2);
  g_test_add_func ("/cgroup/denied-devices", test_denied_devices);
  g_test_add_func ("/cgroup/limits/none", test_nothing_asked);
  g_test_add_func ("/cgroup/limits/wrong", test_wrong);
  g_test_add_func ("/cgroup/weights", test_weights);
  g_test_add_func ("/cgroup/devices/rules", test_device_rules);
  g_test_add_func ("/cgroup/devices/program", test_device_program);
  return g_test_run ();
}
