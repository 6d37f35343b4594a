/* The plan's second half: from a task inside the container's tree to the container's program.
 *
 * The order at the end is the kernel's: securebits keep capabilities over the change of user, a
 * filter wants CAP_SYS_ADMIN or no_new_privs, so the filter comes last but for one capset and exec.
 */
#include "runtime/plan-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/ioprio.h>
#include <linux/landlock.h>
#include <sys/personality.h>

#include "runtime/environment.h"
#include "runtime/numberlist.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define CPU_LIMIT 8192
#define KEEP_GROUPS_ANNOTATION "run.oci.keep_original_groups"
#define LANDLOCK_ANNOTATION "org.atomichost.landlock"

/* Where args[0] may be: itself when it has a slash, else in each folder of PATH. */
static const char *const *
candidates (const rt_process *process, rt_arena *arena)
{
  const char *name = process->args.items[0];
  const char *path = rt_environment_get (&process->env, "PATH");
  if (path == NULL || path[0] == '\0')
    path = DEFAULT_PATH;
  size_t count = 2;
  for (const char *c = path; *c != '\0'; c++)
    count += *c == ':';
  const char **list = rt_new_array (arena, const char *, count);
  if (strchr (name, '/') != NULL)
    {
      list[0] = name;
      return list;
    }
  size_t n = 0;
  while (*path != '\0')
    {
      size_t length = strcspn (path, ":");
      if (path[0] == '/')
        list[n++] = rt_printf (arena, "%.*s/%s", (int)length, path, name);
      path += length + (path[length] == ':');
    }
  return list;
}

static const rt_program_step *
program_step (const rt_process_input *in, rt_arena *arena)
{
  const rt_process *process = in->process;
  rt_program_step *program = rt_new (arena, rt_program_step);
  char **argv = rt_new_array (arena, char *, process->args.count + 1);
  for (size_t i = 0; i < process->args.count; i++)
    argv[i] = rt_strdup (arena, process->args.items[i]);
  /* The child may add HOME. */
  char **envp = rt_environment_merge (&process->env, in->extra_env, 1, arena);
  *program = (rt_program_step){ candidates (process, arena), argv, envp };
  return program;
}

int
rt_plan_affinity (rt_builder *b, const char *cpus, const char *name, hd_err *err)
{
  if (cpus == NULL || cpus[0] == '\0')
    return 0;
  rt_affinity_step *step = rt_new (b->arena, rt_affinity_step);
  uint64_t *mask = rt_new_array (b->arena, uint64_t, CPU_LIMIT / 64);
  if (rt_number_list_parse (cpus, CPU_LIMIT, mask, &step->size_bytes) < 0)
    return hd_err_set (err, HD_CONFIG, "a list as \"0-3,7\"",
                       "process.execCPUAffinity.%s: \"%.80s\" is not a list of CPUs", name, cpus);
  step->mask = mask;
  rt_builder_add (b, RT_STEP_AFFINITY)->as.affinity = step;
  return 0;
}

static void
plan_scheduling (rt_builder *b, const rt_process *process)
{
  if (process->scheduler != NULL)
    rt_builder_add (b, RT_STEP_SCHEDULER)->as.scheduler = process->scheduler;
  if (process->io_priority != NULL)
    rt_builder_add_number (
        b, RT_STEP_IO_PRIORITY,
        IOPRIO_PRIO_VALUE (process->io_priority->class.value, process->io_priority->priority));
}

/* What the security modules shall make of exec.  Both kinds share one file on old kernels. */
static void
plan_attributes (rt_builder *b, const rt_process *process)
{
  if (process->apparmor_profile != NULL && process->apparmor_profile[0] != '\0'
      && strcmp (process->apparmor_profile, "unconfined") != 0)
    rt_builder_add (b, RT_STEP_ATTRIBUTE)->as.pair
        = (rt_pair){ "apparmor/exec", rt_printf (b->arena, "exec %s", process->apparmor_profile) };
  if (process->selinux_label != NULL && process->selinux_label[0] != '\0')
    rt_builder_add (b, RT_STEP_ATTRIBUTE)->as.pair = (rt_pair){ "exec", process->selinux_label };
}

#define LANDLOCK_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define LANDLOCK_WRITE                                                                             \
  (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE  \
   | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG      \
   | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK   \
   | LANDLOCK_ACCESS_FS_MAKE_SYM | RT_LANDLOCK_REFER | RT_LANDLOCK_TRUNCATE)

static int
landlock_rule (const char *text, size_t length, rt_landlock_rule *ret, rt_arena *arena, hd_err *err)
{
  const char *colon = memchr (text, ':', length);
  if (colon == NULL || colon == text || colon[1] != '/')
    return hd_err_set (err, HD_CONFIG, "as \"rx:/usr;rwx:/tmp\"",
                       "annotations." LANDLOCK_ANNOTATION ": \"%.*s\" is not RIGHTS:PATH",
                       (int)length, text);
  for (const char *c = text; c < colon; c++)
    switch (*c)
      {
      case 'r':
        ret->access |= LANDLOCK_READ;
        break;
      case 'w':
        ret->access |= LANDLOCK_WRITE;
        break;
      case 'x':
        ret->access |= LANDLOCK_ACCESS_FS_EXECUTE;
        break;
      default:
        return hd_err_set (err, HD_CONFIG, "rights are r, w and x",
                           "annotations." LANDLOCK_ANNOTATION ": unknown right \"%c\"", *c);
      }
  ret->path = rt_printf (arena, "%.*s", (int)(length - (size_t)(colon + 1 - text)), colon + 1);
  return 0;
}

