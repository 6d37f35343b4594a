/* Nodes to text. */
#include "engine/format.h"

#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/format-internal.h"

/* Steps of one evaluation: ranges within ranges end. */
#define STEPS_MAX 1000000

typedef struct
{
  char *name;
  hd_json *value;
} Variable;

typedef struct
{
  const hd_json *root;
  HdFormatMethod method;
  GPtrArray *variables; /* of Variable, innermost last */
  GString *out;
  guint steps;
} Evaluation;

static void
variable_free (gpointer pointer)
{
  Variable *variable = pointer;
  g_free (variable->name);
  hd_json_freep (&variable->value);
  g_free (variable);
}

static hd_json *
copy_or_null (const hd_json *value)
{
  return value != NULL ? hd_json_copy (value) : hd_json_new_null ();
}

static gboolean
count_step (Evaluation *e, GError **error)
{
  if (++e->steps <= STEPS_MAX && e->out->len <= HD_FORMAT_OUTPUT_MAX)
    return TRUE;
  return hd_throw (error, HD_USAGE, NULL, "the template makes too much of the values");
}

static Variable *
find_variable (Evaluation *e, const char *name)
{
  for (guint i = e->variables->len; i > 0; i--)
    {
      Variable *variable = g_ptr_array_index (e->variables, i - 1);
      if (strcmp (variable->name, name) == 0)
        return variable;
    }
  return NULL;
}

static void
add_variable (Evaluation *e, const char *name, hd_json *value)
{
  Variable *variable = g_new0 (Variable, 1);
  variable->name = g_strdup (name);
  variable->value = value;
  g_ptr_array_add (e->variables, variable);
}

static hd_json *eval_pipe (Evaluation *e, const HdPipe *pipe, const hd_json *dot, GError **error);

/* Follow fields. Something that has no fields is an error, as in Go; an absent one is null. */
static hd_json *
eval_fields (Evaluation *e, const hd_json *value, const GPtrArray *fields, const char *argument,
             GError **error)
{
  for (guint i = 0; i < fields->len; i++)
    {
      const char *name = g_ptr_array_index (fields, i);
      if (argument != NULL || (e->method != NULL && i == 0 && hd_json_get (value, name) == NULL))
        {
          hd_json *made = e->method != NULL && i + 1 == fields->len
                              ? e->method (value, name, argument)
                              : NULL;
          if (made != NULL)
            return made;
        }
      if (argument != NULL)
        {
          hd_throw (error, HD_USAGE, NULL, "the template: .%s takes no argument", name);
          return NULL;
        }
      if (value != NULL && hd_json_get_type (value) != HD_JSON_OBJECT
          && hd_json_get_type (value) != HD_JSON_NULL)
        {
          hd_throw (error, HD_USAGE, NULL, "the template: .%s of something without fields", name);
          return NULL;
        }
      value = hd_json_get (value, name);
    }
  return copy_or_null (value);
}

static hd_json *
eval_term (Evaluation *e, const HdTerm *term, const hd_json *dot, const char *argument,
           GError **error)
{
  Variable *variable;
  switch (term->kind)
    {
    case HD_TERM_LITERAL:
      return hd_json_copy (term->literal);
    case HD_TERM_DOT:
      return eval_fields (e, dot, term->fields, argument, error);
    case HD_TERM_VARIABLE:
      if (*term->name == '\0')
        return eval_fields (e, e->root, term->fields, argument, error);
      variable = find_variable (e, term->name);
      if (variable != NULL)
        return eval_fields (e, variable->value, term->fields, argument, error);
      hd_throw (error, HD_USAGE, NULL, "the template: there is no variable $%s", term->name);
      return NULL;
    case HD_TERM_FUNCTION:
      return hd_format_call (term->name, NULL, 0, error);
    default:
      {
        hd_autojson inner = eval_pipe (e, term->pipe, dot, error);
        return inner != NULL ? eval_fields (e, inner, term->fields, NULL, error) : NULL;
      }
    }
}

