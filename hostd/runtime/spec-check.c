/* The checks of a config.json that go over one member, or over what a type can say. */
#include "runtime/spec-internal.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "runtime/numberlist.h"

#define OOM_SCORE_LIMIT 1000 /* OOM_SCORE_ADJ_MAX of linux/oom.h */
#define NICE_LEAST (-20)
#define NICE_MOST 19
#define IO_PRIORITY_MOST 7
#define CPUS_LIMIT 8192 /* NR_CPUS_DEFAULT of the largest configuration */

int
rt_spec_check_absolute (const char *path, const char *name, hd_err *err)
{
  if (path[0] == '/')
    return 0;
  return RT_WRONG ("%s: expected an absolute path, got \"%.200s\"", name, path);
}

int
rt_spec_check_range (int64_t value, int64_t least, int64_t most, const char *name, hd_err *err)
{
  if (value >= least && value <= most)
    return 0;
  return RT_WRONG ("%s: expected a number from %lld to %lld, got %lld", name, (long long)least,
                   (long long)most, (long long)value);
}

/* Process */

static int
check_rlimits (const rt_process *process, const char *name, hd_err *err)
{
  for (size_t i = 0; i < process->rlimits.count; i++)
    {
      const rt_rlimit *limit = &process->rlimits.items[i];
      const char *word = rt_word_name (rt_rlimit_words, limit->type.value);
      if (limit->soft.value > limit->hard.value)
        return RT_WRONG ("%s.rlimits[%zu]: the soft limit of %s is above the hard limit", name, i,
                         word);
      for (size_t j = 0; j < i; j++)
        if (process->rlimits.items[j].type.value == limit->type.value)
          return RT_WRONG ("%s.rlimits[%zu].type: %s is there twice", name, i, word);
    }
  return 0;
}

static int
check_scheduler (const rt_scheduler *s, const char *name, hd_err *err)
{
  const int64_t policy = s->policy.value;
  char path[96];
  snprintf (path, sizeof path, "%s.scheduler.nice", name);
  if (rt_spec_check_range (s->nice, NICE_LEAST, NICE_MOST, path, err) < 0)
    return -EINVAL;
  if (s->priority != 0 && policy != SCHED_FIFO && policy != SCHED_RR)
    return RT_WRONG ("%s.scheduler.priority: is for SCHED_FIFO and SCHED_RR alone", name);
  if ((s->runtime.value | s->deadline.value | s->period.value) != 0 && policy != RT_SCHED_DEADLINE)
    return RT_WRONG ("%s.scheduler: runtime, deadline and period are for SCHED_DEADLINE alone",
                     name);
  return 0;
}

static int
check_scheduling (const rt_process *process, const char *name, hd_err *err)
{
  char path[96];
  if (process->scheduler != NULL && check_scheduler (process->scheduler, name, err) < 0)
    return -EINVAL;
  snprintf (path, sizeof path, "%s.ioPriority.priority", name);
  if (process->io_priority != NULL
      && rt_spec_check_range (process->io_priority->priority, 0, IO_PRIORITY_MOST, path, err) < 0)
    return -EINVAL;
  snprintf (path, sizeof path, "%s.oomScoreAdj", name);
  return rt_spec_check_range (process->oom_score_adj.value, -OOM_SCORE_LIMIT, OOM_SCORE_LIMIT, path,
                              err);
}

static int
check_affinity (const char *cpus, const char *name, const char *member, hd_err *err)
{
  uint64_t mask[CPUS_LIMIT / 64] = { 0 };
  if (cpus == NULL || cpus[0] == '\0' || rt_number_list_parse (cpus, CPUS_LIMIT, mask, NULL) == 0)
    return 0;
  return RT_WRONG ("%s.execCPUAffinity.%s: expected CPUs as \"0-3,7\", got \"%.80s\"", name, member,
                   cpus);
}

int
rt_spec_check_process (const rt_process *process, const char *name, hd_err *err)
{
  char path[96];
  snprintf (path, sizeof path, "%s.cwd", name);
  if (rt_spec_check_absolute (process->cwd, path, err) < 0)
    return -EINVAL;
  if (process->args.count == 0 || process->args.items[0][0] == '\0')
    return RT_WRONG ("%s.args: expected a program and its arguments, got none", name);
  snprintf (path, sizeof path, "%s.user.umask", name);
  if (rt_spec_check_range (process->user.umask.value, 0, 0777, path, err) < 0
      || check_rlimits (process, name, err) < 0 || check_scheduling (process, name, err) < 0)
    return -EINVAL;
  const rt_exec_affinity *affinity = process->exec_cpu_affinity;
  if (affinity == NULL)
    return 0;
  int r = check_affinity (affinity->initial, name, "initial", err);
  return r < 0 ? r : check_affinity (affinity->final, name, "final", err);
}

