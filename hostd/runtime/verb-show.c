/* Verbs that only tell. */
#include "runtime/verbs.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "runtime/caps.h"
#include "runtime/container.h"
#include "runtime/mountopt.h"
#include "runtime/seccomp.h"

static void
print_json (const hd_json *json)
{
  hd_autofree char *text = hd_json_to_text (json, true);
  printf ("%s\n", text);
}

int
rt_verb_state (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container c = { 0 };
  int r = rt_container_open (rt_state_root (args->root, arena), args->words[0], &c, err);
  if (r < 0)
    return r;
  hd_autojson json = rt_state_json (&c.state, rt_container_status (&c));
  print_json (json);
  return 0;
}

static bool
wants_json (const rt_args *args)
{
  return args->format != NULL && strcmp (args->format, "json") == 0;
}

static void
list_one (const rt_args *args, const char *root, const char *id, hd_json *array)
{
  rt_auto_container c = { 0 };
  hd_err unreadable = { 0 };
  /* One that is being made or removed is none. */
  if (rt_container_open (root, id, &c, &unreadable) < 0)
    return;
  rt_status status = rt_container_status (&c);
  if (args->quiet)
    printf ("%s\n", id);
  else if (wants_json (args))
    hd_json_append (array, rt_state_json (&c.state, status));
  else
    printf ("%-32s %-8d %-8s %-40s %s\n", id, status == RT_STATUS_STOPPED ? 0 : c.state.pid,
            rt_status_name (status), c.state.bundle, c.state.created);
}

int
rt_verb_list (const rt_args *args, rt_arena *arena, hd_err *err)
{
  const char *root = rt_state_root (args->root, arena);
  hd_autojson array = hd_json_new_array ();
  if (!args->quiet && !wants_json (args))
    printf ("%-32s %-8s %-8s %-40s %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED");
  DIR *folder = opendir (root);
  if (folder == NULL && errno != ENOENT)
    return hd_err_set_errno (err, errno, "opening %s", root);
  struct dirent *entry;
  while (folder != NULL && (entry = readdir (folder)) != NULL)
    if (entry->d_name[0] != '.')
      list_one (args, root, entry->d_name, array);
  if (folder != NULL)
    closedir (folder);
  if (wants_json (args) && !args->quiet)
    print_json (array);
  return 0;
}

int
rt_verb_ps (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container c = { 0 };
  rt_cgroup cgroup;
  hd_autofree pid_t *pids = NULL;
  size_t count;
  int r = rt_container_open (rt_state_root (args->root, arena), args->words[0], &c, err);
  if (r < 0 || (r = rt_container_cgroup (&c, &cgroup, err)) < 0
      || (r = rt_cgroup_pids (&cgroup, &pids, &count, err)) < 0)
    return r;
  hd_autojson array = hd_json_new_array ();
  if (!wants_json (args))
    printf ("PID\n");
  for (size_t i = 0; i < count; i++)
    if (wants_json (args))
      hd_json_append (array, hd_json_new_int (pids[i]));
    else
      printf ("%d\n", (int)pids[i]);
  if (wants_json (args))
    print_json (array);
  return 0;
}

int
rt_verb_events (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container c = { 0 };
  rt_cgroup cgroup;
  if (!args->stats)
    return hd_err_set (err, HD_USAGE, "use --stats", "a stream of events is not supported");
  int r = rt_container_open (rt_state_root (args->root, arena), args->words[0], &c, err);
  if (r < 0 || (r = rt_container_cgroup (&c, &cgroup, err)) < 0)
    return r;
  hd_autojson json = hd_json_new_object ();
  hd_json_set_string (json, "type", "stats");
  hd_json_set_string (json, "id", args->words[0]);
  hd_json_set (json, "data", rt_cgroup_stats (&cgroup));
  hd_autofree char *text = hd_json_to_text (json, false);
  printf ("%s\n", text);
  return 0;
}

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
seccomp_features (void)
{
  hd_json *seccomp = enabled (true);
  hd_json_set (seccomp, "actions", words_json (rt_seccomp_action_words));
  hd_json_set (seccomp, "operators", words_json (rt_seccomp_op_words));
  hd_json_set (seccomp, "archs", names_json (rt_seccomp_arch_names));
  hd_json_set (seccomp, "knownFlags", words_json (rt_seccomp_flag_words));
  hd_json_set (seccomp, "supportedFlags", words_json (rt_seccomp_flag_words));
  return seccomp;
}

static hd_json *
linux_features (void)
{
  hd_json *features = hd_json_new_object (), *caps = hd_json_new_array ();
  hd_json *cgroup = hd_json_new_object (), *mounts = hd_json_new_object ();
  for (unsigned i = 0; rt_cap_name (i) != NULL; i++)
    hd_json_append (caps, hd_json_new_string (rt_cap_name (i)));
  hd_json_set_bool (cgroup, "v1", true);
  hd_json_set_bool (cgroup, "v2", true);
  hd_json_set_bool (cgroup, "systemd", false);
  hd_json_set_bool (cgroup, "systemdUser", false);
  hd_json_set_bool (cgroup, "rdma", true);
  hd_json_set (mounts, "idmap", enabled (true));
  hd_json_set (features, "namespaces", words_json (rt_namespace_words));
  hd_json_set (features, "capabilities", caps);
  hd_json_set (features, "cgroup", cgroup);
  hd_json_set (features, "seccomp", seccomp_features ());
  hd_json_set (features, "apparmor", enabled (true));
  hd_json_set (features, "selinux", enabled (true));
  hd_json_set (features, "intelRdt", enabled (false));
  hd_json_set (features, "mountExtensions", mounts);
  hd_json_set (features, "netDevices", enabled (true));
  return features;
}

int
rt_verb_features (const rt_args *args, rt_arena *arena, hd_err *err)
{
  static const char *const hooks[]
      = { "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
          NULL };
  hd_autojson json = hd_json_new_object ();
  hd_json_set_string (json, "ociVersionMin", RT_SPEC_VERSION_LEAST);
  hd_json_set_string (json, "ociVersionMax", RT_SPEC_VERSION);
  hd_json_set (json, "hooks", names_json (hooks));
  hd_json_set (json, "mountOptions", names_json (rt_mount_option_names (arena)));
  hd_json_set (json, "linux", linux_features ());
  print_json (json);
  return 0;
}

int
rt_verb_plan (const rt_args *args, rt_arena *arena, hd_err *err)
{
  char bundle[PATH_MAX];
  const char *path = args->bundle != NULL ? args->bundle : ".";
  if (realpath (path, bundle) == NULL)
    return hd_err_set_errno (err, errno, "--bundle: %s", path);
  const rt_create_options options = { .root = rt_state_root (args->root, arena),
                                      .id = args->words[0],
                                      .bundle = bundle,
                                      .config = args->config,
                                      .console_socket = args->console_socket,
                                      .no_pivot = args->no_pivot };
  return rt_container_print_plan (&options, err);
}
