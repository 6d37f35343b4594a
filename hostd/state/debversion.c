/* deb-version(7), "Sorting algorithm": epoch as a number, then upstream version and revision, each
 * as parts of non-digits and digits in turn. */
#include "state/debversion.h"

#include <glib.h>
#include <string.h>

typedef struct
{
  guint64 epoch;
  const char *upstream;
  gsize upstream_length;
  const char *revision;
  gsize revision_length;
} Version;

static Version
split (const char *text)
{
  Version version = { 0 };
  const char *colon = strchr (text, ':');
  if (colon != NULL)
    {
      version.epoch = g_ascii_strtoull (text, NULL, 10);
      text = colon + 1;
    }
  const char *dash = strrchr (text, '-');
  version.upstream = text;
  version.upstream_length = dash != NULL ? (gsize)(dash - text) : strlen (text);
  version.revision = dash != NULL ? dash + 1 : "";
  version.revision_length = strlen (version.revision);
  return version;
}

/* Weight of a character in a non-digit part: a tilde before the end, letters before the rest. */
static int
weight (const char *c, const char *end)
{
  if (c == end || g_ascii_isdigit (*c))
    return 0;
  if (*c == '~')
    return -1;
  return g_ascii_isalpha (*c) ? *c : *c + 256;
}

static int
compare_part (const char *a, gsize a_length, const char *b, gsize b_length)
{
  const char *a_end = a + a_length;
  const char *b_end = b + b_length;
  while (a < a_end || b < b_end)
    {
      while ((a < a_end && !g_ascii_isdigit (*a)) || (b < b_end && !g_ascii_isdigit (*b)))
        {
          int difference = weight (a, a_end) - weight (b, b_end);
          if (difference != 0)
            return difference;
          a++;
          b++;
        }
      while (a < a_end && *a == '0')
        a++;
      while (b < b_end && *b == '0')
        b++;
      int first_difference = 0;
      while (a < a_end && b < b_end && g_ascii_isdigit (*a) && g_ascii_isdigit (*b))
        {
          if (first_difference == 0)
            first_difference = *a - *b;
          a++;
          b++;
        }
      if (a < a_end && g_ascii_isdigit (*a))
        return 1;
      if (b < b_end && g_ascii_isdigit (*b))
        return -1;
      if (first_difference != 0)
        return first_difference;
    }
  return 0;
}

int
hd_debversion_compare (const char *a, const char *b)
{
  Version va = split (a);
  Version vb = split (b);
  if (va.epoch != vb.epoch)
    return va.epoch < vb.epoch ? -1 : 1;
  int upstream = compare_part (va.upstream, va.upstream_length, vb.upstream, vb.upstream_length);
  if (upstream != 0)
    return upstream;
  return compare_part (va.revision, va.revision_length, vb.revision, vb.revision_length);
}
