/* The tables of verbs and options.  Options that runc or crun have and that mean nothing here are
 * accepted for their callers. */
#include "runtime/verbs.h"

#include <string.h>

#define HELP RT_OPTION ("help", 'h', FLAG, help, NULL, "Print this")

const rt_option rt_global_options[] = {
  RT_OPTION ("root", 0, TEXT, root, "DIR", "Folder of the containers' states"),
  RT_OPTION ("log", 0, TEXT, log, "FILE", "File for messages, or syslog:NAME, journald:NAME"),
  RT_OPTION ("log-format", 0, TEXT, log_format, "FORMAT", "text or json"),
  RT_OPTION ("log-level", 0, TEXT, log_level, "LEVEL", "error, warning, info or debug"),
  RT_OPTION ("debug", 0, FLAG, debug, NULL, "The same as --log-level=debug"),
  RT_OPTION ("cgroup-manager", 0, TEXT, cgroup_manager, "NAME", "cgroupfs, systemd or disabled"),
  RT_OPTION ("systemd-cgroup", 0, FLAG, systemd_cgroup, NULL,
             "The same as --cgroup-manager=systemd"),
  RT_OPTION ("rootless", 0, TEXT, ignored, "MODE", "Accepted and ignored"),
  RT_OPTION ("criu", 0, TEXT, ignored, "PATH", "Accepted and ignored"),
  RT_OPTION ("version", 'v', FLAG, version, NULL, "Print the version"),
  HELP,
  { NULL },
};

#define BUNDLE                                                                                     \
  RT_OPTION ("bundle", 'b', TEXT, bundle, "DIR", "Folder of the bundle, here otherwise")
#define CONFIG RT_OPTION ("config", 'f', TEXT, config, "FILE", "Another file than config.json")
#define PID_FILE RT_OPTION ("pid-file", 0, TEXT, pid_file, "FILE", "Write the process id there")
#define CONSOLE                                                                                    \
  RT_OPTION ("console-socket", 0, TEXT, console_socket, "PATH", "Socket that gets the terminal")
#define PIDFD                                                                                      \
  RT_OPTION ("pidfd-socket", 0, TEXT, pidfd_socket, "PATH", "Socket that gets a pidfd of it")
#define PRESERVE                                                                                   \
  RT_OPTION ("preserve-fds", 0, NUMBER, preserve_fds, "N", "Keep N descriptors after the first 3")
#define NO_PIVOT                                                                                   \
  RT_OPTION ("no-pivot", 0, FLAG, no_pivot, NULL, "Move and chroot, for a rootfs in RAM")
#define NO_SUBREAPER RT_OPTION ("no-subreaper", 0, FLAG, ignored_flag, NULL, "Accepted and ignored")
#define DETACH RT_OPTION ("detach", 'd', FLAG, detach, NULL, "Do not wait for its end")
#define FORMAT RT_OPTION ("format", 'f', TEXT, format, "FORMAT", "table or json")
#define CREATE_OPTIONS                                                                             \
  BUNDLE, CONFIG, PID_FILE, CONSOLE, PIDFD, PRESERVE, NO_PIVOT,                                    \
      RT_OPTION ("no-new-keyring", 0, FLAG, no_new_keyring, NULL, "Keep the session keyring"),     \
      NO_SUBREAPER, HELP

static const rt_option create_options[] = { CREATE_OPTIONS, { NULL } };
static const rt_option run_options[] = {
  DETACH,
  RT_OPTION ("keep", 0, FLAG, keep, NULL, "Leave the stopped container"),
  CREATE_OPTIONS,
  { NULL },
};
static const rt_option no_options[] = { HELP, { NULL } };
static const rt_option kill_options[]
    = { RT_OPTION ("all", 'a', FLAG, all, NULL, "Every process of the container"), HELP, { NULL } };
static const rt_option delete_options[] = {
  RT_OPTION ("force", 'f', FLAG, force, NULL, "Kill it first; it need not exist"),
  RT_OPTION ("regex", 'r', FLAG, regex, NULL, "ID is an expression: every one that it matches"),
  HELP,
  { NULL },
};
static const rt_option exec_options[] = {
  RT_OPTION ("process", 'p', TEXT, process, "FILE", "File that describes the process"),
  RT_OPTION ("cwd", 0, TEXT, cwd, "DIR", "Working folder"),
  RT_OPTION ("env", 'e', LIST, env, "NAME=VALUE", "Add to the environment, once for each"),
  RT_OPTION ("tty", 't', FLAG, tty, NULL, "With a terminal"),
  RT_OPTION ("user", 'u', TEXT, user, "UID[:GID]", "As this user and group"),
  RT_OPTION ("additional-gids", 'g', LIST, groups, "GID", "A further group, once for each"),
  RT_OPTION ("cap", 'c', LIST, caps, "NAME", "A further capability, once for each"),
  RT_OPTION ("no-new-privs", 0, FLAG, no_new_privileges, NULL, "Set no_new_privs"),
  RT_OPTION ("apparmor", 0, TEXT, apparmor, "NAME", "AppArmor profile"),
  RT_OPTION ("process-label", 0, TEXT, label, "LABEL", "SELinux label"),
  RT_OPTION ("cgroup", 0, LIST, cgroups, "PATH", "Cgroup below the container's, once for each"),
  PID_FILE,
  CONSOLE,
  PIDFD,
  PRESERVE,
  DETACH,
  RT_OPTION ("ignore-paused", 0, FLAG, ignore_paused, NULL, "Also in a paused container"),
  NO_SUBREAPER,
  HELP,
  { NULL },
};
static const rt_option list_options[]
    = { FORMAT, RT_OPTION ("quiet", 'q', FLAG, quiet, NULL, "Ids only"), HELP, { NULL } };
