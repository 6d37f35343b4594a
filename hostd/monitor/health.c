/* Health checks: a process in the container from time to time (Docker, "HEALTHCHECK").
 *
 * The checks' processes are the runtime's exec; what they say is kept up to 4 KiB each, of the last
 * five. */
#include "monitor/core.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"
#include "common/utf8.h"
#include "monitor/runtime.h"

#define CHECKS_KEPT 5
#define PID_FILE "health.pid"

static bool
is_wanted (const mon *m)
{
  return m->config.health_process != NULL;
}

static void
wait_for_next (mon *m)
{
  int64_t ms = m->config.health.interval_ms;
  mon_timer_set (m->health_timer.fd, ms > 0 ? ms : 1);
}

static void
read_output (mon *m)
{
  char rest[1024];
  for (;;)
    {
      size_t room = sizeof m->health_text - 1 - m->health_used;
      ssize_t n = room > 0 ? read (m->health_out.fd, m->health_text + m->health_used, room)
                           : read (m->health_out.fd, rest, sizeof rest);
      if (n == 0)
        mon_loop_drop (m->loop_fd, &m->health_out);
      if (n <= 0)
        return;
      if (room > 0)
        m->health_used += (size_t)n;
    }
}

static void
on_output (void *data, uint32_t events)
{
  read_output (data);
}

static int
spawn_check (mon *m)
{
  const char *file = NULL;
  int ends[2];
  hd_json_as_string (m->config.health_process, &file);
  const char *const args[] = { "--process", file, "--pid-file", PID_FILE, m->config.id, NULL };
  if (file == NULL || pipe2 (ends, O_CLOEXEC) < 0)
    return -EINVAL;
  fcntl (ends[0], F_SETFL, O_NONBLOCK);
  const mon_stdio stdio = { -1, ends[1], ends[1], -1 };
  unlink (PID_FILE);
  pid_t pid = mon_runtime_spawn (&m->config, "exec", args, &stdio);
  close (ends[1]);
  m->health_out = (mon_source){ ends[0], 0, on_output, m };
  mon_loop_watch (m->loop_fd, &m->health_out, EPOLLIN);
  return pid;
}

static void
on_timer (void *data, uint32_t events)
{
  mon *m = data;
  mon_timer_set (m->health_timer.fd, 0);
  if (m->state.status != MON_RUNNING || m->health_pid > 0)
    {
      wait_for_next (m);
      return;
    }
  m->health_used = 0;
  m->health_late = false;
  m->health_started_ns = mon_now_ns ();
  m->health_pid = spawn_check (m);
  if (m->health_pid > 0)
    mon_timer_set (m->health_deadline.fd, m->config.health.timeout_ms);
  else
    wait_for_next (m);
}

/* The check itself, and the runtime that waits for it. */
static void
kill_check (mon *m)
{
  hd_autofree char *text = NULL;
  uint64_t pid = 0;
  if (m->health_pid <= 0)
    return;
  if (hd_fs_read (AT_FDCWD, PID_FILE, 32, &text, NULL) == 0 && hd_parse_uint64 (text, &pid) == 0
      && pid > 1)
    kill ((pid_t)pid, SIGKILL);
  else
    kill (m->health_pid, SIGKILL);
}

static void
on_deadline (void *data, uint32_t events)
{
  mon *m = data;
  mon_timer_set (m->health_deadline.fd, 0);
  m->health_late = true;
  kill_check (m);
}

int
mon_health_open (mon *m, hd_err *err)
{
  m->health_timer.fd = m->health_deadline.fd = m->health_out.fd = -1;
  if (!is_wanted (m))
    return 0;
  m->health_timer = (mon_source){ mon_timer_open (), 0, on_timer, m };
  m->health_deadline = (mon_source){ mon_timer_open (), 0, on_deadline, m };
  if (m->health_timer.fd < 0 || m->health_deadline.fd < 0)
    return hd_err_set_errno (err, EMFILE, "making timers");
  mon_loop_watch (m->loop_fd, &m->health_timer, EPOLLIN);
  mon_loop_watch (m->loop_fd, &m->health_deadline, EPOLLIN);
  return 0;
}

void
mon_health_begin (mon *m)
{
  if (!is_wanted (m))
    return;
  m->state.health = MON_HEALTH_STARTING;
  m->state.failing = 0;
  wait_for_next (m);
}

void
mon_health_end (mon *m)
{
  if (!is_wanted (m))
    return;
  mon_timer_set (m->health_timer.fd, 0);
  mon_timer_set (m->health_deadline.fd, 0);
  mon_loop_drop (m->loop_fd, &m->health_out);
  kill_check (m);
  m->health_pid = 0;
}

static void
keep_result (mon *m, int exit_code)
{
  char started[MON_TIME_MAX], ended[MON_TIME_MAX];
  mon_format_time (m->health_started_ns, started);
  mon_format_time (mon_now_ns (), ended);
  m->health_text[m->health_used] = '\0';
  hd_json *result = hd_json_new_object ();
  hd_json_set_string (result, "Start", started);
  hd_json_set_string (result, "End", ended);
  hd_json_set_int (result, "ExitCode", exit_code);
  hd_autofree char *output
      = hd_utf8_repair (m->health_late ? "Health check exceeded timeout" : m->health_text);
  hd_json_set_string (result, "Output", output);
  hd_json *list = hd_json_new_array ();
  size_t n = hd_json_length (m->state.checks);
  for (size_t i = n >= CHECKS_KEPT ? n - CHECKS_KEPT + 1 : 0; i < n; i++)
    hd_json_append (list, hd_json_copy (hd_json_at (m->state.checks, i)));
  hd_json_append (list, result);
  hd_json_freep (&m->state.checks);
  m->state.checks = list;
}

static mon_health_status
judge (mon *m, int exit_code)
{
  if (exit_code == 0)
    {
      m->state.failing = 0;
      return MON_HEALTH_GOOD;
    }
  int64_t ran_ms = (mon_now_ns () - m->state.started_ns) / 1000000;
  if (m->state.health == MON_HEALTH_STARTING && ran_ms < m->config.health.start_period_ms)
    return m->state.health;
  m->state.failing++;
  return m->state.failing >= m->config.health.retries ? MON_HEALTH_BAD : m->state.health;
}

void
mon_health_reaped (mon *m, int wait_status)
{
  int exit_code = m->health_late              ? -1
                  : WIFSIGNALED (wait_status) ? 128 + WTERMSIG (wait_status)
                                              : WEXITSTATUS (wait_status);
  m->health_pid = 0;
  mon_timer_set (m->health_deadline.fd, 0);
  if (m->health_out.fd >= 0)
    read_output (m);
  mon_loop_drop (m->loop_fd, &m->health_out);
  keep_result (m, exit_code);
  mon_health_status before = m->state.health;
  m->state.health = judge (m, exit_code);
  mon_life_save (m, false);
  if (m->state.health != before)
    mon_life_event (m,
                    m->state.health == MON_HEALTH_GOOD ? "health_status: healthy"
                                                       : "health_status: unhealthy",
                    NULL, NULL);
  wait_for_next (m);
}
