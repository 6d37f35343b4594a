/* JSON -> task, by one table of options and one of verbs. */
#include "host/task.h"

#include <string.h>

#include "base/error.h"
#include "common/parse.h"

typedef enum
{
  TYPE_FLAG,
  TYPE_STRING,
  TYPE_STRINGS,
  TYPE_INT,
  TYPE_IGNORED, /* for the one who starts the worker */
} OptionType;

typedef struct
{
  const char *name;
  OptionType type;
  gsize offset;
} Option;

#define FIELD(member) offsetof (HdTask, member)
static const Option options[] = {
  { "check", TYPE_FLAG, FIELD (check) },
  { "preview", TYPE_FLAG, FIELD (preview) },
  { "download-only", TYPE_FLAG, FIELD (download_only) },
  { "allow-downgrade", TYPE_FLAG, FIELD (allow_downgrade) },
  { "pending", TYPE_FLAG, FIELD (pending) },
  { "rollback", TYPE_FLAG, FIELD (rollback) },
  { "base", TYPE_FLAG, FIELD (base) },
  { "repo", TYPE_FLAG, FIELD (repo) },
  { "stateroot", TYPE_STRING, FIELD (stateroot) },
  { "commit", TYPE_STRING, FIELD (commit) },
  { "refspec", TYPE_STRING, FIELD (refspec) },
  { "deployment", TYPE_STRING, FIELD (deployment) },
  { "timeout", TYPE_INT, FIELD (timeout_seconds) },
  { "append", TYPE_STRINGS, FIELD (append) },
  { "append-if-missing", TYPE_STRINGS, FIELD (append_if_missing) },
  { "delete", TYPE_STRINGS, FIELD (delete) },
  { "delete-if-present", TYPE_STRINGS, FIELD (delete_if_present) },
  { "replace", TYPE_STRINGS, FIELD (replace) },
  { "reboot", TYPE_IGNORED, 0 },
  { "no-wait", TYPE_IGNORED, 0 },
  { "quiet", TYPE_IGNORED, 0 },
};

#define COMMON "timeout", "reboot", "no-wait", "quiet"
#define MAX_VERB_OPTIONS 16
static const struct
{
  const char *verb;
  const char *options[MAX_VERB_OPTIONS];
} verbs[] = {
  { "upgrade", { "check", "preview", "download-only", "allow-downgrade", "stateroot", COMMON } },
  { "deploy", { "commit", "preview", "download-only", "stateroot", COMMON } },
  { "rebase", { "refspec", "commit", "preview", "download-only", "stateroot", COMMON } },
  { "rollback", { COMMON } },
  { "pin", { "deployment", COMMON } },
  { "unpin", { "deployment", COMMON } },
  { "cleanup", { "pending", "rollback", "base", "repo", COMMON } },
  { "kargs",
    { "append", "append-if-missing", "delete", "delete-if-present", "replace", "stateroot",
      COMMON } },
};

HdTask *
hd_task_new (const char *verb, const char *sysroot)
{
  HdTask *task = g_new0 (HdTask, 1);
  task->verb = g_strdup (verb);
  task->sysroot = g_strdup (sysroot);
  task->timeout_seconds = HD_TASK_TIMEOUT_SECONDS;
  return task;
}

void
hd_task_free (HdTask *task)
{
  if (task == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      gpointer field = G_STRUCT_MEMBER_P (task, options[i].offset);
      if (options[i].type == TYPE_STRING)
        g_free (*(char **)field);
      else if (options[i].type == TYPE_STRINGS)
        g_strfreev (*(char ***)field);
    }
  g_free (task->verb);
  g_free (task->sysroot);
  g_free (task);
}

