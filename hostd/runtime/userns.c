/* Root of the machine, or of a user namespace. */
#include "runtime/userns.h"

#include <stdio.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "common/cleanup.h"

uid_t
rt_own_uid (void)
{
  return (uid_t)getauxval (AT_EUID);
}

bool
rt_is_host_root (void)
{
  char text[64];
  unsigned inside, outside, count;
  if (rt_own_uid () != 0)
    return false;
  hd_autofd fd = open ("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;
  if (n <= 0)
    return true;
  text[n] = '\0';
  return sscanf (text, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 && outside == 0
         && count == 4294967295u;
}
