/* One write for each event, so that several processes do not mix their lines. */
#include "monitor/event.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "monitor/state.h"

static hd_json *
to_json (const char *type, const char *action, const char *id, hd_json *attributes)
{
  int64_t now = mon_now_ns ();
  hd_json *actor = hd_json_new_object ();
  hd_json_set_string (actor, "ID", id);
  hd_json_set (actor, "Attributes", attributes != NULL ? attributes : hd_json_new_object ());
  hd_json *json = hd_json_new_object ();
  if (strcmp (type, "container") == 0)
    {
      hd_json_set_string (json, "status", action);
      hd_json_set_string (json, "id", id);
      hd_json_set_string (json, "from",
                          hd_json_get_string (hd_json_get (actor, "Attributes"), "image", NULL));
    }
  hd_json_set_string (json, "Type", type);
  hd_json_set_string (json, "Action", action);
  hd_json_set (json, "Actor", actor);
  hd_json_set_string (json, "scope", "local");
  hd_json_set_int (json, "time", now / 1000000000);
  hd_json_set_int (json, "timeNano", now);
  return json;
}

void
mon_event_add (int run_fd, const char *type, const char *action, const char *id,
               hd_json *attributes)
{
  hd_autojson json = to_json (type, action, id, attributes);
  hd_autofree char *text = hd_json_to_text (json, false);
  hd_autofree char *line = NULL;
  struct stat stat;
  int size = asprintf (&line, "%s\n", text);
  hd_autofd fd = openat (run_fd, MON_EVENTS_FILE, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0 || size < 0)
    return;
  if (fstat (fd, &stat) == 0 && stat.st_size > MON_EVENTS_BYTES_MAX)
    renameat (run_fd, MON_EVENTS_FILE, run_fd, MON_EVENTS_FILE ".1");
  hd_fs_write_all (fd, line, (size_t)size);
}
