/* The child's own properties, up to exec. */
#include "runtime/child-internal.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fs.h"
#include "runtime/socket.h"

#define CAP_BIT(cap) (UINT64_C (1) << (cap))

int
rt_do_keyring (rt_child *child, const rt_step *step)
{
  if (syscall (SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, step->as.text, 0, 0, 0) >= 0)
    return 0;
  /* Quotas of keys are small, and no container depends on its keyring (as peers do). */
  if (errno != ENOSYS && errno != EPERM)
    rt_child_warn (child, errno, "the session keyring stays that of the caller");
  return 0;
}

/* The limits of prlimit64(2): musl names none. */
typedef struct
{
  uint64_t rlim_cur;
  uint64_t rlim_max;
} rlimit_pair;

/* A limit above what the host lets us have is brought down to it. */
int
rt_do_rlimit (rt_child *child, const rt_step *step)
{
  const rt_rlimit *limit = step->as.rlimit;
  rlimit_pair now, want = { limit->soft.value, limit->hard.value };
  const int which = (int)limit->type.value;
  if (syscall (SYS_prlimit64, 0, which, &want, NULL) == 0)
    return 0;
  if (errno != EPERM)
    return -errno;
  if (syscall (SYS_prlimit64, 0, which, NULL, &now) < 0)
    return -errno;
  if (want.rlim_max > now.rlim_max)
    want.rlim_max = now.rlim_max;
  if (want.rlim_cur > want.rlim_max)
    want.rlim_cur = want.rlim_max;
  if (syscall (SYS_prlimit64, 0, which, &want, NULL) < 0)
    return -errno;
  rt_child_warn (child, EPERM, "brought down to what the host allows");
  return 0;
}

int
rt_do_personality (rt_child *child, const rt_step *step)
{
  return RT_CHECK (syscall (SYS_personality, (unsigned long)step->number));
}

/* struct sched_attr of sched_setattr(2): glibc has none before 2.41. */
typedef struct
{
  uint32_t size;
  uint32_t sched_policy;
  uint64_t sched_flags;
  int32_t sched_nice;
  uint32_t sched_priority;
  uint64_t sched_runtime;
  uint64_t sched_deadline;
  uint64_t sched_period;
} scheduler_attributes;

int
rt_do_scheduler (rt_child *child, const rt_step *step)
{
  const rt_scheduler *s = step->as.scheduler;
  scheduler_attributes attributes = {
    .size = sizeof attributes,
    .sched_policy = (uint32_t)s->policy.value,
    .sched_flags = s->flags.value,
    .sched_nice = s->nice,
    .sched_priority = (uint32_t)s->priority,
    .sched_runtime = s->runtime.value,
    .sched_deadline = s->deadline.value,
    .sched_period = s->period.value,
  };
  return RT_CHECK (syscall (SYS_sched_setattr, 0, &attributes, 0));
}

int
rt_do_io_priority (rt_child *child, const rt_step *step)
{
  return RT_CHECK (syscall (SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, (int)step->number));
}

/* Since Linux 6.2 a process takes the CPUs that its caller had chosen into the cgroup.  The kernel
 * leaves out what is not there or not the cgroup's. */
static int
reset_affinity (rt_child *child)
{
  static const uint64_t all[] = { [0 ... 8192 / 64 - 1] = UINT64_MAX }; /* NR_CPUS at most */
  if (syscall (SYS_sched_setaffinity, 0, sizeof all, all) < 0)
    rt_child_warn (child, errno, "it stays that of the caller");
  return 0;
}

int
rt_do_affinity (rt_child *child, const rt_step *step)
{
  const rt_affinity_step *a = step->as.affinity;
  if (a == NULL)
    return reset_affinity (child);
  if (syscall (SYS_sched_setaffinity, 0, a->size_bytes, a->mask) == 0)
    return 0;
  if (errno != EINVAL || step->flags == 0)
    return -errno;
  /* Clone has put us into a version 2 cgroup already, whose CPUs count. */
  rt_child_warn (child, EINVAL, "these are not of the cgroup");
  return 0;
}

