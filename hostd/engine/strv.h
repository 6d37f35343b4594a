/* Lists of strings in one column of the store: a JSON array of strings. */
#pragma once

#include <glib.h>

/* Free with g_free; NULL and an empty list give "[]". */
char *hd_strv_to_json (const char *const *list);
/* Free with g_strfreev; what is no array of strings gives an empty list. */
char **hd_strv_from_json (const char *text);
/* The value behind "KEY=" of the last entry with that key ("" for a bare "KEY"), or NULL. */
const char *hd_strv_value (const char *const *list, const char *key);
