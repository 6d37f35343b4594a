/* Words to typed values, by the rules of a row. */
#include "kickstart/entry.h"

#include <string.h>
#include "common/parse.h"

/* One line while it is read. */
typedef struct
{
  const HdKsCommand *command;
  const GArray *words;
  guint next;
  HdKsPlace place; /* of the command */
  HdKsVersion version;
  HdKsReport *report;
  HdKsEntry *entry;
  gboolean failed;
} Line;

static void
value_clear (gpointer pointer)
{
  HdKsValue *value = pointer;

  g_free (value->text);
  g_strfreev (value->list);
}

static GArray *
values_new (void)
{
  GArray *values = g_array_new (FALSE, TRUE, sizeof (HdKsValue));

  g_array_set_clear_func (values, value_clear);
  return values;
}

void
hd_ks_entry_free (HdKsEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->name);
  g_array_unref (entry->values);
  g_array_unref (entry->operands);
  g_free (entry);
}

/* ---- What is wrong ---- */

static void G_GNUC_PRINTF (4, 5)
    refuse (Line *line, guint column, const char *hint, const char *format, ...)
{
  HdKsPlace place = { line->place.file, line->place.line, column };
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  hd_ks_error (line->report, place, hint, "%s", message);
  line->failed = TRUE;
}

static void
refuse_option (Line *line, const HdKsWord *word, const char *name)
{
  g_autofree char *nearest = hd_ks_option_nearest (line->command, name);
  g_autofree char *hint = NULL;

  if (nearest != NULL)
    hint = g_strdup_printf ("did you mean --%s?", nearest);
  else if (line->command->options->names == NULL)
    hint = g_strdup_printf ("%s takes no options", line->entry->name);
  refuse (line, word->column, hint, "%s has no option %.*s", line->entry->name,
          (int)strcspn (word->text, "="), word->text);
}

gboolean
hd_ks_check_span (const HdKsSpan *span, HdKsVersion version, const char *what, HdKsPlace place,
                  HdKsReport *report)
{
  g_autofree char *written = hd_ks_version_name (version);
  g_autofree char *since = hd_ks_version_name (span->since);
  g_autofree char *removed = hd_ks_version_name (span->removed);
  g_autofree char *deprecated = hd_ks_version_name (span->deprecated);

  switch (hd_ks_age (span, version))
    {
    case HD_KS_TOO_NEW:
      hd_ks_error (report, place, "leave it out, or name a newer version in #version=",
                   "%s came with %s, and the file is written for %s", what, since, written);
      return FALSE;
    case HD_KS_REMOVED:
      hd_ks_error (report, place, "leave it out", "%s is no longer supported since %s", what,
                   removed);
      return FALSE;
    case HD_KS_DEPRECATED:
      hd_ks_warn (report, place, NULL, "%s is deprecated since %s", what,
                  span->deprecated != 0 ? deprecated : removed);
      return TRUE;
    case HD_KS_CURRENT:
    default:
      return TRUE;
    }
}

/* ---- Values ---- */

static gboolean
parse_bool (const char *text, gint64 *ret)
{
  static const char *const words[] = { "off", "on", "no", "yes", "false", "true", "0", "1" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (text, words[i]) == 0)
      {
        *ret = (gint64)(i % 2);
        return TRUE;
      }
  return FALSE;
}

static gboolean
is_choice (const char *choices, const char *text, char **ret_nearest)
{
  g_auto (GStrv) words = g_strsplit (choices, " ", -1);

  *ret_nearest = NULL;
  if (g_strv_contains ((const char *const *)words, text))
    return TRUE;
  *ret_nearest = g_strdup (hd_nearest_word (text, (const char *const *)words));
  return FALSE;
}

/* A comma-separated list without empty parts, each without spaces around it. */
static char **
split_list (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  GPtrArray *list = g_ptr_array_new ();

  for (char **part = parts; *part != NULL; part++)
    if (*g_strstrip (*part) != '\0')
      g_ptr_array_add (list, g_strdup (*part));
  g_ptr_array_add (list, NULL);
  return (char **)g_ptr_array_free (list, FALSE);
}

