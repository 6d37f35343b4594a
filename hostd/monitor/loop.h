/* Waiting on descriptors: one event at a time, so that a handler may free what it likes. Plain C.
 */
#pragma once

#include <stdint.h>

typedef struct mon_source
{
  int fd; /* -1: not watched */
  uint32_t events;
  void (*ready) (void *data, uint32_t events);
  void *data;
} mon_source;

/* -errno on failure. */
int mon_loop_open (void);
/* Start to watch, or change `events` (EPOLLIN, EPOLLOUT; 0: only its end). */
int mon_loop_watch (int loop_fd, mon_source *source, uint32_t events);
/* Stop to watch and close the descriptor. */
void mon_loop_drop (int loop_fd, mon_source *source);
/* Wait for one event and handle it. */
int mon_loop_step (int loop_fd);

/* A timer as a descriptor: non-blocking, close-on-exec. */
int mon_timer_open (void);
/* Once, after `ms`; 0 stops it. */
void mon_timer_set (int fd, int64_t ms);
