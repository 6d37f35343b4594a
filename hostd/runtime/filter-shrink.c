/* Shorter filters, by running a filter for every architecture and every range of numbers that it
 * cannot tell apart.
 *
 * What the filter answers without looking at arguments becomes a leaf of a binary search.  For the
 * few calls whose arguments count, what is left of the filter from there on, with everything known
 * about architecture and number decided, is put behind the searches. */
#include "runtime/filter-shrink.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <linux/seccomp.h>

#define NUMBER_AT offsetof (struct seccomp_data, nr)
#define ARCH_AT offsetof (struct seccomp_data, arch)
#define ARCHES_MAX 16
#define NEAR_MAX 255 /* how far a conditional jump reaches */

typedef struct sock_filter insn;

/* What the accumulator holds. */
typedef enum
{
  NOTHING = 1,
  NUMBER = 2,
  ARCH = 4,
  ARGUMENT = 8
} content;

typedef struct
{
  const insn *program;
  size_t count;
  uint32_t arches[ARCHES_MAX]; /* that it knows, and one that it does not */
  size_t n_arches;
  uint32_t *starts; /* of the ranges of numbers, ascending, from 0 */
  size_t n_starts;
  insn *out;
  size_t room, used;
  /* Behind the searches: the rests, each once, and the jumps to them. */
  insn *rests;
  size_t rests_used;
  struct
  {
    size_t jump, rest;
  } * links;
  size_t n_links;
  rt_arena *arena;
} shrinker;

/* ---- What there is to tell apart ---- */

static bool
is_conditional (const insn *i)
{
  const unsigned op = BPF_OP (i->code);
  return BPF_CLASS (i->code) == BPF_JMP && BPF_SRC (i->code) == BPF_K
         && (op == BPF_JEQ || op == BPF_JGT || op == BPF_JGE || op == BPF_JSET);
}

static bool
add_arch (shrinker *s, uint32_t token)
{
  for (size_t i = 0; i < s->n_arches; i++)
    if (s->arches[i] == token)
      return true;
  if (s->n_arches == ARCHES_MAX)
    return false;
  s->arches[s->n_arches++] = token;
  return true;
}

static void
add_start (shrinker *s, uint32_t number)
{
  s->starts[s->n_starts++] = number;
}

static bool
add_test (shrinker *s, const insn *i, unsigned what)
{
  if ((what & ARCH) != 0 && (BPF_OP (i->code) != BPF_JEQ || !add_arch (s, i->k)))
    return false;
  if ((what & NUMBER) == 0)
    return true;
  switch (BPF_OP (i->code))
    {
    case BPF_JSET:
      /* The bit of x32 is the only one that is asked for. */
      if (i->k != 0x40000000)
        return false;
      for (uint32_t k = 1; k < 4; k++)
        add_start (s, k << 30);
      return true;
    case BPF_JEQ:
      add_start (s, i->k);
      break;
    case BPF_JGE:
      add_start (s, i->k);
      return true;
    default:
      break;
    }
  if (i->k != UINT32_MAX)
    add_start (s, i->k + 1);
  return true;
}

