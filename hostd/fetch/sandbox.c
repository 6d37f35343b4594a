/* A root of its own, few capabilities, few system calls. */
#include "fetch/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A zstd stream may want 128 MiB. */
#define MEMORY_BYTES (512ull << 20)
#define N_FILES 64

#if defined __x86_64__
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#error "the sandbox does not know this processor"
#endif

static const uint16_t for_both[] = {
  SYS_read,
  SYS_write,
  SYS_close,
  SYS_lseek,
  SYS_fcntl,
  SYS_dup,
  SYS_fstat,
  SYS_newfstatat,
  SYS_statx,
  SYS_openat,
  SYS_openat2,
  SYS_getdents64,
  SYS_fchdir,
  SYS_mmap,
  SYS_munmap,
  SYS_mprotect,
  SYS_madvise,
  SYS_mremap,
  SYS_brk,
  SYS_futex,
  SYS_rt_sigprocmask,
  SYS_rt_sigaction,
  SYS_rt_sigreturn,
  SYS_set_robust_list,
  SYS_rseq,
  SYS_exit,
  SYS_exit_group,
  SYS_getrandom,
  SYS_getpid,
  SYS_gettid,
  SYS_tgkill,
  SYS_sched_yield,
  SYS_clock_gettime,
  SYS_restart_syscall,
  SYS_sched_getaffinity,
};

static const uint16_t for_unpack[] = {
  SYS_ftruncate, SYS_fchown,    SYS_fchownat,  SYS_fchmod,    SYS_fchmodat,
  SYS_utimensat, SYS_mkdirat,   SYS_mknodat,   SYS_symlinkat, SYS_linkat,
  SYS_unlinkat,  SYS_fsetxattr, SYS_lsetxattr,
};

static const uint16_t for_pack[] = {
  SYS_readlinkat,
  SYS_llistxattr,
  SYS_lgetxattr,
  SYS_flistxattr,
  SYS_fgetxattr,
  SYS_pread64,
  /* qsort(3) asks how much memory there is. */
  SYS_sysinfo,
};

#define CAP(name) (1u << CAP_##name)

static const struct
{
  uint32_t capabilities;
  const uint16_t *calls;
  size_t n_calls;
} kinds[] = {
  [HD_SANDBOX_UNPACK]
  = { CAP (CHOWN) | CAP (DAC_OVERRIDE) | CAP (FOWNER) | CAP (FSETID) | CAP (MKNOD) | CAP (SETFCAP),
      for_unpack, sizeof for_unpack / sizeof for_unpack[0] },
  [HD_SANDBOX_PACK]
  = { CAP (DAC_READ_SEARCH) | CAP (SYS_ADMIN), for_pack, sizeof for_pack / sizeof for_pack[0] },
};

static int
limit_resources (void)
{
  const struct rlimit core = { 0, 0 };
  const struct rlimit files = { N_FILES, N_FILES };
  if (setrlimit (RLIMIT_CORE, &core) < 0 || setrlimit (RLIMIT_NOFILE, &files) < 0)
    return -errno;
#ifndef __SANITIZE_ADDRESS__
  const struct rlimit memory = { MEMORY_BYTES, MEMORY_BYTES };
  if (setrlimit (RLIMIT_AS, &memory) < 0)
    return -errno;
#endif
  return 0;
}

static int
keep_capabilities (uint32_t wanted)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[2] = { { wanted, wanted, 0 }, { 0, 0, 0 } };
  return syscall (SYS_capset, &header, data) < 0 ? -errno : 0;
}

/* The filter, built instruction by instruction. */
typedef struct
{
  struct sock_filter code[128];
  unsigned short size;
} program;

static void
add (program *p, uint16_t code, uint8_t yes, uint8_t no, uint32_t value)
{
  p->code[p->size++] = (struct sock_filter){ code, yes, no, value };
}

static void
load (program *p, size_t offset)
{
  add (p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

/* If the loaded value is `value`, end with `action`. */
static void
end_if (program *p, uint32_t value, uint32_t action)
{
  add (p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
  add (p, BPF_RET | BPF_K, 0, 0, action);
}

static void
allow_all (program *p, const uint16_t *calls, size_t n_calls)
{
  for (size_t i = 0; i < n_calls; i++)
    {
      /* Each jumps to the one `allow` behind its list. */
      add (p, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(n_calls - i), 0, calls[i]);
    }
  add (p, BPF_JMP | BPF_JA, 0, 0, 1);
  add (p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

static int
filter_calls (const uint16_t *calls, size_t n_calls)
{
  program p = { .size = 0 };
  load (&p, offsetof (struct seccomp_data, arch));
  add (&p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, OWN_ARCH);
  add (&p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
  load (&p, offsetof (struct seccomp_data, nr));
  allow_all (&p, for_both, sizeof for_both / sizeof for_both[0]);
  allow_all (&p, calls, n_calls);
  /* Then the C library takes clone, whose flags can be looked at: threads only. */
  end_if (&p, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
  add (&p, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, SYS_clone);
  load (&p, offsetof (struct seccomp_data, args[0]));
  add (&p, BPF_JMP | BPF_JSET | BPF_K, 0, 1, CLONE_THREAD);
  add (&p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  add (&p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
  const struct sock_fprog code = { .len = p.size, .filter = p.code };
  if (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &code) < 0)
    return -errno;
  return 0;
}

int
hd_sandbox_enter (hd_sandbox_kind kind, int root_fd, hd_err *err)
{
  int r = limit_resources ();
  if (r == 0 && (fchdir (root_fd) < 0 || chroot (".") < 0))
    r = -errno;
  if (r == 0)
    r = keep_capabilities (kinds[kind].capabilities);
  if (r == 0 && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    r = -errno;
#ifndef __SANITIZE_ADDRESS__
  /* The sanitizers make system calls of their own. */
  if (r == 0)
    r = filter_calls (kinds[kind].calls, kinds[kind].n_calls);
#else
  (void)filter_calls;
#endif
  return r < 0 ? hd_err_set_errno (err, -r, "giving up privileges") : 0;
}
