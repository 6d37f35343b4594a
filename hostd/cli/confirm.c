/* The question before something is removed. */
#include "cli/confirm.h"

#include <stdio.h>

gboolean
hd_confirm (const char *what)
{
  char answer[16] = "";
  fprintf (stderr, "WARNING! This will remove %s.\nAre you sure you want to continue? [y/N] ",
           what);
  return fgets (answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}
