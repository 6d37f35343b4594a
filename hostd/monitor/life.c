/* A container's life: start, end, start again. */
#include "monitor/core.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"
#include "monitor/event.h"
#include "monitor/rules.h"
#include "monitor/runtime.h"

#define PID_FILE "pid"
/* Clients that do not take the last bytes for so long are left out. */
#define DRAIN_MS 10000

static const mon_stdio no_stdio = { -1, -1, -1, -1 };

void
mon_life_save (mon *m, bool durable)
{
  mon_state_write (m->dir_fd, &m->state, durable);
}

void
mon_life_event (mon *m, const char *action, const char *key, const char *value)
{
  hd_json *attributes = hd_json_new_object ();
  hd_json_set_string (attributes, "image", m->config.image);
  hd_json_set_string (attributes, "name", m->config.name);
  if (key != NULL)
    hd_json_set_string (attributes, key, value);
  mon_event_add (m->base_fd, "container", action, m->config.id, attributes);
}

/* Start */

static int
read_pid (hd_err *err)
{
  hd_autofree char *text = NULL;
  uint64_t pid = 0;
  int r = hd_fs_read (AT_FDCWD, PID_FILE, 32, &text, NULL);
  unlink (PID_FILE);
  if (r == 0)
    r = hd_parse_uint64 (text, &pid);
  return r < 0 ? hd_err_set_errno (err, -r, "reading the container's process id") : (int)pid;
}

static int
run_runtime (mon *m, const mon_stdio *stdio, hd_err *err)
{
  const char *const plain[]
      = { "--detach", "--bundle", m->folder, "--pid-file", PID_FILE, m->config.id, NULL };
  const char *const tty[]
      = { "--detach",         "--bundle",     m->folder,    "--pid-file", PID_FILE,
          "--console-socket", "console.sock", m->config.id, NULL };
  int status = mon_runtime_run (&m->config, "run", m->config.tty ? tty : plain, stdio, err);
  if (status != 0)
    return status == 126 || status == 127 ? status : 125;
  int pid = read_pid (err);
  if (pid < 0)
    return 125;
  m->state.pid = pid;
  return 0;
}

static int
start (mon *m, hd_err *err)
{
  int ends[3];
  int status = mon_streams_open (m, ends, err) < 0 ? 125 : 0;
  if (status == 0)
    {
      const mon_stdio stdio = { ends[0], ends[1], ends[2], m->netns_fd };
      status = run_runtime (m, &stdio, err);
    }
  for (int i = 0; i < 3; i++)
    hd_closep (&ends[i]);
  if (status == 0 && mon_streams_begin (m, err) < 0)
    status = 125;
  return status;
}

/* It could not be started: what was said is kept, and nothing else. */
static void
fail (mon *m, int status, const hd_err *err)
{
  mon_streams_drop (m);
  m->state.pid = 0;
  m->state.status = m->state.started_ns == 0 ? MON_CREATED : MON_EXITED_STATUS;
  m->state.exit_code = status == 125 ? 128 : status;
  snprintf (m->state.error, sizeof m->state.error, "%s", err->message);
  mon_life_save (m, !m->config.auto_remove);
}

int
mon_life_start (mon *m, hd_err *err)
{
  int status = start (m, err);
  if (status != 0)
    {
      fail (m, status, err);
      return status;
    }
  m->state.status = MON_RUNNING;
  m->state.started_ns = mon_now_ns ();
  m->state.finished_ns = 0;
  m->state.oom_killed = false;
  m->state.error[0] = '\0';
  mon_health_begin (m);
  mon_life_save (m, false);
  mon_life_event (m, "start", NULL, NULL);
  mon_clients_started (m);
  /* It may have ended while the runtime was waited for. */
  mon_life_reap (m);
  return 0;
}

/* End */

static void
clean_up (mon *m)
{
  const char *argv[8] = { NULL };
  size_t n = hd_json_length (m->config.cleanup);
  for (size_t i = 0; i < n && i < 7; i++)
    hd_json_as_string (hd_json_at (m->config.cleanup, i), &argv[i]);
  if (argv[0] != NULL)
    mon_spawn (argv, &no_stdio);
}

/* What the runtime keeps of it, and its cgroup with whatever is left there. */
static void
delete_container (mon *m)
{
  hd_err err = { 0 };
  const char *const args[] = { "--force", m->config.id, NULL };
  if (mon_runtime_run (&m->config, "delete", args, &no_stdio, &err) == 0)
    return;
  snprintf (m->state.error, sizeof m->state.error, "%s", err.message);
  mon_life_save (m, false);
}

/* Who waits hears of it first, and does his part meanwhile; our end, by which others see that all
 * is done, comes last. */
static void
end (mon *m)
{
  m->ended = true;
  m->state.status = MON_EXITED_STATUS;
  mon_life_save (m, !m->config.auto_remove);
  bool cleans = mon_clients_exited (m);
  if (m->state.finished_ns != 0)
    delete_container (m);
  if (!cleans && m->config.cleanup != NULL)
    clean_up (m);
}

static void
start_again (mon *m)
{
  hd_err err = { 0 };
  m->state.restarts++;
  if (mon_life_start (m, &err) != 0)
    end (m);
}

static void
on_restart_timer (void *data, uint32_t events)
{
  mon *m = data;
  mon_timer_set (m->restart_timer.fd, 0);
  if (m->state.status == MON_RESTARTING)
    start_again (m);
}