static const rt_option ps_options[] = { FORMAT, HELP, { NULL } };
static const rt_option events_options[] = {
  RT_OPTION ("stats", 0, FLAG, stats, NULL, "Print statistics once"),
  RT_OPTION ("interval", 0, TEXT, interval, "TIME", "Between statistics, 5s otherwise"),
  HELP,
  { NULL },
};
static const rt_option update_options[] = {
  RT_OPTION ("resources", 'r', TEXT, resources, "FILE", "linux.resources as JSON, - for input"),
  RT_OPTION ("memory", 'm', SIZE, memory.limit, "BYTES", "Memory"),
  RT_OPTION ("memory-reservation", 0, SIZE, memory.reservation, "BYTES", "Memory that is kept"),
  RT_OPTION ("memory-swap", 0, SIZE, memory.swap, "BYTES", "Memory and swap together"),
  RT_OPTION ("kernel-memory", 0, SIZE, memory.kernel, "BYTES", "Memory of the kernel"),
  RT_OPTION ("kernel-memory-tcp", 0, SIZE, memory.kernel_tcp, "BYTES", "Buffers of TCP"),
  RT_OPTION ("cpu-share", 0, UNSIGNED, cpu.shares, "N", "Weight against others"),
  RT_OPTION ("cpu-quota", 0, SIGNED, cpu.quota, "USEC", "CPU time in a period"),
  RT_OPTION ("cpu-burst", 0, UNSIGNED, cpu.burst, "USEC", "CPU time that can be saved up"),
  RT_OPTION ("cpu-period", 0, UNSIGNED, cpu.period, "USEC", "Length of a period"),
  RT_OPTION ("cpu-rt-runtime", 0, SIGNED, cpu.realtime_runtime, "USEC", "Realtime in a period"),
  RT_OPTION ("cpu-rt-period", 0, UNSIGNED, cpu.realtime_period, "USEC", "Period of realtime"),
  RT_OPTION ("cpu-idle", 0, SIGNED, cpu.idle, "N", "1: run only when nothing else does"),
  RT_OPTION ("cpuset-cpus", 0, TEXT, cpu.cpus, "LIST", "CPUs, as 0-3,7"),
  RT_OPTION ("cpuset-mems", 0, TEXT, cpu.mems, "LIST", "Memory nodes, as 0,1"),
  RT_OPTION ("pids-limit", 0, SIGNED, pids.limit, "N", "Number of tasks, -1 for no limit"),
  RT_OPTION ("blkio-weight", 0, UNSIGNED, blkio_weight, "N", "Weight of input and output"),
  HELP,
  { NULL },
};
static const rt_option spec_options[] = {
  RT_OPTION ("bundle", 'b', TEXT, bundle, "DIR", "Folder to write config.json to, here otherwise"),
  RT_OPTION ("rootless", 0, FLAG, rootless, NULL, "For an ordinary user"),
  HELP,
  { NULL },
};
static const rt_option plan_options[] = { BUNDLE, CONFIG, NO_PIVOT, HELP, { NULL } };

const rt_verb rt_verbs[] = {
  { "create", "ID", 1, 1, create_options, rt_verb_create, "Make a container, ready to start" },
  { "start", "ID", 1, 1, no_options, rt_verb_start, "Start a created container" },
  { "run", "ID", 1, 1, run_options, rt_verb_run, "Create, start, wait and delete" },
  { "state", "ID", 1, 1, no_options, rt_verb_state, "Print the state as JSON" },
  { "kill", "ID [SIGNAL]", 1, 2, kill_options, rt_verb_kill, "Send a signal, TERM otherwise" },
  { "delete", "ID", 1, 1, delete_options, rt_verb_delete, "Remove a stopped container" },
  { "exec", "ID [COMMAND ...]", 1, -1, exec_options, rt_verb_exec, "Run a further process" },
  { "list", "", 0, 0, list_options, rt_verb_list, "List the containers" },
  { "ps", "ID", 1, 1, ps_options, rt_verb_ps, "List the processes" },
  { "pause", "ID", 1, 1, no_options, rt_verb_pause, "Freeze all processes" },
  { "resume", "ID", 1, 1, no_options, rt_verb_resume, "Thaw all processes" },
  { "update", "ID", 1, 1, update_options, rt_verb_update, "Change the limits" },
  { "events", "ID", 1, 1, events_options, rt_verb_events, "Print statistics and out of memory" },
  { "features", "", 0, 0, no_options, rt_verb_features, "Print what is supported, as JSON" },
  { "spec", "", 0, 0, spec_options, rt_verb_spec, "Write a config.json to start from" },
  { "plan", "ID", 1, 1, plan_options, rt_verb_plan, "Print what run would do" },
  { NULL },
};

const rt_verb *
rt_verb_find (const char *name)
{
  for (const rt_verb *verb = rt_verbs; verb->name != NULL; verb++)
    if (strcmp (verb->name, name) == 0)
      return verb;
  return NULL;
}
