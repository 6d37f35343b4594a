/* exec, logs, inspect, port, top. */
#include "cli/container-look.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/engine.h"
#include "common/cleanup.h"
#include "common/parse.h"
#include "engine/exec.h"
#include "engine/inspect.h"
#include "engine/logs.h"
#include "engine/top.h"
#include "monitor/state.h"

/* exec */

int
hd_cli_exec (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  const char *const *args = hd_inv_args (inv);
  const char *cwd = hd_inv_string (inv, "workdir");
  gboolean tty = hd_inv_flag (inv, "tty"), input = hd_inv_flag (inv, "interactive");
  g_autoptr (GPtrArray) env = g_ptr_array_new_with_free_func (g_free);
  const HdExec exec = {
    .process = { .args = args + 1,
                 .user = hd_inv_string (inv, "user"),
                 .cwd = cwd,
                 .tty = tty,
                 .privileged = hd_inv_flag (inv, "privileged") },
    .detach = hd_inv_flag (inv, "detach"),
    .input = input,
  };
  if (cwd != NULL && *cwd != '/')
    return hd_inv_usage_error (inv, "--workdir: \"%s\" is no absolute path", cwd);
  if (tty && exec.detach)
    return hd_inv_usage_error (inv, "--tty and --detach cannot be joined");
  if (tty && input && !isatty (STDIN_FILENO))
    {
      hd_throw (&error, HD_USAGE, "leave out --tty", "the input is no terminal");
      return hd_engine_fail (error, HD_STATUS_FAILED);
    }
  for (const char *const *text = hd_inv_strings (inv, "env"); *text != NULL; text++)
    if (strchr (*text, '=') != NULL)
      g_ptr_array_add (env, g_strdup (*text));
    else if (g_getenv (*text) != NULL)
      g_ptr_array_add (env, g_strconcat (*text, "=", g_getenv (*text), NULL));
  g_ptr_array_add (env, NULL);
  HdExec with_env = exec;
  with_env.process.env = (const char *const *)env->pdata;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdContainer) container
      = store != NULL ? hd_container_find (store, args[0], &error) : NULL;
  /* It returns on an error alone. */
  if (container != NULL)
    hd_exec (store, container, &with_env, &error);
  return hd_engine_fail (error, HD_STATUS_FAILED);
}

/* logs */

static gboolean
read_time (const HdInvocation *inv, const char *option, gint64 *ret, GError **error)
{
  const char *text = hd_inv_string (inv, option);
  return text == NULL || hd_logs_parse_time (text, mon_now_ns (), ret)
         || hd_throw (error, HD_USAGE, "as 2026-01-02T03:04:05, 10m, or seconds since 1970",
                      "--%s: \"%s\" is no time", option, text);
}

int
hd_cli_logs (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  const char *tail = hd_inv_string (inv, "tail");
  HdLogsOptions options = { .tail = -1,
                            .follow = hd_inv_flag (inv, "follow"),
                            .timestamps = hd_inv_flag (inv, "timestamps") };
  if (tail != NULL && strcmp (tail, "all") != 0
      && (hd_parse_int64 (tail, &options.tail) < 0 || options.tail < -1))
    return hd_inv_usage_error (inv, "--tail wants a number or all, not \"%s\"", tail);
  if (!read_time (inv, "since", &options.since_ns, &error)
      || !read_time (inv, "until", &options.until_ns, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdContainer) container
      = store != NULL ? hd_container_find (store, hd_inv_args (inv)[0], &error) : NULL;
  if (container == NULL || !hd_logs_print (store, container, &options, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

/* port */

typedef struct
{
  const char *wanted; /* "80/tcp", or NULL for all */
  gboolean found;
} PortSearch;

static int
print_port (const char *key, const hd_json *value, void *data)
{
  PortSearch *search = data;
  if (search->wanted != NULL && strcmp (key, search->wanted) != 0)
    return 0;
  for (gsize i = 0; i < hd_json_length (value); i++)
    {
      const hd_json *binding = hd_json_at (value, i);
      const char *address = hd_json_get_string (binding, "HostIp", "");
      const char *number = hd_json_get_string (binding, "HostPort", "");

      search->found = TRUE;
      if (search->wanted == NULL)
        printf ("%s -> ", key);
      if (strchr (address, ':') != NULL)
        printf ("[%s]:%s\n", address, number);
      else
        printf ("%s:%s\n", address, number);
    }
  return 0;
}

int
hd_cli_port (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  const char *const *args = hd_inv_args (inv);
  g_autofree char *wanted = NULL;
  if (args[1] != NULL)
    wanted
        = strchr (args[1], '/') != NULL ? g_strdup (args[1]) : g_strconcat (args[1], "/tcp", NULL);
  PortSearch search = { wanted, FALSE };
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdContainer) container
      = store != NULL ? hd_container_find (store, args[0], &error) : NULL;
  hd_autojson ports = container != NULL ? hd_inspect_ports (store, container, &error) : NULL;
  if (ports == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  hd_json_each (ports, print_port, &search);
  if (wanted == NULL || search.found)
    return 0;
  hd_throw (&error, HD_NOT_FOUND, NULL, "port %s of container %s is not published", wanted,
            container->name);
  return hd_engine_fail (error, HD_STATUS_FAILED);
}

/* top */

int
hd_cli_top (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  const char *const *args = hd_inv_args (inv);
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdContainer) container
      = store != NULL ? hd_container_find (store, args[0], &error) : NULL;
  if (container == NULL || !hd_top_print (store, container, args + 1, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}