static void
decide (mon *m)
{
  int64_t ran_ms = (m->state.finished_ns - m->state.started_ns) / 1000000;
  bool again = !m->shutdown
               && mon_restart_wanted (m->config.restart, m->config.restart_max, m->state.restarts,
                                      m->state.exit_code, m->state.stopped_by_user);
  if (!again)
    {
      end (m);
      return;
    }
  delete_container (m);
  m->restart_delay_ms = mon_restart_delay_ms (m->restart_delay_ms, ran_ms);
  m->state.status = MON_RESTARTING;
  mon_life_save (m, false);
  mon_timer_set (m->restart_timer.fd, m->restart_delay_ms);
}

void
mon_life_drained (mon *m)
{
  if (!mon_streams_end (m))
    return;
  m->draining = false;
  mon_timer_set (m->kill_timer.fd, 0);
  decide (m);
}

static void
on_exit_of_container (mon *m, int wait_status)
{
  char text[16];
  m->state.exit_code
      = WIFSIGNALED (wait_status) ? 128 + WTERMSIG (wait_status) : WEXITSTATUS (wait_status);
  m->state.finished_ns = mon_now_ns ();
  m->state.pid = 0;
  m->state.oom_killed = mon_runtime_oom_kills (&m->config) > 0;
  mon_health_end (m);
  if (m->state.oom_killed)
    mon_life_event (m, "oom", NULL, NULL);
  snprintf (text, sizeof text, "%d", m->state.exit_code);
  mon_life_event (m, "die", "exitCode", text);
  m->draining = true;
  mon_timer_set (m->kill_timer.fd, DRAIN_MS);
  mon_life_drained (m);
}

/* What was removed in the meantime is not in what it has written. */
static void
on_rules_restored (mon *m)
{
  m->rules_pid = 0;
  if (m->rules_again)
    hd_rules_restore (m->base, m->config.program, &m->rules_pid);
  m->rules_again = false;
}

void
mon_life_reap (mon *m)
{
  int status;
  pid_t pid;
  while ((pid = waitpid (-1, &status, WNOHANG)) > 0)
    if (pid == m->state.pid)
      on_exit_of_container (m, status);
    else if (pid == m->health_pid)
      mon_health_reaped (m, status);
    else if (pid == m->rules_pid)
      on_rules_restored (m);
}

/* Requests */

static bool
is_alive (const mon *m)
{
  return m->state.pid > 0;
}

int
mon_life_signal (mon *m, int number, bool by_user, hd_err *err)
{
  if (!is_alive (m))
    return hd_err_set (err, HD_FAILED, NULL, "container %s is not running", m->config.name);
  if (by_user && (number == SIGKILL || number == m->config.stop_signal))
    m->state.stopped_by_user = true;
  if (kill (m->state.pid, number) < 0)
    return hd_err_set_errno (err, errno, "signalling container %s", m->config.name);
  return 0;
}

int
mon_life_freeze (mon *m, bool frozen, hd_err *err)
{
  const char *const args[] = { m->config.id, NULL };
  const char *verb = frozen ? "pause" : "resume";
  if (m->state.status != (frozen ? MON_RUNNING : MON_PAUSED))
    return hd_err_set (err, HD_FAILED, NULL, "container %s is %s", m->config.name,
                       !frozen                         ? "not paused"
                       : m->state.status == MON_PAUSED ? "already paused"
                                                       : "not running");
  if (mon_runtime_run (&m->config, verb, args, &no_stdio, err) != 0)
    return -EIO;
  m->state.status = frozen ? MON_PAUSED : MON_RUNNING;
  mon_life_save (m, false);
  mon_life_event (m, frozen ? "pause" : "unpause", NULL, NULL);
  return 0;
}

static void
on_kill_timer (void *data, uint32_t events)
{
  mon *m = data;
  mon_timer_set (m->kill_timer.fd, 0);
  if (m->draining)
    {
      mon_clients_drop_slow (m);
      mon_life_drained (m);
    }
  else if (is_alive (m))
    kill (m->state.pid, SIGKILL);
}

void
mon_life_stop (mon *m, int number, int timeout_s)
{
  hd_err err = { 0 };
  int64_t timeout_ms = timeout_s < 0 ? m->config.stop_timeout_ms : (int64_t)timeout_s * 1000;
  if (m->draining || m->ended)
    return;
  if (!is_alive (m))
    {
      end (m);
      return;
    }
  kill (m->state.pid, timeout_ms == 0 ? SIGKILL : number != 0 ? number : m->config.stop_signal);
  if (m->state.status == MON_PAUSED)
    mon_life_freeze (m, false, &err);
  if (timeout_s != -2)
    mon_timer_set (m->kill_timer.fd, timeout_ms);
}

int
mon_life_open (mon *m, hd_err *err)
{
  m->kill_timer = (mon_source){ mon_timer_open (), 0, on_kill_timer, m };
  m->restart_timer = (mon_source){ mon_timer_open (), 0, on_restart_timer, m };
  if (m->kill_timer.fd < 0 || m->restart_timer.fd < 0)
    return hd_err_set_errno (err, EMFILE, "making timers");
  mon_loop_watch (m->loop_fd, &m->kill_timer, EPOLLIN);
  mon_loop_watch (m->loop_fd, &m->restart_timer, EPOLLIN);
  return 0;
}