/* `.Label "key"`: a field with an argument is a method. */
static hd_json *
eval_method (Evaluation *e, const HdTerm *term, const hd_json *dot, hd_json *const *args, gsize n,
             GError **error)
{
  const char *argument = NULL;
  if (n != 1 || term->fields->len == 0 || !hd_json_as_string (args[0], &argument))
    {
      hd_throw (error, HD_USAGE, NULL, "the template: a value is used as a function");
      return NULL;
    }
  return eval_term (e, term, dot, argument, error);
}

static void
free_all (GPtrArray *values)
{
  for (guint i = 0; i < values->len; i++)
    hd_json_free (g_ptr_array_index (values, i));
  g_ptr_array_unref (values);
}

/* and and or stop at the first value that decides. */
static gboolean
decides (const char *name, const hd_json *value)
{
  return (strcmp (name, "and") == 0 && !hd_format_is_true (value))
         || (strcmp (name, "or") == 0 && hd_format_is_true (value));
}

static gboolean
eval_arguments (Evaluation *e, const GPtrArray *command, const hd_json *dot, const char *name,
                GPtrArray *args, GError **error)
{
  for (guint i = 1; i < command->len; i++)
    {
      hd_json *value = eval_term (e, g_ptr_array_index (command, i), dot, NULL, error);
      if (value == NULL)
        return FALSE;
      g_ptr_array_add (args, value);
      if (name != NULL && decides (name, value))
        break;
    }
  return TRUE;
}

/* `last` is the value of the command before in the pipe, or NULL; it is taken over. */
static hd_json *
eval_command (Evaluation *e, const GPtrArray *command, const hd_json *dot, hd_json *last,
              GError **error)
{
  const HdTerm *first = g_ptr_array_index (command, 0);
  const char *name = first->kind == HD_TERM_FUNCTION ? first->name : NULL;
  GPtrArray *args = g_ptr_array_new ();
  hd_json *result = NULL;
  gboolean good = count_step (e, error) && eval_arguments (e, command, dot, name, args, error);
  if (last != NULL)
    g_ptr_array_add (args, last);
  if (!good)
    ;
  else if (name != NULL)
    result = hd_format_call (name, (const hd_json *const *)args->pdata, args->len, error);
  else if (args->len > 0)
    result = eval_method (e, first, dot, (hd_json *const *)args->pdata, args->len, error);
  else
    result = eval_term (e, first, dot, NULL, error);
  free_all (args);
  return result;
}

static hd_json *
eval_commands (Evaluation *e, const HdPipe *pipe, const hd_json *dot, GError **error)
{
  hd_json *value = NULL;
  for (guint i = 0; i < pipe->commands->len; i++)
    {
      value = eval_command (e, g_ptr_array_index (pipe->commands, i), dot, value, error);
      if (value == NULL)
        return NULL;
    }
  return value;
}

static hd_json *
eval_pipe (Evaluation *e, const HdPipe *pipe, const hd_json *dot, GError **error)
{
  hd_json *value = eval_commands (e, pipe, dot, error);
  if (value == NULL || pipe->variables->len == 0)
    return value;
  const char *name = g_ptr_array_index (pipe->variables, 0);
  add_variable (e, name, hd_json_copy (value));
  return value;
}

static gboolean write_nodes (Evaluation *e, const GPtrArray *nodes, const hd_json *dot,
                             GError **error);

/* One turn of a range: $i, $v := range ... */
static gboolean
write_turn (Evaluation *e, const HdNode *node, hd_json *key, const hd_json *value, GError **error)
{
  const GPtrArray *names = node->pipe->variables;
  guint before = e->variables->len;
  hd_autojson own = key;
  if (names->len == 2)
    add_variable (e, g_ptr_array_index (names, 0), hd_json_copy (own));
  if (names->len > 0)
    add_variable (e, g_ptr_array_index (names, names->len - 1), copy_or_null (value));
  gboolean good = count_step (e, error) && write_nodes (e, node->body, value, error);
  g_ptr_array_set_size (e->variables, (int)before);
  return good;
}

