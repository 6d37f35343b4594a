/* atomic: the command line, and docker, the same program under the name that people know.
 *
 * The verbs are in the tables of their groups. `atomic host` is not docker's. */
#include <stdio.h>
#include <string.h>

#include "base/verbs.h"
#include "cli/container.h"
#include "cli/front.h"
#include "cli/host.h"
#include "cli/image.h"
#include "cli/inspect.h"
#include "cli/network.h"
#include "cli/system.h"
#include "cli/volume.h"
#include "engine/registries.h"

static const HdOption no_options[] = { { NULL } };

#define ENGINE_TABLES                                                                              \
  hd_container_verbs, hd_image_verbs, hd_inspect_verbs, hd_network_verbs, hd_volume_verbs,         \
      hd_system_verbs

static const HdVerb *const docker_tables[] = { ENGINE_TABLES, NULL };
static const HdVerb *const tables[] = { ENGINE_TABLES, hd_host_verbs, NULL };

static const HdProgram atomic = {
  .name = "atomic",
  .summary = "Containers, and an immutable host that runs them",
  .version = ATOMIC_VERSION,
  .options = no_options,
  .verb_tables = tables,
  .section = 1,
  .keys = hd_registries_keys,
  .details
  = "EXAMPLES\n\n"
    " atomic run -d -p 80:80 --name web nginx   a container in the background\n"
    " atomic ps                       what runs\n"
    " atomic host status              healthy? current? what does the next reboot start?\n"
    " atomic host upgrade --reboot    get the newest version and start it\n"
    " atomic host rollback            back to the version before, at the next reboot\n"
    " atomic host kargs --append=quiet\n\n"
    "ENVIRONMENT\n\n"
    " ATOMIC_ROOT       folder of images, containers and volumes (/var/lib/atomic)\n"
    " ATOMIC_RUN_ROOT   folder of what runs (/run/atomic)\n\n"
    "FILES\n\n"
    " /etc/atomic/registries.conf          registries: short names, mirrors, who has no TLS\n"
    " /etc/atomic/policy.json              which images may be used (containers-policy.json(5))\n"
    " /etc/atomic/certs.d/HOST/            *.crt, NAME.cert and NAME.key for a registry\n"
    " /usr/share/containers/seccomp.json   the system calls of containers that ask for nothing\n"
    " /ostree/repo             the commits\n"
    " /ostree/atomic/history   what was changed when\n"
    " /boot/atomic/env         which set of boot entries counts\n\n"
    "SEE ALSO\n\n"
    "hostd(8), atomic-image(1), atomic-runtime(1)",
};

static const HdProgram docker = {
  .name = "docker",
  .summary = "Containers, in the words of docker (atomic)",
  .version = ATOMIC_VERSION,
  .options = no_options,
  .verb_tables = docker_tables,
  .section = 1,
  .usage_status = 1,
};

static int
print_version (const HdProgram *program)
{
  if (program == &docker)
    printf ("Docker version %s, build atomic\n", program->version);
  else
    printf ("%s %s\n", program->name, program->version);
  return 0;
}

static gboolean
is_one_of (const char *word, const char *a, const char *b, const char *c)
{
  return strcmp (word, a) == 0 || strcmp (word, b) == 0 || strcmp (word, c) == 0;
}

int
main (int argc, char **argv)
{
  const char *name = argc > 0 ? strrchr (argv[0], '/') : NULL;
  name = name != NULL ? name + 1 : argc > 0 ? argv[0] : "";
  const HdProgram *program = strcmp (name, "docker") == 0 ? &docker : &atomic;
  if (argc < 2 || (argc == 2 && is_one_of (argv[1], "help", "--help", "-h")))
    {
      hd_front_help (program, stdout);
      return 0;
    }
  if (is_one_of (argv[1], "--version", "-v", "--version"))
    return print_version (program);
  return hd_verbs_main (program, argc, argv);
}
