/* The table of `atomic run`, `ps` ... and `atomic container run` ... */
#include "cli/container.h"

#include "cli/container-files.h"
#include "cli/container-life.h"
#include "cli/container-look.h"
#include "cli/container-options.h"
#include "cli/container-ps.h"
#include "cli/container-run.h"
#include "cli/container-watch.h"
#include "cli/engine.h"

#define VERB(word, ...) HD_ENGINE_VERB ("container", word, __VA_ARGS__)
#define CONTAINERS "CONTAINER [CONTAINER...]"
#define TEXT(name, letter, arg, help)                                                              \
  {                                                                                                \
    name, letter, HD_OPT_STRING, arg, help                                                         \
  }
#define LIST(name, letter, arg, help)                                                              \
  {                                                                                                \
    name, letter, HD_OPT_STRINGS, arg, help                                                        \
  }
#define FLAG(name, letter, help)                                                                   \
  {                                                                                                \
    name, letter, HD_OPT_FLAG, NULL, help                                                          \
  }
#define NUMBER(name, letter, arg, help)                                                            \
  {                                                                                                \
    name, letter, HD_OPT_INT, arg, help                                                            \
  }
#define SESSION                                                                                    \
  TEXT ("detach-keys", 0, "KEYS", "keys that detach from it (ctrl-p,ctrl-q)"),                     \
      FLAG ("sig-proxy", 0, "pass signals on to it (on unless --sig-proxy=false)")

static const HdOption no_options[] = { { NULL } };

static const HdOption start_options[] = {
  FLAG ("attach", 'a', "attach to its output, and pass signals on"),
  FLAG ("interactive", 'i', "attach to its input, too"),
  SESSION,
  { NULL },
};

static const HdOption stop_options[] = {
  NUMBER ("time", 't', "SECONDS", "time before it is killed (its own, or 10)"),
  NUMBER ("timeout", 0, "SECONDS", "the same as --time"),
  TEXT ("signal", 's', "SIGNAL", "signal to stop it with"),
  { NULL },
};

static const HdOption kill_options[]
    = { TEXT ("signal", 's', "SIGNAL", "signal to send (KILL)"), { NULL } };

static const HdOption attach_options[]
    = { FLAG ("no-stdin", 0, "do not attach to its input"), SESSION, { NULL } };

static const HdOption rm_options[] = {
  FLAG ("force", 'f', "kill it first; one that is not there is no error"),
  FLAG ("volumes", 'v', "remove its anonymous volumes, too"),
  { NULL },
};

static const HdOption exec_options[] = {
  FLAG ("detach", 'd', "run it in the background"),
  LIST ("env", 'e', "NAME[=VALUE]", "set a variable, or pass it on"),
  FLAG ("interactive", 'i', "pass standard input on"),
  FLAG ("privileged", 0, "give it all capabilities"),
  FLAG ("tty", 't', "give it a terminal"),
  TEXT ("user", 'u', "USER[:GROUP]", "user to run as"),
  TEXT ("workdir", 'w', "PATH", "working folder"),
  { NULL },
};

static const HdOption logs_options[] = {
  FLAG ("follow", 'f', "go on until the container ends"),
  TEXT ("since", 0, "TIME", "from this time on, or so long ago"),
  TEXT ("tail", 'n', "NUMBER", "the last lines only"),
  FLAG ("timestamps", 't', "with the time of each line"),
  TEXT ("until", 0, "TIME", "up to this time, or so long ago"),
  { NULL },
};

static const HdOption cp_options[] = {
  FLAG ("archive", 'a', "keep owners"),
  FLAG ("follow-link", 'L', "copy what a symbolic link leads to"),
  FLAG ("quiet", 'q', "no progress"),
  { NULL },
};

static const HdOption export_options[]
    = { TEXT ("output", 'o', "FILE", "write to a file"), { NULL } };