/* Hooks */

static int
check_hooks (const rt_hook_list *list, const char *name, hd_err *err)
{
  for (size_t i = 0; i < list->count; i++)
    {
      const rt_hook *hook = &list->items[i];
      char path[64];
      snprintf (path, sizeof path, "hooks.%s[%zu].path", name, i);
      if (rt_spec_check_absolute (hook->path, path, err) < 0)
        return -EINVAL;
      if (hook->timeout.set && hook->timeout.value <= 0)
        return RT_WRONG ("hooks.%s[%zu].timeout: expected a number above 0, got %lld", name, i,
                         (long long)hook->timeout.value);
    }
  return 0;
}

static int
check_all_hooks (const rt_hooks *all, hd_err *err)
{
  if (check_hooks (&all->prestart, "prestart", err) < 0
      || check_hooks (&all->create_runtime, "createRuntime", err) < 0
      || check_hooks (&all->create_container, "createContainer", err) < 0
      || check_hooks (&all->start_container, "startContainer", err) < 0
      || check_hooks (&all->poststart, "poststart", err) < 0
      || check_hooks (&all->poststop, "poststop", err) < 0)
    return -EINVAL;
  return 0;
}

/* Mounts and id maps */

int
rt_spec_check_mappings (const rt_id_mappings *list, const char *name, hd_err *err)
{
  for (size_t i = 0; i < list->count; i++)
    if (list->items[i].size == 0)
      return RT_WRONG ("%s[%zu].size: expected a number above 0, got 0", name, i);
  return 0;
}

static int
check_mounts (const rt_spec *s, hd_err *err)
{
  for (size_t i = 0; i < s->mounts.count; i++)
    {
      const rt_mount *mount = &s->mounts.items[i];
      char path[48];
      if (mount->destination[0] == '\0')
        return RT_WRONG ("mounts[%zu].destination: is empty", i);
      if ((mount->uid_mappings.count > 0) != (mount->gid_mappings.count > 0))
        return RT_WRONG ("mounts[%zu]: uidMappings and gidMappings must be given together", i);
      snprintf (path, sizeof path, "mounts[%zu].uidMappings", i);
      if (rt_spec_check_mappings (&mount->uid_mappings, path, err) < 0)
        return -EINVAL;
      snprintf (path, sizeof path, "mounts[%zu].gidMappings", i);
      if (rt_spec_check_mappings (&mount->gid_mappings, path, err) < 0)
        return -EINVAL;
    }
  return 0;
}

/* "1.MINOR.PATCH" with an optional "-suffix"; semantic versioning promises that 1.x can be read. */
static int
check_version (const char *version, hd_err *err)
{
  unsigned major, minor, patch;
  int end = 0;
  if (version[0] < '0' || version[0] > '9'
      || sscanf (version, "%u.%u.%u%n", &major, &minor, &patch, &end) != 3
      || strchr ("-+", version[end]) == NULL)
    return RT_WRONG ("ociVersion: expected a version as \"" RT_SPEC_VERSION "\", got \"%.40s\"",
                     version);
  if (major != 1)
    return RT_WRONG ("ociVersion: expected version 1, got \"%.40s\"", version);
  return 0;
}

int
rt_spec_check (rt_spec *s, rt_arena *arena, hd_err *err)
{
  if (check_version (s->oci_version, err) < 0)
    return -EINVAL;
  if (s->root == NULL)
    return RT_WRONG ("root: is required");
  if (s->root->path[0] == '\0')
    return RT_WRONG ("root.path: is empty");
  if (s->process == NULL)
    return RT_WRONG ("process: is required");
  if (s->linux_ == NULL)
    s->linux_ = rt_new (arena, rt_linux);
  if (s->hooks == NULL)
    s->hooks = rt_new (arena, rt_hooks);
  /* As runc has it: what other programs write for a namespace that is new. */
  for (size_t i = 0; i < s->linux_->namespaces.count; i++)
    if (s->linux_->namespaces.items[i].path != NULL
        && s->linux_->namespaces.items[i].path[0] == '\0')
      s->linux_->namespaces.items[i].path = NULL;
  for (size_t i = 0; i < s->annotations.count; i++)
    if (s->annotations.items[i].key[0] == '\0')
      return RT_WRONG ("annotations: a key is empty");
  if (rt_spec_check_process (s->process, "process", err) < 0 || check_all_hooks (s->hooks, err) < 0
      || check_mounts (s, err) < 0)
    return -EINVAL;
  return rt_spec_check_linux (s, err);
}
