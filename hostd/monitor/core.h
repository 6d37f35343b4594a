/* The parts of a monitor, and what they share: one container, its streams, its clients.
 *
 * life.c starts and ends it, streams.c moves its bytes, clients.c listens to those who ask,
 * health.c checks on it.  Everything is called from one loop; nothing blocks but starting the
 * runtime.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "monitor/config.h"
#include "monitor/logfile.h"
#include "monitor/loop.h"
#include "monitor/protocol.h"
#include "monitor/state.h"

#define MON_CLIENTS_MAX 64

struct mon;

typedef struct
{
  struct mon *monitor;
  mon_source source; /* fd -1: free */
  unsigned attached; /* MON_ATTACH_* */
  bool launcher;
  bool waits; /* for the end */
  bool owes;  /* the chunk could not be sent yet */
} mon_client;

typedef struct mon
{
  mon_config config;
  mon_state state;
  int dir_fd;  /* ROOT/containers/ID */
  int run_fd;  /* RUN/containers/ID, the working folder */
  int base_fd; /* RUN */
  int netns_fd;
  int loop_fd;
  const char *folder; /* ROOT/containers/ID */
  bool ended;         /* the monitor's work is done */
  bool draining;      /* the container has ended, its last bytes are still to be taken */
  int exit_status;    /* of the container that is being drained */
  bool shutdown;      /* the machine wants it to end: no restart now, but after the boot */

  mon_source signals;
  mon_source listener;
  mon_client clients[MON_CLIENTS_MAX];

  mon_log log;
  mon_source out; /* the container's, or the terminal's other end */
  mon_source err;
  mon_source in;
  size_t in_size; /* bytes of `in_data` that the container has not taken */
  size_t in_sent;
  bool in_eof; /* close the container's input when they are gone */
  char in_data[MON_PAYLOAD_MAX];
  mon_kind chunk_kind; /* what was read last */
  size_t chunk_size;
  char chunk[MON_PAYLOAD_MAX];

  mon_source rules; /* of the packet filter */
  pid_t rules_pid;  /* who puts them back */
  bool rules_again; /* they were removed again since */
  const char *base; /* path of RUN */

  mon_source kill_timer;
  mon_source restart_timer;
  int64_t restart_delay_ms;

  mon_source health_timer;
  mon_source health_deadline;
  mon_source health_out;
  pid_t health_pid;
  int64_t health_started_ns;
  bool health_late;
  size_t health_used;
  char health_text[4096];
} mon;

/* life.c */

/* Make the timers. */
int mon_life_open (mon *m, hd_err *err);
/* Start the container for the first time: 0, or the exit status for its caller (125, 126, 127) with
 * `err` set. */
int mon_life_start (mon *m, hd_err *err);
/* Something has changed with a child. */
void mon_life_reap (mon *m);
/* After its end: its last bytes may have been taken. */
void mon_life_drained (mon *m);
/* Signal it; by the user's will when `by_user` (then no policy starts it again if it ends). */
int mon_life_signal (mon *m, int number, bool by_user, hd_err *err);
/* Stop it: signal, wait, SIGKILL.  `number` 0 and `timeout_s` -1 are the container's own; -2: no
 * SIGKILL follows. */
void mon_life_stop (mon *m, int number, int timeout_s);
int mon_life_freeze (mon *m, bool frozen, hd_err *err);
/* Keep the state, for everybody to see. */
void mon_life_save (mon *m, bool durable);
/* Tell `events`; `key` and `value` (may be NULL) are one more attribute. */
void mon_life_event (mon *m, const char *action, const char *key, const char *value);

/* streams.c */

/* Make the pipes, or the socket for a terminal.  The container's ends are *ret, to be closed by the
 * caller. */
int mon_streams_open (mon *m, int ret_ends[3], hd_err *err);
/* The runtime has started it: take the terminal, begin to read. */
int mon_streams_begin (mon *m, hd_err *err);
/* It has ended: read what is there, and close.  False while a client has to take something first.
 */
bool mon_streams_end (mon *m);
/* It has not been started: close, unread. */
void mon_streams_drop (mon *m);
void mon_streams_input (mon *m, const char *data, size_t size);
void mon_streams_input_eof (mon *m);
void mon_streams_resize (mon *m, int rows, int columns);
/* Whether input waits for the container. */
bool mon_streams_is_full (const mon *m);
/* A client that owed has been served, or has gone. */
void mon_streams_continue (mon *m);

/* clients.c */

/* Take over the launcher's socket and listen for others. */
int mon_clients_open (mon *m, int launcher_fd, hd_err *err);
/* Give the chunk to all that are attached; true when somebody is slow. */
bool mon_clients_output (mon *m);
/* Whether somebody has not taken the chunk yet. */
bool mon_clients_owe (const mon *m);
/* Leave out those who have not. */
void mon_clients_drop_slow (mon *m);
/* Hold or listen again to those who send input. */
void mon_clients_hold (mon *m, bool held);
/* To the launcher. */
void mon_clients_started (mon *m);
void mon_clients_failed (mon *m, int status, const char *reason);
/* Tell all that it has ended for good; true when the launcher cleans up. */
bool mon_clients_exited (mon *m);

/* health.c */

int mon_health_open (mon *m, hd_err *err);
/* It runs: check from now on. */
void mon_health_begin (mon *m);
void mon_health_end (mon *m);
/* The check's process has ended. */
void mon_health_reaped (mon *m, int wait_status);
