/* Lines to commands and sections, through all included files. */
#include "kickstart/parser.h"

#include <string.h>
#include "base/error.h"
#include "kickstart/prescan.h"

typedef struct
{
  HdKickstart *kickstart;
  HdKsReport *report;
  const HdKsLoader *loader;
  GPtrArray *open_files; /* names of the files that are being read, outermost first */
  guint n_files;
  guint n_includes; /* of open_files: those that %include names, and not %ksappend */
  gsize total_bytes;
  GString *pre;         /* the text of all %pre scripts */
  HdKsSection *section; /* the open one, or NULL */
  gboolean skipping;    /* inside a section with a header that was refused */
  HdKsPlace opened;     /* of the open section */
  char *opened_name;
} Parser;

static void read_file (Parser *parser, const char *name, const char *text, gsize length);

static gboolean
in_section (const Parser *parser)
{
  return parser->section != NULL || parser->skipping;
}

static gboolean
is_blank_or_comment (const char *line)
{
  line += strspn (line, " \t\r\f\v");
  return *line == '\0' || *line == '#';
}

/* ---- Other files ---- */

static gboolean
is_url (const char *name)
{
  return strstr (name, "://") != NULL || g_str_has_prefix (name, "nfs:");
}

static void
defer (Parser *parser, HdKsPlace place, const char *name)
{
  HdKsDeferred *deferred = g_new0 (HdKsDeferred, 1);

  deferred->name = g_strdup (name);
  deferred->place = place;
  g_ptr_array_add (parser->kickstart->deferred, deferred);
  hd_ks_warn (parser->report, place, NULL, "%s is read %s: it is not checked now", name,
              is_url (name) ? "by the installer" : "when %pre has run");
}

static gboolean
is_open (const Parser *parser, const char *name)
{
  for (guint i = 0; i < parser->open_files->len; i++)
    if (strcmp (g_ptr_array_index (parser->open_files, i), name) == 0)
      return TRUE;
  return FALSE;
}

/* Read what a line names, or leave it for later when %pre may write it. */
static void
read_other (Parser *parser, HdKsPlace place, const char *name, gboolean deferrable)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *known_as = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;
  gboolean mentioned = g_path_is_absolute (name) && strstr (parser->pre->str, name) != NULL;

  if (parser->loader == NULL || (is_url (name) && !parser->loader->urls)
      || (mentioned && deferrable))
    defer (parser, place, name);
  else if (parser->open_files->len >= HD_KS_MAX_DEPTH || parser->n_files >= HD_KS_MAX_FILES)
    hd_ks_error (parser->report, place, "put them into fewer files",
                 "too many files include each other");
  else if (!parser->loader->load (parser->loader->data, name, place.file, &known_as, &text, &length,
                                  &error))
    {
      if (deferrable && parser->pre->len > 0 && hd_error_code (error) == HD_NOT_FOUND)
        defer (parser, place, name);
      else
        hd_ks_error (parser->report, place, hd_error_hint (error), "%s", error->message);
    }
  else if (is_open (parser, known_as))
    hd_ks_error (parser->report, place, NULL, "%s includes itself", known_as);
  else
    {
      parser->n_includes += deferrable;
      read_file (parser, known_as, text, length);
      parser->n_includes -= deferrable;
    }
}

static void
take_include (Parser *parser, const GArray *words, HdKsPlace place)
{
  const HdKsWord *directive = &g_array_index (words, HdKsWord, 0);
  const HdKsWord *name = words->len > 1 ? &g_array_index (words, HdKsWord, 1) : NULL;

  if (name == NULL || name->text[0] == '\0')
    hd_ks_error (parser->report, place, NULL, "%s wants a file", directive->text);
  else if (words->len > 2)
    {
      place.column = g_array_index (words, HdKsWord, 2).column;
      hd_ks_error (parser->report, place, "quote a name with spaces in it", "%s takes one file",
                   directive->text);
    }
  else
    {
      place.column = name->column;
      read_other (parser, place, name->text, strcmp (directive->text, "%include") == 0);
    }
}

/* ---- Commands ---- */

