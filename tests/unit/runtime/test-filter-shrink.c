/* A shortened filter answers as the long one does, or there is none. */
#include <stddef.h>
#include <string.h>
#include "bpf.h"
#include "runtime/filter-shrink.h"

#define LOAD(member) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, member))
#define TEST(op, k, yes, no) BPF_JUMP (BPF_JMP | (op) | BPF_K, k, yes, no)
#define ANSWER(k) BPF_STMT (BPF_RET | BPF_K, k)
#define X32_BIT 0x40000000u
#define ARCH_A 0xc000003eu
#define ARCH_B 0x40000003u

typedef struct
{
  struct sock_filter program[4096];
  gsize count;
  rt_arena arena;
  struct sock_filter *shorter;
  gsize shorter_count;
} pair;

static void
add (pair *p, struct sock_filter instruction)
{
  p->program[p->count++] = instruction;
}

static void
shrink (pair *p)
{
  p->shorter = rt_filter_shrink (p->program, p->count, &p->shorter_count, &p->arena);
  if (p->shorter != NULL)
    g_assert_cmpuint (p->shorter_count, <, p->count);
}

static void
ask (pair *p, guint32 arch, guint32 number, guint64 arg)
{
  struct seccomp_data data = { .nr = (int)number, .arch = arch };

  for (int i = 0; i < 6; i++)
    data.args[i] = arg;
  g_assert_cmphex (bpf_run (p->shorter, p->shorter_count, &data), ==,
                   bpf_run (p->program, p->count, &data));
}

static void
ask_everything (pair *p)
{
  static const guint32 arches[] = { 0, ARCH_A, ARCH_B, 7, G_MAXUINT32 };
  static const guint64 args[]
      = { 0, 1, 2, 3, 0x5005, G_GUINT64_CONSTANT (1) << 32, ~0x5ull, G_MAXUINT64 };

  for (gsize i = 0; i < G_N_ELEMENTS (arches); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (args); j++)
      {
        for (guint32 number = 0; number < 1500; number++)
          {
            ask (p, arches[i], number, args[j]);
            ask (p, arches[i], number | X32_BIT, args[j]);
          }
        ask (p, arches[i], G_MAXINT32, args[j]);
        ask (p, arches[i], G_MAXUINT32, args[j]);
      }
}

/* A list of tests, as libseccomp writes them. */
static void
test_runs (void)
{
  g_autofree pair *p = g_new0 (pair, 1);

  add (p, (struct sock_filter)LOAD (arch));
  add (p, (struct sock_filter)TEST (BPF_JEQ, ARCH_A, 1, 0));
  add (p, (struct sock_filter)ANSWER (SECCOMP_RET_KILL_PROCESS));
  add (p, (struct sock_filter)LOAD (nr));
  for (guint32 number = 0; number < 400; number++)
    if (number % 50 != 7)
      {
        add (p, (struct sock_filter)TEST (BPF_JEQ, number, 0, 1));
        add (p, (struct sock_filter)ANSWER (SECCOMP_RET_ALLOW));
      }
  add (p, (struct sock_filter)ANSWER (SECCOMP_RET_ERRNO | 1));
  shrink (p);
  g_assert_nonnull (p->shorter);
  g_assert_cmpuint (p->shorter_count, <, 50);
  ask_everything (p);
  rt_arena_free (&p->arena);
}

/* So many ranges that a half of the search is further away than a conditional jump reaches, with a
 * rest on each second number that asks for arguments. */
static void
test_far (void)
{
  g_autofree pair *p = g_new0 (pair, 1);

  add (p, (struct sock_filter)LOAD (arch));
  add (p, (struct sock_filter)TEST (BPF_JEQ, ARCH_A, 1, 0));
  add (p, (struct sock_filter)ANSWER (SECCOMP_RET_KILL_PROCESS));
  for (guint32 number = 0; number < 1200; number += 2)
    {
      add (p, (struct sock_filter)LOAD (nr));
      add (p, (struct sock_filter)TEST (BPF_JEQ, number, 0, 3));
      add (p, (struct sock_filter)LOAD (args[1]));
      add (p, (struct sock_filter)TEST (BPF_JSET, 0x5000 + number % 3, 1, 0));
      add (p, (struct sock_filter)ANSWER (SECCOMP_RET_ALLOW));
    }
  add (p, (struct sock_filter)ANSWER (SECCOMP_RET_ERRNO | 1));
  shrink (p);
  g_assert_nonnull (p->shorter);
  ask_everything (p);
  rt_arena_free (&p->arena);
}