static const HdOption commit_options[] = {
  TEXT ("author", 'a', "NAME", "author of the image"),
  LIST ("change", 'c', "INSTRUCTION", "change the image's configuration, as CMD [\"x\"]"),
  TEXT ("message", 'm', "TEXT", "comment of the image"),
  FLAG ("pause", 'p', "freeze the container meanwhile (on unless --pause=false)"),
  { NULL },
};

static const HdOption stats_options[] = {
  FLAG ("all", 'a', "accepted; containers that do not run use nothing"),
  TEXT ("format", 0, "FORMAT", "table, json, or a Go template"),
  FLAG ("no-stream", 0, "print once"),
  FLAG ("no-trunc", 0, "do not cut ids"),
  { NULL },
};

static const HdOption events_options[] = {
  LIST ("filter", 'f', "KEY=VALUE", "show those of this type, event, container, image or label"),
  TEXT ("format", 0, "FORMAT", "json, or a Go template"),
  TEXT ("since", 0, "TIME", "from this time on, or so long ago"),
  TEXT ("until", 0, "TIME", "up to this time"),
  { NULL },
};

static const HdOption update_options[] = {
  TEXT ("blkio-weight", 0, "WEIGHT", "weight of block I/O, 10 to 1000"),
  TEXT ("cpu-period", 0, "USEC", "length of a period of CPU time"),
  TEXT ("cpu-quota", 0, "USEC", "CPU time in each period"),
  TEXT ("cpu-shares", 'c', "SHARES", "weight of CPU time against others"),
  TEXT ("cpus", 0, "NUMBER", "number of CPUs, as 1.5"),
  TEXT ("cpuset-cpus", 0, "LIST", "CPUs to run on, as 0-3,7"),
  TEXT ("cpuset-mems", 0, "LIST", "memory nodes to use"),
  TEXT ("memory", 'm', "BYTES", "limit of memory"),
  TEXT ("memory-reservation", 0, "BYTES", "memory that is kept for it when it gets scarce"),
  TEXT ("memory-swap", 0, "BYTES", "limit of memory and swap together, -1 for none"),
  TEXT ("pids-limit", 0, "NUMBER", "limit of processes, -1 for none"),
  TEXT ("restart", 0, "POLICY", "no, on-failure[:N], always or unless-stopped"),
  { NULL },
};

static const HdOption prune_options[] = { FLAG ("force", 'f', "do not ask"), { NULL } };

static const HdOption ps_options[] = {
  FLAG ("all", 'a', "show those that do not run, too"),
  LIST ("filter", 'f', "KEY=VALUE", "show those with this name, status, label ..."),
  TEXT ("format", 0, "FORMAT", "table, json, or a Go template"),
  NUMBER ("last", 'n', "NUMBER", "show the last ones that were created"),
  FLAG ("latest", 'l', "show the one that was created last"),
  FLAG ("no-trunc", 0, "do not cut ids and commands"),
  FLAG ("quiet", 'q', "ids only"),
  FLAG ("size", 's', "show how much they have written"),
  { NULL },
};

