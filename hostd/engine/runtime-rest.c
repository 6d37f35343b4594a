/* The runtime's own way to remove what is left. */
#include "engine/runtime-rest.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/spawn.h"
#include "engine/programs.h"

gboolean
hd_runtime_rest_clear (HdStore *store, const char *id, GError **error)
{
  g_autofree char *state = g_strconcat ("runtime/", id, NULL);
  if (faccessat (hd_store_run_fd (store), state, F_OK, 0) < 0)
    return TRUE;
  g_autofree char *program = hd_programs_find ("atomic-runtime");
  g_autofree char *root = g_build_filename (hd_store_run_root (store), "runtime", NULL);
  const char *const argv[] = { program, "--root", root, "delete", "--force", id, NULL };
  return hd_spawn_run (argv, NULL, NULL, NULL, error);
}
