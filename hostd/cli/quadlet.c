/* Sections are copied, but for [Container], whose keys are options of `run`: one table. */
#include "cli/quadlet.h"

#include <string.h>

#include "base/error.h"
#include "base/words.h"

#define FILE_LINES_MAX 10000

typedef enum
{
  KIND_VALUE, /* --option=VALUE, once for each time */
  KIND_WORDS, /* --option=WORD, once for each word */
  KIND_FLAG,  /* --option when it is true */
  KIND_OWN    /* see below */
} Kind;

static const struct
{
  const char *key;
  const char *option; /* of run */
  Kind kind;
} keys[] = {
  { "AddCapability", "cap-add", KIND_WORDS },
  { "AddDevice", "device", KIND_WORDS },
  { "AddHost", "add-host", KIND_VALUE },
  { "Annotation", "annotation", KIND_WORDS },
  { "ContainerName", NULL, KIND_OWN },
  { "DNS", "dns", KIND_WORDS },
  { "DNSOption", "dns-option", KIND_WORDS },
  { "DNSSearch", "dns-search", KIND_WORDS },
  { "DropCapability", "cap-drop", KIND_WORDS },
  { "Entrypoint", "entrypoint", KIND_VALUE },
  { "Environment", "env", KIND_WORDS },
  { "EnvironmentFile", "env-file", KIND_VALUE },
  { "Exec", NULL, KIND_OWN },
  { "ExposeHostPort", "expose", KIND_VALUE },
  { "Group", NULL, KIND_OWN },
  { "GroupAdd", "group-add", KIND_VALUE },
  { "HealthCmd", "health-cmd", KIND_VALUE },
  { "HealthInterval", "health-interval", KIND_VALUE },
  { "HealthRetries", "health-retries", KIND_VALUE },
  { "HealthStartPeriod", "health-start-period", KIND_VALUE },
  { "HealthTimeout", "health-timeout", KIND_VALUE },
  { "HostName", "hostname", KIND_VALUE },
  { "IP", "ip", KIND_VALUE },
  { "IP6", "ip6", KIND_VALUE },
  { "Image", NULL, KIND_OWN },
  { "Label", "label", KIND_WORDS },
  { "LogDriver", "log-driver", KIND_VALUE },
  { "LogOpt", "log-opt", KIND_VALUE },
  { "Memory", "memory", KIND_VALUE },
  { "Mount", "mount", KIND_VALUE },
  { "Network", "network", KIND_VALUE },
  { "NetworkAlias", "network-alias", KIND_VALUE },
  { "NoNewPrivileges", "security-opt=no-new-privileges", KIND_FLAG },
  { "PidsLimit", "pids-limit", KIND_VALUE },
  { "PodmanArgs", NULL, KIND_OWN },
  { "PublishPort", "publish", KIND_VALUE },
  { "Pull", "pull", KIND_VALUE },
  { "ReadOnly", "read-only", KIND_FLAG },
  { "RunInit", "init", KIND_FLAG },
  { "SeccompProfile", NULL, KIND_OWN },
  { "SecurityLabelDisable", "security-opt=label=disable", KIND_FLAG },
  { "ShmSize", "shm-size", KIND_VALUE },
  { "StopSignal", "stop-signal", KIND_VALUE },
  { "StopTimeout", "stop-timeout", KIND_VALUE },
  { "Sysctl", "sysctl", KIND_WORDS },
  { "Tmpfs", "tmpfs", KIND_VALUE },
  { "Ulimit", "ulimit", KIND_VALUE },
  { "User", NULL, KIND_OWN },
  { "UserNS", "userns", KIND_VALUE },
  { "Volume", "volume", KIND_VALUE },
  { "WorkingDir", "workdir", KIND_VALUE },
};

typedef struct
{
  const char *path;
  guint line;
  const char *section; /* of the line that is read; belongs to `sections` */
  GPtrArray *sections; /* of char *: names in their order */
  GHashTable *texts;   /* section -> GString of its lines as they were */
  GPtrArray *options;  /* of char *: words for run */
  char *image;
  char *container;
  char *user;
  char *group;
  GPtrArray *exec; /* of char * */
  GPtrArray *links;
} Quadlet;

