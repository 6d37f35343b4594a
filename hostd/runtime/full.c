/* From the small program to the full one. */
#include "runtime/full.h"

#ifdef ATOMIC_STATIC

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "runtime/selfexe.h"

#define NAME "atomic-runtime-full"

int
rt_full_become (hd_err *err)
{
  char path[PATH_MAX + sizeof NAME];
  hd_autofree char *text = NULL;
  hd_autofree char **argv = rt_selfexe_arguments (&text);
  if (argv == NULL)
    return hd_err_set_errno (err, errno, "reading /proc/self/cmdline");
  ssize_t n = readlink ("/proc/self/exe", path, PATH_MAX);
  while (n > 0 && path[n - 1] != '/')
    n--;
  if (n > 0)
    {
      memcpy (path + n, NAME, sizeof NAME);
      execve (path, argv, environ);
    }
  execve (ATOMIC_LIBEXECDIR "/" NAME, argv, environ);
  int r = hd_err_set_errno (err, errno, "executing " ATOMIC_LIBEXECDIR "/" NAME);
  return r;
}

#else

int
rt_full_become (hd_err *err)
{
  (void)err;
  return 0;
}

#endif