/* The annotation lists what may be reached, "RIGHTS:PATH" separated by ";"; all else is denied. */
static int
plan_landlock (rt_builder *b, const rt_spec *spec, hd_err *err)
{
  const char *text = rt_spec_annotation (spec, LANDLOCK_ANNOTATION);
  if (text == NULL)
    return 0;
  rt_landlock_step *step = rt_new (b->arena, rt_landlock_step);
  rt_landlock_rule *rules = rt_new_array (b->arena, rt_landlock_rule, strlen (text) / 3 + 1);
  while (*text != '\0')
    {
      size_t length = strcspn (text, ";");
      if (length > 0 && landlock_rule (text, length, &rules[step->n_rules++], b->arena, err) < 0)
        return -EINVAL;
      text += length + (text[length] == ';');
    }
  step->rules = rules;
  rt_builder_add (b, RT_STEP_LANDLOCK)->as.landlock = step;
  return 0;
}

bool
rt_plan_keeps_groups (const rt_spec *spec)
{
  const char *text = rt_spec_annotation (spec, KEEP_GROUPS_ANNOTATION);
  return text != NULL && strcmp (text, "0") != 0;
}

static void
plan_personality (rt_builder *b, const rt_process_input *in)
{
  const rt_personality *personality = in->spec->linux_->personality;
  if (personality != NULL)
    rt_builder_add_number (b, RT_STEP_PERSONALITY, personality->domain.value);
}

void
rt_plan_process_prepare (rt_builder *b, const rt_process_input *in)
{
  const rt_process *process = in->process;
  if (!in->no_new_keyring)
    rt_builder_add_text (b, RT_STEP_KEYRING, rt_printf (b->arena, "_ses.%s", in->id));
  for (size_t i = 0; i < process->rlimits.count; i++)
    rt_builder_add (b, RT_STEP_RLIMIT)->as.rlimit = &process->rlimits.items[i];
  plan_personality (b, in);
  plan_scheduling (b, process);
  if (in->spec->linux_->memory_policy != NULL)
    rt_builder_add (b, RT_STEP_MEMORY_POLICY)->as.memory_policy = in->spec->linux_->memory_policy;
  plan_attributes (b, process);
  rt_builder_add_text (b, RT_STEP_CWD, process->cwd);
}

static void
plan_privileges (rt_builder *b, const rt_process_input *in)
{
  const rt_process *process = in->process;
  rt_cap_sets *caps = rt_new (b->arena, rt_cap_sets);
  const char *unknown = rt_caps_from_spec (process->capabilities, caps, b->arena);
  if (unknown != NULL)
    rt_builder_warn (
        b, rt_printf (b->arena, "process.capabilities: unknown and left out: %s", unknown));
  rt_user_step *user = rt_new (b->arena, rt_user_step);
  *user = (rt_user_step){
    .uid = process->user.uid,
    .gid = process->user.gid,
    .groups = process->user.additional_gids.items,
    .n_groups = process->user.additional_gids.count,
    .set_groups = !in->deny_groups && !rt_plan_keeps_groups (in->spec),
  };
  const bool filter = in->spec->linux_->seccomp != NULL;
  const bool hold = filter && !process->no_new_privileges;

  if (process->no_new_privileges)
    rt_builder_add (b, RT_STEP_NO_NEW_PRIVILEGES);
  rt_builder_add_flags (b, RT_STEP_BOUNDING, caps->bounding);
  rt_builder_add (b, RT_STEP_USER)->as.user = user;
  rt_step *step = rt_builder_add (b, RT_STEP_CAPABILITIES);
  step->as.caps = caps;
  step->number = hold;
  if (filter)
    rt_builder_add (b, RT_STEP_SECCOMP);
  if (hold)
    rt_builder_add (b, RT_STEP_LAST_CAPS)->as.caps = caps;
}

int
rt_plan_process_exec (rt_builder *b, const rt_process_input *in, hd_err *err)
{
  const rt_process *process = in->process;
  const rt_program_step *program = program_step (in, b->arena);
  const char *home = rt_environment_get (&process->env, "HOME");
  if (home == NULL || home[0] == '\0')
    {
      rt_step *step = rt_builder_add (b, RT_STEP_HOME);
      step->number = process->user.uid;
      step->as.program = program;
    }
  rt_builder_add (b, RT_STEP_FIND_PROGRAM)->as.program = program;
  if (!in->exec)
    rt_builder_add_flags (b, RT_STEP_CREATED, in->start_at_once);
  const rt_exec_affinity *affinity = process->exec_cpu_affinity;
  int r = 0;
  if (in->exec && affinity != NULL && (r = rt_plan_affinity (b, affinity->final, "final", err)) < 0)
    return r;
  if ((r = plan_landlock (b, in->spec, err)) < 0)
    return r;
  rt_builder_add_number (b, RT_STEP_UMASK,
                         process->user.umask.set ? process->user.umask.value : 022);
  /* Before the filter, which may not know close_range. */
  rt_builder_add_number (b, RT_STEP_CLOSE_FDS, in->preserve_fds);
  plan_privileges (b, in);
  /* They are programs of the container: with its user, capabilities and filter (runc, crun). */
  if (!in->exec)
    rt_plan_hooks (b, &in->spec->hooks->start_container, "startContainer", "created",
                   program->envp);
  rt_builder_add (b, RT_STEP_EXEC)->as.program = program;
  return 0;
}
