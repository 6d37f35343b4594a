/* Jobs read over D-Bus. Which property goes into which field is one table. */
#include "client/job-view.h"

#include <errno.h>
#include <stddef.h>

#include "base/error.h"
#include "client/bus.h"

#define FIELD(name, type, member)                                                                  \
  {                                                                                                \
    name, type, offsetof (HdJobView, member)                                                       \
  }

static const struct
{
  const char *name;
  char type; /* of D-Bus */
  size_t offset;
} properties[] = {
  FIELD ("Id", 'u', id),           FIELD ("Verb", 's', verb), FIELD ("State", 's', state),
  FIELD ("Phase", 's', phase),     FIELD ("Done", 't', done), FIELD ("Total", 't', total),
  FIELD ("Message", 's', message), FIELD ("Unit", 's', unit), FIELD ("Percent", 'u', percent),
  FIELD ("Rate", 't', rate),       FIELD ("Code", 's', code), FIELD ("Result", 's', result),
};

HdJobView *
hd_job_view_new (const char *path)
{
  HdJobView *view = g_new0 (HdJobView, 1);
  view->path = g_strdup (path);
  for (gsize i = 0; i < G_N_ELEMENTS (properties); i++)
    if (properties[i].type == 's')
      *(char **)((char *)view + properties[i].offset) = g_strdup ("");
  return view;
}

void
hd_job_view_free (HdJobView *view)
{
  if (view == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (properties); i++)
    if (properties[i].type == 's')
      g_free (*(char **)((char *)view + properties[i].offset));
  g_free (view->path);
  g_free (view);
}

static int
read_string (sd_bus_message *message, char **field)
{
  const char *text;
  int r = sd_bus_message_read (message, "v", "s", &text);
  if (r >= 0)
    {
      g_free (*field);
      *field = g_strdup (text);
    }
  return r;
}

static int
read_property (HdJobView *view, sd_bus_message *message)
{
  const char *name;
  int r = sd_bus_message_read_basic (message, 's', &name);
  if (r < 0)
    return r;
  for (gsize i = 0; i < G_N_ELEMENTS (properties); i++)
    if (g_str_equal (properties[i].name, name))
      {
        void *field = (char *)view + properties[i].offset;
        const char signature[] = { properties[i].type, '\0' };
        if (properties[i].type == 's')
          return read_string (message, field);
        return sd_bus_message_read (message, "v", signature, field);
      }
  return sd_bus_message_skip (message, "v");
}

int
hd_job_view_read (HdJobView *view, sd_bus_message *message)
{
  int r = sd_bus_message_enter_container (message, 'a', "{sv}");
  while (r >= 0 && (r = sd_bus_message_enter_container (message, 'e', "sv")) > 0)
    {
      r = read_property (view, message);
      if (r >= 0)
        r = sd_bus_message_exit_container (message);
    }
  return r < 0 ? r : sd_bus_message_exit_container (message);
}

gboolean
hd_job_view_is_live (const HdJobView *view)
{
  return g_str_equal (view->state, "queued") || g_str_equal (view->state, "running");
}

/* Call a method of hostd that has no arguments, or those of `interface_name` for GetAll, without
 * starting hostd. */
static sd_bus_message *
ask (sd_bus *bus, const char *path, const char *interface, const char *member,
     const char *interface_name, guint64 timeout_ms, sd_bus_error *ret_error)
{
  g_autoptr (sd_bus_message) call = NULL;
  sd_bus_message *reply = NULL;
  int r = sd_bus_message_new_method_call (bus, &call, HD_BUS_NAME, path, interface, member);
  if (r >= 0)
    r = sd_bus_message_set_auto_start (call, false);
  if (r >= 0 && interface_name != NULL)
    r = sd_bus_message_append (call, "s", interface_name);
  if (r >= 0)
    r = sd_bus_call (bus, call, timeout_ms * 1000, ret_error, &reply);
  if (r < 0)
    sd_bus_error_set_errno (ret_error, r);
  return reply;
}

/* Append the view of the job at `path`; one that is gone meanwhile is left out. */
static void
add_view (GPtrArray *views, sd_bus *bus, const char *path, guint64 timeout_ms)
{
  g_auto (sd_bus_error) failed = SD_BUS_ERROR_NULL;
  g_autoptr (sd_bus_message) reply = ask (bus, path, "org.freedesktop.DBus.Properties", "GetAll",
                                          HD_BUS_JOB, timeout_ms, &failed);
  g_autoptr (HdJobView) view = hd_job_view_new (path);
  if (reply != NULL && hd_job_view_read (view, reply) >= 0)
    g_ptr_array_add (views, g_steal_pointer (&view));
}

GPtrArray *
hd_job_view_list (sd_bus *bus, guint64 timeout_ms, GError **error)
{
  g_autoptr (GPtrArray) views = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_job_view_free);
  g_auto (sd_bus_error) failed = SD_BUS_ERROR_NULL;
  g_autoptr (sd_bus_message) reply
      = ask (bus, HD_BUS_PATH, HD_BUS_MANAGER, "ListJobs", NULL, timeout_ms, &failed);

  if (reply == NULL
      && (sd_bus_error_has_name (&failed, SD_BUS_ERROR_SERVICE_UNKNOWN)
          || sd_bus_error_has_name (&failed, SD_BUS_ERROR_NAME_HAS_NO_OWNER)))
    return g_steal_pointer (&views);
  if (reply == NULL)
    {
      hd_bus_throw (error, &failed, "asking hostd for its jobs");
      return NULL;
    }
  int r = sd_bus_message_enter_container (reply, 'a', "o");
  const char *path;
  while (r >= 0 && (r = sd_bus_message_read_basic (reply, 'o', &path)) > 0)
    add_view (views, bus, path, timeout_ms);
  return g_steal_pointer (&views);
}

gboolean
hd_job_view_cancel (sd_bus *bus, const char *path, GError **error)
{
  g_auto (sd_bus_error) failed = SD_BUS_ERROR_NULL;
  g_autoptr (sd_bus_message) call = NULL;
  int r = sd_bus_message_new_method_call (bus, &call, HD_BUS_NAME, path, HD_BUS_JOB, "Cancel");
  if (r >= 0)
    r = sd_bus_message_set_auto_start (call, false);
  if (r >= 0)
    r = sd_bus_message_set_allow_interactive_authorization (call, true);
  if (r >= 0)
    r = sd_bus_call (bus, call, UINT64_MAX, &failed, NULL);
  if (r >= 0)
    return TRUE;
  sd_bus_error_set_errno (&failed, r);
  return hd_bus_throw (error, &failed, "cancelling");
}
