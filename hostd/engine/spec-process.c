/* The process: arguments, environment, user, capabilities, limits. */
#include "engine/spec.h"

#include <string.h>

#include "base/error.h"
#include "common/capname.h"
#include "common/cleanup.h"
#include "common/parse.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define INIT_TARGET "/sbin/docker-init"
#define ALL_CAPS ((G_GUINT64_CONSTANT (1) << HD_CAP_COUNT) - 1)

/* Docker's fourteen (moby, "Runtime privilege and Linux capabilities"). */
static const char *const default_caps[] = {
  "CAP_CHOWN",      "CAP_DAC_OVERRIDE",     "CAP_FSETID", "CAP_FOWNER",      "CAP_MKNOD",
  "CAP_NET_RAW",    "CAP_SETGID",           "CAP_SETUID", "CAP_SETFCAP",     "CAP_SETPCAP",
  "CAP_SYS_CHROOT", "CAP_NET_BIND_SERVICE", "CAP_KILL",   "CAP_AUDIT_WRITE",
};

/* Capabilities */

static gboolean
is_all (const char *text)
{
  return g_ascii_strcasecmp (text, "ALL") == 0;
}

/* Set or clear what a list names in the bits. */
static gboolean
apply_caps (const hd_json *list, const char *option, gboolean set, guint64 *bits, GError **error)
{
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      const char *text = "";
      hd_json_as_string (hd_json_at (list, i), &text);
      int cap = is_all (text) ? -1 : hd_cap_from_name (text);
      if (cap < 0 && !is_all (text))
        return hd_throw (error, HD_USAGE, "capabilities(7) lists them, as NET_ADMIN",
                         "%s: unknown capability \"%s\"", option, text);
      guint64 mask = cap < 0 ? ALL_CAPS : G_GUINT64_CONSTANT (1) << cap;
      *bits = set ? *bits | mask : *bits & ~mask;
    }
  return TRUE;
}

static gboolean
has_all (const hd_json *list)
{
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      const char *text = "";
      if (hd_json_as_string (hd_json_at (list, i), &text) && is_all (text))
        return TRUE;
    }
  return FALSE;
}

char **
hd_spec_capabilities (const hd_json *host_config, GError **error)
{
  const hd_json *add = hd_json_get (host_config, "CapAdd");
  const hd_json *drop = hd_json_get (host_config, "CapDrop");
  guint64 bits = 0;
  if (hd_json_get_bool (host_config, "Privileged", false))
    bits = ALL_CAPS;
  for (guint i = 0; i < G_N_ELEMENTS (default_caps); i++)
    bits |= G_GUINT64_CONSTANT (1) << hd_cap_from_name (default_caps[i]);
  /* What is named counts more than ALL (moby, "oci/caps"). */
  gboolean good = has_all (add) ? apply_caps (add, "--cap-add", TRUE, &bits, error)
                                      && apply_caps (drop, "--cap-drop", FALSE, &bits, error)
                                : apply_caps (drop, "--cap-drop", FALSE, &bits, error)
                                      && apply_caps (add, "--cap-add", TRUE, &bits, error);
  if (!good)
    return NULL;
  GPtrArray *names = g_ptr_array_new ();
  for (guint i = 0; i < HD_CAP_COUNT; i++)
    if ((bits >> i & 1) != 0)
      g_ptr_array_add (names, g_strdup (hd_cap_name (i)));
  g_ptr_array_add (names, NULL);
  return (char **)g_ptr_array_free (names, FALSE);
}

static hd_json *
make_capabilities (char **names, guint32 uid)
{
  static const char *const sets[] = { "bounding", "effective", "permitted" };
  hd_json *json = hd_json_new_object ();
  for (guint i = 0; i < G_N_ELEMENTS (sets); i++)
    /* Another user has what he gains by programs that give it. */
    hd_json_set (json, sets[i],
                 i == 0 || uid == 0 ? hd_spec_strings ((const char *const *)names)
                                    : hd_json_new_array ());
  return json;
}

/* Environment */

static gboolean
has_variable (const hd_json *env, const char *name)
{
  gsize length = strlen (name);
  for (gsize i = 0; i < hd_json_length (env); i++)
    {
      const char *text = "";
      hd_json_as_string (hd_json_at (env, i), &text);
      if (strncmp (text, name, length) == 0 && text[length] == '=')
        return TRUE;
    }
  return FALSE;
}

