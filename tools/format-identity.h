/* Identifiers in images, all from the disk's content. */
#pragma once

#include <glib.h>

/* Lower-case hexadecimal digits, free with g_free. */
char *hd_identity_hex (const guint8 *bytes, gsize length);
/* A UUID for `name`, in text order. */
void hd_identity_uuid_bytes (const char *identity, const char *name, guint8 uuid[16]);
/* The same in the mixed order of Microsoft's GUIDs: the first three fields are little-endian. */
void hd_identity_guid_bytes (const char *identity, const char *name, guint8 guid[16]);
/* The bytes of a GUID's text ("2DC27766-F623-...") in that order. */
void hd_identity_parse_guid (const char *text, guint8 guid[16]);