static void
check_int (Line *line, const HdKsOption *option, const char *name, HdKsValue *value)
{
  gint64 min = option->min, max = option->max;
  int64_t number;
  int r = hd_parse_int64 (value->text + (value->text[0] == '+'), &number);

  if (min == 0 && max == 0)
    max = G_MAXINT64;
  if (r == -EINVAL)
    refuse (line, value->place.column, "write a whole number without a unit",
            "--%s wants a number, not \"%s\"", name, value->text);
  else if (r < 0 || number < min || number > max)
    {
      g_autofree char *hint
          = max == G_MAXINT64
                ? g_strdup_printf ("write a number from %" G_GINT64_FORMAT " on", min)
                : g_strdup_printf ("write a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                                   min, max);
      refuse (line, value->place.column, hint, "--%s cannot be %s", name, value->text);
    }
  else
    value->number = number;
}

static void
check_choice (Line *line, const HdKsOption *option, const char *name, const HdKsValue *value)
{
  g_autofree char *nearest = NULL;
  g_autofree char *hint = NULL;

  if (is_choice (option->choices, value->text, &nearest))
    return;
  hint = nearest != NULL ? g_strdup_printf ("did you mean \"%s\"?", nearest)
                         : g_strdup_printf ("it is one of: %s", option->choices);
  refuse (line, value->place.column, hint, "--%s cannot be \"%s\"", name, value->text);
}

static void
check_value (Line *line, const HdKsOption *option, const char *name, HdKsValue *value)
{
  switch (option->type)
    {
    case HD_KS_INT:
      check_int (line, option, name, value);
      break;
    case HD_KS_BOOL:
      if (!parse_bool (value->text, &value->number))
        refuse (line, value->place.column, "write on or off", "--%s cannot be \"%s\"", name,
                value->text);
      break;
    case HD_KS_CHOICE:
      check_choice (line, option, name, value);
      break;
    case HD_KS_LIST:
      value->list = split_list (value->text);
      break;
    case HD_KS_FLAG:
    case HD_KS_TEXT:
    case HD_KS_MAYBE:
      break;
    }
}

/* ---- Options ---- */

/* Whether the option belongs to the version; says when it is not carried out. */
static gboolean
check_option (Line *line, const HdKsOption *option, const char *name, guint column)
{
  HdKsPlace place = { line->place.file, line->place.line, column };
  g_autofree char *what = g_strdup_printf ("--%s of %s", name, line->entry->name);

  if (!hd_ks_check_span (&option->span, line->version, what, place, line->report))
    {
      line->failed = TRUE;
      return FALSE;
    }
  if (option->note != NULL)
    hd_ks_warn (line->report, place, NULL, "%s is not done: %s", what, option->note);
  return TRUE;
}

static gboolean
is_number (const char *text)
{
  return g_ascii_isdigit (text[1]) && text[1 + strspn (text + 1, "0123456789.")] == '\0';
}

/* Whether a word can only be an option: as argparse of Python decides it. A space behind '='
 * belongs to a value that was quoted. */
static gboolean
is_option (const char *text)
{
  gsize name = strcspn (text, "=");

  return text[0] == '-' && text[1] != '\0' && !is_number (text) && memchr (text, ' ', name) == NULL;
}

/* The option's value: behind '=', or the next word. FALSE when there has to be one and is none. */
static gboolean
take_value (Line *line, const HdKsOption *option, const HdKsWord *word, const char *equals,
            HdKsValue *value)
{
  const HdKsWord *next
      = line->next < line->words->len ? &g_array_index (line->words, HdKsWord, line->next) : NULL;
  glong name_length = g_utf8_strlen (word->text, equals != NULL ? equals - word->text : -1);
  gboolean wants_none = option->type == HD_KS_FLAG;

  value->place = (HdKsPlace){ line->place.file, line->place.line, word->column };
  if (equals != NULL && wants_none)
    {
      refuse (line, word->column + (guint)name_length, NULL, "%.*s takes no value",
              (int)(equals - word->text), word->text);
      return FALSE;
    }
  if (equals != NULL)
    {
      value->place.column = word->column + (guint)name_length + 1;
      value->text = g_strdup (equals + 1);
    }
  else if (wants_none)
    value->text = g_strdup ("");
  else if (next != NULL && !is_option (next->text) && option->type != HD_KS_MAYBE)
    {
      value->place.column = next->column;
      value->text = g_strdup (next->text);
      line->next++;
    }
  else if (option->type != HD_KS_MAYBE)
    {
      g_autofree char *hint = g_strdup_printf ("write %s=%s", word->text, option->arg);
      refuse (line, word->column, hint, "%s wants a value", word->text);
      return FALSE;
    }
  return TRUE;
}

static void
take_option (Line *line, const HdKsWord *word)
{
  const char *equals = strchr (word->text, '=');
  g_autofree char *name = NULL;
  const HdKsOption *option;
  HdKsValue value = { NULL };

  if (word->text[1] != '-')
    {
      refuse (line, word->column, "long options begin with two dashes", "unknown option %s of %s",
              word->text, line->entry->name);
      return;
    }
  name = equals != NULL ? g_strndup (word->text + 2, (gsize)(equals - word->text - 2))
                        : g_strdup (word->text + 2);
  option = hd_ks_option_find (line->command, name);
  if (option == NULL)
    {
      refuse_option (line, word, name);
      return;
    }
  value.option = option;
  if (!check_option (line, option, name, word->column)
      || !take_value (line, option, word, equals, &value))
    return;
  if (value.text != NULL)
    check_value (line, option, name, &value);
  g_array_append_val (line->entry->values, value);
}

/* ---- The line ---- */

static void
take_words (Line *line)
{
  gboolean options = TRUE;

  while (line->next < line->words->len)
    {
      const HdKsWord *word = &g_array_index (line->words, HdKsWord, line->next++);
      if (options && strcmp (word->text, "--") == 0)
        options = FALSE;
      else if (options && is_option (word->text))
        take_option (line, word);
      else
        {
          HdKsWord operand = { g_strdup (word->text), word->column };
          g_array_append_val (line->entry->operands, operand);
        }
    }
}

static void
check_operands (Line *line)
{
  const HdKsCommand *command = line->command;
  int given = (int)line->entry->operands->len;

  if (given < command->min_operands)
    refuse (line, line->place.column, NULL, "%s wants %s", line->entry->name, command->operands);
  if (command->max_operands >= 0 && given > command->max_operands)
    {
      const HdKsWord *word
          = &g_array_index (line->entry->operands, HdKsWord, (guint)command->max_operands);
      g_autofree char *hint
          = command->max_operands > 0
                ? g_strdup_printf ("it takes %s; quote what has spaces in it", command->operands)
                : g_strdup ("it takes options only");
      refuse (line, word->column, hint, "unexpected \"%s\" for %s", word->text, line->entry->name);
    }
}

static void
check_required (Line *line)
{
  for (const HdKsOption *option = line->command->options; option->names != NULL; option++)
    {
      g_autofree char *name = hd_ks_first_name (option->names);
      if ((option->flags & HD_KS_REQUIRED) != 0 && !hd_ks_given (line->entry, name)
          && !line->failed)
        refuse (line, line->place.column, option->help, "%s wants --%s=%s", line->entry->name, name,
                option->arg);
    }
}

HdKsEntry *
hd_ks_entry_new (const HdKsCommand *command, const GArray *words, HdKsPlace place,
                 HdKsVersion version, HdKsReport *report)
{
  g_autoptr (HdKsEntry) entry = g_new0 (HdKsEntry, 1);
  Line line = { command, words, 1, place, version, report, entry, FALSE };
  guint errors = hd_ks_report_count (report, HD_KS_ERROR);

  entry->command = command;
  entry->name = g_strdup (g_array_index (words, HdKsWord, 0).text);
  entry->place = place;
  entry->values = values_new ();
  entry->operands = hd_ks_words_new ();
  if ((command->flags & HD_KS_RAW) == 0)
    {
      take_words (&line);
      check_operands (&line);
      check_required (&line);
      if (!line.failed && command->check != NULL)
        command->check (entry, version, report);
    }
  return hd_ks_report_count (report, HD_KS_ERROR) == errors ? g_steal_pointer (&entry) : NULL;
}

/* ---- A command that stands there twice ---- */

static void
note (GPtrArray *notes, char *text)
{
  if (g_ptr_array_find_with_equal_func (notes, text, g_str_equal, NULL))
    g_free (text);
  else
    g_ptr_array_add (notes, text);
}

static void
inherit_operands (HdKsEntry *entry, HdKsEntry *before, GPtrArray *replaced)
{
  gboolean differs = FALSE;

  if (entry->operands->len == 0)
    {
      GArray *none = entry->operands;
      entry->operands = before->operands;
      before->operands = none;
      return;
    }
  for (guint i = 0; i < before->operands->len; i++)
    if (g_strcmp0 (hd_ks_operand (entry, i), hd_ks_operand (before, i)) != 0)
      differs = TRUE;
  if (differs)
    note (replaced, g_strdup (entry->command->operands));
}

/* The last value of an option, or NULL. */
static const HdKsValue *
last_value (const HdKsEntry *entry, const HdKsOption *option)
{
  for (guint i = entry->values->len; i > 0; i--)
    {
      const HdKsValue *value = &g_array_index (entry->values, HdKsValue, i - 1);
      if (value->option == option)
        return value;
    }
  return NULL;
}

/* Whether the entry has a password: as an operand, or in an option. */
static gboolean
has_secret (const HdKsEntry *entry)
{
  if ((entry->command->flags & HD_KS_SECRET) != 0 && entry->operands->len > 0)
    return TRUE;
  for (guint i = 0; i < entry->values->len; i++)
    if ((g_array_index (entry->values, HdKsValue, i).option->flags & HD_KS_SECRET) != 0)
      return TRUE;
  return FALSE;
}

char *
hd_ks_entry_inherit (HdKsEntry *entry, HdKsEntry *before)
{
  g_autoptr (GArray) kept = g_array_new (FALSE, TRUE, sizeof (HdKsValue));
  g_autoptr (GPtrArray) replaced = g_ptr_array_new_with_free_func (g_free);
  gboolean flags_stay = has_secret (before) && !has_secret (entry);

  inherit_operands (entry, before, replaced);
  for (guint i = 0; i < before->values->len; i++)
    {
      HdKsValue *value = &g_array_index (before->values, HdKsValue, i);
      const HdKsValue *own = last_value (entry, value->option);
      g_autofree char *name = hd_ks_first_name (value->option->names);
      if (own == NULL && (value->option->type != HD_KS_FLAG || flags_stay))
        {
          g_array_append_val (kept, *value);
          value->text = NULL;
          value->list = NULL;
        }
      else if (own == NULL || g_strcmp0 (own->text, value->text) != 0)
        note (replaced, g_strconcat ("--", name, NULL));
    }
  g_array_unref (before->values);
  before->values = values_new ();
  /* Before its own: of two values the last counts. */
  if (kept->len > 0)
    g_array_insert_vals (entry->values, 0, kept->data, kept->len);
  if (replaced->len == 0)
    return NULL;
  g_ptr_array_add (replaced, NULL);
  return g_strjoinv (", ", (char **)replaced->pdata);
}

/* ---- Reading it ---- */

gboolean
hd_ks_is (const HdKsEntry *entry, const char *name)
{
  gsize length = strlen (name);

  return strncmp (entry->command->names, name, length) == 0
         && (entry->command->names[length] == '\0' || entry->command->names[length] == ' ');
}

static const HdKsValue *
find_value (const HdKsEntry *entry, const char *name)
{
  const HdKsOption *option = hd_ks_option_find (entry->command, name);

  g_assert (option != NULL);
  return last_value (entry, option);
}

gboolean
hd_ks_given (const HdKsEntry *entry, const char *option)
{
  return find_value (entry, option) != NULL;
}

const char *
hd_ks_text (const HdKsEntry *entry, const char *option)
{
  const HdKsValue *value = find_value (entry, option);

  return value != NULL ? value->text : NULL;
}

gint64
hd_ks_number (const HdKsEntry *entry, const char *option, gint64 fallback)
{
  const HdKsValue *value = find_value (entry, option);

  return value != NULL ? value->number : fallback;
}

gboolean
hd_ks_bool (const HdKsEntry *entry, const char *option, gboolean fallback)
{
  const HdKsValue *value = find_value (entry, option);

  return value != NULL ? value->number != 0 : fallback;
}

char **
hd_ks_list (const HdKsEntry *entry, const char *option)
{
  const HdKsOption *row = hd_ks_option_find (entry->command, option);
  GPtrArray *all = g_ptr_array_new ();

  g_assert (row != NULL && row->type == HD_KS_LIST);
  for (guint i = 0; i < entry->values->len; i++)
    {
      const HdKsValue *value = &g_array_index (entry->values, HdKsValue, i);
      for (char **part = value->option == row ? value->list : NULL; part != NULL && *part != NULL;
           part++)
        g_ptr_array_add (all, g_strdup (*part));
    }
  g_ptr_array_add (all, NULL);
  return (char **)g_ptr_array_free (all, FALSE);
}

HdKsPlace
hd_ks_value_place (const HdKsEntry *entry, const char *option)
{
  const HdKsValue *value = find_value (entry, option);

  return value != NULL ? value->place : entry->place;
}

const char *
hd_ks_last_of (const HdKsEntry *entry, const char *first, const char *second)
{
  const HdKsValue *one = find_value (entry, first);
  const HdKsValue *two = find_value (entry, second);

  if (one == NULL || two == NULL)
    return one != NULL ? first : two != NULL ? second : NULL;
  return one > two ? first : second;
}

guint
hd_ks_n_operands (const HdKsEntry *entry)
{
  return entry->operands->len;
}

const char *
hd_ks_operand (const HdKsEntry *entry, guint index)
{
  return index < entry->operands->len ? g_array_index (entry->operands, HdKsWord, index).text
                                      : NULL;
}

HdKsPlace
hd_ks_operand_place (const HdKsEntry *entry, guint index)
{
  HdKsPlace place = entry->place;

  if (index < entry->operands->len)
    place.column = g_array_index (entry->operands, HdKsWord, index).column;
  return place;
}
