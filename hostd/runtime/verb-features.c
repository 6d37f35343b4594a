/* features: what is supported, in the form of the specification (features.md, features-linux.md).
 */
#include "runtime/verb-common.h"

#include "common/capname.h"
#include "common/cleanup.h"
#include "runtime/mountopt.h"
#include "runtime/seccomp.h"

static hd_json *
words_json (const rt_word *words)
{
  hd_json *array = hd_json_new_array ();
  for (; words->name != NULL; words++)
    hd_json_append (array, hd_json_new_string (words->name));
  return array;
}

static hd_json *
names_json (const char *const *names)
{
  hd_json *array = hd_json_new_array ();
  for (; *names != NULL; names++)
    hd_json_append (array, hd_json_new_string (*names));
  return array;
}

static hd_json *
enabled (bool flag)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_bool (object, "enabled", flag);
  return object;
}

static hd_json *
capabilities (void)
{
  hd_json *array = hd_json_new_array ();
  for (unsigned i = 0; hd_cap_name (i) != NULL; i++)
    hd_json_append (array, hd_json_new_string (hd_cap_name (i)));
  return array;
}

static hd_json *
cgroup (void)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_bool (object, "v1", true);
  hd_json_set_bool (object, "v2", true);
  hd_json_set_bool (object, "systemd", true);
  hd_json_set_bool (object, "systemdUser", true);
  hd_json_set_bool (object, "rdma", true);
  return object;
}

static hd_json *
seccomp (void)
{
  hd_json *object = enabled (true);
  hd_json_set (object, "actions", words_json (rt_seccomp_action_words));
  hd_json_set (object, "operators", words_json (rt_seccomp_op_words));
  hd_json_set (object, "archs", names_json (rt_seccomp_arch_names));
  hd_json_set (object, "knownFlags", words_json (rt_seccomp_flag_words));
  hd_json_set (object, "supportedFlags", words_json (rt_seccomp_flag_words));
  return object;
}

static hd_json *
memory_policy (void)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set (object, "modes", words_json (rt_memory_policy_mode_words));
  hd_json_set (object, "flags", words_json (rt_memory_policy_flag_words));
  return object;
}

static hd_json *
linux_features (void)
{
  hd_json *object = hd_json_new_object (), *mounts = hd_json_new_object ();
  hd_json *intel_rdt = enabled (false);
  hd_json_set_bool (intel_rdt, "schemata", false);
  hd_json_set_bool (intel_rdt, "monitoring", false);
  hd_json_set (mounts, "idmap", enabled (true));
  hd_json_set (object, "namespaces", words_json (rt_namespace_words));
  hd_json_set (object, "capabilities", capabilities ());
  hd_json_set (object, "cgroup", cgroup ());
  hd_json_set (object, "seccomp", seccomp ());
  hd_json_set (object, "apparmor", enabled (true));
  hd_json_set (object, "selinux", enabled (true));
  hd_json_set (object, "intelRdt", intel_rdt);
  hd_json_set (object, "memoryPolicy", memory_policy ());
  hd_json_set (object, "mountExtensions", mounts);
  hd_json_set (object, "netDevices", enabled (true));
  return object;
}

int
rt_verb_features (const rt_args *args, rt_arena *arena, hd_err *err)
{
  static const char *const hooks[]
      = { "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
          NULL };
  /* Ours, org.atomichost.landlock, only takes away. */
  static const char *const unsafe[] = { "org.systemd.property.", NULL };
  hd_autojson json = hd_json_new_object ();
  hd_json *annotations = hd_json_new_object ();
  hd_json_set_string (annotations, "org.atomichost.runtime.version", ATOMIC_VERSION);
  hd_json_set_string (json, "ociVersionMin", RT_SPEC_VERSION_LEAST);
  hd_json_set_string (json, "ociVersionMax", RT_SPEC_VERSION);
  hd_json_set (json, "hooks", names_json (hooks));
  hd_json_set (json, "mountOptions", names_json (rt_mount_option_names (arena)));
  hd_json_set (json, "linux", linux_features ());
  hd_json_set (json, "annotations", annotations);
  hd_json_set (json, "potentiallyUnsafeConfigAnnotations", names_json (unsafe));
  rt_verb_print (json, true);
  return 0;
}