static char **
strings_from_json (const hd_json *value)
{
  if (hd_json_get_type (value) != HD_JSON_ARRAY)
    return NULL;
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  for (size_t i = 0; i < hd_json_length (value); i++)
    {
      const char *word;
      if (!hd_json_as_string (hd_json_at (value, i), &word))
        return NULL;
      g_ptr_array_add (words, g_strdup (word));
    }
  g_ptr_array_add (words, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

/* Store `value` in the option's field; FALSE when it is of another type. */
static gboolean
store (HdTask *task, const Option *option, const hd_json *value)
{
  gpointer field = G_STRUCT_MEMBER_P (task, option->offset);
  bool flag;
  int64_t number;
  const char *text;
  switch (option->type)
    {
    case TYPE_FLAG:
      if (!hd_json_as_bool (value, &flag))
        return FALSE;
      *(gboolean *)field = flag;
      return TRUE;
    case TYPE_STRING:
      if (!hd_json_as_string (value, &text))
        return FALSE;
      g_free (*(char **)field);
      *(char **)field = g_strdup (text);
      return TRUE;
    case TYPE_STRINGS:
      g_strfreev (*(char ***)field);
      *(char ***)field = strings_from_json (value);
      return *(char ***)field != NULL;
    case TYPE_INT:
      if (!hd_json_as_int64 (value, &number) || number < 1 || number > 86400)
        return FALSE;
      *(gint64 *)field = number;
      return TRUE;
    case TYPE_IGNORED:
      return TRUE;
    }
  g_assert_not_reached ();
}

static const Option *
find_option (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    if (strcmp (options[i].name, name) == 0)
      return &options[i];
  return NULL;
}

typedef struct
{
  HdTask *task;
  const char *const *allowed;
  GError **error;
} Taking;

static int
take_option (const char *name, const hd_json *value, void *data)
{
  Taking *taking = data;
  if (!g_strv_contains (taking->allowed, name))
    {
      const char *nearest = hd_nearest_word (name, taking->allowed);
      g_autofree char *hint
          = nearest != NULL ? g_strdup_printf ("did you mean %s?", nearest) : NULL;
      hd_throw (taking->error, HD_USAGE, hint, "%s has no option %s", taking->task->verb, name);
      return -1;
    }
  if (!store (taking->task, find_option (name), value))
    {
      hd_throw (taking->error, HD_USAGE, NULL, "option %s of %s has a wrong value", name,
                taking->task->verb);
      return -1;
    }
  return 0;
}

static const char *const *
options_of_verb (const char *verb)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (verbs[i].verb, verb) == 0)
      return verbs[i].options;
  return NULL;
}

/* The sysroot, "/" when it is not given; NULL when it is no text. */
static const char *
sysroot_of (const hd_json *request)
{
  const hd_json *value = hd_json_get (request, "sysroot");
  const char *sysroot = value != NULL ? NULL : "/";
  (void)hd_json_as_string (value, &sysroot);
  return sysroot;
}

static HdTask *
throw_malformed (GError **error, const char *what)
{
  hd_throw (error, HD_USAGE, NULL, "the request is malformed: %s", what);
  return NULL;
}

HdTask *
hd_task_parse (const char *text, gsize length_bytes, GError **error)
{
  hd_err err = { 0 };
  hd_autojson request = hd_json_parse (text, length_bytes, &err);
  if (request == NULL)
    return throw_malformed (error, err.message);
  const char *verb = hd_json_get_string (request, "verb", "");
  const char *const *allowed = options_of_verb (verb);
  if (allowed == NULL)
    {
      hd_throw (error, HD_USAGE, NULL, "the worker has no verb \"%s\"", verb);
      return NULL;
    }
  const char *sysroot = sysroot_of (request);
  const hd_json *given = hd_json_get (request, "options");
  if (sysroot == NULL)
    return throw_malformed (error, "sysroot is no text");
  if (given != NULL && hd_json_get_type (given) != HD_JSON_OBJECT)
    return throw_malformed (error, "options is no object");
  g_autoptr (HdTask) task = hd_task_new (verb, sysroot);
  Taking taking = { task, allowed, error };
  if (given != NULL && hd_json_each (given, take_option, &taking) != 0)
    return NULL;
  return g_steal_pointer (&task);
}
