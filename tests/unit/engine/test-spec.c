/* engine/spec and its parts: options of a request to the runtime's configuration. */
#include "engine/spec.h"

#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/create.h"
#include "engine/seccomp-profile.h"

static hd_json *
parse (const char *text)
{
  hd_err err = { 0 };
  hd_json *json = hd_json_parse (text, strlen (text), &err);
  g_assert_cmpstr (err.message, ==, "");
  return json;
}

/* The configuration of a container with these Config and HostConfig; NULL with an error. */
static hd_json *
make (const char *config, const char *host, GError **error)
{
  static const char *const layers[] = { NULL };
  const HdImageRoot root = { NULL, layers };
  g_autofree char *body = g_strdup_printf ("{\"Config\":%s,\"HostConfig\":%s}", config, host);
  HdContainer container = { .id = (char *)"0123", .name = (char *)"name" };
  hd_autojson json = container.body = parse (body);
  const HdSpecInput input = {
    .container = &container,
    .folder = "/c",
    .root = &root,
    .cgroup = "/atomic/0123",
    .has_names = TRUE,
  };
  return hd_spec_make (&input, error);
}

#define SHELL "{\"Cmd\":[\"sh\"],\"Hostname\":\"h\"}"
#define OPEN "\"SecurityOpt\":[\"seccomp=unconfined\"]"

static char *
text_at (const hd_json *json, const char *a, const char *b, const char *c)
{
  const hd_json *value = hd_json_get (json, a);
  if (b != NULL)
    value = hd_json_get (value, b);
  if (c != NULL)
    value = hd_json_get (value, c);
  if (value == NULL)
    return g_strdup ("");
  hd_autofree char *text = hd_json_to_text (value, false);
  return g_strdup (text);
}

#define ASSERT_AT(json, a, b, c, expected)                                                         \
  do                                                                                               \
    {                                                                                              \
      g_autofree char *found = text_at (json, a, b, c);                                            \
      g_assert_cmpstr (found, ==, expected);                                                       \
    }                                                                                              \
  while (0)

static void
test_plain (void)
{
  g_autoptr (GError) error = NULL;
  hd_autojson spec = make (SHELL, "{" OPEN "}", &error);
  g_assert_no_error (error);
  ASSERT_AT (spec, "process", "args", NULL, "[\"sh\"]");
  ASSERT_AT (spec, "process", "cwd", NULL, "\"/\"");
  ASSERT_AT (spec, "process", "env", NULL,
             "[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\","
             "\"HOSTNAME=h\"]");
  ASSERT_AT (spec, "process", "user", NULL, "{\"uid\":0,\"gid\":0,\"additionalGids\":[0]}");
  ASSERT_AT (spec, "hostname", NULL, NULL, "\"h\"");
  ASSERT_AT (spec, "linux", "cgroupsPath", NULL, "\"/atomic/0123\"");
  ASSERT_AT (spec, "linux", "namespaces", NULL,
             "[{\"type\":\"mount\"},{\"type\":\"network\"},{\"type\":\"uts\"},{\"type\":\"pid\"},"
             "{\"type\":\"ipc\"},{\"type\":\"cgroup\"}]");
  g_assert_cmpuint (hd_json_length (hd_json_get (
                        hd_json_get (hd_json_get (spec, "process"), "capabilities"), "bounding")),
                    ==, 14);
}

static void
test_limits (void)
{
  g_autoptr (GError) error = NULL;
  hd_autojson spec = make (SHELL,
                           "{" OPEN ",\"Memory\":1048576,\"NanoCpus\":1500000000,\"CpuShares\":512,"
                           "\"PidsLimit\":7,\"CpusetCpus\":\"0-1\",\"BlkioWeight\":300,"
                           "\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":10,\"Hard\":-1}]}",
                           &error);
  g_assert_no_error (error);
  const hd_json *linux_part = hd_json_get (spec, "linux");
  ASSERT_AT (linux_part, "resources", "memory", NULL, "{\"limit\":1048576,\"swap\":2097152}");
  ASSERT_AT (linux_part, "resources", "cpu", NULL,
             "{\"shares\":512,\"cpus\":\"0-1\",\"period\":100000,\"quota\":150000}");
  ASSERT_AT (linux_part, "resources", "pids", NULL, "{\"limit\":7}");
  ASSERT_AT (linux_part, "resources", "blockIO", NULL, "{\"weight\":300}");
  ASSERT_AT (spec, "process", "rlimits", NULL,
             "[{\"type\":\"RLIMIT_NOFILE\",\"hard\":18446744073709551615,\"soft\":10}]");
}