/* "0-3,5" as a bit mask of 64 nodes. */
static int
parse_nodes (const char *text, uint64_t *ret)
{
  uint64_t first = 0, number = 0;
  bool range = false;
  for (const char *c = text;; c++)
    {
      if (*c >= '0' && *c <= '9')
        number = number * 10 + (uint64_t)(*c - '0');
      if (number > 63)
        return -EINVAL;
      if (*c == '-')
        {
          range = true;
          first = number;
          number = 0;
        }
      if (*c != ',' && *c != '\0')
        continue;
      for (uint64_t node = range ? first : number; node <= number; node++)
        *ret |= UINT64_C (1) << node;
      if (*c == '\0')
        return 0;
      range = false;
      number = 0;
    }
}

int
rt_do_memory_policy (rt_child *child, const rt_step *step)
{
  const rt_memory_policy *policy = step->as.memory_policy;
  uint64_t nodes = 0;
  bool some = policy->nodes != NULL && policy->nodes[0] != '\0';
  if (some && parse_nodes (policy->nodes, &nodes) < 0)
    return -EINVAL;
  return RT_CHECK (syscall (SYS_set_mempolicy,
                            (int)(policy->mode.value | (int64_t)policy->flags.value),
                            some ? &nodes : NULL, some ? 65UL : 0UL));
}

/* What the security module shall make of exec; old kernels have one file for all modules. */
int
rt_do_attribute (rt_child *child, const rt_step *step)
{
  char path[64] = "thread-self/attr/";
  strncpy (path + strlen (path), step->as.pair.key, sizeof path - strlen (path) - 1);
  int r = rt_child_write_proc (child, path, step->as.pair.value);
  const bool knows = r != -ENOENT || faccessat (child->proc_fd, path, F_OK, 0) == 0;
  if (!knows)
    r = rt_child_write_proc (child, "thread-self/attr/exec", step->as.pair.value);
  if (r < 0 && child->detail == NULL)
    child->detail = r == -ENOENT && knows
                        ? "the host's kernel does not have this profile: load it first"
                        : "the host's kernel does not have this security module";
  return r;
}

/* Enter the working folder, made if it is missing, and see that it is inside: getcwd tells the path
 * of a folder that is outside of the root with "(unreachable)" before it. */
int
rt_do_cwd (rt_child *child, const rt_step *step)
{
  char path[PATH_MAX];
  const bool container = child->init_pidfd < 0;
  int r = rt_child_forget (child);
  if (r < 0)
    return r;
  /* That is where the pivot has left us. */
  if (container && strcmp (step->as.text, "/") == 0)
    return 0;
  if (chdir (step->as.text) < 0)
    {
      if (errno != ENOENT || !container)
        return -errno;
      child->root_fd = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
      int fd = rt_child_make (child, step->as.text, true);
      if (fd < 0)
        return fd;
      rt_child_forget (child);
      if (chdir (step->as.text) < 0)
        return -errno;
    }
  if (syscall (SYS_getcwd, path, sizeof path) < 0)
    return -errno;
  if (path[0] == '/')
    return 0;
  child->detail = "the folder is outside of the container";
  return -EXDEV;
}

/* The sixth field of the user's line in the container's /etc/passwd. */
static const char *
find_home (char *text, uint32_t uid)
{
  while (text != NULL && *text != '\0')
    {
      char *end = strchr (text, '\n');
      char *field[7] = { text };
      int n = 1;
      if (end != NULL)
        *end = '\0';
      for (char *c = text; *c != '\0' && n < 7; c++)
        if (*c == ':')
          {
            *c = '\0';
            field[n++] = c + 1;
          }
      uint64_t number = 0;
      bool digits = n >= 6 && field[2][0] != '\0';
      for (const char *c = n >= 6 ? field[2] : ""; *c != '\0'; c++)
        {
          digits = digits && *c >= '0' && *c <= '9' && number <= UINT32_MAX;
          number = number * 10 + (uint64_t)(*c - '0');
        }
      if (digits && number == uid && field[5][0] == '/')
        return field[5];
      text = end != NULL ? end + 1 : NULL;
    }
  return NULL;
}