static hd_json *
make_env (const hd_json *config, gboolean tty, const char *const *more)
{
  const hd_json *given = hd_json_get (config, "Env");
  hd_json *env = hd_json_new_array ();
  if (!has_variable (given, "PATH"))
    hd_json_append (env, hd_json_new_string (DEFAULT_PATH));
  if (!has_variable (given, "HOSTNAME"))
    {
      g_autofree char *name
          = g_strconcat ("HOSTNAME=", hd_json_get_string (config, "Hostname", ""), NULL);
      hd_json_append (env, hd_json_new_string (name));
    }
  if (tty && !has_variable (given, "TERM"))
    hd_json_append (env, hd_json_new_string ("TERM=xterm"));
  for (gsize i = 0; i < hd_json_length (given); i++)
    {
      const char *text = "";
      hd_json_as_string (hd_json_at (given, i), &text);
      /* A name alone says that the variable shall not be there. */
      if (strchr (text, '=') != NULL)
        hd_json_append (env, hd_json_new_string (text));
    }
  for (; more != NULL && *more != NULL; more++)
    hd_json_append (env, hd_json_new_string (*more));
  return env;
}

/* Arguments */

static void
append_all (hd_json *to, const hd_json *list)
{
  for (gsize i = 0; i < hd_json_length (list); i++)
    hd_json_append (to, hd_json_copy (hd_json_at (list, i)));
}

static hd_json *
make_args (const HdSpecInput *input, GError **error)
{
  const hd_json *config = hd_container_config (input->container);
  hd_json *args = hd_json_new_array ();
  if (input->init != NULL)
    {
      hd_json_append (args, hd_json_new_string (INIT_TARGET));
      hd_json_append (args, hd_json_new_string ("--"));
    }
  gsize before = hd_json_length (args);
  append_all (args, hd_json_get (config, "Entrypoint"));
  append_all (args, hd_json_get (config, "Cmd"));
  if (hd_json_length (args) > before)
    return args;
  hd_json_free (args);
  hd_throw (error, HD_USAGE, "name one behind the image", "the image names no command to run");
  return NULL;
}

/* Limits */

static gboolean
add_rlimit (hd_json *list, const hd_json *entry, GError **error)
{
  static const char *const names[]
      = { "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
          "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack",    NULL };
  const char *name = hd_json_get_string (entry, "Name", "");
  g_autofree char *upper = g_ascii_strup (name, -1);
  g_autofree char *type = g_strconcat ("RLIMIT_", upper, NULL);
  if (!g_strv_contains (names, name))
    return hd_throw (error, HD_USAGE, "see setrlimit(2); as --ulimit nofile=1024:2048",
                     "--ulimit: there is no limit \"%s\"", name);
  hd_json *limit = hd_json_new_object ();
  gint64 soft = hd_json_get_int (entry, "Soft", 0), hard = hd_json_get_int (entry, "Hard", 0);
  hd_json_set_string (limit, "type", type);
  hd_json_set_uint (limit, "hard", hard < 0 ? G_MAXUINT64 : (guint64)hard);
  hd_json_set_uint (limit, "soft", soft < 0 ? G_MAXUINT64 : (guint64)soft);
  hd_json_append (list, limit);
  return TRUE;
}

static hd_json *
make_rlimits (const hd_json *host, GError **error)
{
  const hd_json *given = hd_json_get (host, "Ulimits");
  hd_autojson list = hd_json_new_array ();
  for (gsize i = 0; i < hd_json_length (given); i++)
    if (!add_rlimit (list, hd_json_at (given, i), error))
      return NULL;
  return g_steal_pointer (&list);
}

/* User */

static char **
strings_of (const hd_json *list)
{
  GPtrArray *strings = g_ptr_array_new ();
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      const char *text;
      if (hd_json_as_string (hd_json_at (list, i), &text))
        g_ptr_array_add (strings, g_strdup (text));
    }
  g_ptr_array_add (strings, NULL);
  return (char **)g_ptr_array_free (strings, FALSE);
}

