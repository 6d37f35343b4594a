/* The command line: words to an invocation, and what is wrong with them.
 *
 * First the words of the verb are found, then the rest is read with the verb's options and the
 * program's.  Nothing is printed before all of it is understood.  Knows no verb of the project. */
#include "base/verbs.h"

#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "base/verb-completion.h"
#include "base/verb-help.h"
#include "base/verb-man.h"
#include "common/parse.h"

/* An option with all that was given to it. */
typedef struct
{
  const HdOption *option;
  GPtrArray *texts; /* NULL-terminated */
  gint64 number;    /* of a flag: is it on? */
  guint64 size_bytes;
} Given;

struct _HdInvocation
{
  const HdProgram *program;
  const HdVerb *verb; /* NULL while its words are looked for */
  GString *path;      /* the words so far */
  GArray *given;      /* of Given */
  GPtrArray *args;    /* NULL-terminated when parsing is done */
  gboolean help;
};

static void
given_clear (gpointer pointer)
{
  Given *given = pointer;

  g_ptr_array_unref (given->texts);
}

static HdInvocation *
invocation_new (const HdProgram *program)
{
  HdInvocation *inv = g_new0 (HdInvocation, 1);

  inv->program = program;
  inv->path = g_string_new (NULL);
  inv->given = g_array_new (FALSE, FALSE, sizeof (Given));
  g_array_set_clear_func (inv->given, given_clear);
  inv->args = g_ptr_array_new ();
  return inv;
}

static void
invocation_free (HdInvocation *inv)
{
  g_string_free (inv->path, TRUE);
  g_array_unref (inv->given);
  g_ptr_array_unref (inv->args);
  g_free (inv);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdInvocation, invocation_free)

/* ---- What is wrong ---- */

/* "atomic host upgrade": as much of the command as was understood. Free with g_free. */
static char *
command_name (const HdInvocation *inv)
{
  return g_strconcat (inv->program->name, inv->path->len > 0 ? " " : "", inv->path->str, NULL);
}

/* The hint of a usage error that knows nothing better. */
static char *
help_hint (const HdInvocation *inv)
{
  g_autofree char *command = command_name (inv);

  return g_strdup_printf ("see \"%s --help\"", command);
}

static gboolean G_GNUC_PRINTF (3, 4)
    throw_usage (const HdInvocation *inv, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  g_autofree char *hint = help_hint (inv);
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  return hd_throw (error, HD_USAGE, hint, "%s", message);
}

/* A verb whose last word is `word`, for those who left out the group. */
static const char *
find_by_last_word (const HdProgram *program, const char *word)
{
  g_autofree const HdVerb **verbs = hd_program_verbs (program);

  for (const HdVerb **verb = verbs; *verb != NULL; verb++)
    {
      const char *gap = strrchr ((*verb)->path, ' ');
      if (gap != NULL && strcmp (gap + 1, word) == 0)
        return (*verb)->path;
    }
  return NULL;
}

static gboolean
throw_unknown_verb (const HdInvocation *inv, const char *word, GError **error)
{
  g_auto (GStrv) words = hd_program_next_words (inv->program, inv->path->str);
  g_autofree char *command = command_name (inv);
  g_autofree char *hint = NULL;
  const char *elsewhere = find_by_last_word (inv->program, word);
  const char *nearest = hd_nearest_word (word, (const char *const *)words);

  if (elsewhere != NULL)
    hint = g_strdup_printf ("did you mean \"%s %s\"?", inv->program->name, elsewhere);
  else if (nearest != NULL)
    hint = g_strdup_printf ("did you mean \"%s %s\"?", command, nearest);
  else
    hint = help_hint (inv);
  return hd_throw (error, HD_USAGE, hint, "%s has no verb \"%s\"", command, word);
}

static void
add_option_names (GPtrArray *names, const HdOption *table)
{
  for (; table != NULL && table->name != NULL; table++)
    g_ptr_array_add (names, (gpointer)table->name);
}

