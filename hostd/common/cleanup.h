/* Cleanup attributes for plain C: descriptors, files, malloc'ed memory. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <errno.h>

/* Close *fd unless it is negative; errno is kept. */
static inline void
hd_closep (int *fd)
{
  if (*fd >= 0)
    {
      int saved = errno;
      close (*fd);
      errno = saved;
      *fd = -1;
    }
}

static inline void
hd_freep (void *pointer)
{
  int saved = errno;
  free (*(void **)pointer);
  errno = saved;
}

static inline void
hd_fclosep (FILE **file)
{
  if (*file != NULL)
    {
      fclose (*file);
      *file = NULL;
    }
}

/* Take the descriptor out of a variable with cleanup. */
static inline int
hd_steal_fd (int *fd)
{
  int taken = *fd;
  *fd = -1;
  return taken;
}

#define hd_autofd __attribute__ ((cleanup (hd_closep))) int
#define hd_autofree __attribute__ ((cleanup (hd_freep)))
#define hd_autofile __attribute__ ((cleanup (hd_fclosep))) FILE *