static int
compare_numbers (const void *a, const void *b)
{
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

/* Find every number and architecture that something depends on.  Jumps go forward only, so one pass
 * knows what the accumulator may hold.  False for a filter that is not of libseccomp's kind. */
static bool
look_around (shrinker *s)
{
  uint8_t *may_hold = rt_new_array (s->arena, uint8_t, s->count + 1);
  may_hold[0] = NOTHING;
  add_start (s, 0);
  for (size_t pc = 0; pc < s->count; pc++)
    {
      const insn *i = &s->program[pc];
      unsigned after = may_hold[pc];
      if (i->code == (BPF_LD | BPF_W | BPF_ABS))
        after = i->k == NUMBER_AT ? NUMBER : i->k == ARCH_AT ? ARCH : ARGUMENT;
      else if (i->code == (BPF_ALU | BPF_AND | BPF_K))
        {
          if (after != ARGUMENT && after != 0)
            return false;
        }
      else if (i->code == (BPF_JMP | BPF_JA))
        {
          if (i->k >= s->count - pc - 1)
            return false;
          may_hold[pc + 1 + i->k] |= (uint8_t)after;
          continue;
        }
      else if (is_conditional (i))
        {
          if ((after & NOTHING) != 0 || !add_test (s, i, after) || pc + 1 + i->jt >= s->count
              || pc + 1 + i->jf >= s->count)
            return false;
          may_hold[pc + 1 + i->jt] |= (uint8_t)after;
          may_hold[pc + 1 + i->jf] |= (uint8_t)after;
          continue;
        }
      else if (i->code == (BPF_RET | BPF_K))
        continue;
      else
        return false;
      may_hold[pc + 1] |= (uint8_t)after;
    }
  /* One that is nobody's: it stands for all that the filter does not know. */
  uint32_t other = 0;
  for (size_t i = 0; i < s->n_arches; i++)
    if (s->arches[i] == other)
      {
        other++;
        i = (size_t)-1;
      }
  if (!add_arch (s, other))
    return false;
  qsort (s->starts, s->n_starts, sizeof *s->starts, compare_numbers);
  size_t n = 1;
  for (size_t i = 1; i < s->n_starts; i++)
    if (s->starts[i] != s->starts[n - 1])
      s->starts[n++] = s->starts[i];
  s->n_starts = n;
  return may_hold[s->count] == 0;
}

/* ---- Running it with what is known ---- */

static bool
holds (const insn *i, uint32_t a)
{
  switch (BPF_OP (i->code))
    {
    case BPF_JEQ:
      return a == i->k;
    case BPF_JGT:
      return a > i->k;
    case BPF_JGE:
      return a >= i->k;
    default:
      return (a & i->k) != 0;
    }
}

/* From `pc` on to the next instruction that is an answer or has to do with arguments. */
static size_t
run_on (const shrinker *s, size_t pc, content what, uint32_t arch, uint32_t number)
{
  for (;; pc++)
    {
      const insn *i = &s->program[pc];
      if (i->code == (BPF_LD | BPF_W | BPF_ABS))
        {
          if (i->k != NUMBER_AT && i->k != ARCH_AT)
            return pc;
          what = i->k == NUMBER_AT ? NUMBER : ARCH;
        }
      else if (i->code == (BPF_JMP | BPF_JA))
        pc += i->k;
      else if (is_conditional (i) && what != ARGUMENT)
        pc += holds (i, what == NUMBER ? number : arch) ? i->jt : i->jf;
      else
        return pc;
    }
}

static bool
is_answer (const insn *i)
{
  return i->code == (BPF_RET | BPF_K);
}

/* ---- Rests: what is left to decide from arguments ---- */

typedef struct
{
  size_t *places; /* old ones, ascending */
  size_t count;
} rest_plan;

static size_t
place_in (const rest_plan *plan, size_t pc)
{
  size_t i = 0;
  while (plan->places[i] != pc)
    i++;
  return i;
}

static void
add_place (rest_plan *plan, size_t pc)
{
  size_t i = plan->count;
  while (i > 0 && plan->places[i - 1] > pc)
    i--;
  if (i > 0 && plan->places[i - 1] == pc)
    return;
  memmove (plan->places + i + 1, plan->places + i, (plan->count - i) * sizeof *plan->places);
  plan->places[i] = pc;
  plan->count++;
}

/* Write the rest from `pc` on; *ret is where it begins among the rests.  Every instruction that is
 * left keeps its order, so jumps still go forward. */
static bool
write_rest (shrinker *s, size_t start, uint32_t arch, uint32_t number, size_t *ret)
{
  rest_plan plan = { rt_new_array (s->arena, size_t, s->count + 1), 0 };
  add_place (&plan, start);
  for (size_t at = 0; at < plan.count; at++)
    {
      const size_t pc = plan.places[at];
      const insn *i = &s->program[pc];
      if (is_answer (i))
        continue;
      if (is_conditional (i))
        {
          add_place (&plan, run_on (s, pc + 1 + i->jt, ARGUMENT, arch, number));
          add_place (&plan, run_on (s, pc + 1 + i->jf, ARGUMENT, arch, number));
        }
      else
        add_place (&plan, run_on (s, pc + 1, ARGUMENT, arch, number));
    }
  insn *code = rt_new_array (s->arena, insn, plan.count);
  for (size_t at = 0; at < plan.count; at++)
    {
      const size_t pc = plan.places[at];
      insn *i = &code[at];
      *i = s->program[pc];
      if (is_answer (i))
        continue;
      if (is_conditional (i))
        {
          const size_t yes = run_on (s, pc + 1 + i->jt, ARGUMENT, arch, number);
          const size_t no = run_on (s, pc + 1 + i->jf, ARGUMENT, arch, number);
          const size_t jt = place_in (&plan, yes) - at - 1, jf = place_in (&plan, no) - at - 1;
          if (jt > NEAR_MAX || jf > NEAR_MAX)
            return false;
          i->jt = (uint8_t)jt;
          i->jf = (uint8_t)jf;
        }
      /* Without a jump of its own it can only go on to its neighbour. */
      else if (place_in (&plan, run_on (s, pc + 1, ARGUMENT, arch, number)) != at + 1)
        return false;
    }
  for (*ret = 0; *ret + plan.count <= s->rests_used; ++*ret)
    if (memcmp (s->rests + *ret, code, plan.count * sizeof *code) == 0)
      return true;
  if (s->rests_used + plan.count > BPF_MAXINSNS)
    return false;
  *ret = s->rests_used;
  memcpy (s->rests + s->rests_used, code, plan.count * sizeof *code);
  s->rests_used += plan.count;
  return true;
}

/* ---- Searches ---- */

/* Neighbouring ranges with one outcome: an answer, or a rest. */
typedef struct
{
  uint32_t start;
  bool answers;
  uint32_t value; /* the answer, or where the rest begins */
} leaf;

static size_t
find_leaves (shrinker *s, uint32_t arch, leaf *leaves)
{
  size_t n = 0;
  for (size_t i = 0; i < s->n_starts; i++)
    {
      const uint32_t number = s->starts[i];
      const size_t pc = run_on (s, 0, NOTHING, arch, number);
      leaf one = { number, is_answer (&s->program[pc]), s->program[pc].k };
      size_t rest = 0;
      if (!one.answers)
        {
          if (!write_rest (s, pc, arch, number, &rest))
            return 0;
          one.value = (uint32_t)rest;
        }
      if (n == 0 || leaves[n - 1].answers != one.answers || leaves[n - 1].value != one.value)
        leaves[n++] = one;
    }
  return n;
}

static bool
put (shrinker *s, insn i)
{
  if (s->used == s->room)
    return false;
  s->out[s->used++] = i;
  return true;
}

static bool
put_search (shrinker *s, const leaf *leaves, size_t count)
{
  if (count == 1 && leaves->answers)
    return put (s, (insn)BPF_STMT (BPF_RET | BPF_K, leaves->value));
  if (count == 1)
    {
      s->links[s->n_links].jump = s->used;
      s->links[s->n_links++].rest = leaves->value;
      return put (s, (insn)BPF_STMT (BPF_JMP | BPF_JA, 0));
    }
  const size_t half = count / 2, test = s->used;
  /* The lower half is next; the way to the upper one may be too far for a conditional jump. */
  if (!put (s, (insn)BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, leaves[half].start, 0, 0))
      || !put (s, (insn)BPF_STMT (BPF_JMP | BPF_JA, 0)))
    return false;
  const size_t lower = s->used;
  if (!put_search (s, leaves, half))
    return false;
  const size_t length = s->used - lower;
  if (length <= NEAR_MAX)
    {
      s->out[test].jt = (uint8_t)length;
      memmove (s->out + test + 1, s->out + lower, length * sizeof *s->out);
      s->used--;
      for (size_t i = s->n_links; i > 0 && s->links[i - 1].jump >= lower; i--)
        s->links[i - 1].jump--;
    }
  else
    {
      s->out[test].jf = 1;
      s->out[test + 1].k = (uint32_t)length;
    }
  return put_search (s, leaves + half, count - half);
}

