/* The value, and looking into it. */
#include "kickstart/kickstart.h"

#include "base/error.h"

static void
deferred_free (gpointer pointer)
{
  HdKsDeferred *deferred = pointer;

  g_free (deferred->name);
  g_free (deferred);
}

HdKickstart *
hd_kickstart_new (void)
{
  HdKickstart *kickstart = g_new0 (HdKickstart, 1);

  kickstart->report = hd_ks_report_new ();
  kickstart->commands = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_ks_entry_free);
  kickstart->sections = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_ks_section_free);
  kickstart->deferred = g_ptr_array_new_with_free_func (deferred_free);
  return kickstart;
}

void
hd_kickstart_free (HdKickstart *kickstart)
{
  if (kickstart == NULL)
    return;
  g_ptr_array_unref (kickstart->commands);
  g_ptr_array_unref (kickstart->sections);
  g_ptr_array_unref (kickstart->deferred);
  hd_ks_report_free (kickstart->report);
  g_free (kickstart);
}

HdKsSection *
hd_ks_section_new (HdKsEntry *header)
{
  HdKsSection *section = g_new0 (HdKsSection, 1);

  section->header = header;
  section->body = g_string_new (NULL);
  section->first_line = header->place.line + 1;
  return section;
}

void
hd_ks_section_free (HdKsSection *section)
{
  hd_ks_entry_free (section->header);
  g_string_free (section->body, TRUE);
  g_free (section);
}

const HdKsEntry *
hd_kickstart_last (const HdKickstart *kickstart, const char *name)
{
  for (guint i = kickstart->commands->len; i > 0; i--)
    {
      const HdKsEntry *entry = g_ptr_array_index (kickstart->commands, i - 1);
      if (hd_ks_is (entry, name))
        return entry;
    }
  return NULL;
}

GPtrArray *
hd_kickstart_all (const HdKickstart *kickstart, const char *name)
{
  GPtrArray *all = g_ptr_array_new ();

  for (guint i = 0; i < kickstart->commands->len; i++)
    if (hd_ks_is (g_ptr_array_index (kickstart->commands, i), name))
      g_ptr_array_add (all, g_ptr_array_index (kickstart->commands, i));
  return all;
}

GPtrArray *
hd_kickstart_sections (const HdKickstart *kickstart, const char *name)
{
  GPtrArray *all = g_ptr_array_new ();

  for (guint i = 0; i < kickstart->sections->len; i++)
    {
      HdKsSection *section = g_ptr_array_index (kickstart->sections, i);
      if (hd_ks_is (section->header, name))
        g_ptr_array_add (all, section);
    }
  return all;
}

gboolean
hd_kickstart_has_source (const HdKickstart *kickstart)
{
  return hd_kickstart_last (kickstart, "ostreesetup") != NULL
         || hd_kickstart_last (kickstart, "ostreecontainer") != NULL;
}

gboolean
hd_kickstart_check (const HdKickstart *kickstart, GError **error)
{
  for (guint i = 0; i < hd_ks_report_length (kickstart->report); i++)
    {
      const HdKsFinding *finding = hd_ks_report_get (kickstart->report, i);
      if (finding->severity == HD_KS_ERROR)
        return hd_throw (error, HD_CONFIG, finding->hint, "%s:%u:%u: %s", finding->place.file,
                         finding->place.line, finding->place.column, finding->message);
    }
  if (hd_ks_report_count (kickstart->report, HD_KS_ERROR) > 0)
    return hd_throw (error, HD_CONFIG, NULL, "the kickstart has errors");
  return TRUE;
}
