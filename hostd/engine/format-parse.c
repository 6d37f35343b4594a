/* Templates: {{ and }} to nodes. */
#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/format-internal.h"

#define PARTS_MAX 4096

typedef struct
{
  const char *start;
  const char *at;
  guint depth;
  guint parts; /* terms and nodes, of which a template has PARTS_MAX at most */
} Parser;

static gboolean
fail (const Parser *p, const char *what, GError **error)
{
  return hd_throw (error, HD_USAGE, "a Go template, as {{.Names}}, table {{.ID}} or json",
                   "the template: %s, at character %u", what,
                   (guint)g_utf8_strlen (p->start, p->at - p->start) + 1);
}

/* Freeing */

static void
term_free (gpointer pointer)
{
  HdTerm *term = pointer;
  g_free (term->name);
  g_clear_pointer (&term->fields, g_ptr_array_unref);
  hd_json_freep (&term->literal);
  hd_pipe_free (term->pipe);
  g_free (term);
}

HdPipe *
hd_pipe_new (void)
{
  HdPipe *pipe = g_new0 (HdPipe, 1);
  pipe->commands = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  pipe->variables = g_ptr_array_new_with_free_func (g_free);
  return pipe;
}

void
hd_pipe_free (HdPipe *pipe)
{
  if (pipe == NULL)
    return;
  g_ptr_array_unref (pipe->commands);
  g_ptr_array_unref (pipe->variables);
  g_free (pipe);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdPipe, hd_pipe_free)

static void
node_free (gpointer pointer)
{
  HdNode *node = pointer;
  g_free (node->text);
  hd_pipe_free (node->pipe);
  g_clear_pointer (&node->body, g_ptr_array_unref);
  g_clear_pointer (&node->otherwise, g_ptr_array_unref);
  g_free (node);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdTerm, term_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdNode, node_free)

void
hd_format_free (HdFormat *format)
{
  if (format == NULL)
    return;
  g_ptr_array_unref (format->nodes);
  g_free (format);
}

/* Words */

static void
skip_space (Parser *p)
{
  p->at += strspn (p->at, " \t\r\n");
}

static gboolean
is_name_char (char c)
{
  return g_ascii_isalnum (c) || c == '_';
}

static char *
take_name (Parser *p)
{
  const char *start = p->at;
  while (is_name_char (*p->at))
    p->at++;
  return g_strndup (start, (gsize)(p->at - start));
}

/* At the end of an action: "}}" or " -}}". */
static gboolean
at_end (const Parser *p)
{
  return g_str_has_prefix (p->at, "}}") || g_str_has_prefix (p->at, "-}}");
}

static gboolean
count_part (Parser *p, GError **error)
{
  return ++p->parts <= PARTS_MAX || fail (p, "it has too many parts", error);
}

static void
put_escape (GString *text, char c)
{
  static const char letters[] = "abfnrtv\\'\"", values[] = "\a\b\f\n\r\t\v\\'\"";
  const char *found = strchr (letters, c);
  if (found != NULL)
    g_string_append_c (text, values[found - letters]);
  else
    {
      g_string_append_c (text, '\\');
      g_string_append_c (text, c);
    }
}

/* "..." with escapes, `...` without. */
static gboolean
take_string (Parser *p, hd_json **ret, GError **error)
{
  char quote = *p->at++;
  g_autoptr (GString) text = g_string_new (NULL);
  while (*p->at != quote)
    {
      if (*p->at == '\0')
        return fail (p, "a string has no end", error);
      if (*p->at == '\\' && quote != '`' && p->at[1] != '\0')
        put_escape (text, *++p->at);
      else
        g_string_append_c (text, *p->at);
      p->at++;
    }
  p->at++;
  *ret = hd_json_new_string (text->str);
  return TRUE;
}

static gboolean
take_number (Parser *p, hd_json **ret, GError **error)
{
  char *end_int, *end_double;
  gint64 number = g_ascii_strtoll (p->at, &end_int, 10);
  double real = g_ascii_strtod (p->at, &end_double);
  if (end_int == p->at)
    return fail (p, "a number was expected", error);
  /* Also of what strtoll has cut. */
  if (!(real > -1e18 && real < 1e18))
    return fail (p, "the number is too large", error);
  *ret = end_double > end_int ? hd_json_new_double (real) : hd_json_new_int (number);
  p->at = MAX (end_int, end_double);
  return TRUE;
}

/* ".A.B" */
static gboolean
take_fields (Parser *p, HdTerm *term, GError **error)
{
  while (*p->at == '.' && is_name_char (p->at[1]))
    {
      p->at++;
      g_ptr_array_add (term->fields, take_name (p));
      if (!count_part (p, error))
        return FALSE;
    }
  return TRUE;
}

static HdPipe *parse_pipe (Parser *p, gboolean in_parentheses, GError **error);