static bool
put_arches (shrinker *s)
{
  leaf *leaves = rt_new_array (s->arena, leaf, s->n_starts);
  if (!put (s, (insn)BPF_STMT (BPF_LD | BPF_W | BPF_ABS, ARCH_AT)))
    return false;
  for (size_t i = 0; i < s->n_arches; i++)
    {
      const size_t test = s->used, n = find_leaves (s, s->arches[i], leaves);
      const bool last = i + 1 == s->n_arches;
      if (n == 0)
        return false;
      if (!last
          && (!put (s, (insn)BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, s->arches[i], 1, 0))
              || !put (s, (insn)BPF_STMT (BPF_JMP | BPF_JA, 0))))
        return false;
      if ((n > 1 && !put (s, (insn)BPF_STMT (BPF_LD | BPF_W | BPF_ABS, NUMBER_AT)))
          || !put_search (s, leaves, n))
        return false;
      /* The next architecture's test asks what is still in the accumulator. */
      if (!last)
        s->out[test + 1].k = (uint32_t)(s->used - test - 2);
    }
  return true;
}

static bool
put_rests (shrinker *s)
{
  for (size_t i = 0; i < s->n_links; i++)
    s->out[s->links[i].jump].k = (uint32_t)(s->used + s->links[i].rest - s->links[i].jump - 1);
  if (s->rests_used > s->room - s->used)
    return false;
  memcpy (s->out + s->used, s->rests, s->rests_used * sizeof *s->rests);
  s->used += s->rests_used;
  return true;
}

