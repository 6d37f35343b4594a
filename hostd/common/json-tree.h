/* How JSON values are held: what json-read.c (reading), json-tree.c (holding, asking)
 * and json-write.c (building, writing) share.
 *
 * A value that was read lives in the pool of its root and goes with it; one that was built has
 * memory of its own.  Both can stand in one tree.
 */
#pragma once

#include "common/json.h"

/* Memory for what is read: given out in pieces, given back as a whole.  Out of memory aborts. */
typedef struct hd_json_pool hd_json_pool;

hd_json_pool *hd_json_pool_new (void);
void hd_json_pool_free (hd_json_pool *pool);

/* Makers of values in `pool`, or with memory of their own when it is NULL.  Text is copied and must
 * be UTF-8 without a NUL; `digits` is how the number is written. */
hd_json *hd_json_make (hd_json_pool *pool, hd_json_type type);
hd_json *hd_json_make_string (hd_json_pool *pool, const char *text, size_t length_bytes);
hd_json *hd_json_make_bool (hd_json_pool *pool, bool flag);
hd_json *hd_json_make_int (hd_json_pool *pool, int64_t number);
hd_json *hd_json_make_uint (hd_json_pool *pool, uint64_t number);
hd_json *hd_json_make_double (hd_json_pool *pool, double number, const char *digits);

/* A copy in the pool, with a NUL behind it. */
char *hd_json_keep_text (hd_json_pool *pool, const char *text, size_t length_bytes);

/* Put a child into a container.  The key must not be there yet; it is taken over: the pool's for an
 * object that lives in one, else malloc'ed. */
void hd_json_add_member (hd_json *object, const char *key, hd_json *child);
void hd_json_add_element (hd_json *array, hd_json *child);
/* The same for a key that may be there: its value goes. */
void hd_json_set_member (hd_json *object, const char *key, hd_json *child);

/* How a HD_JSON_DOUBLE is written. */
const char *hd_json_digits (const hd_json *value);

/* The pool that a value lives in, or NULL. */
hd_json_pool *hd_json_pool_of (const hd_json *value);
/* Make `root` the owner of the pool that it lives in. */
void hd_json_own_pool (hd_json *root, hd_json_pool *pool);
