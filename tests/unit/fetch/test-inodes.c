/* fetch/inodes: first names, also when there are many. */
#include "fetch/inodes.h"

#include <string.h>

#include "check.h"

#define MANY 5000

int
main (void)
{
  hd_inodes inodes = { 0 };
  char path[32];
  for (int i = 0; i < MANY; i++)
    {
      snprintf (path, sizeof path, "path-%d", i);
      CHECK (hd_inodes_seen (&inodes, (dev_t)(i % 3), (ino_t)i * 64, path) == NULL);
    }
  for (int i = 0; i < MANY; i++)
    {
      snprintf (path, sizeof path, "path-%d", i);
      const char *first = hd_inodes_seen (&inodes, (dev_t)(i % 3), (ino_t)i * 64, "other");
      CHECK (first != NULL && strcmp (first, path) == 0);
    }
  CHECK (hd_inodes_seen (&inodes, 3, 0, "x") == NULL);
  hd_inodes_clear (&inodes);
  return 0;
}
