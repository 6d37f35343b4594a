/* Defaults, and what no product takes. */
#include "tools/format-machine.h"

#include <string.h>

#include "base/error.h"

#define MAX_NAME_BYTES 90

void
hd_format_machine_init (HdFormatMachine *machine)
{
  *machine = (HdFormatMachine){
    .hardware = 13,
    .os_type = hd_format_os_type (NULL),
    .n_processors = 2,
    .memory_mib = 2048,
  };
}

const char *
hd_format_os_type (const char *suite)
{
  static const struct
  {
    const char *suite;
    const char *type;
  } types[] = {
    { "bullseye", "debian11_64Guest" },
    { "bookworm", "debian12_64Guest" },
    { "trixie", "debian13_64Guest" },
  };
  for (gsize i = 0; suite != NULL && i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (types[i].suite, suite))
      return types[i].type;
  return "other5xLinux64Guest";
}

gboolean
hd_format_machine_check (const HdFormatMachine *machine, GError **error)
{
  /* Those that products came with; there is no vmx-12 or vmx-16 of an ESXi. */
  static const guint versions[] = { 10, 11, 13, 14, 15, 17, 18, 19, 20, 21 };
  gboolean known = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (versions); i++)
    known = known || versions[i] == machine->hardware;
  if (!known)
    return hd_throw (error, HD_USAGE, "10, 11, 13, 14, 15, 17, 18, 19, 20 or 21",
                     "O7: vSphere has no hardware version %u", machine->hardware);
  if (*machine->name == '\0' || strlen (machine->name) > MAX_NAME_BYTES
      || strchr (machine->name, '/') != NULL || *machine->name == '.')
    return hd_throw (error, HD_USAGE, "letters, digits and dashes; at most 90",
                     "O1: \"%s\" is no name for the members of an archive", machine->name);
  if ((machine->sign_key == NULL) != (machine->sign_certificate == NULL))
    return hd_throw (error, HD_USAGE, "give both, or none",
                     "O13: a signature needs a key and its certificate");
  if (machine->n_processors < 1 || machine->memory_mib < 4)
    return hd_throw (error, HD_USAGE, NULL, "a machine has at least 1 processor and 4 MiB");
  return TRUE;
}