/* ---- The proof: both are asked ---- */

static uint32_t
answer (const insn *program, const struct seccomp_data *data)
{
  uint32_t a = 0;
  for (size_t pc = 0;; pc++)
    {
      const insn *i = &program[pc];
      if (i->code == (BPF_LD | BPF_W | BPF_ABS))
        memcpy (&a, (const char *)data + i->k, sizeof a);
      else if (i->code == (BPF_ALU | BPF_AND | BPF_K))
        a &= i->k;
      else if (i->code == (BPF_JMP | BPF_JA))
        pc += i->k;
      else if (is_conditional (i))
        pc += holds (i, a) ? i->jt : i->jf;
      else
        return i->k;
    }
}

/* Arguments made of the values that the rest compares with, and their neighbours. */
static bool
agree_on_arguments (const shrinker *s, struct seccomp_data *data)
{
  for (size_t i = 0; i < s->rests_used; i++)
    for (int shift = -1; is_conditional (&s->rests[i]) && shift <= 1; shift++)
      for (size_t other = 0; other < s->rests_used; other++)
        {
          if (!is_conditional (&s->rests[other]))
            continue;
          const uint64_t low = s->rests[i].k + (uint32_t)shift, high = s->rests[other].k;
          for (int j = 0; j < 6; j++)
            data->args[j] = (i + (size_t)j) % 2 == 0 ? low | high << 32 : low << 32 | high;
          if (answer (s->program, data) != answer (s->out, data))
            return false;
        }
  return true;
}

static bool
agree (const shrinker *s)
{
  for (size_t i = 0; i <= s->n_arches; i++)
    for (size_t j = 0; j < s->n_starts; j++)
      {
        struct seccomp_data data = { 0 };
        /* An unknown architecture that is not the one that stands for them, too. */
        data.arch = i < s->n_arches ? s->arches[i] : UINT32_MAX;
        const uint32_t end = j + 1 < s->n_starts ? s->starts[j + 1] - 1 : UINT32_MAX;
        const uint32_t numbers[] = { s->starts[j], end };
        for (size_t k = 0; k < 2; k++)
          {
            data.nr = (int)numbers[k];
            if (answer (s->program, &data) != answer (s->out, &data))
              return false;
            const insn *first = &s->program[run_on (s, 0, NOTHING, data.arch, numbers[k])];
            if (!is_answer (first) && !agree_on_arguments (s, &data))
              return false;
          }
      }
  return true;
}

struct sock_filter *
rt_filter_shrink (const struct sock_filter *program, size_t count, size_t *ret_count,
                  rt_arena *arena)
{
  shrinker s = {
    .program = program,
    .count = count,
    .starts = rt_new_array (arena, uint32_t, 3 * count + 1),
    .out = rt_new_array (arena, insn, count),
    .room = count,
    .rests = rt_new_array (arena, insn, BPF_MAXINSNS),
    .arena = arena,
  };
  if (count == 0 || count > BPF_MAXINSNS || !look_around (&s))
    return NULL;
  s.links = rt_alloc (arena, sizeof *s.links * (s.n_arches * s.n_starts + 1));
  if (!put_arches (&s) || !put_rests (&s) || s.used >= count || !agree (&s))
    return NULL;
  *ret_count = s.used;
  return s.out;
}
