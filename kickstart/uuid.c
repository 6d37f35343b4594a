/* Seed and name to a UUID. */
#include "kickstart/uuid.h"

#include <string.h>

static void
add (GChecksum *sum, const char *text)
{
  guint64 length = GUINT64_TO_BE ((guint64)strlen (text));

  g_checksum_update (sum, (const guchar *)&length, sizeof length);
  g_checksum_update (sum, (const guchar *)text, (gssize)strlen (text));
}

char *
hd_ks_uuid (const char *seed, const char *name)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 b[32];
  gsize length = sizeof b;

  add (sum, seed);
  add (sum, name);
  g_checksum_get_digest (sum, b, &length);
  b[6] = (b[6] & 0x0f) | 0x80; /* version 8 */
  b[8] = (b[8] & 0x3f) | 0x80; /* variant of RFC 9562 */
  return g_strdup_printf ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                          b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
                          b[12], b[13], b[14], b[15]);
}
