/* Words to a request. */
#include "kickstart/request.h"

#include <string.h>

#include "base/error.h"
#include "common/parse.h"

const HdOption hd_ks_request_options[] = {
  { "check", 0, HD_OPT_FLAG, NULL, "Say what is wrong with FILE, and do nothing" },
  { "dry-run", 'n', HD_OPT_FLAG, NULL, "Print what FILE would do, and do nothing" },
  { "partition", 0, HD_OPT_FLAG, NULL, "Make the partitions of FILE on --disk, and nothing else" },
  { "format", 0, HD_OPT_FLAG, NULL, "The same, and the file systems in them" },
  { "settings", 0, HD_OPT_FLAG, NULL, "Print what FILE writes into /etc; with --root, write it" },
  { "run", 0, HD_OPT_STRING, "SECTION",
    "Run the scripts of a section as %pre, with --root in a host" },
  { "root", 0, HD_OPT_STRING, "DIR",
    "Folder with a host: --settings writes there, accounts and keys, too; --run runs in it" },
  { "disk", 0, HD_OPT_STRINGS, "[NAME=]PATH",
    "A disk, or a file that is one; NAME is what FILE calls it (may be repeated)" },
  { "memory", 0, HD_OPT_SIZE, "SIZE", "Memory of the machine, for its swap [that of this one]" },
  { "seed", 0, HD_OPT_STRING, "TEXT", "What identifiers of partitions follow from [chance]" },
  { "strict", 0, HD_OPT_FLAG, NULL, "Take warnings for errors" },
  { "quiet", 'q', HD_OPT_FLAG, NULL, "Print no warnings" },
  { "describe", 0, HD_OPT_STRING, "COMMAND", "Explain a command, or a section as %post" },
  { "commands", 0, HD_OPT_FLAG, NULL, "List all commands and sections" },
  { "help", 'h', HD_OPT_FLAG, NULL, "Explain the program" },
  { "version", 0, HD_OPT_FLAG, NULL, "Print the version" },
  { NULL },
};

const char *
hd_ks_request_get (const HdKsRequest *request, const char *name)
{
  for (const HdOption *option = hd_ks_request_options; option->name != NULL; option++)
    if (strcmp (option->name, name) == 0)
      return request->given[option - hd_ks_request_options];
  g_assert_not_reached ();
}

static gboolean
throw_unknown (const char *word, GError **error)
{
  const char *names[HD_KS_MAX_OPTIONS] = { NULL };
  g_autofree char *name = g_strndup (word + 2, strcspn (word + 2, "="));
  g_autofree char *hint = NULL;
  const char *nearest;

  for (gsize i = 0; hd_ks_request_options[i].name != NULL; i++)
    names[i] = hd_ks_request_options[i].name;
  nearest = hd_nearest_word (name, names);
  hint = nearest != NULL ? g_strdup_printf ("did you mean --%s?", nearest)
                         : g_strdup ("see \"atomic-install --help\"");
  return hd_throw (error, HD_USAGE, hint, "atomic-install has no option %s", word);
}

static gboolean
take_option (HdKsRequest *request, char ***words, GError **error)
{
  const char *word = *(*words)++;
  const char *value = strchr (word, '=');
  const HdOption *option = word[1] == '-'    ? hd_option_find_long (hd_ks_request_options, word + 2,
                                                                    strcspn (word + 2, "="))
                           : word[2] == '\0' ? hd_option_find_short (hd_ks_request_options, word[1])
                                             : NULL;

  if (strcmp (word, "--dump-man") == 0)
    {
      request->dump_man = TRUE;
      return TRUE;
    }
  if (option == NULL)
    return throw_unknown (word, error);
  if (option->type == HD_OPT_FLAG && value != NULL)
    return hd_throw (error, HD_USAGE, NULL, "--%s takes no value", option->name);
  if (option->type == HD_OPT_FLAG)
    value = "";
  else if (value != NULL)
    value++;
  else if (**words != NULL)
    value = *(*words)++;
  else
    return hd_throw (error, HD_USAGE, NULL, "--%s wants %s", option->name, option->arg);
  request->given[option - hd_ks_request_options] = value;
  if (option->type == HD_OPT_STRINGS)
    g_ptr_array_insert (request->disks, (gint)request->disks->len - 1, (gpointer)value);
  return TRUE;
}

gboolean
hd_ks_request_parse (HdKsRequest *request, char **words, GError **error)
{
  G_STATIC_ASSERT (G_N_ELEMENTS (hd_ks_request_options) <= HD_KS_MAX_OPTIONS);

  g_ptr_array_add (request->disks, NULL);
  while (*words != NULL)
    {
      if (words[0][0] == '-' && words[0][1] != '\0')
        {
          if (!take_option (request, &words, error))
            return FALSE;
        }
      else if (request->file != NULL)
        return hd_throw (error, HD_USAGE, NULL, "one kickstart file at a time, and not %s, too",
                         *words);
      else
        request->file = *words++;
    }
  return TRUE;
}

void
hd_ks_request_help (FILE *out)
{
  fputs ("usage: atomic-install --check|--dry-run|--partition|--format [OPTION...] FILE\n"
         "       atomic-install --describe=COMMAND\n\n"
         "Install an atomic host by a kickstart file; \"-\" is standard input.\n\n",
         out);
  for (const HdOption *option = hd_ks_request_options; option->name != NULL; option++)
    {
      g_autofree char *name
          = g_strdup_printf ("--%s%s%s", option->name, option->arg != NULL ? "=" : "",
                             option->arg != NULL ? option->arg : "");
      g_autofree char *short_name
          = option->short_name != 0 ? g_strdup_printf ("-%c,", option->short_name) : g_strdup ("");
      fprintf (out, "  %3s %-22s%s\n", short_name, name, option->help);
    }
}