const HdVerb hd_container_verbs[] = {
  VERB ("run", "IMAGE [COMMAND] [ARG...]", 0, -1, TRUE, hd_run_options,
        "Create a container from an image and run it",
        "Exit status: that of the command; 125 when the container could not be made, 126 when the "
        "command cannot be executed, 127 when it is not there, 128+N when signal N ended it.",
        hd_cli_run),
  VERB ("create", "IMAGE [COMMAND] [ARG...]", 0, -1, TRUE, hd_create_options,
        "Create a container without starting it", NULL, hd_cli_create),
  VERB ("start", CONTAINERS, 1, -1, FALSE, start_options, "Start containers that do not run", NULL,
        hd_cli_start),
  VERB ("stop", CONTAINERS, 1, -1, FALSE, stop_options, "Stop running containers", NULL,
        hd_cli_stop),
  VERB ("restart", CONTAINERS, 1, -1, FALSE, stop_options, "Stop containers and start them again",
        NULL, hd_cli_restart),
  VERB ("kill", CONTAINERS, 1, -1, FALSE, kill_options, "Send a signal to running containers", NULL,
        hd_cli_kill),
  VERB ("pause", CONTAINERS, 1, -1, FALSE, no_options, "Freeze all processes of containers", NULL,
        hd_cli_pause),
  VERB ("unpause", CONTAINERS, 1, -1, FALSE, no_options, "Let frozen containers go on", NULL,
        hd_cli_unpause),
  VERB ("wait", CONTAINERS, 1, -1, FALSE, no_options,
        "Wait until containers have ended and print their exit statuses", NULL, hd_cli_wait),
  VERB ("attach", "CONTAINER", 1, 1, FALSE, attach_options,
        "Attach to a running container's input and output", NULL, hd_cli_attach),
  VERB ("rm", CONTAINERS, 1, -1, FALSE, rm_options, "Remove containers", NULL, hd_cli_rm),
  VERB ("rename", "CONTAINER NAME", 2, 2, FALSE, no_options, "Give a container another name", NULL,
        hd_cli_rename),
  VERB ("exec", "CONTAINER COMMAND [ARG...]", 2, -1, TRUE, exec_options,
        "Run a further command in a running container",
        "Exit status: that of the command; 126 when it cannot be executed, 127 when it is not "
        "there.",
        hd_cli_exec),
  VERB ("logs", "CONTAINER", 1, 1, FALSE, logs_options, "Print what a container has written", NULL,
        hd_cli_logs),
  VERB ("port", "CONTAINER [PORT[/PROTOCOL]]", 1, 2, FALSE, no_options,
        "Print the published ports of a container", NULL, hd_cli_port),
  VERB ("top", "CONTAINER [PS OPTION...]", 1, -1, TRUE, no_options,
        "Show the processes of a container", NULL, hd_cli_top),
  VERB ("stats", "[CONTAINER...]", 0, -1, FALSE, stats_options,
        "Show what containers use of the machine", NULL, hd_cli_stats),
  VERB ("update", CONTAINERS, 1, -1, FALSE, update_options,
        "Change limits and restart policies of containers", NULL, hd_cli_update),
  VERB ("cp", "CONTAINER:PATH PATH | PATH CONTAINER:PATH", 2, 2, FALSE, cp_options,
        "Copy files between a container and the host", NULL, hd_cli_cp),
  VERB ("diff", "CONTAINER", 1, 1, FALSE, no_options, "Show what a container has changed", NULL,
        hd_cli_diff),
  VERB ("commit", "CONTAINER [NAME[:TAG]]", 1, 2, FALSE, commit_options,
        "Make an image of a container's changes", NULL, hd_cli_commit),
  VERB ("export", "CONTAINER", 1, 1, FALSE, export_options,
        "Write a container's files as an archive", NULL, hd_cli_export),
  { "events", "", 0, 0, FALSE, events_options, "Show what happens to containers", NULL,
    hd_cli_events, HD_STATUS_ENGINE },
  VERB ("ps", "", 0, 0, FALSE, ps_options, "List containers", NULL, hd_cli_ps),
  { "container ls", "", 0, 0, FALSE, ps_options, "List containers", NULL, hd_cli_ps,
    HD_STATUS_ENGINE },
  { "container list", "", 0, 0, FALSE, ps_options, "List containers", NULL, hd_cli_ps,
    HD_STATUS_ENGINE },
  { "container prune", "", 0, 0, FALSE, prune_options, "Remove all containers that do not run",
    NULL, hd_cli_container_prune, HD_STATUS_ENGINE },
  { "container boot", "", 0, 0, FALSE, no_options,
    "Start the containers that start with the machine", "atomic-containers.service runs it.",
    hd_cli_boot, HD_STATUS_ENGINE },
  { "container shutdown", "", 0, 0, FALSE, no_options,
    "Stop all containers, to be started again at the next boot",
    "atomic-containers.service runs it.", hd_cli_shutdown, HD_STATUS_ENGINE },
  { "container cleanup", "CONTAINER", 1, 1, FALSE, no_options,
    "Give back what a container that has ended held", "Monitors run it.", hd_cli_cleanup,
    HD_STATUS_ENGINE },
  { NULL },
};
