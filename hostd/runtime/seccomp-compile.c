/* Profile to filter, with libseccomp, which is loaded for it. */
#include "runtime/seccomp.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "runtime/filter-shrink.h"

/* The functions of libseccomp.so.2 that are used. */
typedef struct
{
  void *library;
  __typeof__ (seccomp_init) *init;
  __typeof__ (seccomp_release) *release;
  __typeof__ (seccomp_arch_resolve_name) *arch_resolve_name;
  __typeof__ (seccomp_arch_native) *arch_native;
  __typeof__ (seccomp_arch_add) *arch_add;
  __typeof__ (seccomp_attr_set) *attr_set;
  __typeof__ (seccomp_syscall_resolve_name) *resolve_name;
  __typeof__ (seccomp_syscall_resolve_name_arch) *resolve_name_arch;
  __typeof__ (seccomp_rule_add_array) *rule_add;
  __typeof__ (seccomp_export_bpf) *export_bpf;
} libseccomp;

#define LOAD(member, name) (*(void **)&lib->member = dlsym (lib->library, name))

static int
load_library (libseccomp *lib, hd_err *err)
{
  lib->library = dlopen ("libseccomp.so.2", RTLD_NOW);
  if (lib->library == NULL)
    return hd_err_set (err, HD_FAILED, "install libseccomp2", "linux.seccomp: %s", dlerror ());
  if (LOAD (init, "seccomp_init") && LOAD (release, "seccomp_release")
      && LOAD (arch_resolve_name, "seccomp_arch_resolve_name")
      && LOAD (arch_native, "seccomp_arch_native") && LOAD (arch_add, "seccomp_arch_add")
      && LOAD (attr_set, "seccomp_attr_set") && LOAD (resolve_name, "seccomp_syscall_resolve_name")
      && LOAD (resolve_name_arch, "seccomp_syscall_resolve_name_arch")
      && LOAD (rule_add, "seccomp_rule_add_array") && LOAD (export_bpf, "seccomp_export_bpf"))
    return 0;
  return hd_err_set (err, HD_FAILED, "install libseccomp 2.5 or newer", "linux.seccomp: %s",
                     dlerror ());
}

static int
find_action (const char *name, const rt_uint64 *errno_ret, uint32_t *ret, hd_err *err)
{
  int64_t action = rt_word_value (rt_seccomp_action_words, name);
  if (action < 0)
    return hd_err_set (err, HD_CONFIG, NULL, "linux.seccomp: unknown action \"%.60s\"", name);
  *ret = (uint32_t)action;
  if (*ret == SCMP_ACT_ERRNO (0))
    *ret |= (errno_ret->set ? errno_ret->value : EPERM) & 0xffff;
  else if (*ret == SCMP_ACT_TRACE (0))
    *ret |= (errno_ret->set ? errno_ret->value : EPERM) & 0xffff;
  else if (errno_ret->set)
    return hd_err_set (err, HD_CONFIG, NULL, "linux.seccomp: %.60s takes no errnoRet", name);
  return 0;
}

static int
find_arch (const libseccomp *lib, const char *name, uint32_t *ret, hd_err *err)
{
  char word[32];
  size_t i = 0;
  const char *c = strncmp (name, "SCMP_ARCH_", 10) == 0 ? name + 10 : name;
  for (; c[i] != '\0' && i + 1 < sizeof word; i++)
    word[i] = (char)tolower ((unsigned char)c[i]);
  word[i] = '\0';
  *ret = lib->arch_resolve_name (word);
  if (*ret != 0)
    return 0;
  return hd_err_set (err, HD_CONFIG, NULL, "linux.seccomp.architectures: unknown \"%.40s\"", name);
}

/* One condition for each argument is a conjunction; two for the same argument are not possible in
 * one rule, so then each condition is a rule of its own, as runc does it. */
static bool
repeats_argument (const rt_seccomp_rule *rule)
{
  unsigned seen = 0;
  for (size_t i = 0; i < rule->args.count; i++)
    {
      unsigned bit = 1u << (rule->args.items[i].index & 31);
      if ((seen & bit) != 0)
        return true;
      seen |= bit;
    }
  return false;
}

static struct scmp_arg_cmp
comparison (const rt_seccomp_arg *arg)
{
  return (struct scmp_arg_cmp){
    .arg = arg->index,
    .op = (enum scmp_compare)arg->op.value,
    .datum_a = arg->value.value,
    .datum_b = arg->value_two.value,
  };
}

