/* Which devices a container may use: the rules, and for version 2 the program that decides by them.
 */
#include "runtime/cgroup-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"

#define ANY                                                                                        \
  {                                                                                                \
    -1, true                                                                                       \
  }
#define NUMBER(n)                                                                                  \
  {                                                                                                \
    n, true                                                                                        \
  }

/* Behind the rules of the spec, as runc and crun do it: nodes may be made, the default devices and
 * terminals used. */
static const rt_device_rule always[] = {
  { true, "c", ANY, ANY, "m" },
  { true, "b", ANY, ANY, "m" },
  { true, "c", NUMBER (1), NUMBER (3), "rwm" },
  { true, "c", NUMBER (1), NUMBER (5), "rwm" },
  { true, "c", NUMBER (1), NUMBER (7), "rwm" },
  { true, "c", NUMBER (1), NUMBER (8), "rwm" },
  { true, "c", NUMBER (1), NUMBER (9), "rwm" },
  { true, "c", NUMBER (5), NUMBER (0), "rwm" },
  { true, "c", NUMBER (5), NUMBER (1), "rwm" },
  { true, "c", NUMBER (5), NUMBER (2), "rwm" },
  { true, "c", NUMBER (136), ANY, "rwm" },
};

#define N_ALWAYS (sizeof always / sizeof *always)

static bool
is_all (const rt_device_rule *rule)
{
  return rule->type == NULL || rule->type[0] == '\0' || rule->type[0] == 'a';
}

static bool
same_rule (const rt_device_rule *a, const rt_device_rule *b)
{
  return a->allow == b->allow && !is_all (a) && a->type[0] == b->type[0] && a->major.set
         && a->minor.set && a->major.value == b->major.value && a->minor.value == b->minor.value
         && a->access != NULL && strcmp (a->access, b->access) == 0;
}

rt_device_rules
rt_cgroup_device_rules (const rt_resources *resources, rt_arena *arena)
{
  const rt_device_rules *given = &resources->devices;
  rt_device_rules list = { rt_new_array (arena, rt_device_rule, given->count + N_ALWAYS), 0 };
  bool all = false;
  for (size_t i = 0; i < given->count; i++)
    {
      const rt_device_rule *rule = &given->items[i];
      /* A rule for every device makes those before it void. */
      if (is_all (rule))
        list.count = 0;
      all = is_all (rule) ? rule->allow : all;
      if (!is_all (rule) || rule->allow)
        list.items[list.count++] = *rule;
    }
  for (size_t i = 0; !all && i < N_ALWAYS; i++)
    {
      bool there = false;
      for (size_t j = 0; j < list.count; j++)
        there = there || same_rule (&list.items[j], &always[i]);
      if (!there)
        list.items[list.count++] = always[i];
    }
  return list;
}

static void
number_text (const rt_int64 *number, char *buffer, size_t size)
{
  if (!number->set || number->value < 0)
    snprintf (buffer, size, "*");
  else
    snprintf (buffer, size, "%lld", (long long)number->value);
}

void
rt_device_rule_text (const rt_device_rule *rule, char *buffer, size_t size_bytes)
{
  char major[24], minor[24];
  if (is_all (rule))
    {
      snprintf (buffer, size_bytes, "a");
      return;
    }
  number_text (&rule->major, major, sizeof major);
  number_text (&rule->minor, minor, sizeof minor);
  snprintf (buffer, size_bytes, "%c %s:%s %s", rule->type[0], major, minor,
            rule->access != NULL && rule->access[0] != '\0' ? rule->access : "rwm");
}

/* The program: registers 2, 3, 4, 5 hold type, access, major, minor of what is asked (struct
 * bpf_cgroup_dev_ctx); the rules are tried from the last to the first, and the first that fits
 * decides. */

#define INSN(code_, dst, src, off_, imm_)                                                          \
  ((struct bpf_insn){                                                                              \
      .code = (code_), .dst_reg = (dst), .src_reg = (src), .off = (off_), .imm = (imm_) })

static const struct bpf_insn prologue[] = {
  { .code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = 2, .src_reg = 1, .off = 0 },
  { .code = BPF_ALU | BPF_AND | BPF_K, .dst_reg = 2, .imm = 0xffff },
  { .code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = 3, .src_reg = 1, .off = 0 },
  { .code = BPF_ALU | BPF_RSH | BPF_K, .dst_reg = 3, .imm = 16 },
  { .code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = 4, .src_reg = 1, .off = 4 },
  { .code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = 5, .src_reg = 1, .off = 8 },
};

#define N_PROLOGUE (sizeof prologue / sizeof *prologue)
#define RULE_INSNS_MAX 9

static int
access_bits (const char *access)
{
  int bits = 0;
  for (const char *c = access != NULL && access[0] != '\0' ? access : "rwm"; *c != '\0'; c++)
    bits |= *c == 'r' ? BPF_DEVCG_ACC_READ : *c == 'w' ? BPF_DEVCG_ACC_WRITE : BPF_DEVCG_ACC_MKNOD;
  return bits;
}