static void
test_privileged (void)
{
  g_autoptr (GError) error = NULL;
  hd_autojson spec = make (SHELL, "{\"Privileged\":true}", &error);
  g_assert_no_error (error);
  const hd_json *linux_part = hd_json_get (spec, "linux");
  g_assert_null (hd_json_get (linux_part, "seccomp"));
  g_assert_null (hd_json_get (linux_part, "maskedPaths"));
  ASSERT_AT (linux_part, "resources", "devices", NULL, "[{\"allow\":true,\"access\":\"rwm\"}]");
}

static void
test_namespaces_of_the_host (void)
{
  g_autoptr (GError) error = NULL;
  hd_autojson spec = make (SHELL,
                           "{" OPEN ",\"NetworkMode\":\"host\",\"PidMode\":\"host\","
                           "\"IpcMode\":\"host\",\"UTSMode\":\"host\",\"CgroupnsMode\":\"host\"}",
                           &error);
  g_assert_no_error (error);
  ASSERT_AT (spec, "linux", "namespaces", NULL, "[{\"type\":\"mount\"}]");
  ASSERT_AT (spec, "hostname", NULL, NULL, "");
}

static void
test_refused (void)
{
  static const struct
  {
    const char *config, *host, *says;
  } cases[] = {
    { "{}", "{}", "no command" },
    { SHELL, "{\"CapAdd\":[\"FLY\"]}", "unknown capability" },
    { SHELL, "{" OPEN ",\"Ulimits\":[{\"Name\":\"luck\",\"Soft\":1,\"Hard\":1}]}", "no limit" },
    { SHELL, "{" OPEN ",\"Devices\":[{\"PathOnHost\":\"/proc\"}]}", "is no device" },
    { SHELL, "{" OPEN ",\"DeviceCgroupRules\":[\"x\"]}", "is no rule" },
    { SHELL, "{" OPEN ",\"BlkioDeviceReadBps\":[{\"Path\":\"/dev/null\",\"Rate\":1}]}",
      "no block device" },
    { SHELL, "{\"SecurityOpt\":[\"seccomp=/nonexistent\"]}", "seccomp profile" },
    { "{\"Cmd\":[\"x\"],\"User\":\"who\"}", "{" OPEN "}", "no user" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (make (cases[i].config, cases[i].host, &error));
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
}

static void
test_capabilities (void)
{
  static const struct
  {
    const char *host;
    guint count;
  } cases[] = {
    { "{}", 14 },
    { "{\"CapDrop\":[\"ALL\"]}", 0 },
    { "{\"CapDrop\":[\"ALL\"],\"CapAdd\":[\"cap_net_admin\",\"SYS_TIME\"]}", 2 },
    { "{\"CapAdd\":[\"ALL\"],\"CapDrop\":[\"SYS_ADMIN\"]}", 40 },
    { "{\"CapDrop\":[\"CHOWN\"],\"CapAdd\":[\"CHOWN\"]}", 14 },
    { "{\"Privileged\":true}", 41 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      hd_autojson host = parse (cases[i].host);
      g_auto (GStrv) names = hd_spec_capabilities (host, NULL);
      g_assert_cmpuint (g_strv_length (names), ==, cases[i].count);
    }
}

static void
test_seccomp (void)
{
  static const char *const few[] = { "CAP_CHOWN", NULL };
  static const char *const many[] = { "CAP_CHOWN", "CAP_SYS_ADMIN", NULL };
  hd_autojson profile
      = parse ("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,"
               "\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\","
               "\"subArchitectures\":[\"SCMP_ARCH_X86\"]}],"
               "\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[],"
               "\"includes\":{},\"excludes\":{}},"
               "{\"names\":[\"b\"],\"action\":\"SCMP_ACT_ALLOW\","
               "\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
               "{\"names\":[\"c\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1,"
               "\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
               "{\"names\":[\"d\"],\"action\":\"SCMP_ACT_ALLOW\","
               "\"includes\":{\"arches\":[\"arm64\"]}}]}");
  hd_autojson without = hd_seccomp_convert (profile, few, "amd64", NULL);
  hd_autojson with = hd_seccomp_convert (profile, many, "amd64", NULL);
  ASSERT_AT (without, "architectures", NULL, NULL, "[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"]");
  ASSERT_AT (without, "syscalls", NULL, NULL,
             "[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ALLOW\"},"
             "{\"names\":[\"c\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1}]");
  ASSERT_AT (with, "syscalls", NULL, NULL,
             "[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ALLOW\"},"
             "{\"names\":[\"b\"],\"action\":\"SCMP_ACT_ALLOW\"}]");
}

/* What the image says, and what the request says over it. */
static void
test_merge (void)
{
  hd_autojson image = parse ("{\"Env\":[\"A=1\",\"B=2\"],\"Cmd\":[\"c\"],\"Entrypoint\":[\"e\"],"
                             "\"Labels\":{\"x\":\"1\",\"y\":\"2\"},\"User\":\"u\","
                             "\"ExposedPorts\":{\"80/tcp\":{}},"
                             "\"Healthcheck\":{\"Test\":[\"CMD\",\"t\"],\"Retries\":2}}");
  hd_autojson nothing = hd_create_merge_config (image, NULL);
  ASSERT_AT (nothing, "Cmd", NULL, NULL, "[\"c\"]");
  ASSERT_AT (nothing, "Entrypoint", NULL, NULL, "[\"e\"]");
  hd_autojson request
      = parse ("{\"Env\":[\"B=3\",\"C=4\"],\"Cmd\":[\"d\"],\"Labels\":{\"x\":\"9\"},"
               "\"ExposedPorts\":{\"81/tcp\":{}},\"Healthcheck\":{\"Retries\":5}}");
  hd_autojson joined = hd_create_merge_config (image, request);
  ASSERT_AT (joined, "Env", NULL, NULL, "[\"A=1\",\"B=3\",\"C=4\"]");
  ASSERT_AT (joined, "Cmd", NULL, NULL, "[\"d\"]");
  ASSERT_AT (joined, "Entrypoint", NULL, NULL, "[\"e\"]");
  ASSERT_AT (joined, "User", NULL, NULL, "\"u\"");
  ASSERT_AT (joined, "Labels", "x", NULL, "\"9\"");
  ASSERT_AT (joined, "Labels", "y", NULL, "\"2\"");
  g_assert_cmpuint (hd_json_length (hd_json_get (joined, "ExposedPorts")), ==, 2);
  ASSERT_AT (joined, "Healthcheck", "Retries", NULL, "5");
  ASSERT_AT (joined, "Healthcheck", "Test", NULL, "[\"CMD\",\"t\"]");
  /* An entrypoint of one's own drops the image's command; an empty one both. */
  hd_autojson own = parse ("{\"Entrypoint\":[\"mine\"]}");
  hd_autojson replaced = hd_create_merge_config (image, own);
  ASSERT_AT (replaced, "Cmd", NULL, NULL, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/spec/plain", test_plain);
  g_test_add_func ("/engine/spec/limits", test_limits);
  g_test_add_func ("/engine/spec/privileged", test_privileged);
  g_test_add_func ("/engine/spec/namespaces-of-the-host", test_namespaces_of_the_host);
  g_test_add_func ("/engine/spec/refused", test_refused);
  g_test_add_func ("/engine/spec/capabilities", test_capabilities);
  g_test_add_func ("/engine/spec/seccomp", test_seccomp);
  g_test_add_func ("/engine/spec/merge", test_merge);
  return g_test_run ();
}
