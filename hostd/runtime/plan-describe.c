/* Steps as text: for errors, for the verb `plan`, and for golden tests. */
#include "runtime/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "runtime/mountapi.h"

/* A buffer that is filled from the left and never overrun. */
typedef struct
{
  char *at;
  size_t left;
} text;

static void add (text *t, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

static void
add (text *t, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  int n = vsnprintf (t->at, t->left, format, args);
  va_end (args);
  if (n <= 0)
    return;
  size_t used = (size_t)n < t->left ? (size_t)n : t->left - 1;
  t->at += used;
  t->left -= used;
}

typedef void describe_function (text *t, const rt_step *s);

static void
of_nothing (text *t, const rt_step *s)
{
}

static void
of_text (text *t, const rt_step *s)
{
  add (t, " %s", s->as.text);
}

static void
of_number (text *t, const rt_step *s)
{
  add (t, " %lld", (long long)s->number);
}

static void
of_octal (text *t, const rt_step *s)
{
  add (t, " %03llo", (unsigned long long)s->number);
}

static void
of_namespaces (text *t, const rt_step *s)
{
  for (const rt_word *word = rt_namespace_words; word->name != NULL; word++)
    if ((s->flags & (uint64_t)word->value) != 0)
      add (t, " %s", word->name);
}

static void
of_joined (text *t, const rt_step *s)
{
  add (t, " %s %s", rt_word_name (rt_namespace_words, s->as.namespace_->type.value),
       s->as.namespace_->path);
}

static void
of_propagation (text *t, const rt_step *s)
{
  const char *name = rt_word_name (rt_propagation_words, (int64_t)s->flags);
  add (t, " %s", name != NULL ? name : "?");
}

static const struct
{
  const char *name;
  uint64_t bit;
} attributes[] = {
  { "ro", MOUNT_ATTR_RDONLY },
  { "nosuid", MOUNT_ATTR_NOSUID },
  { "nodev", MOUNT_ATTR_NODEV },
  { "noexec", MOUNT_ATTR_NOEXEC },
  { "noatime", MOUNT_ATTR_NOATIME },
  { "strictatime", MOUNT_ATTR_STRICTATIME },
  { "nodiratime", MOUNT_ATTR_NODIRATIME },
  { "nosymfollow", 0x00200000 },
};

static void
add_attributes (text *t, const char *prefix, uint64_t bits)
{
  for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
    if ((bits & attributes[i].bit) != 0)
      add (t, " %s%s", prefix, attributes[i].name);
}

static void
of_mount (text *t, const rt_step *s)
{
  const rt_mount_step *m = s->as.mount;
  const rt_mount_options *o = &m->options;
  add (t, " %s on %s", o->bind ? (m->source != NULL ? m->source : "-") : m->type, m->target);
  if (o->bind && o->recursive)
    add (t, " recursive");
  if (o->remount)
    add (t, " remount");
  if (m->idmap >= 0)
    add (t, " idmap");
  if (o->copy_up)
    add (t, " tmpcopyup");
  add_attributes (t, "", o->attr_set);
  add_attributes (t, "-", o->attr_clear & ~(uint64_t)MOUNT_ATTR__ATIME);
  add_attributes (t, "r", o->tree_set);
  add_attributes (t, "-r", o->tree_clear & ~(uint64_t)MOUNT_ATTR__ATIME);
  for (size_t i = 0; i < o->data.count; i++)
    add (t, o->data.items[i].value != NULL ? " %s=%s" : " %s", o->data.items[i].key,
         o->data.items[i].value);
  if (o->propagation != 0)
    add (t, " %s", rt_word_name (rt_propagation_words, (int64_t)o->propagation));
}

static void
of_device (text *t, const rt_step *s)
{
  const rt_device_step *d = s->as.device;
  add (t, " %s %u:%u %o %u:%u", d->name, major (d->number), minor (d->number), d->mode, d->uid,
       d->gid);
}

static void
of_link (text *t, const rt_step *s)
{
  add (t, " %s -> %s", s->as.pair.value, s->as.pair.key);
}

static void
of_pair (text *t, const rt_step *s)
{
  add (t, " %s=%s", s->as.pair.key, s->as.pair.value);
}

static void
of_hooks (text *t, const rt_step *s)
{
  add (t, " %s", s->as.hooks->kind);
  for (size_t i = 0; i < s->as.hooks->count; i++)
    add (t, " %s", s->as.hooks->items[i].path);
}

static void
of_terminal (text *t, const rt_step *s)
{
  if (s->as.size != NULL)
    add (t, " %ux%u", s->as.size->width, s->as.size->height);
}

static void
of_rlimit (text *t, const rt_step *s)
{
  add (t, " %s soft %llu hard %llu", rt_word_name (rt_rlimit_words, s->as.rlimit->type.value),
       (unsigned long long)s->as.rlimit->soft.value, (unsigned long long)s->as.rlimit->hard.value);
}

static void
of_scheduler (text *t, const rt_step *s)
{
  const rt_scheduler *scheduler = s->as.scheduler;
  add (t, " policy %lld nice %d priority %d", (long long)scheduler->policy.value, scheduler->nice,
       scheduler->priority);
  if (scheduler->period.set)
    add (t, " runtime %llu deadline %llu period %llu", (unsigned long long)scheduler->runtime.value,
         (unsigned long long)scheduler->deadline.value,
         (unsigned long long)scheduler->period.value);
}

static void
of_memory_policy (text *t, const rt_step *s)
{
  const rt_memory_policy *policy = s->as.memory_policy;
  add (t, " mode %lld flags %llx nodes %s", (long long)policy->mode.value,
       (unsigned long long)policy->flags.value, policy->nodes != NULL ? policy->nodes : "-");
}

static void
of_affinity (text *t, const rt_step *s)
{
  const rt_affinity_step *a = s->as.affinity;
  if (a == NULL)
    add (t, " to that of the cgroup");
  for (size_t i = a == NULL ? 0 : a->size_bytes / sizeof (uint64_t); i-- > 0;)
    add (t, " %016llx", (unsigned long long)a->mask[i]);
}

static void
of_program (text *t, const rt_step *s)
{
  add (t, " \"%s\"", s->as.program->argv[0]);
}

static void
of_user (text *t, const rt_step *s)
{
  const rt_user_step *u = s->as.user;
  add (t, " %u:%u", u->uid, u->gid);
  for (size_t i = 0; i < u->n_groups; i++)
    add (t, "%s%u", i == 0 ? " groups " : ",", u->groups[i]);
  if (!u->set_groups)
    add (t, " groups denied");
}

static void
of_bits (text *t, const rt_step *s)
{
  add (t, " %llx", (unsigned long long)s->flags);
}

static void
of_caps (text *t, const rt_step *s)
{
  const rt_cap_sets *c = s->as.caps;
  add (t, " effective %llx permitted %llx inheritable %llx ambient %llx",
       (unsigned long long)c->effective, (unsigned long long)c->permitted,
       (unsigned long long)c->inheritable, (unsigned long long)c->ambient);
  if (s->number != 0)
    add (t, " and sys_admin");
}

static void
of_landlock (text *t, const rt_step *s)
{
  for (size_t i = 0; i < s->as.landlock->n_rules; i++)
    add (t, " %llx:%s", (unsigned long long)s->as.landlock->rules[i].access,
         s->as.landlock->rules[i].path);
}

static void
of_created (text *t, const rt_step *s)
{
  add (t, s->flags != 0 ? " and start" : " and wait");
}

static const struct
{
  const char *name;
  describe_function *describe;
} kinds[RT_N_STEPS] = {
  [RT_STEP_AWAIT_MAPS] = { "await id maps", of_nothing },
  [RT_STEP_BECOME_ROOT] = { "become root of the user namespace", of_nothing },
  [RT_STEP_JOIN_NS] = { "join namespace", of_joined },
  [RT_STEP_ENTER] = { "enter namespaces", of_namespaces },
  [RT_STEP_JOIN_CGROUP] = { "join cgroup", of_nothing },
  [RT_STEP_UNSHARE] = { "unshare", of_namespaces },
  [RT_STEP_LOOPBACK] = { "bring up loopback", of_nothing },
  [RT_STEP_AWAIT_NET] = { "await network devices", of_nothing },
  [RT_STEP_HOSTNAME] = { "set hostname", of_text },
  [RT_STEP_DOMAINNAME] = { "set domainname", of_text },
  [RT_STEP_OOM_SCORE] = { "set oom_score_adj", of_number },
  [RT_STEP_PROPAGATION] = { "set propagation of /", of_propagation },
  [RT_STEP_ROOTFS] = { "bind rootfs", of_text },
  [RT_STEP_MOUNT] = { "mount", of_mount },
  [RT_STEP_BIND] = { "bind", of_mount },
  [RT_STEP_CGROUPS] = { "mount cgroups:", of_mount },
  [RT_STEP_DIRECTORY] = { "in folder", of_text },
  [RT_STEP_DEVICE] = { "make device", of_device },
  [RT_STEP_SYMLINK] = { "link", of_link },
  [RT_STEP_SYSCTL] = { "set sysctl", of_pair },
  [RT_STEP_READONLY] = { "make read-only", of_text },
  [RT_STEP_MASK] = { "mask", of_text },
  [RT_STEP_RUNTIME_HOOKS] = { "await hooks prestart and createRuntime", of_nothing },
  [RT_STEP_HOOKS] = { "run hooks", of_hooks },
  [RT_STEP_READONLY_MOUNT] = { "make mount read-only", of_text },
  [RT_STEP_PIVOT] = { "pivot root", of_nothing },
  [RT_STEP_STAY] = { "chroot in the host's mount namespace", of_nothing },
  [RT_STEP_ROOT_OF] = { "chroot to the root of process", of_number },
  [RT_STEP_CHROOT] = { "move and change root", of_nothing },
  [RT_STEP_READONLY_ROOT] = { "make the rootfs read-only", of_nothing },
  [RT_STEP_ROOT_PROPAGATION] = { "set propagation of the rootfs", of_propagation },
  [RT_STEP_SESSION] = { "new session", of_nothing },
  [RT_STEP_KEYRING] = { "join keyring", of_text },
  [RT_STEP_TERMINAL] = { "open terminal", of_terminal },
  [RT_STEP_RLIMIT] = { "set", of_rlimit },
  [RT_STEP_PERSONALITY] = { "set personality", of_number },
  [RT_STEP_SCHEDULER] = { "set scheduler", of_scheduler },
  [RT_STEP_IO_PRIORITY] = { "set io priority", of_number },
  [RT_STEP_AFFINITY] = { "set cpu affinity", of_affinity },
  [RT_STEP_MEMORY_POLICY] = { "set memory policy", of_memory_policy },
  [RT_STEP_ATTRIBUTE] = { "set attribute", of_pair },
  [RT_STEP_CWD] = { "change to folder", of_text },
  [RT_STEP_HOME] = { "find home of user", of_number },
  [RT_STEP_FIND_PROGRAM] = { "find program", of_program },
  [RT_STEP_CREATED] = { "report created", of_created },
  [RT_STEP_CLOSE_FDS] = { "close descriptors after", of_number },
  [RT_STEP_UMASK] = { "set umask", of_octal },
  [RT_STEP_LANDLOCK] = { "restrict by landlock", of_landlock },
  [RT_STEP_NO_NEW_PRIVILEGES] = { "set no_new_privs", of_nothing },
  [RT_STEP_BOUNDING] = { "keep bounding capabilities", of_bits },
  [RT_STEP_USER] = { "set user", of_user },
  [RT_STEP_CAPABILITIES] = { "set capabilities", of_caps },
  [RT_STEP_SECCOMP] = { "load seccomp filter", of_nothing },
  [RT_STEP_LAST_CAPS] = { "set last capabilities", of_caps },
  [RT_STEP_EXEC] = { "exec", of_program },
};

const char *
rt_step_name (rt_step_kind kind)
{
  return kind < RT_N_STEPS ? kinds[kind].name : "unknown step";
}

void
rt_step_describe (const rt_step *step, char *buffer, size_t size_bytes)
{
  text t = { buffer, size_bytes };
  add (&t, "%s", kinds[step->kind].name);
  kinds[step->kind].describe (&t, step);
}
