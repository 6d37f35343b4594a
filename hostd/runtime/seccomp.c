/* Seccomp filters: from a profile, kept or compiled. */
#include "runtime/seccomp.h"

#include <string.h>
#include <linux/seccomp.h>

#include "runtime/digest.h"
#include "runtime/filter.h"
#include "runtime/full.h"

/* Counts up when the same profile shall give another filter. */
#define FORMAT "atomic-runtime filter 4"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

const rt_word rt_seccomp_flag_words[] = {
  /* One thread: nothing to synchronise, and no listener could be had with it. */
  { "SECCOMP_FILTER_FLAG_TSYNC", 0 },
  { "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
  { "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
  { "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
  { NULL },
};

void
rt_seccomp_digest (const rt_seccomp *p, char hex[65])
{
  rt_digest digest;
  rt_digest_begin (&digest);
  rt_digest_add_string (&digest, FORMAT);
  rt_digest_add_string (&digest, p->default_action);
  rt_digest_add (&digest, &p->default_errno_ret, sizeof p->default_errno_ret);
  rt_digest_add (&digest, &p->architectures.count, sizeof p->architectures.count);
  for (size_t i = 0; i < p->architectures.count; i++)
    rt_digest_add_string (&digest, p->architectures.items[i]);
  for (size_t i = 0; i < p->syscalls.count; i++)
    {
      const rt_seccomp_rule *rule = &p->syscalls.items[i];
      rt_digest_add_string (&digest, rule->action);
      rt_digest_add (&digest, &rule->errno_ret, sizeof rule->errno_ret);
      rt_digest_add (&digest, &rule->names.count, sizeof rule->names.count);
      for (size_t j = 0; j < rule->names.count; j++)
        rt_digest_add_string (&digest, rule->names.items[j]);
      rt_digest_add (&digest, &rule->args.count, sizeof rule->args.count);
      rt_digest_add (&digest, rule->args.items, rule->args.count * sizeof *rule->args.items);
    }
  rt_digest_end (&digest, hex);
}

/* Flags */

/* 1 when some call is answered by an agent, 0 when none is. */
static int
notifies (const rt_seccomp *p, hd_err *err)
{
  int found = 0;
  if (strcmp (p->default_action, "SCMP_ACT_NOTIFY") == 0)
    return hd_err_set (err, HD_CONFIG, NULL,
                       "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be the default: nobody "
                       "could send the listener");
  for (size_t i = 0; i < p->syscalls.count; i++)
    {
      const rt_seccomp_rule *rule = &p->syscalls.items[i];
      if (strcmp (rule->action, "SCMP_ACT_NOTIFY") != 0)
        continue;
      found = 1;
      /* The first is what peers use to send the listener, the second what we use. */
      for (size_t j = 0; j < rule->names.count; j++)
        if (strcmp (rule->names.items[j], "write") == 0
            || strcmp (rule->names.items[j], "sendmsg") == 0)
          return hd_err_set (err, HD_CONFIG, NULL,
                             "linux.seccomp.syscalls[%zu]: SCMP_ACT_NOTIFY cannot be used for the "
                             "%s syscall: the listener could not be sent",
                             i, rule->names.items[j]);
    }
  return found;
}

static int
find_flags (const rt_seccomp *p, unsigned *ret, hd_err *err)
{
  *ret = 0;
  for (size_t i = 0; i < p->flags.count; i++)
    {
      int64_t bit = rt_word_value (rt_seccomp_flag_words, p->flags.items[i]);
      if (bit < 0)
        return hd_err_set (err, HD_CONFIG, NULL, "linux.seccomp.flags[%zu]: unknown flag \"%.60s\"",
                           i, p->flags.items[i]);
      *ret |= (unsigned)bit;
    }
  int found = notifies (p, err);
  if (found < 0)
    return found;
  if (found > 0 && p->listener_path == NULL)
    return hd_err_set (err, HD_CONFIG, NULL,
                       "linux.seccomp.listenerPath: is required by SCMP_ACT_NOTIFY");
  /* Who gives a path gets the listener, as with crun, be there a call for it or not. */
  if (p->listener_path != NULL)
    *ret |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  return 0;
}

int
rt_seccomp_filter (const rt_seccomp *profile, const char *folder, rt_filter *ret, rt_arena *arena,
                   hd_err *err)
{
  char digest[RT_DIGEST_HEX_BYTES] = "";
  unsigned flags;
  int r = find_flags (profile, &flags, err);
  if (r < 0)
    return r;
  if (folder != NULL)
    rt_seccomp_digest (profile, digest);
  if (folder == NULL || !rt_filter_load (folder, digest, ret, arena))
    {
      if ((r = rt_full_become (err)) < 0 || (r = rt_seccomp_compile (profile, ret, arena, err)) < 0)
        return r;
      if (folder != NULL)
        rt_filter_keep (folder, digest, ret, arena);
    }
  ret->flags = flags;
  ret->listens = (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
  return 0;
}