static gboolean
parse_parentheses (Parser *p, HdTerm *term, GError **error)
{
  p->at++;
  if (++p->depth > HD_FORMAT_DEPTH_MAX)
    return fail (p, "it is nested too deeply", error);
  term->kind = HD_TERM_PIPE;
  term->pipe = parse_pipe (p, TRUE, error);
  p->depth--;
  if (term->pipe == NULL)
    return FALSE;
  p->at++;
  return take_fields (p, term, error);
}

static gboolean
parse_word (Parser *p, HdTerm *term, GError **error)
{
  term->name = take_name (p);
  term->kind = HD_TERM_LITERAL;
  if (strcmp (term->name, "true") == 0 || strcmp (term->name, "false") == 0)
    term->literal = hd_json_new_bool (*term->name == 't');
  else if (strcmp (term->name, "nil") == 0)
    term->literal = hd_json_new_null ();
  else if (hd_format_is_function (term->name))
    term->kind = HD_TERM_FUNCTION;
  else
    return fail (p, "an unknown function", error);
  return TRUE;
}

static gboolean
parse_term_into (Parser *p, HdTerm *term, GError **error)
{
  char c = *p->at;
  term->kind = HD_TERM_LITERAL;
  if (c == '"' || c == '`')
    return take_string (p, &term->literal, error);
  if (g_ascii_isdigit (c) || ((c == '-' || c == '+') && g_ascii_isdigit (p->at[1])))
    return take_number (p, &term->literal, error);
  if (c == '(')
    return parse_parentheses (p, term, error);
  if (c == '.')
    {
      term->kind = HD_TERM_DOT;
      if (is_name_char (p->at[1]))
        return take_fields (p, term, error);
      p->at++;
      return TRUE;
    }
  if (c == '$')
    {
      p->at++;
      term->kind = HD_TERM_VARIABLE;
      term->name = take_name (p);
      return take_fields (p, term, error);
    }
  if (g_ascii_isalpha (c) || c == '_')
    return parse_word (p, term, error);
  return fail (p, c == '\0' ? "}} is missing" : "this is not understood", error);
}

static HdTerm *
parse_term (Parser *p, GError **error)
{
  g_autoptr (HdTerm) term = g_new0 (HdTerm, 1);
  term->fields = g_ptr_array_new_with_free_func (g_free);
  if (!count_part (p, error) || !parse_term_into (p, term, error))
    return NULL;
  return g_steal_pointer (&term);
}

/* "$a := ", "$a, $b := ", "$a = " */
static gboolean
parse_assignment (Parser *p, HdPipe *pipe, GError **error)
{
  const char *before = p->at;
  while (*p->at == '$' && pipe->variables->len < 2)
    {
      p->at++;
      g_ptr_array_add (pipe->variables, take_name (p));
      skip_space (p);
      if (*p->at == ',')
        p->at++;
      skip_space (p);
    }
  if (g_str_has_prefix (p->at, ":=") || (*p->at == '=' && p->at[1] != '='))
    p->at += *p->at == ':' ? 2 : 1;
  else
    {
      g_ptr_array_set_size (pipe->variables, 0);
      p->at = before;
    }
  skip_space (p);
  return TRUE;
}

static gboolean
is_pipe_end (const Parser *p, gboolean in_parentheses)
{
  return *p->at == '\0' || (in_parentheses ? *p->at == ')' : at_end (p));
}

static HdPipe *
parse_pipe (Parser *p, gboolean in_parentheses, GError **error)
{
  g_autoptr (HdPipe) pipe = hd_pipe_new ();
  GPtrArray *command = NULL;
  skip_space (p);
  if (!parse_assignment (p, pipe, error))
    return NULL;
  for (; !is_pipe_end (p, in_parentheses); skip_space (p))
    {
      if (*p->at == '|' && command != NULL)
        {
          p->at++;
          command = NULL;
          continue;
        }
      HdTerm *term = parse_term (p, error);
      if (term == NULL)
        return NULL;
      if (command == NULL)
        {
          command = g_ptr_array_new_with_free_func (term_free);
          g_ptr_array_add (pipe->commands, command);
        }
      g_ptr_array_add (command, term);
    }
  if (*p->at == '\0' || command == NULL)
    {
      fail (p, *p->at == '\0' ? "}} or ) is missing" : "something is missing", error);
      return NULL;
    }
  return g_steal_pointer (&pipe);
}

/* Actions */

static gboolean parse_nodes (Parser *p, GPtrArray *nodes, gboolean *ret_else, GError **error);

/* Behind "{{" or "{{- ". */
static void
begin_action (Parser *p)
{
  p->at += 2;
  if (*p->at == '-' && strchr (" \t\r\n", p->at[1]) != NULL && p->at[1] != '\0')
    p->at++;
  skip_space (p);
}

static gboolean
end_action (Parser *p, GError **error)
{
  skip_space (p);
  gboolean trim = *p->at == '-';
  if (!at_end (p))
    return fail (p, "}} is missing", error);
  p->at += trim ? 3 : 2;
  if (trim)
    skip_space (p);
  return TRUE;
}

static gboolean
at_word (const Parser *p, const char *word)
{
  gsize length = strlen (word);
  return strncmp (p->at, word, length) == 0 && !is_name_char (p->at[length]);
}