static gboolean G_GNUC_PRINTF (3, 4)
    fail (const Quadlet *q, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  return hd_throw (error, HD_CONFIG, "podman-systemd.unit(5) lists the keys", "%s:%u: %s", q->path,
                   q->line, message);
}

static gboolean
split (const Quadlet *q, const char *value, GPtrArray *words, GError **error)
{
  gsize quote;
  return hd_words_split (value, words, &quote)
         || fail (q, error, "a quote is never closed, in \"%s\"", value);
}

static void
add_option (Quadlet *q, const char *option, const char *value)
{
  g_ptr_array_add (q->options, value != NULL ? g_strdup_printf ("--%s=%s", option, value)
                                             : g_strconcat ("--", option, NULL));
}

static gboolean
is_true (const char *value)
{
  static const char *const words[] = { "1", "yes", "true", "on", NULL };
  g_autofree char *lower = g_ascii_strdown (value, -1);
  return g_strv_contains (words, lower);
}

static void
replace (char **place, const char *value)
{
  g_free (*place);
  *place = g_strdup (value);
}

static gboolean
take_own (Quadlet *q, const char *key, const char *value, GError **error)
{
  if (strcmp (key, "Image") == 0)
    replace (&q->image, value);
  else if (strcmp (key, "ContainerName") == 0)
    replace (&q->container, value);
  else if (strcmp (key, "User") == 0)
    replace (&q->user, value);
  else if (strcmp (key, "Group") == 0)
    replace (&q->group, value);
  else if (strcmp (key, "SeccompProfile") == 0)
    {
      g_autofree char *option = g_strconcat ("seccomp=", value, NULL);
      add_option (q, "security-opt", option);
    }
  else if (strcmp (key, "Exec") == 0)
    {
      g_ptr_array_set_size (q->exec, 0);
      return split (q, value, q->exec, error);
    }
  else
    return split (q, value, q->options, error);
  return TRUE;
}

/* Units of podman's that are no containers. */
static gboolean
check_reference (const Quadlet *q, const char *option, const char *value, GError **error)
{
  g_autofree char *first = g_strndup (value, strcspn (value, ":,"));
  if ((strcmp (option, "volume") == 0 && g_str_has_suffix (first, ".volume"))
      || (strcmp (option, "network") == 0
          && (g_str_has_suffix (first, ".network") || g_str_has_suffix (first, ".container"))))
    return fail (q, error, "%s: only .container files are read here; name the %s itself", first,
                 option);
  return TRUE;
}

static gboolean
take_key (Quadlet *q, const char *key, const char *value, GError **error)
{
  gsize i = 0;
  while (i < G_N_ELEMENTS (keys) && strcmp (keys[i].key, key) != 0)
    i++;
  if (i == G_N_ELEMENTS (keys))
    return fail (q, error, "[Container] has no key %s here", key);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  switch (keys[i].kind)
    {
    case KIND_OWN:
      return take_own (q, key, value, error);
    case KIND_FLAG:
      if (is_true (value))
        add_option (q, keys[i].option, NULL);
      return TRUE;
    case KIND_VALUE:
      if (!check_reference (q, keys[i].option, value, error))
        return FALSE;
      add_option (q, keys[i].option, value);
      return TRUE;
    default:
      if (!split (q, value, words, error))
        return FALSE;
      for (guint j = 0; j < words->len; j++)
        add_option (q, keys[i].option, g_ptr_array_index (words, j));
      return TRUE;
    }
}

/* Sections */

static void
enter_section (Quadlet *q, const char *name)
{
  GString *text = g_hash_table_lookup (q->texts, name);
  if (text == NULL)
    {
      char *own = g_strdup (name);
      g_ptr_array_add (q->sections, own);
      g_hash_table_insert (q->texts, own, g_string_new (NULL));
    }
  for (guint i = 0; i < q->sections->len; i++)
    if (strcmp (g_ptr_array_index (q->sections, i), name) == 0)
      q->section = g_ptr_array_index (q->sections, i);
}