/* Whether the row belongs to the version; says what is not carried out. */
static gboolean
check_row (Parser *parser, const HdKsCommand *row, const char *name, HdKsPlace place)
{
  if (!hd_ks_check_span (&row->span, parser->kickstart->version, name, place, parser->report))
    return FALSE;
  if (row->note != NULL && row->names[0] != '%')
    hd_ks_warn (parser->report, place, NULL, "%s %s: %s", name,
                (row->flags & HD_KS_ABSENT) != 0 ? "cannot be carried out" : "is not done",
                row->note);
  return TRUE;
}

static void
refuse_command (Parser *parser, const char *name, HdKsPlace place)
{
  g_autofree char *section = g_strconcat ("%", name, NULL);
  g_autofree char *nearest = hd_ks_command_nearest (name);
  g_autofree char *hint = NULL;

  if (hd_ks_section_find (section) != NULL || strcmp (name, "end") == 0)
    hint = g_strdup_printf ("did you mean %s?", section);
  else if (nearest != NULL)
    hint = g_strdup_printf ("did you mean \"%s\"?", nearest);
  hd_ks_error (parser->report, place, hint, "unknown command \"%s\"", name);
}

/* A command of which there is one stands there a second time: what is in the earlier line and
 * counts moves to the later one. */
static void
join_earlier (Parser *parser, HdKsEntry *entry)
{
  const GPtrArray *commands = parser->kickstart->commands;
  HdKsEntry *before = NULL;
  g_autofree char *replaced = NULL;

  if ((entry->command->flags & HD_KS_MANY) != 0)
    return;
  for (guint i = commands->len; i > 0 && before == NULL; i--)
    if (((const HdKsEntry *)g_ptr_array_index (commands, i - 1))->command == entry->command)
      before = g_ptr_array_index (commands, i - 1);
  if (before == NULL)
    return;
  replaced = hd_ks_entry_inherit (entry, before);
  if (replaced != NULL)
    hd_ks_warn (parser->report, entry->place, NULL,
                "%s stands here again, and replaces of %s:%u: %s", entry->name, before->place.file,
                before->place.line, replaced);
}

static void
take_command (Parser *parser, const GArray *words, HdKsPlace place)
{
  const char *name = g_array_index (words, HdKsWord, 0).text;
  const HdKsCommand *command = hd_ks_command_find (name);
  HdKsEntry *entry;

  if (command == NULL)
    {
      refuse_command (parser, name, place);
      return;
    }
  if (!check_row (parser, command, name, place))
    return;
  if (parser->kickstart->commands->len >= HD_KS_MAX_COMMANDS)
    {
      hd_ks_error (parser->report, place, NULL, "more than %d commands", HD_KS_MAX_COMMANDS);
      return;
    }
  entry = hd_ks_entry_new (command, words, place, parser->kickstart->version, parser->report);
  if (entry == NULL)
    return;
  join_earlier (parser, entry);
  g_ptr_array_add (parser->kickstart->commands, entry);
}

/* ---- Sections ---- */

static void
open_section (Parser *parser, const GArray *words, HdKsPlace place)
{
  const char *name = g_array_index (words, HdKsWord, 0).text;
  const HdKsCommand *row = hd_ks_section_find (name);
  HdKsEntry *header = NULL;

  if (strcmp (name, "%end") == 0)
    {
      hd_ks_error (parser->report, place, NULL, "%%end without a section");
      return;
    }
  if (row == NULL)
    {
      g_autofree char *nearest = hd_ks_section_nearest (name);
      g_autofree char *hint
          = nearest != NULL ? g_strdup_printf ("did you mean %s?", nearest) : NULL;
      hd_ks_error (parser->report, place, hint, "unknown section %s", name);
    }
  else if (check_row (parser, row, name, place))
    header = hd_ks_entry_new (row, words, place, parser->kickstart->version, parser->report);
  parser->opened = place;
  g_free (parser->opened_name);
  parser->opened_name = g_strdup (name);
  if (header != NULL)
    parser->section = hd_ks_section_new (header);
  else
    parser->skipping = TRUE;
}

