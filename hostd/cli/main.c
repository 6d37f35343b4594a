/* atomic: the command line. The verbs are in the tables of their groups. */
#include "base/verbs.h"
#include "cli/container.h"
#include "cli/host.h"
#include "cli/image.h"
#include "cli/network.h"
#include "cli/volume.h"

static const HdOption no_options[] = { { NULL } };
static const HdVerb *const tables[] = { hd_container_verbs, hd_image_verbs, hd_network_verbs,
                                        hd_volume_verbs,    hd_host_verbs,  NULL };

int
main (int argc, char **argv)
{
  static const HdProgram program = {
    .name = "atomic",
    .summary = "look after an immutable host",
    .version = ATOMIC_VERSION,
    .options = no_options,
    .verb_tables = tables,
    .section = 1,
    .details
    = "EXAMPLES\n\n"
      " atomic host status              healthy? current? what does the next reboot start?\n"
      " atomic host upgrade --reboot    get the newest version and start it\n"
      " atomic host rollback            back to the version before, at the next reboot\n"
      " atomic host kargs --append=quiet\n\n"
      "FILES\n\n"
      " /ostree/repo             the commits\n"
      " /ostree/atomic/history   what was changed when\n"
      " /boot/atomic/env         which set of boot entries counts\n\n"
      "SEE ALSO\n\n"
      "hostd(8), atomic-image(1)",
  };
  return hd_verbs_main (&program, argc, argv);
}
