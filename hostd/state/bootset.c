/* Boot entries -> text for GRUB, with its quoting. */
#include "state/bootset.h"

#include <string.h>

#include "base/error.h"
#include "state/bls.h"

gboolean
hd_bootset_karg_is_safe (const char *karg)
{
  guint quotes = 0;
  for (const char *c = karg; *c != '\0'; c++)
    {
      if (*c == '\\' || *c == '\'' || g_ascii_iscntrl (*c))
        return FALSE;
      if (*c == '"')
        quotes++;
    }
  return quotes % 2 == 0;
}

/* Append `'word'`: inside single quotes GRUB takes everything as it is but the quote itself. */
static void
append_word (GString *out, const char *word)
{
  g_string_append_c (out, '\'');
  for (const char *c = word; *c != '\0'; c++)
    if (*c == '\'')
      g_string_append (out, "'\\''");
    else if (!g_ascii_iscntrl (*c))
      g_string_append_c (out, *c);
  g_string_append_c (out, '\'');
}

static void
append_quoted (GString *out, const char *word)
{
  g_string_append_c (out, ' ');
  append_word (out, word);
}

static gboolean
append_kargs (GString *out, const HdBlsEntry *entry, GError **error)
{
  for (char **karg = entry->options; *karg != NULL; karg++)
    {
      if (!hd_bootset_karg_is_safe (*karg))
        return hd_throw (error, HD_BOOTLOADER, "remove it with: atomic host kargs --delete=ARG",
                         "GRUB cannot hand over the kernel argument %s", *karg);
      g_autoptr (GString) bare = g_string_new (*karg);
      g_string_replace (bare, "\"", "", 0);
      append_quoted (out, bare->str);
    }
  return TRUE;
}

char *
hd_bootset_format (int set, GPtrArray *entries, GError **error)
{
  if (entries->len == 0)
    {
      hd_throw (error, HD_BOOTLOADER, NULL, "boot set %d would have no entry", set);
      return NULL;
    }
  g_autoptr (GString) out = g_string_new (NULL);
  g_string_append_printf (out, "# Boot set %d, written by hostd-worker; do not edit.\n", set);
  /* By it grub.cfg finds out whether the set is whole when the environment cannot be read. */
  g_string_append (out, "set atomic_kernel=");
  append_word (out, ((const HdBlsEntry *)g_ptr_array_index (entries, 0))->kernel);
  g_string_append_c (out, '\n');
  for (guint i = 0; i < entries->len; i++)
    {
      const HdBlsEntry *entry = g_ptr_array_index (entries, i);
      g_string_append (out, "menuentry");
      append_quoted (out, entry->title != NULL ? entry->title : "Linux");
      g_string_append_printf (out, " --id atomic-%u {\n  linux", i);
      append_quoted (out, entry->kernel);
      if (!append_kargs (out, entry, error))
        return NULL;
      if (entry->initrd->len > 0)
        g_string_append (out, "\n  initrd");
      for (guint j = 0; j < entry->initrd->len; j++)
        append_quoted (out, g_ptr_array_index (entry->initrd, j));
      g_string_append (out, "\n}\n");
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