/* What is in a section besides scripts is looked at when it is whole. */
static void
check_section (Parser *parser, const HdKsSection *section)
{
  const HdKsCommand *row = section->header->command;
  g_autofree char *stripped = g_strstrip (g_strdup (section->body->str));

  if (hd_ks_is (section->header, "%certificate") && *stripped == '\0')
    hd_ks_error (parser->report, section->header->place, "paste the lines of a .pem file",
                 "%%certificate has no certificate in it");
  if (row->note != NULL && (*stripped != '\0' || !hd_ks_is (section->header, "%packages")))
    hd_ks_warn (parser->report, section->header->place, NULL, "%s is not done: %s",
                section->header->name, row->note);
  if (hd_ks_is (section->header, "%pre") && parser->n_includes > 0)
    hd_ks_warn (parser->report, section->header->place, "use %ksappend",
                "%%pre in a file that %%include reads is not run: such files are read behind it");
}

static void
close_section (Parser *parser)
{
  if (parser->section != NULL)
    {
      check_section (parser, parser->section);
      g_ptr_array_add (parser->kickstart->sections, parser->section);
    }
  parser->section = NULL;
  parser->skipping = FALSE;
}

static void
refuse_open_section (Parser *parser)
{
  hd_ks_error (parser->report, parser->opened, "close it with a line that says %end",
               "section %s does not end with %%end", parser->opened_name);
  close_section (parser);
}

/* "@group --optional"; of a package's line only the name counts. */
static void
check_package (Parser *parser, const char *line, HdKsPlace place)
{
  g_auto (GStrv) words = NULL;
  gboolean optional = FALSE, nodefaults = FALSE;

  if (line[0] != '@')
    return;
  words = g_strsplit_set (line, " \t", -1);
  for (char **word = words; *word != NULL; word++)
    {
      optional = optional || strcmp (*word, "--optional") == 0;
      nodefaults = nodefaults || strcmp (*word, "--nodefaults") == 0;
    }
  if (optional && nodefaults)
    hd_ks_error (parser->report, place, "give one of them",
                 "a group cannot have both --nodefaults and --optional");
}

static void
take_body_line (Parser *parser, const char *line, HdKsPlace place)
{
  GString *body;

  if (parser->section == NULL)
    return;
  body = parser->section->body;
  if (hd_ks_is (parser->section->header, "%packages"))
    {
      g_autofree char *package = g_strndup (line, strcspn (line, "#"));
      if (*g_strstrip (package) == '\0')
        return;
      check_package (parser, package, place);
      g_string_append_printf (body, "%s\n", package);
      return;
    }
  g_string_append_printf (body, "%s\n", line);
}

/* ---- Lines ---- */

static GArray *
lex (Parser *parser, const char *line, HdKsPlace *place)
{
  g_autoptr (GArray) words = hd_ks_words_new ();
  HdKsLexProblem problem;
  guint cut = 0;

  if (!hd_ks_lex (line, words, &cut, &problem))
    {
      place->column = problem.column;
      hd_ks_error (parser->report, *place, problem.hint, "%s", problem.what);
      return NULL;
    }
  place->column = words->len > 0 ? g_array_index (words, HdKsWord, 0).column : 1;
  if (cut != 0)
    {
      HdKsPlace at = { place->file, place->line, cut };
      hd_ks_warn (parser->report, at, "quote the word when # belongs to it",
                  "# begins a comment in the middle of a word");
    }
  return g_steal_pointer (&words);
}

static void
take_command_line (Parser *parser, const char *line, HdKsPlace place)
{
  g_autoptr (GArray) words = NULL;
  const char *first;

  if (is_blank_or_comment (line))
    return;
  words = lex (parser, line, &place);
  if (words == NULL || words->len == 0)
    return;
  first = g_array_index (words, HdKsWord, 0).text;
  if (strcmp (first, "%include") == 0 || strcmp (first, "%ksappend") == 0)
    take_include (parser, words, place);
  else if (first[0] == '%')
    open_section (parser, words, place);
  else
    take_command (parser, words, place);
}

/* Inside a section only %end, %include, %ksappend and the begin of another section mean something:
 * scripts have lines of their own that begin with %. */