static void
add_links (Quadlet *q, const char *value, const char *suffix, const char *name)
{
  g_auto (GStrv) targets = g_strsplit_set (value, " \t", -1);
  for (char **target = targets; *target != NULL; target++)
    if (**target != '\0' && strchr (*target, '/') == NULL)
      g_ptr_array_add (q->links, g_strdup_printf ("%s.%s/%s.service", *target, suffix, name));
}

static gboolean
take_line (Quadlet *q, const char *name, const char *line, GError **error)
{
  gsize length = strlen (line);
  if (*line == '\0' || *line == '#' || *line == ';')
    return TRUE;
  if (*line == '[' && line[length - 1] == ']')
    {
      g_autofree char *section = g_strndup (line + 1, length - 2);
      enter_section (q, section);
      return TRUE;
    }
  const char *equals = strchr (line, '=');
  if (q->section == NULL || equals == NULL || equals == line)
    return fail (q, error, "this is no KEY=VALUE in a section");
  g_autofree char *key = g_strchomp (g_strndup (line, (gsize)(equals - line)));
  g_autofree char *value = g_strstrip (g_strdup (equals + 1));
  if (strcmp (q->section, "Container") == 0)
    return take_key (q, key, value, error);
  if (strcmp (q->section, "Install") == 0 && strcmp (key, "WantedBy") == 0)
    add_links (q, value, "wants", name);
  else if (strcmp (q->section, "Install") == 0 && strcmp (key, "RequiredBy") == 0)
    add_links (q, value, "requires", name);
  g_string_append_printf (g_hash_table_lookup (q->texts, q->section), "%s=%s\n", key, value);
  return TRUE;
}

/* Lines that end with a backslash go on. */
static gboolean
read_text (Quadlet *q, const char *name, const char *text, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", FILE_LINES_MAX);
  g_autoptr (GString) whole = g_string_new (NULL);
  for (char **line = lines; *line != NULL; line++)
    {
      char *plain = g_strstrip (*line);
      gsize length = strlen (plain);
      q->line++;
      if (whole->len > 0 && (*plain == '#' || *plain == ';'))
        continue;
      if (length > 0 && plain[length - 1] == '\\')
        {
          g_string_append_len (whole, plain, (gssize)length - 1);
          g_string_append_c (whole, ' ');
          continue;
        }
      g_string_append (whole, plain);
      if (!take_line (q, name, whole->str, error))
        return FALSE;
      g_string_truncate (whole, 0);
    }
  return TRUE;
}

/* The service */

/* A word of an ExecStart line (systemd.service(5), "Command lines"): dollars stand for themselves,
 * specifiers for what they mean. */
static void
put_word (GString *out, const char *word)
{
  gboolean quote = *word == '\0' || strpbrk (word, " \t\"'\\;") != NULL;
  g_string_append_c (out, ' ');
  if (quote)
    g_string_append_c (out, '"');
  for (; *word != '\0'; word++)
    {
      if (*word == '"' || *word == '\\')
        g_string_append_c (out, '\\');
      if (*word == '$')
        g_string_append_c (out, '$');
      g_string_append_c (out, *word);
    }
  if (quote)
    g_string_append_c (out, '"');
}

static gboolean
has_key (const GString *text, const char *key)
{
  g_autofree char *start = g_strconcat (key, "=", NULL);
  g_autofree char *inside = g_strconcat ("\n", key, "=", NULL);
  return text != NULL
         && (g_str_has_prefix (text->str, start) || strstr (text->str, inside) != NULL);
}

static void
put_default (GString *out, const GString *given, const char *key, const char *value)
{
  if (!has_key (given, key))
    g_string_append_printf (out, "%s=%s\n", key, value);
}

static void
put_user (Quadlet *q)
{
  if (q->user == NULL && q->group == NULL)
    return;
  g_autofree char *value
      = g_strconcat (q->user != NULL ? q->user : "0", q->group != NULL ? ":" : "", q->group, NULL);
  add_option (q, "user", value);
}

