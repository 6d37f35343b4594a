/* The table of `atomic host`: usage, --help, man page and completion are made from it.
 *
 * The names of options are those of the request (docs/ARCHITECTURE.md): a new option of a changing
 * verb is a row here and nothing else.
 */
#include "cli/host.h"

#include "cli/change.h"
#include "cli/read.h"

#define SYSROOT                                                                                    \
  {                                                                                                \
    "sysroot", 0, HD_OPT_STRING, "PATH", "work on the sysroot at PATH, without hostd"              \
  }
#define JSON                                                                                       \
  {                                                                                                \
    "json", 0, HD_OPT_FLAG, NULL, "print JSON on standard output"                                  \
  }
#define VERBOSE                                                                                    \
  {                                                                                                \
    "verbose", 'v', HD_OPT_FLAG, NULL, "print all that is known"                                   \
  }
#define STATEROOT                                                                                  \
  {                                                                                                \
    "stateroot", 0, HD_OPT_STRING, "NAME", "act on this stateroot instead of the running one"      \
  }
#define REBOOT                                                                                     \
  {                                                                                                \
    "reboot", 'r', HD_OPT_FLAG, NULL, "reboot at once when it is done"                             \
  }
/* What every changing verb takes. */
#define CHANGE_OPTIONS                                                                             \
  SYSROOT, JSON, VERBOSE, { "quiet", 'q', HD_OPT_FLAG, NULL, "print errors only" },                \
  {                                                                                                \
    "no-wait", 0, HD_OPT_FLAG, NULL, "fail when another change is under way, instead of waiting"   \
  }
/* What verbs that fetch a commit take besides. */
#define FETCH_OPTIONS                                                                              \
  CHANGE_OPTIONS, REBOOT, STATEROOT,                                                               \
      { "preview", 0, HD_OPT_FLAG, NULL, "fetch and compare the lists of packages only" },         \
      { "download-only", 0, HD_OPT_FLAG, NULL, "download and verify, but do not stage" },          \
  {                                                                                                \
    "timeout", 0, HD_OPT_INT, "SECONDS", "give up after so long without a byte (60)"               \
  }

static const HdOption status_options[] = {
  SYSROOT,  JSON, VERBOSE, { "booted", 'b', HD_OPT_FLAG, NULL, "show the running deployment only" },
  { NULL },
};

static const HdOption upgrade_options[] = {
  { "check", 0, HD_OPT_FLAG, NULL, "only look whether there is something newer" },
  { "allow-downgrade", 0, HD_OPT_FLAG, NULL, "accept a commit that is older than the running one" },
  FETCH_OPTIONS,
  { NULL },
};

static const HdOption fetch_options[] = { FETCH_OPTIONS, { NULL } };
static const HdOption rollback_options[] = { CHANGE_OPTIONS, REBOOT, { NULL } };
static const HdOption change_options[] = { CHANGE_OPTIONS, { NULL } };

static const HdOption cleanup_options[] = {
  { "pending", 'p', HD_OPT_FLAG, NULL, "drop what is staged or only waits for the reboot" },
  { "rollback", 0, HD_OPT_FLAG, NULL, "drop the deployment to roll back to" },
  { "base", 0, HD_OPT_FLAG, NULL, "remove what interrupted changes left behind" },
  { "repo", 0, HD_OPT_FLAG, NULL, "remove objects that no deployment needs" },
  CHANGE_OPTIONS,
  { NULL },
};

static const HdOption kargs_options[] = {
  { "append", 0, HD_OPT_STRINGS, "ARG", "add an argument" },
  { "append-if-missing", 0, HD_OPT_STRINGS, "ARG", "add an argument unless it is there" },
  { "delete", 0, HD_OPT_STRINGS, "ARG", "remove an argument (KEY, or KEY=VALUE)" },
  { "delete-if-present", 0, HD_OPT_STRINGS, "ARG", "remove an argument if it is there" },
  { "replace", 0, HD_OPT_STRINGS, "ARG", "replace a value (KEY=NEW, or KEY=OLD=NEW)" },
  STATEROOT,
  CHANGE_OPTIONS,
  REBOOT,
  { NULL },
};

static const HdOption history_options[] = {
  SYSROOT,
  JSON,
  { "lines", 'n', HD_OPT_INT, "NUMBER", "show so many of the newest entries (20, 0: all)" },
  { NULL },
};

static const HdOption cancel_options[] = {
  { "all", 'a', HD_OPT_FLAG, NULL, "cancel what waits, too" },
  { NULL },
};

const HdVerb hd_host_verbs[] = {
  { "host status", "", 0, 0, FALSE, status_options,
    "Show whether the host is healthy and current, and what the next reboot starts",
    "Below these three lines stands a block for each deployment in boot order; a dot marks the "
    "running one, the number is what pin and unpin take. Nothing is changed and nobody asked: "
    "any user may run it.",
    hd_cli_status },
  { "host upgrade", "", 0, 0, FALSE, upgrade_options,
    "Download, verify and stage the newest version of this host",
    "The version that runs is not touched; the new one takes effect at the next reboot, and gives "
    "way to this one by itself when it does not start. Exit status 77: there is nothing newer.",
    hd_cli_change },
  { "host rollback", "", 0, 0, FALSE, rollback_options,
    "Make the previous deployment the one that the next reboot starts",
    "The previous deployment has its own /etc, as it was when it last ran; /var is shared. Run it "
    "twice to be where you were.",
    hd_cli_change },
  { "host deploy", "COMMIT", 1, 1, FALSE, fetch_options, "Stage a certain version",
    "COMMIT is a version, a checksum or the beginning of one, or REMOTE:REF. The origin stays: the "
    "next upgrade follows it again.",
    hd_cli_change },
  { "host rebase", "[REMOTE:]REF [COMMIT]", 1, 2, FALSE, fetch_options,
    "Follow another branch or remote, and stage its newest version", NULL, hd_cli_change },
  { "host pin", "DEPLOYMENT", 1, 1, FALSE, change_options, "Keep a deployment until it is unpinned",
    "DEPLOYMENT is its number in 'atomic host status', its id, the beginning of its commit, or "
    "'booted'.",
    hd_cli_change },
  { "host unpin", "DEPLOYMENT", 1, 1, FALSE, change_options, "Let a pinned deployment go in time",
    NULL, hd_cli_change },
  { "host cleanup", "", 0, 0, FALSE, cleanup_options, "Free what is not needed any more",
    "Without an option: --base and --repo.", hd_cli_change },
  { "host kargs", "", 0, 0, FALSE, kargs_options, "Show or change the kernel's arguments",
    "Changes make a new deployment of the same version, for the next reboot. Without changes the "
    "arguments of the next reboot are shown.",
    hd_cli_kargs },
  { "host history", "", 0, 0, FALSE, history_options, "Show what was changed when", NULL,
    hd_cli_history },
  { "host cancel", "[JOB]", 0, 1, FALSE, cancel_options, "Cancel the change that is under way",
    "Whoever asked for a change may cancel it; others need the polkit action "
    "org.atomichost.host1.cancel.",
    hd_cli_cancel },
  { NULL },
};
