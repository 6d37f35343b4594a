/* Beside us, or installed. */
#include "engine/programs.h"

#include <string.h>
#include <unistd.h>

#define SELF "/proc/self/exe"

char *
hd_programs_self (void)
{
  char *path = g_file_read_link (SELF, NULL);
  return path != NULL ? path : g_strdup (SELF);
}

char *
hd_programs_find (const char *name)
{
  g_autofree char *self = hd_programs_self ();
  g_autofree char *folder = g_path_get_dirname (self);
  g_autofree char *beside = g_build_filename (folder, name, NULL);
  if (access (beside, X_OK) == 0)
    return g_steal_pointer (&beside);
  return g_build_filename (strcmp (name, "atomic-runtime") == 0 ? ATOMIC_BINDIR : ATOMIC_LIBEXECDIR,
                           name, NULL);
}