static void
put_service (Quadlet *q, const char *program, GString *out)
{
  const GString *given = g_hash_table_lookup (q->texts, "Service");
  put_default (out, given, "Type", "notify");
  put_default (out, given, "NotifyAccess", "all");
  put_default (out, given, "KillMode", "mixed");
  put_default (out, given, "Delegate", "yes");
  put_default (out, given, "SyslogIdentifier", "%N");
  g_string_append (out, "Environment=ATOMIC_SYSTEMD_UNIT=%n\n");
  g_string_append_printf (out, "ExecStartPre=-%s rm -f -v %s\n", program, q->container);
  g_string_append_printf (out, "ExecStart=%s run -d --name %s", program, q->container);
  put_user (q);
  for (guint i = 0; i < q->options->len; i++)
    put_word (out, g_ptr_array_index (q->options, i));
  put_word (out, q->image);
  for (guint i = 0; i < q->exec->len; i++)
    put_word (out, g_ptr_array_index (q->exec, i));
  g_string_append_printf (out, "\nExecStopPost=-%s rm -f -v %s\n", program, q->container);
}

static char *
make_unit (Quadlet *q, const char *program)
{
  GString *out = g_string_new (NULL);
  const GString *unit = g_hash_table_lookup (q->texts, "Unit");
  g_string_append_printf (out, "# Made from %s; changes belong there.\n[Unit]\n", q->path);
  g_string_append_printf (out, "SourcePath=%s\n", q->path);
  g_string_append (out, "Wants=network-online.target\nAfter=network-online.target\n");
  g_string_append (out, unit != NULL ? unit->str : "");
  for (guint i = 0; i < q->sections->len; i++)
    {
      const char *section = g_ptr_array_index (q->sections, i);
      const GString *text = g_hash_table_lookup (q->texts, section);
      if (strcmp (section, "Unit") != 0 && strcmp (section, "Service") != 0
          && strcmp (section, "Container") != 0)
        g_string_append_printf (out, "\n[%s]\n%s", section, text->str);
    }
  const GString *service = g_hash_table_lookup (q->texts, "Service");
  g_string_append_printf (out, "\n[Service]\n%s", service != NULL ? service->str : "");
  put_service (q, program, out);
  return g_string_free (out, FALSE);
}

static void
text_free (gpointer text)
{
  g_string_free (text, TRUE);
}

static void
quadlet_clear (Quadlet *q)
{
  g_hash_table_unref (q->texts);
  g_ptr_array_unref (q->sections);
  g_ptr_array_unref (q->options);
  g_ptr_array_unref (q->exec);
  g_clear_pointer (&q->links, g_ptr_array_unref);
  g_free (q->image);
  g_free (q->container);
  g_free (q->user);
  g_free (q->group);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Quadlet, quadlet_clear)

char *
hd_quadlet_convert (const char *path, const char *name, const char *program, const char *text,
                    char ***ret_links, GError **error)
{
  g_auto (Quadlet) q = { .path = path };
  q.texts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, text_free);
  q.sections = g_ptr_array_new_with_free_func (g_free);
  q.options = g_ptr_array_new_with_free_func (g_free);
  q.exec = g_ptr_array_new_with_free_func (g_free);
  q.links = g_ptr_array_new_with_free_func (g_free);
  if (!g_utf8_validate (text, -1, NULL))
    {
      hd_throw (error, HD_CONFIG, NULL, "%s is no UTF-8", path);
      return NULL;
    }
  if (!read_text (&q, name, text, error))
    return NULL;
  if (q.image == NULL || *q.image == '\0')
    {
      hd_throw (error, HD_CONFIG, "add Image=NAME to [Container]", "%s names no image", path);
      return NULL;
    }
  if (q.container == NULL)
    q.container = g_strconcat ("systemd-", name, NULL);
  char *unit = make_unit (&q, program);
  g_ptr_array_add (q.links, NULL);
  *ret_links = (char **)g_ptr_array_free (g_steal_pointer (&q.links), FALSE);
  return unit;
}