static int
add_one (const libseccomp *lib, scmp_filter_ctx context, uint32_t action, int number,
         const rt_seccomp_rule *rule)
{
  struct scmp_arg_cmp args[6];
  unsigned count = (unsigned)rule->args.count;
  if (!repeats_argument (rule))
    {
      for (unsigned i = 0; i < count; i++)
        args[i] = comparison (&rule->args.items[i]);
      return lib->rule_add (context, action, number, count, args);
    }
  int r = 0;
  for (unsigned i = 0; r == 0 && i < count; i++)
    {
      args[0] = comparison (&rule->args.items[i]);
      r = lib->rule_add (context, action, number, 1, args);
    }
  return r;
}

static int
add_rules (const libseccomp *lib, scmp_filter_ctx context, const rt_seccomp *p, uint32_t otherwise,
           hd_err *err)
{
  for (size_t i = 0; i < p->syscalls.count; i++)
    {
      const rt_seccomp_rule *rule = &p->syscalls.items[i];
      uint32_t action;
      int r = find_action (rule->action, &rule->errno_ret, &action, err);
      if (r < 0)
        return r;
      if (rule->args.count > 6)
        return hd_err_set (err, HD_CONFIG, NULL, "linux.seccomp.syscalls[%zu].args: more than 6",
                           i);
      for (size_t j = 0; action != otherwise && j < rule->names.count; j++)
        {
          int number = lib->resolve_name (rule->names.items[j]);
          if (number == __NR_SCMP_ERROR)
            continue; /* newer or older than this library: the default decides */
          r = add_one (lib, context, action, number, rule);
          if (r < 0 && r != -EDOM)
            return hd_err_set_errno (err, -r, "linux.seccomp.syscalls[%zu]: adding %.40s", i,
                                     rule->names.items[j]);
        }
    }
  return 0;
}

/* System calls newer than the profile */

#define ARCHES_MAX 8

typedef struct
{
  uint32_t token; /* AUDIT_ARCH_* */
  uint32_t newest;
} arch_range;

#define X32_BIT 0x40000000u

/* The highest number that the profile names on an architecture. */
static uint32_t
newest_number (const libseccomp *lib, const rt_seccomp *p, uint32_t arch)
{
  int newest = 0;
  for (size_t i = 0; i < p->syscalls.count; i++)
    for (size_t j = 0; j < p->syscalls.items[i].names.count; j++)
      {
        int number = lib->resolve_name_arch (arch, p->syscalls.items[i].names.items[j]);
        newest = number > newest ? number : newest;
      }
  return (uint32_t)newest;
}

/* Who wrote the profile could not decide on what did not exist: ENOSYS lets a C library fall back,
 * where the default EPERM breaks it.  Instructions that go before libseccomp's. */
static size_t
newer_calls (struct sock_filter *out, const arch_range *ranges, size_t count)
{
  size_t n = 0;
  const uint8_t total = (uint8_t)(1 + count * 6);
  out[n++] = (struct sock_filter)BPF_STMT (BPF_LD | BPF_W | BPF_ABS,
                                           offsetof (struct seccomp_data, arch));
  for (size_t i = 0; i < count; i++)
    {
      out[n++] = (struct sock_filter)BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, ranges[i].token, 0, 5);
      out[n++] = (struct sock_filter)BPF_STMT (BPF_LD | BPF_W | BPF_ABS,
                                               offsetof (struct seccomp_data, nr));
      /* x32 shares the token of x86-64: its numbers are left to the filter. */
      const uint8_t out_of_here = (uint8_t)(total - n - 1);
      out[n++] = (struct sock_filter)BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, X32_BIT, out_of_here, 0);
      out[n++] = (struct sock_filter)BPF_JUMP (BPF_JMP | BPF_JGT | BPF_K, ranges[i].newest, 0, 1);
      out[n++] = (struct sock_filter)BPF_STMT (BPF_RET | BPF_K,
                                               SECCOMP_RET_ERRNO | (ENOSYS & SECCOMP_RET_DATA));
      const uint8_t rest = (uint8_t)(total - n - 1);
      out[n++] = (struct sock_filter)BPF_JUMP (BPF_JMP | BPF_JA | BPF_K, rest, 0, 0);
    }
  return n;
}