static hd_json *
make_user (const HdSpecInput *input, const char *text, guint32 *ret_uid, GError **error)
{
  g_auto (GStrv) more
      = strings_of (hd_json_get (hd_container_host_config (input->container), "GroupAdd"));
  HdImageUser user;
  if (!hd_image_root_user (input->root, text, (const char *const *)more, &user, error))
    return NULL;
  hd_json *json = hd_json_new_object ();
  hd_json *groups = hd_json_new_array ();
  hd_json_set_uint (json, "uid", user.uid);
  hd_json_set_uint (json, "gid", user.gid);
  hd_json_append (groups, hd_json_new_uint (user.gid));
  for (guint i = 0; i < user.groups->len; i++)
    if (g_array_index (user.groups, guint32, i) != user.gid)
      hd_json_append (groups, hd_json_new_uint (g_array_index (user.groups, guint32, i)));
  hd_json_set (json, "additionalGids", groups);
  *ret_uid = user.uid;
  g_array_unref (user.groups);
  return json;
}

static gboolean
no_new_privileges (const hd_json *host)
{
  const hd_json *options = hd_json_get (host, "SecurityOpt");
  for (gsize i = 0; i < hd_json_length (options); i++)
    {
      const char *text = "";
      hd_json_as_string (hd_json_at (options, i), &text);
      if (strcmp (text, "no-new-privileges") == 0 || strcmp (text, "no-new-privileges=true") == 0
          || strcmp (text, "no-new-privileges:true") == 0)
        return TRUE;
    }
  return FALSE;
}

/* What `run` and `exec` have in common. */
static hd_json *
make_common (const HdSpecInput *input, const char *user_text, gboolean tty, const char *cwd,
             const char *const *env, gboolean privileged, GError **error)
{
  const hd_json *config = hd_container_config (input->container);
  const hd_json *host = hd_container_host_config (input->container);
  guint32 uid = 0;
  hd_autojson user = make_user (input, user_text, &uid, error);
  hd_autojson limits = user != NULL ? make_rlimits (host, error) : NULL;
  hd_autojson all = hd_json_new_object ();
  hd_json_set_bool (all, "Privileged", true);
  g_auto (GStrv) caps
      = limits != NULL ? hd_spec_capabilities (privileged ? all : host, error) : NULL;
  if (caps == NULL)
    return NULL;
  hd_json *process = hd_json_new_object ();
  hd_json_set (process, "user", g_steal_pointer (&user));
  hd_json_set_bool (process, "terminal", tty);
  hd_json_set (process, "env", make_env (config, tty, env));
  hd_json_set_string (process, "cwd", *cwd != '\0' ? cwd : "/");
  hd_json_set (process, "capabilities", make_capabilities (caps, uid));
  if (hd_json_length (limits) > 0)
    hd_json_set (process, "rlimits", g_steal_pointer (&limits));
  if (no_new_privileges (host))
    hd_json_set_bool (process, "noNewPrivileges", true);
  return process;
}

hd_json *
hd_spec_process (const HdSpecInput *input, GError **error)
{
  const hd_json *config = hd_container_config (input->container);
  const hd_json *host = hd_container_host_config (input->container);
  hd_autojson args = make_args (input, error);
  if (args == NULL)
    return NULL;
  hd_json *process = make_common (
      input, hd_json_get_string (config, "User", ""), hd_json_get_bool (config, "Tty", false),
      hd_json_get_string (config, "WorkingDir", ""), NULL, FALSE, error);
  if (process == NULL)
    return NULL;
  hd_json_set (process, "args", g_steal_pointer (&args));
  if (hd_json_get (host, "OomScoreAdj") != NULL)
    hd_json_set_int (process, "oomScoreAdj", hd_json_get_int (host, "OomScoreAdj", 0));
  return process;
}

hd_json *
hd_spec_exec_process (const HdSpecInput *input, const HdExecRequest *request, GError **error)
{
  const hd_json *config = hd_container_config (input->container);
  const char *user
      = request->user != NULL ? request->user : hd_json_get_string (config, "User", "");
  const char *cwd
      = request->cwd != NULL ? request->cwd : hd_json_get_string (config, "WorkingDir", "");
  hd_json *process
      = make_common (input, user, request->tty, cwd, request->env, request->privileged, error);
  if (process != NULL)
    hd_json_set (process, "args", hd_spec_strings (request->args));
  return process;
}
