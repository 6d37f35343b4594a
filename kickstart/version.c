/* Names of versions, and spans of them. */
#include "kickstart/version.h"

#include <string.h>
#include "common/parse.h"

#define FEDORA_FIRST 3
#define FEDORA_LAST 44

/* RHEL releases from the third on. */
static const struct
{
  HdKsVersion version;
  unsigned bit;
} rhel[] = {
  { 250, 0 },
  { 350, 0 },
  { 650, 0 },
  { HD_KS_RHEL6, HD_KS_IN_RHEL6 },
  { HD_KS_RHEL7, HD_KS_IN_RHEL7 },
  { HD_KS_RHEL8, HD_KS_IN_RHEL8 },
  { HD_KS_RHEL9, HD_KS_IN_RHEL9 },
  { HD_KS_RHEL10, HD_KS_IN_RHEL10 },
};
#define RHEL_FIRST 3
#define RHEL_LAST (RHEL_FIRST + (int)G_N_ELEMENTS (rhel) - 1)

/* What a misspelt name is compared with. */
static const char *const known[]
    = { "DEVEL", "RHEL6", "RHEL7", "RHEL8", "RHEL9", "RHEL10", "F20", "F21", "F34", "F40", NULL };

static unsigned
rhel_bit (HdKsVersion version)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rhel); i++)
    if (rhel[i].version == version)
      return rhel[i].bit;
  return 0;
}

HdKsAge
hd_ks_age (const HdKsSpan *span, HdKsVersion version)
{
  if (version == HD_KS_ANY)
    {
      if (span->removed != 0 && span->removed <= HD_KS_RHEL7)
        return HD_KS_REMOVED;
      return span->removed != 0 || span->deprecated != 0 ? HD_KS_DEPRECATED : HD_KS_CURRENT;
    }
  if (version < span->since && (span->also & rhel_bit (version)) == 0)
    return HD_KS_TOO_NEW;
  if (span->removed != 0 && version >= span->removed)
    return HD_KS_REMOVED;
  return span->deprecated != 0 && version >= span->deprecated ? HD_KS_DEPRECATED : HD_KS_CURRENT;
}

/* The number behind `prefix`, which ends at a dot (a minor release) or at the end; -1 for none. */
static int
number_behind (const char *text, const char *prefix)
{
  gsize length = strlen (prefix);
  gsize digits;

  if (g_ascii_strncasecmp (text, prefix, length) != 0)
    return -1;
  text += length;
  digits = strspn (text, "0123456789");
  if (digits == 0 || digits > 3 || text[digits + strspn (text + digits, ".0123456789")] != '\0')
    return -1;
  return (int)g_ascii_strtoll (text, NULL, 10);
}

/* The last word, for "Fedora Core 4". */
static const char *
last_word (const char *text)
{
  const char *space = strrchr (text, ' ');

  return space != NULL ? space + 1 : text;
}

static gboolean
starts_with (const char *text, const char *prefix)
{
  return g_ascii_strncasecmp (text, prefix, strlen (prefix)) == 0;
}

gboolean
hd_ks_version_parse (const char *text, HdKsVersion *ret, const char **ret_nearest)
{
  int fedora = MAX (number_behind (text, "FC"), number_behind (text, "F"));
  int rhel_number = number_behind (text, "RHEL");
  g_autofree char *upper = NULL;

  *ret_nearest = NULL;
  if (g_ascii_strcasecmp (text, "DEVEL") == 0)
    {
      *ret = HD_KS_ANY;
      return TRUE;
    }
  if (starts_with (text, "fedora") && strchr (text, ' ') != NULL)
    fedora = number_behind (last_word (text), "");
  if (starts_with (text, "red hat enterprise linux"))
    rhel_number = number_behind (last_word (text), "");
  if (fedora >= FEDORA_FIRST && fedora <= FEDORA_LAST)
    {
      *ret = HD_KS_FEDORA (fedora);
      return TRUE;
    }
  if (rhel_number >= RHEL_FIRST && rhel_number <= RHEL_LAST)
    {
      *ret = rhel[rhel_number - RHEL_FIRST].version;
      return TRUE;
    }
  upper = g_ascii_strup (text, -1);
  *ret_nearest = hd_nearest_word (upper, known);
  return FALSE;
}

char *
hd_ks_version_name (HdKsVersion version)
{
  if (version == HD_KS_ANY)
    return g_strdup ("any");
  for (gsize i = 0; i < G_N_ELEMENTS (rhel); i++)
    if (rhel[i].version == version)
      return g_strdup_printf ("RHEL %d", RHEL_FIRST + (int)i);
  return g_strdup_printf ("Fedora %d", version / 100);
}
