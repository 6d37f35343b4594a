/* What is with a container now, from the files of its monitor: nobody is asked, nothing waits. */
#pragma once

#include "engine/container.h"
#include "monitor/state.h"

typedef struct
{
  mon_state state; /* as its monitor wrote it; "created" when there was none */
  gboolean lives;  /* the monitor does */
  gboolean broken; /* the state says that it should, and it does not: engine/recover.h */
} HdStatusNow;

/* Read it. HD_CORRUPT when state.json is damaged. Free with hd_status_now_clear. */
gboolean hd_status_now (HdStore *store, const char *id, HdStatusNow *ret, GError **error);
void hd_status_now_clear (HdStatusNow *now);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HdStatusNow, hd_status_now_clear)

/* Its container runs (paused counts). */
gboolean hd_status_now_is_running (const HdStatusNow *now);
/* A monitor has the container's lock. */
gboolean hd_status_monitor_lives (HdStore *store, const char *id);
/* "Up 3 minutes (healthy)", "Exited (0) 2 hours ago", "Created": as `ps` has it. Free with g_free.
 */
char *hd_status_to_text (const HdStatusNow *now, gint64 now_ns);
/* "About a minute", "3 hours", "2 weeks" (docker, go-units). Free with g_free. */
char *hd_status_duration (gint64 seconds);