/* What libseccomp does not write is left alone. */
static void
test_refused (void)
{
  const struct
  {
    struct sock_filter program[12];
    gsize count;
  } rows[] = {
    { { ANSWER (SECCOMP_RET_ALLOW) }, 1 },
    { { BPF_STMT (BPF_LD | BPF_IMM, 1), TEST (BPF_JEQ, 1, 0, 1), ANSWER (1), ANSWER (2) }, 4 },
    { { LOAD (nr), BPF_STMT (BPF_MISC | BPF_TAX, 0), TEST (BPF_JEQ, 1, 0, 1), ANSWER (1),
        ANSWER (2) },
      5 },
    { { LOAD (nr), BPF_STMT (BPF_ALU | BPF_AND | BPF_K, 1), TEST (BPF_JEQ, 1, 0, 1), ANSWER (1),
        ANSWER (2) },
      5 },
    { { LOAD (nr), TEST (BPF_JSET, 3, 0, 1), ANSWER (1), ANSWER (2) }, 4 },
    { { LOAD (arch), TEST (BPF_JGT, 3, 0, 1), ANSWER (1), ANSWER (2) }, 4 },
    { { LOAD (nr), TEST (BPF_JEQ, 3, 0, 9), ANSWER (1), ANSWER (2) }, 4 },
    { { LOAD (nr), TEST (BPF_JEQ, 3, 0, 1), ANSWER (1), LOAD (nr) }, 4 },
    { { LOAD (nr), BPF_STMT (BPF_JMP | BPF_JA, 0xffffffff), ANSWER (1) }, 3 },
    { { TEST (BPF_JEQ, 3, 0, 1), ANSWER (1), ANSWER (2) }, 3 },
    { { LOAD (nr), BPF_STMT (BPF_RET | BPF_A, 0) }, 2 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      rt_auto_arena arena = { 0 };
      gsize count;

      g_assert_null (rt_filter_shrink (rows[i].program, rows[i].count, &count, &arena));
    }
}

static struct sock_filter
random_instruction (GRand *random, guint room)
{
  static const guint32 arches[] = { ARCH_A, ARCH_B };
  static const guint32 numbers[] = { 0, 1, 5, 6, 7, 100, X32_BIT, X32_BIT + 6 };
  const guint8 yes = (guint8)g_rand_int_range (random, 0, (gint32)MIN (room, 200));
  const guint8 no = (guint8)g_rand_int_range (random, 0, (gint32)MIN (room, 200));

  switch (g_rand_int_range (random, 0, 9))
    {
    case 0:
      return (struct sock_filter)LOAD (arch);
    case 1:
      return (struct sock_filter)LOAD (nr);
    case 2:
      return (struct sock_filter)LOAD (args[2]);
    case 3:
      return (struct sock_filter)ANSWER ((guint32)g_rand_int_range (random, 0, 3));
    case 4:
      return (struct sock_filter)TEST (BPF_JEQ, arches[g_rand_int_range (random, 0, 2)], yes, no);
    case 5:
      return (struct sock_filter)TEST (BPF_JGE, numbers[g_rand_int_range (random, 0, 8)], yes, no);
    case 6:
      return (struct sock_filter)TEST (BPF_JGT, numbers[g_rand_int_range (random, 0, 8)], yes, no);
    case 7:
      return (struct sock_filter)TEST (BPF_JSET, X32_BIT, yes, no);
    default:
      return (struct sock_filter)TEST (BPF_JEQ, numbers[g_rand_int_range (random, 0, 8)], yes, no);
    }
}

/* Programs of any shape: most are refused or do not become shorter, the others agree. */
static void
test_random (void)
{
  static const guint32 arches[] = { 0, ARCH_A, ARCH_B, G_MAXUINT32 };
  static const guint32 numbers[]
      = { 0,   1,   2,           5,       6,           7,           8,           99,
          100, 101, X32_BIT - 1, X32_BIT, X32_BIT + 6, X32_BIT * 2, X32_BIT * 3, G_MAXUINT32 };
  g_autoptr (GRand) random = g_rand_new_with_seed (42);
  g_autofree pair *p = g_new0 (pair, 1);
  guint shortened = 0;

  for (int round = 0; round < 20000; round++)
    {
      const guint count = (guint)g_rand_int_range (random, 4, 60);

      p->count = 0;
      add (p, (struct sock_filter)LOAD (nr));
      while (p->count < count - 1)
        add (p, random_instruction (random, count - 1 - (guint)p->count));
      add (p, (struct sock_filter)ANSWER (9));
      shrink (p);
      for (gsize i = 0; p->shorter != NULL && i < G_N_ELEMENTS (arches); i++)
        for (gsize j = 0; j < G_N_ELEMENTS (numbers); j++)
          for (gsize k = 0; k < G_N_ELEMENTS (numbers); k++)
            ask (p, arches[i], numbers[j], numbers[k] | (guint64)arches[i] << 32);
      shortened += p->shorter != NULL;
      rt_arena_free (&p->arena);
    }
  g_assert_cmpuint (shortened, >, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter-shrink/runs", test_runs);
  g_test_add_func ("/filter-shrink/far", test_far);
  g_test_add_func ("/filter-shrink/refused", test_refused);
  g_test_add_func ("/filter-shrink/random", test_random);
  return g_test_run ();
}
