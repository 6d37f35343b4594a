/* A machine for seccomp filters (kernel: networking/filter.rst). */
#include "bpf.h"

#include <string.h>

static gboolean
compare (guint16 code, guint32 a, guint32 k)
{
  switch (BPF_OP (code))
    {
    case BPF_JEQ:
      return a == k;
    case BPF_JGT:
      return a > k;
    case BPF_JGE:
      return a >= k;
    case BPF_JSET:
      return (a & k) != 0;
    default:
      g_assert_not_reached ();
    }
}

guint32
bpf_run (const struct sock_filter *program, gsize count, const struct seccomp_data *data)
{
  guint32 a = 0;

  for (gsize pc = 0;; pc++)
    {
      g_assert_cmpuint (pc, <, count);
      const struct sock_filter *i = &program[pc];

      if (i->code == (BPF_LD | BPF_W | BPF_ABS))
        {
          g_assert_cmpuint (i->k, <=, sizeof *data - sizeof a);
          memcpy (&a, (const guint8 *)data + i->k, sizeof a);
        }
      else if (i->code == (BPF_ALU | BPF_AND | BPF_K))
        a &= i->k;
      else if (i->code == (BPF_JMP | BPF_JA))
        pc += i->k;
      else if (BPF_CLASS (i->code) == BPF_JMP && BPF_SRC (i->code) == BPF_K)
        pc += compare (i->code, a, i->k) ? i->jt : i->jf;
      else if (i->code == (BPF_RET | BPF_K))
        return i->k;
      else
        g_error ("instruction %04x is not one of a seccomp filter", i->code);
    }
}
