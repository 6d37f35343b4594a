/* Seccomp filters: profile to flags, and the files of kept filters. */
#include "runtime/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "runtime/digest.h"

/* Counts up when the same profile shall give another filter. */
#define FORMAT "atomic-runtime filter 1"
#define FILTER_BYTES_MAX (BPF_MAXINSNS * sizeof (struct sock_filter))

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
  for (size_t i = 0; i < p->architectures.count; i++)
    rt_digest_add_string (&digest, p->architectures.items[i]);
  for (size_t i = 0; i < p->syscalls.count; i++)
    {
      const rt_seccomp_rule *rule = &p->syscalls.items[i];
      rt_digest_add_string (&digest, NULL);
      rt_digest_add_string (&digest, rule->action);
      rt_digest_add (&digest, &rule->errno_ret, sizeof rule->errno_ret);
      for (size_t j = 0; j < rule->names.count; j++)
        rt_digest_add_string (&digest, rule->names.items[j]);
      rt_digest_add (&digest, &rule->args.count, sizeof rule->args.count);
      rt_digest_add (&digest, rule->args.items, rule->args.count * sizeof *rule->args.items);
    }
  rt_digest_end (&digest, hex);
}

/* Flags */

static bool
notifies (const rt_seccomp *p)
{
  for (size_t i = 0; i < p->syscalls.count; i++)
    if (strcmp (p->syscalls.items[i].action, "SCMP_ACT_NOTIFY") == 0)
      return true;
  return strcmp (p->default_action, "SCMP_ACT_NOTIFY") == 0;
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
  if (!notifies (p))
    return 0;
  if (p->listener_path == NULL)
    return hd_err_set (err, HD_CONFIG, NULL,
                       "linux.seccomp.listenerPath: is required by SCMP_ACT_NOTIFY");
  *ret |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  return 0;
}

/* Kept filters */

/* Read a kept filter; only what belongs to us and nobody else could have written counts. */
static bool
read_kept (const char *path, rt_filter *ret, rt_arena *arena)
{
  struct stat st;
  hd_autofd fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &st) < 0)
    return false;
  size_t size = (size_t)st.st_size;
  if (!S_ISREG (st.st_mode) || st.st_uid != geteuid () || (st.st_mode & 022) != 0 || size == 0
      || size > FILTER_BYTES_MAX || size % sizeof (struct sock_filter) != 0)
    return false;
  struct sock_filter *filter = rt_alloc (arena, size);
  if (read (fd, filter, size) != (ssize_t)size)
    return false;
  ret->program.filter = filter;
  ret->program.len = (unsigned short)(size / sizeof *filter);
  return true;
}

/* A file appears whole or not at all.  No fsync: it is under /run, and losing it costs a
 * compilation. */
static void
keep (const char *folder, const char *path, const rt_filter *filter, rt_arena *arena)
{
  const char *temporary = rt_printf (arena, "%s.%d", path, (int)getpid ());
  if (hd_fs_mkdirs (AT_FDCWD, folder, 0700) < 0)
    return;
  hd_autofd fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  size_t size = filter->program.len * sizeof *filter->program.filter;
  if (hd_fs_write_all (fd, filter->program.filter, size) < 0 || rename (temporary, path) < 0)
    unlink (temporary);
}

int
rt_seccomp_filter (const rt_seccomp *profile, const char *folder, rt_filter *ret, rt_arena *arena,
                   hd_err *err)
{
  char digest[RT_DIGEST_HEX_BYTES];
  const char *path = NULL;
  unsigned flags;
  int r = find_flags (profile, &flags, err);
  if (r < 0)
    return r;
  if (folder != NULL)
    {
      rt_seccomp_digest (profile, digest);
      path = rt_printf (arena, "%s/%s", folder, digest);
    }
  if (path == NULL || !read_kept (path, ret, arena))
    {
      r = rt_seccomp_compile (profile, ret, arena, err);
      if (r < 0)
        return r;
      if (path != NULL)
        keep (folder, path, ret, arena);
    }
  ret->flags = flags;
  return 0;
}