static gboolean
throw_unknown_option (const HdInvocation *inv, const char *name, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *command = command_name (inv);
  g_autofree char *hint = NULL;
  const char *nearest;

  if (inv->verb != NULL)
    add_option_names (names, inv->verb->options);
  add_option_names (names, inv->program->options);
  g_ptr_array_add (names, (gpointer) "help");
  g_ptr_array_add (names, NULL);
  nearest = hd_nearest_word (name, (const char *const *)names->pdata);
  hint = nearest != NULL ? g_strdup_printf ("did you mean --%s?", nearest) : help_hint (inv);
  return hd_throw (error, HD_USAGE, hint, "%s has no option --%s", command, name);
}

/* Print it; the verb may have an exit status of its own for it. */
static int
report_usage (const HdInvocation *inv, const GError *error)
{
  int status = hd_error_report (error);

  int own = inv->verb != NULL ? inv->verb->usage_status : inv->program->usage_status;

  return own != 0 ? own : status;
}

int
hd_inv_usage_error (const HdInvocation *inv, const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  throw_usage (inv, &error, "%s", message);
  return report_usage (inv, error);
}

/* ---- Options ---- */

static Given *
find_given (const HdInvocation *inv, const HdOption *option)
{
  for (guint i = 0; i < inv->given->len; i++)
    {
      Given *given = &g_array_index (inv->given, Given, i);
      if (given->option == option)
        return given;
    }
  return NULL;
}

static gboolean
is_word (const char *text, const char *word, const char *other)
{
  return strcmp (text, word) == 0 || strcmp (text, other) == 0;
}

/* Record an option with its argument ("true" for a flag), checked by its type. */
static gboolean
add_option (HdInvocation *inv, const HdOption *option, const char *text, GError **error)
{
  Given *given = find_given (inv, option);

  if (given == NULL)
    {
      Given fresh = { option, g_ptr_array_new (), 0, 0 };
      g_ptr_array_add (fresh.texts, NULL);
      g_array_append_val (inv->given, fresh);
      given = &g_array_index (inv->given, Given, inv->given->len - 1);
    }
  if (option->type == HD_OPT_FLAG)
    {
      given->number = is_word (text, "true", "1");
      if (!given->number && !is_word (text, "false", "0"))
        return throw_usage (inv, error, "--%s is true or false, not \"%s\"", option->name, text);
    }
  if (option->type == HD_OPT_INT && hd_parse_int64 (text, &given->number) < 0)
    return throw_usage (inv, error, "--%s wants a whole number, not \"%s\"", option->name, text);
  if (option->type == HD_OPT_SIZE && hd_parse_size (text, &given->size_bytes) < 0)
    return throw_usage (inv, error, "--%s wants a size as 512M or 4G, not \"%s\"", option->name,
                        text);
  g_ptr_array_insert (given->texts, (gint)given->texts->len - 1, (gpointer)text);
  return TRUE;
}

/* The words of the command line that are still to be read. */
typedef struct
{
  char **next;
} Words;

/* An option's argument that is the next word. */
static gboolean
add_with_next_word (HdInvocation *inv, const HdOption *option, Words *words, GError **error)
{
  if (*words->next == NULL)
    return throw_usage (inv, error, "--%s wants %s", option->name, option->arg);
  return add_option (inv, option, *words->next++, error);
}

/* "--name", "--name=value" or "--name value"; `word` is behind the dashes. */
static gboolean
parse_long (HdInvocation *inv, const char *word, Words *words, GError **error)
{
  gsize length = strcspn (word, "=");
  const char *value = word[length] == '=' ? word + length + 1 : NULL;
  g_autofree char *name = g_strndup (word, length);
  const HdOption *option = NULL;

  if (strcmp (name, "help") == 0)
    {
      inv->help = TRUE;
      return TRUE;
    }
  if (inv->verb != NULL)
    option = hd_option_find_long (inv->verb->options, word, length);
  if (option == NULL)
    option = hd_option_find_long (inv->program->options, word, length);
  if (option == NULL)
    return throw_unknown_option (inv, name, error);
  if (option->type == HD_OPT_FLAG)
    return add_option (inv, option, value != NULL ? value : "true", error);
  if (value != NULL)
    return add_option (inv, option, value, error);
  return add_with_next_word (inv, option, words, error);
}