static void
take_section_line (Parser *parser, const char *line, HdKsPlace place)
{
  const char *start = line + strspn (line, " \t");
  g_autofree char *first = g_strndup (start, strcspn (start, " \t\r"));
  gboolean include = strcmp (first, "%include") == 0 || strcmp (first, "%ksappend") == 0;

  if (strcmp (first, "%end") == 0)
    close_section (parser);
  else if (include && !parser->skipping)
    {
      g_autoptr (GArray) words = lex (parser, line, &place);
      if (words != NULL)
        take_include (parser, words, place);
    }
  else if (first[0] == '%' && hd_ks_section_find (first) != NULL)
    {
      refuse_open_section (parser);
      take_command_line (parser, line, place);
    }
  else
    take_body_line (parser, line, place);
}

/* ---- Files ---- */

/* Text is UTF-8 without NUL: say where it is not. */
static gboolean
check_encoding (Parser *parser, const char *file, const char *text, gsize length)
{
  const char *bad, *start = text;
  HdKsPlace place = { file, 1, 1 };

  if (g_utf8_validate_len (text, length, &bad))
    return TRUE;
  for (const char *p = text; p < bad; p++)
    if (*p == '\n')
      {
        place.line++;
        start = p + 1;
      }
  place.column = (guint)g_utf8_strlen (start, bad - start) + 1;
  hd_ks_error (parser->report, place, "save the file as UTF-8", "not UTF-8 text");
  return FALSE;
}

static void
take_line (Parser *parser, const char *start, gsize length, HdKsPlace place)
{
  g_autofree char *line = NULL;

  if (length > HD_KS_MAX_LINE_BYTES)
    {
      hd_ks_error (parser->report, place, NULL, "a line of more than %u bytes",
                   HD_KS_MAX_LINE_BYTES);
      return;
    }
  if (length > 0 && start[length - 1] == '\r')
    length--;
  line = g_strndup (start, length);
  if (in_section (parser))
    take_section_line (parser, line, place);
  else
    take_command_line (parser, line, place);
}

static void
take_lines (Parser *parser, const char *file, const char *text, gsize length)
{
  const char *end = text + length;
  HdKsPlace place = { file, 0, 1 };

  while (text < end)
    {
      const char *newline = memchr (text, '\n', (gsize)(end - text));
      gsize line_length = (gsize)((newline != NULL ? newline : end) - text);
      place.line++;
      take_line (parser, text, line_length, place);
      text += line_length + (newline != NULL);
    }
}

/* Read one file, which may stand inside a section of another. */
static void
read_file (Parser *parser, const char *name, const char *text, gsize length)
{
  const char *file = hd_ks_report_file (parser->report, name);
  HdKsPlace whole = { file, 0, 0 };
  gboolean was_in_section = in_section (parser);

  parser->n_files++;
  parser->total_bytes += length;
  if (length > HD_KS_MAX_FILE_BYTES || parser->total_bytes > HD_KS_MAX_TOTAL_BYTES)
    {
      hd_ks_error (parser->report, whole, NULL, "larger than %u bytes",
                   length > HD_KS_MAX_FILE_BYTES ? HD_KS_MAX_FILE_BYTES : HD_KS_MAX_TOTAL_BYTES);
      return;
    }
  if (length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    {
      text += 3;
      length -= 3;
    }
  if (!check_encoding (parser, file, text, length))
    return;
  g_ptr_array_add (parser->open_files, g_strdup (name));
  take_lines (parser, file, text, length);
  if (in_section (parser) && !was_in_section)
    refuse_open_section (parser);
  g_ptr_array_set_size (parser->open_files, (gint)parser->open_files->len - 1);
}

HdKickstart *
hd_ks_parse (const char *name, const char *text, gsize length_bytes, const HdKsLoader *loader)
{
  HdKickstart *kickstart = hd_kickstart_new ();
  g_autoptr (GPtrArray) open_files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) pre = g_string_new (NULL);
  Parser parser = { .kickstart = kickstart,
                    .report = kickstart->report,
                    .loader = loader,
                    .open_files = open_files,
                    .pre = pre };

  kickstart->name = hd_ks_report_file (kickstart->report, name);
  if (length_bytes <= HD_KS_MAX_FILE_BYTES && g_utf8_validate_len (text, length_bytes, NULL))
    {
      hd_ks_find_version (kickstart, text, length_bytes);
      hd_ks_find_pre (text, length_bytes, pre);
    }
  read_file (&parser, name, text, length_bytes);
  g_free (parser.opened_name);
  return kickstart;
}