/* One rule; each test that fails jumps over what is left of it. */
static size_t
add_rule (struct bpf_insn *out, const rt_device_rule *rule)
{
  struct bpf_insn tests[4];
  size_t n_tests = 0, n = 0;
  const int access = access_bits (rule->access);
  const int all = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD;

  if (!is_all (rule))
    tests[n_tests++] = INSN (BPF_JMP | BPF_JNE | BPF_K, 2, 0, 0,
                             rule->type[0] == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
  if (!is_all (rule) && rule->major.set && rule->major.value >= 0)
    tests[n_tests++] = INSN (BPF_JMP | BPF_JNE | BPF_K, 4, 0, 0, (int)rule->major.value);
  if (!is_all (rule) && rule->minor.set && rule->minor.value >= 0)
    tests[n_tests++] = INSN (BPF_JMP | BPF_JNE | BPF_K, 5, 0, 0, (int)rule->minor.value);

  /* Allowed is what asks for nothing else, denied what asks for any of it. */
  const bool check_access = !is_all (rule) && access != all;
  const size_t total = n_tests + (check_access ? 3 : 0) + 2;
  for (size_t i = 0; i < n_tests; i++)
    {
      tests[i].off = (short)(total - n - 1);
      out[n++] = tests[i];
    }
  if (check_access)
    {
      out[n++] = INSN (BPF_ALU64 | BPF_MOV | BPF_X, 1, 3, 0, 0);
      out[n++] = INSN (BPF_ALU | BPF_AND | BPF_K, 1, 0, 0, rule->allow ? all & ~access : access);
      out[n++] = INSN (BPF_JMP | (rule->allow ? BPF_JNE : BPF_JEQ) | BPF_K, 1, 0, 2, 0);
    }
  out[n++] = INSN (BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, rule->allow);
  out[n++] = INSN (BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  return n;
}

struct bpf_insn *
rt_device_program (const rt_device_rules *rules, size_t *ret_count, rt_arena *arena)
{
  struct bpf_insn *program
      = rt_new_array (arena, struct bpf_insn, N_PROLOGUE + rules->count * RULE_INSNS_MAX + 2);
  size_t n = N_PROLOGUE;
  memcpy (program, prologue, sizeof prologue);
  size_t i = rules->count;
  while (i-- > 0)
    {
      n += add_rule (program + n, &rules->items[i]);
      /* The verifier refuses what cannot be reached. */
      if (is_all (&rules->items[i]))
        {
          *ret_count = n;
          return program;
        }
    }
  program[n++] = INSN (BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
  program[n++] = INSN (BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  *ret_count = n;
  return program;
}

/* Ours are told by their name from those of systemd, which stay. */
#define PROGRAM_NAME "atomic_devices"
#define PROGRAMS_MAX 64

/* The programs that are attached already, so that an update can take them away after the new one.
 */
static uint32_t
attached_programs (int folder_fd, uint32_t *ids, uint32_t room)
{
  union bpf_attr attr;
  memset (&attr, 0, sizeof attr);
  attr.query.target_fd = (uint32_t)folder_fd;
  attr.query.attach_type = BPF_CGROUP_DEVICE;
  attr.query.prog_ids = (uint64_t)(uintptr_t)ids;
  attr.query.prog_cnt = room;
  return syscall (SYS_bpf, BPF_PROG_QUERY, &attr, sizeof attr) < 0 ? 0 : attr.query.prog_cnt;
}

static bool
is_ours (int program_fd)
{
  union bpf_attr attr;
  struct bpf_prog_info info;
  memset (&attr, 0, sizeof attr);
  memset (&info, 0, sizeof info);
  attr.info.bpf_fd = (uint32_t)program_fd;
  attr.info.info = (uint64_t)(uintptr_t)&info;
  attr.info.info_len = sizeof info;
  return syscall (SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr) == 0
         && strcmp (info.name, PROGRAM_NAME) == 0;
}

static void
detach_program (int folder_fd, uint32_t id)
{
  union bpf_attr attr;
  memset (&attr, 0, sizeof attr);
  attr.prog_id = id;
  hd_autofd fd = (int)syscall (SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr);
  if (fd < 0 || !is_ours (fd))
    return;
  memset (&attr, 0, sizeof attr);
  attr.target_fd = (uint32_t)folder_fd;
  attr.attach_bpf_fd = (uint32_t)fd;
  attr.attach_type = BPF_CGROUP_DEVICE;
  syscall (SYS_bpf, BPF_PROG_DETACH, &attr, sizeof attr);
}

int
rt_device_program_attach (const char *folder, const rt_device_rules *rules, rt_arena *arena,
                          hd_err *err)
{
  size_t count;
  uint32_t old[PROGRAMS_MAX];
  const struct bpf_insn *program = rt_device_program (rules, &count, arena);
  union bpf_attr attr;
  memset (&attr, 0, sizeof attr);
  attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attr.insns = (uint64_t)(uintptr_t)program;
  attr.insn_cnt = (uint32_t)count;
  attr.license = (uint64_t)(uintptr_t) "GPL";
  snprintf (attr.prog_name, sizeof attr.prog_name, PROGRAM_NAME);
  hd_autofd fd = (int)syscall (SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
  if (fd < 0)
    return hd_err_set_errno (err, errno, "loading the device program for %s", folder);
  hd_autofd folder_fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd < 0)
    return hd_err_set_errno (err, errno, "opening %s", folder);
  uint32_t n_old = attached_programs (folder_fd, old, PROGRAMS_MAX);
  memset (&attr, 0, sizeof attr);
  attr.target_fd = (uint32_t)folder_fd;
  attr.attach_bpf_fd = (uint32_t)fd;
  attr.attach_type = BPF_CGROUP_DEVICE;
  attr.attach_flags = BPF_F_ALLOW_MULTI;
  if (syscall (SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr) < 0)
    return hd_err_set_errno (err, errno, "attaching the device program to %s", folder);
  for (uint32_t i = 0; i < n_old && i < PROGRAMS_MAX; i++)
    detach_program (folder_fd, old[i]);
  return 0;
}
