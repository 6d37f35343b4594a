/* What the values of linux.resources mean to the controllers. */
#include "runtime/cgroup-internal.h"

#include <errno.h>
#include <math.h>

/* Logarithm to base 2 and power of 10 to some 12 digits: the mathematical library would be loaded
 * at every start, for these two. */

static double
log2_of (uint64_t number)
{
  int whole = 63 - __builtin_clzll (number);
  /* ln(x) = 2 (y + y^3/3 + y^5/5 ...) with y = (x-1)/(x+1), for 1 <= x < 2. */
  double x = (double)number / (double)(UINT64_C (1) << whole);
  double y = (x - 1) / (x + 1), power = y, sum = 0;
  for (int i = 1; i < 60; i += 2, power *= y * y)
    sum += power / i;
  return whole + 2 * sum / M_LN2;
}

static double
power_of_10 (double exponent)
{
  double x = exponent * M_LN10, term = 1, sum = 1;
  for (int i = 1; i < 80; i++)
    {
      term *= x / i;
      sum += term;
    }
  return sum;
}

uint64_t
rt_cgroup_weight_of_shares (uint64_t shares)
{
  if (shares <= 2)
    return 1;
  if (shares >= 262144)
    return 10000;
  double l = log2_of (shares);
  double weight = power_of_10 ((l * l + 125 * l) / 612.0 - 7.0 / 34.0);
  uint64_t whole = (uint64_t)weight;
  /* Rounded up, but not for the digits that are not exact. */
  return weight - (double)whole > 1e-7 ? whole + 1 : whole;
}

uint64_t
rt_cgroup_weight_of_blkio (uint64_t weight)
{
  return weight < 10 ? 1 : 1 + (weight - 10) * 9999 / 990;
}

/* Demands */

static bool
positive (const rt_int64 *number)
{
  return number->set && number->value > 0;
}

static bool
some (const rt_uint64 *number)
{
  return number->set && number->value != 0;
}

static bool
wants_memory (const rt_resources *r)
{
  const rt_memory *m = r->memory;
  return m != NULL
         && (positive (&m->limit) || positive (&m->swap) || positive (&m->reservation)
             || positive (&m->kernel_tcp) || m->swappiness.set || m->disable_oom_killer);
}

static bool
wants_cpu (const rt_resources *r)
{
  const rt_cpu *c = r->cpu;
  return c != NULL
         && (some (&c->shares) || positive (&c->quota) || some (&c->period) || some (&c->burst)
             || positive (&c->realtime_runtime) || some (&c->realtime_period)
             || positive (&c->idle));
}

static bool
wants_cpuset (const rt_resources *r)
{
  const rt_cpu *c = r->cpu;
  return c != NULL
         && ((c->cpus != NULL && c->cpus[0] != '\0') || (c->mems != NULL && c->mems[0] != '\0'));
}

static bool
wants_pids (const rt_resources *r)
{
  return r->pids != NULL && positive (&r->pids->limit);
}

static bool
wants_blkio (const rt_resources *r)
{
  const rt_block_io *b = r->block_io;
  return b != NULL
         && (some (&b->weight) || some (&b->leaf_weight) || b->weight_device.count > 0
             || b->throttle_read_bps.count > 0 || b->throttle_write_bps.count > 0
             || b->throttle_read_iops.count > 0 || b->throttle_write_iops.count > 0);
}

static bool
wants_hugetlb (const rt_resources *r)
{
  return r->hugepage_limits.count > 0;
}

static bool
wants_net_cls (const rt_resources *r)
{
  return r->network != NULL && some (&r->network->class_id);
}

static bool
wants_net_prio (const rt_resources *r)
{
  return r->network != NULL && r->network->priorities.count > 0;
}

static bool
wants_rdma (const rt_resources *r)
{
  return r->rdma.count > 0;
}

/* Without it a container has every device that its capabilities let it make. */
static bool
wants_devices (const rt_resources *r)
{
  (void)r;
  return true;
}

const rt_cgroup_demand rt_cgroup_demands[] = {
  { "memory", "memory", wants_memory },
  { "cpu", "cpu", wants_cpu },
  { "cpuset", "cpu", wants_cpuset },
  { "pids", "pids", wants_pids },
  { "blkio", "blockIO", wants_blkio },
  { "hugetlb", "hugepageLimits", wants_hugetlb },
  { "net_cls", "network", wants_net_cls },
  { "net_prio", "network", wants_net_prio },
  { "rdma", "rdma", wants_rdma },
  { "devices", "devices", wants_devices },
  { NULL },
};

int
rt_cgroup_refuse_limit (const rt_cgroup_demand *demand, hd_err *err)
{
  hd_err_set (err, HD_DENIED, "leave the limit out, or have a cgroup delegated",
              "linux.resources.%s: cannot set %s limit: container could not join or create cgroup",
              demand->member, demand->controller);
  return -EACCES;
}