/* "-abc", "-nvalue" or "-n value"; `word` is behind the dash. */
static gboolean
parse_short (HdInvocation *inv, const char *word, Words *words, GError **error)
{
  for (; *word != '\0'; word++)
    {
      const HdOption *option = NULL;

      if (inv->verb != NULL)
        option = hd_option_find_short (inv->verb->options, *word);
      if (option == NULL)
        option = hd_option_find_short (inv->program->options, *word);
      if (option == NULL && *word == 'h')
        {
          inv->help = TRUE;
          continue;
        }
      if (option == NULL)
        return throw_usage (inv, error, "unknown option -%.*s",
                            (int)(g_utf8_next_char (word) - word), word);
      if (option->type != HD_OPT_FLAG)
        return word[1] != '\0' ? add_option (inv, option, word + 1, error)
                               : add_with_next_word (inv, option, words, error);
      if (!add_option (inv, option, "true", error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
parse_option (HdInvocation *inv, const char *word, Words *words, GError **error)
{
  return word[1] == '-' ? parse_long (inv, word + 2, words, error)
                        : parse_short (inv, word + 1, words, error);
}

/* A lone dash is an argument: by custom it names standard input. */
static gboolean
is_option (const char *word)
{
  return word[0] == '-' && word[1] != '\0';
}

/* ---- Words ---- */

/* Extend the path by a word of a verb. */
static gboolean
parse_verb_word (HdInvocation *inv, const char *word, GError **error)
{
  g_autofree char *path
      = inv->path->len > 0 ? g_strconcat (inv->path->str, " ", word, NULL) : g_strdup (word);

  inv->verb = hd_program_find (inv->program, path);
  if (inv->verb == NULL && !hd_program_is_group (inv->program, path))
    return throw_unknown_verb (inv, word, error);
  g_string_assign (inv->path, path);
  return TRUE;
}

/* Words up to the end of the verb's path, with options of the program between them. */
static gboolean
parse_path (HdInvocation *inv, Words *words, GError **error)
{
  while (inv->verb == NULL && *words->next != NULL)
    {
      const char *word = *words->next++;
      gboolean good = is_option (word) ? parse_option (inv, word, words, error)
                                       : parse_verb_word (inv, word, error);
      if (!good)
        return FALSE;
    }
  return TRUE;
}

/* What follows the verb: options and positional arguments. */
static gboolean
parse_rest (HdInvocation *inv, Words *words, GError **error)
{
  gboolean options = TRUE;

  while (*words->next != NULL)
    {
      char *word = *words->next++;
      if (options && strcmp (word, "--") == 0)
        options = FALSE;
      else if (options && is_option (word))
        {
          if (!parse_option (inv, word, words, error))
            return FALSE;
        }
      else
        {
          g_ptr_array_add (inv->args, word);
          options = options && !inv->verb->raw_tail;
        }
    }
  g_ptr_array_add (inv->args, NULL);
  return TRUE;
}

static gboolean
check_arguments (const HdInvocation *inv, GError **error)
{
  int n_args = (int)hd_inv_n_args (inv);
  const HdVerb *verb = inv->verb;
  g_autofree char *usage = hd_verb_usage (inv->program, verb);

  if (n_args < verb->min_args)
    return throw_usage (inv, error, "an argument is missing: %s", usage);
  if (verb->max_args >= 0 && n_args > verb->max_args)
    return throw_usage (inv, error, "too many arguments, from \"%s\" on: %s",
                        hd_inv_args (inv)[verb->max_args], usage);
  return TRUE;
}

/* ---- The program ---- */

/* Help of what the path names so far: the program, a group or a verb. */
static int
print_help (const HdInvocation *inv)
{
  if (inv->verb != NULL)
    hd_verb_help (inv->program, inv->verb, stdout);
  else
    hd_group_help (inv->program, inv->path->str, stdout);
  return 0;
}

/* Words that are served only as the first. *ret_status: the exit status, when TRUE. */
static gboolean
serve_builtin (const HdProgram *program, const char *word, int *ret_status)
{
  *ret_status = 0;
  if (strcmp (word, "--version") == 0)
    printf ("%s %s\n", program->name, program->version);
  else if (strcmp (word, "--dump-man") == 0)
    hd_program_write_man (program, stdout);
  else if (strcmp (word, "--dump-completion=bash") == 0)
    hd_program_write_bash_completion (program, stdout);
  else
    return FALSE;
  return TRUE;
}

static int
dispatch (HdInvocation *inv, Words *words, GError **error)
{
  if (!parse_path (inv, words, error))
    return -1;
  if (inv->verb == NULL && !inv->help)
    {
      hd_group_help (inv->program, inv->path->str, stderr);
      return hd_code_exit_status (HD_USAGE);
    }
  if (inv->verb != NULL && !parse_rest (inv, words, error))
    return -1;
  if (inv->help)
    return print_help (inv);
  if (!check_arguments (inv, error))
    return -1;
  return inv->verb->run (inv);
}

int
hd_verbs_main (const HdProgram *program, int argc, char **argv)
{
  g_autoptr (HdInvocation) inv = invocation_new (program);
  g_autoptr (GError) error = NULL;
  Words words = { argv + MIN (argc, 1) };
  int status;

  if (*words.next != NULL && serve_builtin (program, *words.next, &status))
    return status;
  if (*words.next != NULL && strcmp (*words.next, "help") == 0
      && hd_program_find (program, "help") == NULL)
    {
      inv->help = TRUE;
      words.next++;
    }
  status = dispatch (inv, &words, &error);
  return error != NULL ? report_usage (inv, error) : status;
}

/* ---- Values ---- */

/* What was given to the option with this name, or NULL; an unknown name is the caller's error. */
static const Given *
look_up (const HdInvocation *inv, const char *name)
{
  gsize length = strlen (name);
  const HdOption *option = hd_option_find_long (inv->verb->options, name, length);

  if (option == NULL)
    option = hd_option_find_long (inv->program->options, name, length);
  g_assert (option != NULL);
  return find_given (inv, option);
}

gboolean
hd_inv_given (const HdInvocation *inv, const char *name)
{
  return look_up (inv, name) != NULL;
}

gboolean
hd_inv_flag (const HdInvocation *inv, const char *name)
{
  const Given *given = look_up (inv, name);

  return given != NULL && given->number != 0;
}

const char *const *
hd_inv_strings (const HdInvocation *inv, const char *name)
{
  static const char *const none[] = { NULL };
  const Given *given = look_up (inv, name);

  return given != NULL ? (const char *const *)given->texts->pdata : none;
}

const char *
hd_inv_string (const HdInvocation *inv, const char *name)
{
  const Given *given = look_up (inv, name);

  return given != NULL ? g_ptr_array_index (given->texts, given->texts->len - 2) : NULL;
}

gint64
hd_inv_int (const HdInvocation *inv, const char *name, gint64 fallback)
{
  const Given *given = look_up (inv, name);

  return given != NULL ? given->number : fallback;
}

guint64
hd_inv_size (const HdInvocation *inv, const char *name, guint64 fallback_bytes)
{
  const Given *given = look_up (inv, name);

  return given != NULL ? given->size_bytes : fallback_bytes;
}

const char *const *
hd_inv_args (const HdInvocation *inv)
{
  return (const char *const *)inv->args->pdata;
}

guint
hd_inv_n_args (const HdInvocation *inv)
{
  return inv->args->len - 1;
}

const HdVerb *
hd_inv_verb (const HdInvocation *inv)
{
  return inv->verb;
}

const HdProgram *
hd_inv_program (const HdInvocation *inv)
{
  return inv->program;
}
