/* SHA-256 (FIPS 180-4). */
#include "runtime/digest.h"

#include <string.h>

static const uint32_t K[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t
rotate (uint32_t x, unsigned n)
{
  return x >> n | x << (32 - n);
}

/* One round; instead of moving the eight words, each round takes them one place further. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
  do                                                                                               \
    {                                                                                              \
      h += (rotate (e, 6) ^ rotate (e, 11) ^ rotate (e, 25)) + (g ^ (e & (f ^ g))) + K[i] + w[i];  \
      d += h;                                                                                      \
      h += (rotate (a, 2) ^ rotate (a, 13) ^ rotate (a, 22)) + ((a & b) | (c & (a | b)));          \
    }                                                                                              \
  while (0)

static void
process_block (rt_digest *state, const uint8_t *block)
{
  uint32_t w[64];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16
           | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 64; i++)
    {
      uint32_t s0 = rotate (w[i - 15], 7) ^ rotate (w[i - 15], 18) ^ w[i - 15] >> 3;
      uint32_t s1 = rotate (w[i - 2], 17) ^ rotate (w[i - 2], 19) ^ w[i - 2] >> 10;
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
  uint32_t *s = state->state;
  uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
  for (int i = 0; i < 64; i += 8)
    {
      ROUND (a, b, c, d, e, f, g, h, i);
      ROUND (h, a, b, c, d, e, f, g, i + 1);
      ROUND (g, h, a, b, c, d, e, f, i + 2);
      ROUND (f, g, h, a, b, c, d, e, i + 3);
      ROUND (e, f, g, h, a, b, c, d, i + 4);
      ROUND (d, e, f, g, h, a, b, c, i + 5);
      ROUND (c, d, e, f, g, h, a, b, i + 6);
      ROUND (b, c, d, e, f, g, h, a, i + 7);
    }
  const uint32_t words[8] = { a, b, c, d, e, f, g, h };
  for (int i = 0; i < 8; i++)
    s[i] += words[i];
}

void
rt_digest_begin (rt_digest *d)
{
  static const uint32_t initial[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
  memcpy (d->state, initial, sizeof initial);
  d->length_bytes = 0;
}

void
rt_digest_add (rt_digest *d, const void *data, size_t length_bytes)
{
  const uint8_t *bytes = data;
  while (length_bytes > 0)
    {
      size_t used = d->length_bytes % 64;
      size_t n = 64 - used < length_bytes ? 64 - used : length_bytes;
      memcpy (d->block + used, bytes, n);
      d->length_bytes += n;
      bytes += n;
      length_bytes -= n;
      if (used + n == 64)
        process_block (d, d->block);
    }
}

void
rt_digest_add_string (rt_digest *d, const char *text)
{
  const uint64_t length = text != NULL ? strlen (text) : UINT64_MAX;
  rt_digest_add (d, &length, sizeof length);
  if (text != NULL)
    rt_digest_add (d, text, length);
}

void
rt_digest_end (rt_digest *d, char hex[RT_DIGEST_HEX_BYTES])
{
  static const uint8_t padding[64] = { 0x80 };
  uint64_t bits = d->length_bytes * 8;
  uint8_t length[8];
  for (int i = 0; i < 8; i++)
    length[i] = (uint8_t)(bits >> (56 - 8 * i));
  rt_digest_add (d, padding, 1 + (119 - d->length_bytes % 64) % 64);
  rt_digest_add (d, length, sizeof length);
  for (int i = 0; i < 64; i++)
    hex[i] = "0123456789abcdef"[d->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
  hex[64] = '\0';
}
