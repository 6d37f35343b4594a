/* UUIDs of tools/digest.h as bytes. */
#include "tools/format-identity.h"

#include "tools/digest.h"

char *
hd_identity_hex (const guint8 *bytes, gsize length)
{
  GString *text = g_string_sized_new (2 * length);
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

static void
parse (const char *text, guint8 bytes[16])
{
  guint n = 0;
  for (const char *at = text; *at != '\0' && n < 32; at++)
    if (g_ascii_isxdigit (*at))
      {
        guint8 digit = (guint8)g_ascii_xdigit_value (*at);
        bytes[n / 2] = n % 2 == 0 ? (guint8)(digit << 4) : (guint8)(bytes[n / 2] | digit);
        n++;
      }
}

static void
swap (guint8 *bytes, guint n)
{
  for (guint i = 0; i < n / 2; i++)
    {
      guint8 other = bytes[i];
      bytes[i] = bytes[n - 1 - i];
      bytes[n - 1 - i] = other;
    }
}

void
hd_identity_uuid_bytes (const char *identity, const char *name, guint8 uuid[16])
{
  g_autofree char *text = hd_digest_uuid (identity, name);
  parse (text, uuid);
}

void
hd_identity_parse_guid (const char *text, guint8 guid[16])
{
  parse (text, guid);
  swap (guid, 4);
  swap (guid + 4, 2);
  swap (guid + 6, 2);
}

void
hd_identity_guid_bytes (const char *identity, const char *name, guint8 guid[16])
{
  g_autofree char *text = hd_digest_uuid (identity, name);
  hd_identity_parse_guid (text, guid);
}