static gboolean
take_word (Parser *p, const char *word)
{
  if (!at_word (p, word))
    return FALSE;
  p->at += strlen (word);
  skip_space (p);
  return TRUE;
}

static gboolean
parse_comment (Parser *p, GError **error)
{
  const char *end = strstr (p->at, "*/");
  if (end == NULL)
    return fail (p, "a comment has no end", error);
  p->at = end + 2;
  return end_action (p, error);
}

static gboolean parse_block (Parser *p, HdNode *node, GError **error);

/* Behind "else". */
static gboolean
parse_else (Parser *p, HdNode *node, GError **error)
{
  gboolean more = FALSE;
  node->otherwise = g_ptr_array_new_with_free_func (node_free);
  if (take_word (p, "if"))
    {
      HdNode *inner = g_new0 (HdNode, 1);
      inner->kind = HD_NODE_IF;
      g_ptr_array_add (node->otherwise, inner);
      if (++p->depth > HD_FORMAT_DEPTH_MAX)
        return fail (p, "it is nested too deeply", error);
      gboolean good = parse_block (p, inner, error);
      p->depth--;
      return good;
    }
  if (!end_action (p, error) || !parse_nodes (p, node->otherwise, &more, error))
    return FALSE;
  return !more || fail (p, "a second else", error);
}

/* The pipe, the body, up to the end. */
static gboolean
parse_block (Parser *p, HdNode *node, GError **error)
{
  gboolean has_else = FALSE;
  node->pipe = parse_pipe (p, FALSE, error);
  node->body = g_ptr_array_new_with_free_func (node_free);
  if (node->pipe == NULL || !end_action (p, error)
      || !parse_nodes (p, node->body, &has_else, error))
    return FALSE;
  return !has_else || parse_else (p, node, error);
}

static gboolean
parse_action (Parser *p, GPtrArray *nodes, GError **error)
{
  g_autoptr (HdNode) node = g_new0 (HdNode, 1);
  gboolean good;
  node->kind = take_word (p, "if")      ? HD_NODE_IF
               : take_word (p, "range") ? HD_NODE_RANGE
               : take_word (p, "with")  ? HD_NODE_WITH
                                        : HD_NODE_PIPE;
  if (node->kind == HD_NODE_PIPE)
    {
      node->pipe = parse_pipe (p, FALSE, error);
      good = node->pipe != NULL && end_action (p, error);
    }
  else
    {
      if (++p->depth > HD_FORMAT_DEPTH_MAX)
        return fail (p, "it is nested too deeply", error);
      good = parse_block (p, node, error);
      p->depth--;
    }
  if (good)
    g_ptr_array_add (nodes, g_steal_pointer (&node));
  return good;
}

/* Text up to the next action; "{{- " takes the space before it away. */
static void
take_text (Parser *p, GPtrArray *nodes)
{
  const char *end = strstr (p->at, "{{");
  gsize length = end != NULL ? (gsize)(end - p->at) : strlen (p->at);
  const char *start = p->at;
  p->at += length;
  if (end != NULL && end[2] == '-' && end[3] != '\0' && strchr (" \t\r\n", end[3]) != NULL)
    while (length > 0 && strchr (" \t\r\n", start[length - 1]) != NULL)
      length--;
  if (length == 0)
    return;
  HdNode *node = g_new0 (HdNode, 1);
  node->kind = HD_NODE_TEXT;
  node->text = g_strndup (start, length);
  g_ptr_array_add (nodes, node);
}

/* Up to {{end}} or {{else}} (then *ret_else, just behind the word), or, with NULL, to the end. */
static gboolean
parse_nodes (Parser *p, GPtrArray *nodes, gboolean *ret_else, GError **error)
{
  for (;;)
    {
      take_text (p, nodes);
      if (*p->at == '\0')
        return ret_else == NULL || fail (p, "{{end}} is missing", error);
      begin_action (p);
      if (!count_part (p, error))
        return FALSE;
      if (g_str_has_prefix (p->at, "/*"))
        {
          if (!parse_comment (p, error))
            return FALSE;
          continue;
        }
      if (ret_else != NULL && take_word (p, "end"))
        return end_action (p, error);
      if (ret_else != NULL && take_word (p, "else"))
        {
          *ret_else = TRUE;
          return TRUE;
        }
      if (at_word (p, "end") || at_word (p, "else"))
        return fail (p, "nothing is open here", error);
      if (!parse_action (p, nodes, error))
        return FALSE;
    }
}

HdFormat *
hd_format_parse (const char *text, GError **error)
{
  Parser parser = { .start = text, .at = text };
  g_autoptr (HdFormat) format = g_new0 (HdFormat, 1);
  format->nodes = g_ptr_array_new_with_free_func (node_free);
  if (!g_utf8_validate (text, -1, NULL))
    {
      hd_throw (error, HD_USAGE, NULL, "the template is no UTF-8");
      return NULL;
    }
  if (!parse_nodes (&parser, format->nodes, NULL, error))
    return NULL;
  return g_steal_pointer (&format);
}
