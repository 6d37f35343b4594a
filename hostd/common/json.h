/* JSON, without a library.
 *
 * Strict (RFC 8259, UTF-8, no duplicate keys, no trailing bytes), with limits of depth and size.
 * Integers keep their 64 bits, signed or unsigned; those that fit neither are refused.  Values are
 * trees; a child belongs to its parent.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/err.h"

typedef struct hd_json hd_json;

typedef enum
{
  HD_JSON_NULL,
  HD_JSON_BOOL,
  HD_JSON_INT,
  HD_JSON_DOUBLE,
  HD_JSON_STRING,
  HD_JSON_ARRAY,
  HD_JSON_OBJECT
} hd_json_type;

#define HD_JSON_MAX_DEPTH 64
#define HD_JSON_MAX_BYTES (16u << 20)

/* Parse `length_bytes` bytes.  Returns a new value, or NULL with `err` set (HD_CONFIG; the message
 * has "line L, column C").  Refuses more than HD_JSON_MAX_BYTES bytes and HD_JSON_MAX_DEPTH levels.
 * Free with hd_json_free. */
hd_json *hd_json_parse (const char *text, size_t length_bytes, hd_err *err);
void hd_json_free (hd_json *value);

hd_json_type hd_json_get_type (const hd_json *value);
const char *hd_json_type_name (hd_json_type type);

/* Readers.  `value` may be NULL.  The typed ones return false, leaving *ret as it was, when the
 * value is absent or of another type.  Strings belong to the value and have no NUL inside. */
const hd_json *hd_json_get (const hd_json *object, const char *key);
const hd_json *hd_json_at (const hd_json *array, size_t index);
size_t hd_json_length (const hd_json *array_or_object);
bool hd_json_as_string (const hd_json *value, const char **ret);
bool hd_json_as_bool (const hd_json *value, bool *ret);
bool hd_json_as_int64 (const hd_json *value, int64_t *ret);
bool hd_json_as_uint64 (const hd_json *value, uint64_t *ret);
bool hd_json_as_double (const hd_json *value, double *ret);
/* The member's string, or `fallback` when it is absent or no string. */
const char *hd_json_get_string (const hd_json *object, const char *key, const char *fallback);
bool hd_json_get_bool (const hd_json *object, const char *key, bool fallback);
int64_t hd_json_get_int (const hd_json *object, const char *key, int64_t fallback);
/* Call `visit` for each member in order; stops at the first non-zero return and returns it. */
int hd_json_each (const hd_json *object,
                  int (*visit) (const char *key, const hd_json *value, void *data), void *data);

/* Builders.  Out of memory aborts.  Strings are copied; `child` is taken over. */
hd_json *hd_json_new_object (void);
/* An object for a whole document that is built, written and freed: what the hd_json_set_* and
 * hd_json_add_* functions put into it needs no memory of its own. */
hd_json *hd_json_new_document (void);
hd_json *hd_json_new_array (void);
hd_json *hd_json_new_string (const char *text);
hd_json *hd_json_new_int (int64_t number);
hd_json *hd_json_new_uint (uint64_t number);
hd_json *hd_json_new_bool (bool flag);
hd_json *hd_json_new_double (double number);
hd_json *hd_json_new_null (void);
hd_json *hd_json_copy (const hd_json *value);
void hd_json_set (hd_json *object, const char *key, hd_json *child);
void hd_json_append (hd_json *array, hd_json *child);
/* As hd_json_set; a NULL text leaves the member out. */
void hd_json_set_string (hd_json *object, const char *key, const char *text);
void hd_json_set_int (hd_json *object, const char *key, int64_t number);
void hd_json_set_uint (hd_json *object, const char *key, uint64_t number);
void hd_json_set_bool (hd_json *object, const char *key, bool flag);
/* A new member that is empty, or its reset; it belongs to `object`. */
hd_json *hd_json_add_object (hd_json *object, const char *key);
hd_json *hd_json_add_array (hd_json *object, const char *key);
void hd_json_append_string (hd_json *array, const char *text);

/* Serialise: one line, or indented by two spaces.  Returns malloc'ed text without a final newline.
 */
char *hd_json_to_text (const hd_json *value, bool pretty);
/* One line into a buffer.  Returns its length without the final NUL, which is not below
 * `size_bytes` when it does not fit. */
size_t hd_json_to_buffer (const hd_json *value, char *buffer, size_t size_bytes);

static inline void
hd_json_freep (hd_json **value)
{
  if (*value != NULL)
    hd_json_free (*value);
}
#define hd_autojson __attribute__ ((cleanup (hd_json_freep))) hd_json *