int
rt_do_home (rt_child *child, const rt_step *step)
{
  static char passwd[64 << 10];
  static char variable[PATH_MAX] = "HOME=/";
  const char *home;
  int fd = open ("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read (fd, passwd, sizeof passwd - 1) : 0;
  passwd[n > 0 ? n : 0] = '\0';
  home = find_home (passwd, (uint32_t)step->number);
  /* Nothing of ours stays open while the container waits for `start`. */
  if (fd >= 0)
    close (fd);
  if (home == NULL && step->number == 0)
    home = "/root";
  size_t length = home != NULL ? strlen (home) : 0;
  if (length > 0 && length + 6 < sizeof variable)
    memcpy (variable + 5, home, length + 1);
  /* In the place of one without a value, or at the end. */
  char **place = step->as.program->envp;
  while (*place != NULL && strncmp (*place, "HOME=", 5) != 0)
    place++;
  *place = variable;
  return 0;
}

int
rt_do_find_program (rt_child *child, const rt_step *step)
{
  const rt_program_step *program = step->as.program;
  int best = ENOENT;
  for (const char *const *path = program->candidates; *path != NULL; path++)
    {
      struct stat st;
      if (faccessat (AT_FDCWD, *path, X_OK, AT_EACCESS) == 0 && stat (*path, &st) == 0)
        {
          size_t length = strlen (*path);
          if (S_ISREG (st.st_mode) && length < sizeof child->program)
            {
              memcpy (child->program, *path, length + 1);
              return 0;
            }
          best = S_ISREG (st.st_mode) ? ENAMETOOLONG : EACCES;
        }
      else if (errno != ENOENT && errno != ENOTDIR)
        best = errno;
    }
  return -best;
}

int
rt_do_umask (rt_child *child, const rt_step *step)
{
  umask ((mode_t)step->number);
  return 0;
}

/* Landlock: only what the rules name may be reached.  Rights that this kernel does not know are not
 * handled. */
/* Every right that this kernel can deny; all must be named, or it allows them. */
static uint64_t
landlock_rights (void)
{
  long version = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (version >= 2)
    all |= RT_LANDLOCK_REFER;
  if (version >= 3)
    all |= RT_LANDLOCK_TRUNCATE;
  return all;
}

int
rt_do_landlock (rt_child *child, const rt_step *step)
{
  const rt_landlock_step *l = step->as.landlock;
  const uint64_t all = landlock_rights ();
  const uint64_t for_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE
                             | LANDLOCK_ACCESS_FS_READ_FILE | RT_LANDLOCK_TRUNCATE;
  struct landlock_ruleset_attr attr = { .handled_access_fs = all };
  int ruleset = (int)syscall (SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
  if (ruleset < 0)
    {
      child->detail = "the host's kernel has no Landlock";
      return -errno;
    }
  for (size_t i = 0; i < l->n_rules; i++)
    {
      struct stat st;
      struct landlock_path_beneath_attr rule = { .allowed_access = l->rules[i].access & all };
      rule.parent_fd = open (l->rules[i].path, O_PATH | O_CLOEXEC);
      if (rule.parent_fd < 0 || fstat (rule.parent_fd, &st) < 0)
        {
          child->detail = l->rules[i].path;
          return -errno;
        }
      if (!S_ISDIR (st.st_mode))
        rule.allowed_access &= for_files;
      if (syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
        return -errno;
      close (rule.parent_fd);
    }
  /* Allowed by CAP_SYS_ADMIN or no_new_privs; who has neither gets the latter. */
  if (syscall (SYS_landlock_restrict_self, ruleset, 0) == 0)
    return 0;
  if (errno != EPERM || prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return -errno;
  return RT_CHECK (syscall (SYS_landlock_restrict_self, ruleset, 0));
}

/* What callers block or ignore for themselves (conmon: SIGPIPE) is not for the program; exec would
 * keep it.  This comes before the filter, which may not know these calls. */
static void
reset_signals (void)
{
  static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD };
  const struct sigaction usual = { .sa_handler = SIG_DFL };
  sigset_t none;
  sigemptyset (&none);
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
    sigaction (ignored[i], &usual, NULL);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

/* Whatever the caller left open ends with exec; until then our own are needed. */
int
rt_do_close_fds (rt_child *child, const rt_step *step)
{
  const unsigned first = 3 + (unsigned)step->number;
  reset_signals ();
  return RT_CHECK (syscall (SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC));
}

int
rt_do_no_new_privileges (rt_child *child, const rt_step *step)
{
  return RT_CHECK (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int
rt_do_bounding (rt_child *child, const rt_step *step)
{
  for (unsigned long cap = 0; cap < 64; cap++)
    {
      if ((step->flags & CAP_BIT (cap)) != 0)
        continue;
      if (prctl (PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
        continue;
      if (errno == EINVAL)
        break; /* the kernel knows no more of them */
      return -errno;
    }
  return 0;
}

/* The standard streams belong to the user, or it could not open /dev/stdout; best effort. */
static void
give_streams (uint32_t uid)
{
  struct stat st;
  for (int fd = 0; fd <= 2; fd++)
    if (fstat (fd, &st) == 0 && st.st_uid != uid
        && !(S_ISCHR (st.st_mode) && st.st_rdev == (1 << 8 | 3)) && !S_ISREG (st.st_mode))
      (void)!fchown (fd, uid, (gid_t)-1);
}

int
rt_do_user (rt_child *child, const rt_step *step)
{
  const rt_user_step *user = step->as.user;
  if (user->uid != 0)
    {
      give_streams (user->uid);
      if (prctl (PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return -errno;
    }
  if (user->set_groups && syscall (SYS_setgroups, user->n_groups, user->groups) < 0)
    return -errno;
  if (!user->set_groups && user->n_groups > 0)
    rt_child_warn (child, EPERM, "additional groups are left out: the user namespace denies them");
  if (syscall (SYS_setresgid, user->gid, user->gid, user->gid) < 0)
    return -errno;
  return RT_CHECK (syscall (SYS_setresuid, user->uid, user->uid, user->uid));
}

static int
set_caps (uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[2];
  for (int i = 0; i < 2; i++)
    data[i] = (struct __user_cap_data_struct){ (uint32_t)(effective >> (32 * i)),
                                               (uint32_t)(permitted >> (32 * i)),
                                               (uint32_t)(inheritable >> (32 * i)) };
  return RT_CHECK (syscall (SYS_capset, &header, data));
}

static int
get_permitted (uint64_t *ret)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[2];
  if (syscall (SYS_capget, &header, data) < 0)
    return -errno;
  *ret = data[0].permitted | (uint64_t)data[1].permitted << 32;
  return 0;
}

/* Without what we do not have ourselves. */
static int
set_allowed_caps (rt_child *child, uint64_t held)
{
  rt_cap_sets *caps = &child->caps;
  uint64_t ours = 0;
  int r = get_permitted (&ours);
  if (r < 0)
    return r;
  if ((caps->permitted & ~ours) != 0)
    rt_child_warn (child, EPERM, "without what the host does not allow");
  caps->effective &= ours;
  caps->permitted &= ours;
  caps->inheritable &= ours;
  held &= ours;
  return set_caps (caps->effective | held, caps->permitted | held, caps->inheritable);
}

/* The sets, without what we do not have ourselves.  While a filter is still to come, CAP_SYS_ADMIN
 * stays until rt_do_last_caps. */
int
rt_do_capabilities (rt_child *child, const rt_step *step)
{
  const rt_cap_sets *caps = &child->caps;
  const uint64_t held = step->number != 0 ? CAP_BIT (CAP_SYS_ADMIN) : 0;
  child->caps = *step->as.caps;
  int r = set_caps (caps->effective | held, caps->permitted | held, caps->inheritable);
  if (r == -EPERM)
    r = set_allowed_caps (child, held);
  /* What is not permitted and inheritable too cannot be ambient (capabilities(7)): buildah asks for
   * such, and peers leave it out. */
  const uint64_t ambient = caps->ambient & caps->permitted & caps->inheritable;
  int refused = 0;
  for (unsigned long cap = 0; r == 0 && cap < 63 && ambient >> cap != 0; cap++)
    if ((ambient & CAP_BIT (cap)) != 0
        && prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
      refused = errno;
  if (refused != 0)
    rt_child_warn (child, refused, "without the ambient capabilities that the host does not allow");
  return r;
}

/* The filter is in force: one call, and it must be allowed. */
int
rt_do_last_caps (rt_child *child, const rt_step *step)
{
  return set_caps (child->caps.effective, child->caps.permitted, child->caps.inheritable);
}

int
rt_do_seccomp (rt_child *child, const rt_step *step)
{
  const bool listens = (child->filter_flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
  const char *state = NULL;
  size_t size = 0;
  int r = listens ? rt_child_ask_state (child, "seccomp", &state, &size) : 0;
  if (r < 0)
    return r;
  long fd = syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, child->filter_flags, &child->filter);
  if (fd < 0)
    return -errno;
  if (!listens)
    return 0;
  /* The agent gets the listener and what container it belongs to. */
  r = rt_socket_send_fd (child->notify_fd, (int)fd, state, size);
  close ((int)fd);
  return r;
}

int
rt_do_exec (rt_child *child, const rt_step *step)
{
  execve (child->program, step->as.program->argv, step->as.program->envp);
  child->detail = child->program;
  return -errno;
}
