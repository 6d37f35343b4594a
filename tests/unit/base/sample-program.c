/* A small program's tables: groups in groups, each type of option, a raw tail, texts to escape. */
#include "sample-program.h"

int (*sample_run) (const HdInvocation *inv);

static int
run_verb (const HdInvocation *inv)
{
  return sample_run (inv);
}

static const HdOption upgrade_options[] = {
  { "check", 'c', HD_OPT_FLAG, NULL, "Say whether there is something newer, and change nothing" },
  { "quick", 'q', HD_OPT_FLAG, NULL, "Leave out what can be left out" },
  { "jobs", 'j', HD_OPT_INT, "N", "Use N jobs" },
  { "limit", 0, HD_OPT_SIZE, "SIZE", "Download no more than SIZE" },
  { "append", 'a', HD_OPT_STRINGS, "ARG", "Append ARG, which may be given more than once" },
  { NULL },
};

static const HdVerb host_verbs[] = {
  { "host upgrade", "[COMMIT]", 0, 1, FALSE, upgrade_options, "Upgrade to what is newest",
    "Downloads, verifies and stages it; the running system stays as it is until the next reboot, "
    "and then comes back.\n\n"
    "  atomic host upgrade --check\n"
    "  .dot\n\n"
    "Don't worry: C:\\ is no path here.",
    run_verb },
  { "host rollback", "", 0, 0, FALSE, NULL, "Go back to the previous deployment", NULL, run_verb },
  { NULL },
};

static const HdVerb other_verbs[] = {
  { "run", "IMAGE [COMMAND...]", 1, -1, TRUE, upgrade_options, "Run a container", NULL, run_verb },
  { "volume create", "NAME", 1, 1, FALSE, NULL, "Make a volume", NULL, run_verb },
  { "volume snapshot list", "", 0, 0, FALSE, NULL, "List snapshots", NULL, run_verb },
  { NULL },
};

static const HdVerb *const tables[] = { host_verbs, other_verbs, NULL };

static const HdOption options[] = {
  { "sysroot", 0, HD_OPT_STRING, "PATH", "Work on the sysroot at PATH" },
  { "verbose", 'v', HD_OPT_FLAG, NULL, "Say more" },
  { NULL },
};

static const HdIniKey keys[] = {
  { "Image", "Suite", "the suite, don't leave it out" },
  { "Image", "Name", "the name" },
  { "Disk", "Size", "its size" },
  { NULL },
};

const HdProgram sample_program = {
  .name = "sample-tool",
  .summary = "change a host in one step",
  .version = "1.2.3",
  .options = options,
  .verb_tables = tables,
  .section = 8,
  .keys = keys,
  .details = "FILES\n\n  /etc/sample\n\nRead at start.\n\n.profile is not.",
};
