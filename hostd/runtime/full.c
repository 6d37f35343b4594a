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

/* Execute it in the folder that a path leads to. */
static void
execute_beside (const char *path, size_t length, char *const *argv)
{
  char name[PATH_MAX + sizeof NAME];
  while (length > 0 && path[length - 1] != '/')
    length--;
  if (length == 0 || length > PATH_MAX)
    return;
  memcpy (name, path, length);
  memcpy (name + length, NAME, sizeof NAME);
  execve (name, argv, environ);
}

int
rt_full_become (hd_err *err)
{
  char path[PATH_MAX];
  hd_autofree char *text = NULL;
  hd_autofree char **argv = rt_selfexe_arguments (&text);
  if (argv == NULL)
    return hd_err_set_errno (err, errno, "reading /proc/self/cmdline");
  ssize_t n = readlink ("/proc/self/exe", path, sizeof path);
  execute_beside (path, n > 0 ? (size_t)n : 0, argv);
  execve (ATOMIC_LIBEXECDIR "/" NAME, argv, environ);
  int r = hd_err_set_errno (err, errno, "executing " ATOMIC_LIBEXECDIR "/" NAME);
  /* In a copy of ourselves (selfexe.h) only our caller's word is left of where we were. */
  if (argv[0] != NULL)
    execute_beside (argv[0], strlen (argv[0]), argv);
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