typedef struct
{
  GPtrArray *keys;
} Keys;

static int
note_key (const char *key, const hd_json *value, void *data)
{
  g_ptr_array_add (((Keys *)data)->keys, g_strdup (key));
  return 0;
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Maps in the order of their keys, as Go does. */
static gboolean
range_object (Evaluation *e, const HdNode *node, const hd_json *value, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  Keys keys = { names };
  hd_json_each (value, note_key, &keys);
  g_ptr_array_sort (names, compare_keys);
  for (guint i = 0; i < names->len; i++)
    {
      const char *key = g_ptr_array_index (names, i);
      if (!write_turn (e, node, hd_json_new_string (key), hd_json_get (value, key), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_range (Evaluation *e, const HdNode *node, const hd_json *dot, GError **error)
{
  hd_autojson value = eval_commands (e, node->pipe, dot, error);
  if (value == NULL)
    return FALSE;
  hd_json_type type = hd_json_get_type (value);
  if (type != HD_JSON_ARRAY && type != HD_JSON_OBJECT && type != HD_JSON_NULL)
    return hd_throw (error, HD_USAGE, NULL, "the template: range over a value that is no list");
  if (type == HD_JSON_NULL || hd_json_length (value) == 0)
    return node->otherwise == NULL || write_nodes (e, node->otherwise, dot, error);
  if (type == HD_JSON_OBJECT)
    return range_object (e, node, value, error);
  for (gsize i = 0; i < hd_json_length (value); i++)
    if (!write_turn (e, node, hd_json_new_int ((gint64)i), hd_json_at (value, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
write_choice (Evaluation *e, const HdNode *node, const hd_json *dot, GError **error)
{
  guint before = e->variables->len;
  hd_autojson value = eval_pipe (e, node->pipe, dot, error);
  if (value == NULL)
    return FALSE;
  gboolean good = TRUE;
  if (hd_format_is_true (value))
    good = write_nodes (e, node->body, node->kind == HD_NODE_WITH ? value : dot, error);
  else if (node->otherwise != NULL)
    good = write_nodes (e, node->otherwise, dot, error);
  g_ptr_array_set_size (e->variables, (int)before);
  return good;
}

static gboolean
write_pipe (Evaluation *e, const HdNode *node, const hd_json *dot, GError **error)
{
  hd_autojson value = eval_pipe (e, node->pipe, dot, error);
  if (value == NULL)
    return FALSE;
  if (node->pipe->variables->len == 0)
    hd_format_print (value, e->out);
  return TRUE;
}

static gboolean
write_node (Evaluation *e, const HdNode *node, const hd_json *dot, GError **error)
{
  switch (node->kind)
    {
    case HD_NODE_TEXT:
      g_string_append (e->out, node->text);
      return TRUE;
    case HD_NODE_PIPE:
      return write_pipe (e, node, dot, error);
    case HD_NODE_RANGE:
      return write_range (e, node, dot, error);
    default:
      return write_choice (e, node, dot, error);
    }
}

static gboolean
write_nodes (Evaluation *e, const GPtrArray *nodes, const hd_json *dot, GError **error)
{
  for (guint i = 0; i < nodes->len; i++)
    if (!count_step (e, error) || !write_node (e, g_ptr_array_index (nodes, i), dot, error))
      return FALSE;
  return TRUE;
}

gboolean
hd_format_write (const HdFormat *format, const hd_json *dot, HdFormatMethod method, GString *out,
                 GError **error)
{
  g_autoptr (GPtrArray) variables = g_ptr_array_new_with_free_func (variable_free);
  Evaluation evaluation = { .root = dot, .method = method, .variables = variables, .out = out };
  return write_nodes (&evaluation, format->nodes, dot, error);
}
