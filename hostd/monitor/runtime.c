/* atomic-runtime as a child process. */
#include "monitor/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"

#define LOG_FILE "runtime.log"
#define LOG_BYTES_MAX (1u << 20)
#define COUNTER_BYTES_MAX 4096

extern char **environ;

static void
aim_streams (posix_spawn_file_actions_t *actions, const mon_stdio *stdio)
{
  const int fds[] = { stdio->in, stdio->out, stdio->err };
  for (int i = 0; i < 3; i++)
    if (fds[i] >= 0)
      posix_spawn_file_actions_adddup2 (actions, fds[i], i);
    else
      posix_spawn_file_actions_addopen (actions, i, "/dev/null", O_RDWR, 0);
  /* The same number twice: kept open (posix_spawn_file_actions_adddup2, glibc 2.29). */
  if (stdio->netns >= 0)
    posix_spawn_file_actions_adddup2 (actions, stdio->netns, stdio->netns);
}

pid_t
mon_spawn (const char *const *argv, const mon_stdio *stdio)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attr;
  sigset_t none;
  pid_t pid = 0;
  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attr);
  aim_streams (&actions, stdio);
  sigemptyset (&none);
  posix_spawnattr_setsigmask (&attr, &none);
  posix_spawnattr_setflags (&attr, POSIX_SPAWN_SETSIGMASK);
  int r = posix_spawn (&pid, argv[0], &actions, &attr, (char **)argv, environ);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attr);
  return r != 0 ? -r : pid;
}

pid_t
mon_runtime_spawn (const mon_config *config, const char *verb, const char *const *args,
                   const mon_stdio *stdio)
{
  const char *argv[MON_ARGS_MAX + 12] = {
    config->runtime, "--root",           config->runtime_root,   "--log", LOG_FILE, "--log-format",
    "json",          "--cgroup-manager", config->cgroup_manager, verb
  };
  for (size_t i = 0; i < MON_ARGS_MAX && args[i] != NULL; i++)
    argv[10 + i] = args[i];
  return mon_spawn (argv, stdio);
}

/* The message of the last line of level error. */
static void
read_log (hd_err *err)
{
  hd_autofree char *text = NULL;
  size_t size;
  hd_err_set (err, HD_FAILED, NULL, "the runtime failed without a word");
  if (hd_fs_read (AT_FDCWD, LOG_FILE, LOG_BYTES_MAX, &text, &size) < 0)
    return;
  char *save = NULL;
  for (char *line = strtok_r (text, "\n", &save); line != NULL; line = strtok_r (NULL, "\n", &save))
    {
      hd_autojson json = hd_json_parse (line, strlen (line), NULL);
      if (strcmp (hd_json_get_string (json, "level", ""), "error") == 0)
        hd_err_set (err, HD_FAILED, NULL, "%s", hd_json_get_string (json, "msg", ""));
    }
}

int
mon_runtime_run (const mon_config *config, const char *verb, const char *const *args,
                 const mon_stdio *stdio, hd_err *err)
{
  int status;
  unlink (LOG_FILE);
  pid_t pid = mon_runtime_spawn (config, verb, args, stdio);
  if (pid < 0)
    return hd_err_set_errno (err, -pid, "starting %s", config->runtime);
  while (waitpid (pid, &status, 0) < 0)
    if (errno != EINTR)
      return hd_err_set_errno (err, errno, "waiting for %s", config->runtime);
  if (WIFSIGNALED (status))
    return hd_err_set (err, HD_FAILED, NULL, "%s %s was killed by signal %d", config->runtime, verb,
                       WTERMSIG (status));
  if (WEXITSTATUS (status) != 0)
    read_log (err);
  return WEXITSTATUS (status);
}

/* Lines "KEY NUMBER". */
static int64_t
find_counter (const char *text, const char *key)
{
  size_t length = strlen (key);
  for (const char *line = text; line != NULL && *line != '\0'; line = strchr (line, '\n'))
    {
      line += *line == '\n';
      if (strncmp (line, key, length) == 0 && line[length] == ' ')
        return strtoll (line + length + 1, NULL, 10);
    }
  return -1;
}

static int64_t
read_counter (const char *folder, const char *file)
{
  char path[4096];
  hd_autofree char *text = NULL;
  snprintf (path, sizeof path, "%s/%s", folder, file);
  if (hd_fs_read (AT_FDCWD, path, COUNTER_BYTES_MAX, &text, NULL) < 0)
    return -1;
  return find_counter (text, "oom_kill");
}

int64_t
mon_runtime_oom_kills (const mon_config *config)
{
  char path[4096];
  hd_autofree char *text = NULL;
  size_t size;
  snprintf (path, sizeof path, "%s/%s/state.json", config->runtime_root, config->id);
  if (hd_fs_read (AT_FDCWD, path, LOG_BYTES_MAX, &text, &size) < 0)
    return -1;
  hd_autojson json = hd_json_parse (text, size, NULL);
  const hd_json *cgroups = hd_json_get (json, "cgroups");
  int64_t kills = -1;
  for (size_t i = 0; kills < 0 && i < hd_json_length (cgroups); i++)
    {
      const char *entry = "";
      hd_json_as_string (hd_json_at (cgroups, i), &entry);
      const char *folder = strchr (entry, '=');
      if (folder == NULL)
        continue;
      kills = read_counter (folder + 1, "memory.events");
      if (kills < 0)
        kills = read_counter (folder + 1, "memory.oom_control");
    }
  return kills;
}