static int
export_filter (const libseccomp *lib, scmp_filter_ctx context, const arch_range *ranges,
               size_t n_ranges, rt_filter *ret, rt_arena *arena, hd_err *err)
{
  struct stat st;
  hd_autofd fd = memfd_create ("filter", MFD_CLOEXEC);
  if (fd < 0)
    return hd_err_set_errno (err, errno, "linux.seccomp: making a file in memory");
  int r = lib->export_bpf (context, fd);
  if (r < 0 || fstat (fd, &st) < 0)
    return hd_err_set_errno (err, r < 0 ? -r : errno, "linux.seccomp: compiling the filter");
  size_t count = (size_t)st.st_size / sizeof (struct sock_filter);
  if (count + 1 + ARCHES_MAX * 6 > BPF_MAXINSNS)
    return hd_err_set (err, HD_CONFIG, NULL, "linux.seccomp: the filter has too many instructions");
  struct sock_filter *filter = rt_new_array (arena, struct sock_filter, count + 1 + ARCHES_MAX * 6);
  size_t before = n_ranges > 0 ? newer_calls (filter, ranges, n_ranges) : 0;
  if (pread (fd, filter + before, (size_t)st.st_size, 0) != st.st_size)
    return hd_err_set_errno (err, EIO, "linux.seccomp: reading the filter");
  count += before;
  struct sock_filter *shorter = rt_filter_shrink (filter, count, &count, arena);
  ret->program.filter = shorter != NULL ? shorter : filter;
  ret->program.len = (unsigned short)count;
  return 0;
}

static int
add_arches (const libseccomp *lib, scmp_filter_ctx context, const rt_seccomp *p, arch_range *ranges,
            size_t *n_ranges, hd_err *err)
{
  for (size_t i = 0; i < p->architectures.count; i++)
    {
      uint32_t arch;
      int r = find_arch (lib, p->architectures.items[i], &arch, err);
      if (r < 0)
        return r;
      r = lib->arch_add (context, arch);
      if (r < 0 && r != -EEXIST)
        return hd_err_set_errno (err, -r, "linux.seccomp.architectures: adding %.40s",
                                 p->architectures.items[i]);
      if (arch != SCMP_ARCH_X32 && arch != ranges[0].token && *n_ranges < ARCHES_MAX)
        ranges[(*n_ranges)++] = (arch_range){ arch, newest_number (lib, p, arch) };
    }
  return 0;
}

static int
compile (const libseccomp *lib, scmp_filter_ctx context, const rt_seccomp *p, uint32_t otherwise,
         rt_filter *ret, rt_arena *arena, hd_err *err)
{
  uint32_t native = lib->arch_native ();
  arch_range ranges[ARCHES_MAX] = { { native, newest_number (lib, p, native) } };
  size_t n_ranges = 1;
  int r = add_arches (lib, context, p, ranges, &n_ranges, err);
  if (r < 0)
    return r;
  /* no_new_privs is the spec's affair; a tree is faster to load and to run than a list. */
  lib->attr_set (context, SCMP_FLTATR_CTL_NNP, 0);
  lib->attr_set (context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  r = add_rules (lib, context, p, otherwise, err);
  if (r < 0)
    return r;
  const bool errno_default = (otherwise & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
  return export_filter (lib, context, ranges, errno_default && ranges[0].newest > 0 ? n_ranges : 0,
                        ret, arena, err);
}

int
rt_seccomp_compile (const rt_seccomp *profile, rt_filter *ret, rt_arena *arena, hd_err *err)
{
  libseccomp lib = { 0 };
  uint32_t otherwise;
  int r = find_action (profile->default_action, &profile->default_errno_ret, &otherwise, err);
  if (r < 0 || (r = load_library (&lib, err)) < 0)
    return r;
  scmp_filter_ctx context = lib.init (otherwise);
  if (context == NULL)
    return hd_err_set (err, HD_FAILED, NULL, "linux.seccomp: %s is not supported here",
                       profile->default_action);
  r = compile (&lib, context, profile, otherwise, ret, arena, err);
  Dl_info info;
  if (r == 0 && dladdr (*(void **)&lib.init, &info) != 0)
    ret->library = rt_strdup (arena, info.dli_fname);
  lib.release (context);
  return r;
}
