/* SHA-256 of a stream, by OpenSSL. */
#pragma once

#include <stddef.h>

typedef struct hd_hash hd_hash;

/* Out of memory aborts. */
hd_hash *hd_hash_new (void);
void hd_hash_free (hd_hash *hash);
void hd_hash_update (hd_hash *hash, const void *data, size_t size_bytes);
/* 64 digits and a NUL; the hash takes no more bytes after it. */
void hd_hash_finish (hd_hash *hash, char text[65]);
