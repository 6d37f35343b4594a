/* Numbers in the byte order of a format. */
#pragma once

#include <glib.h>
#include <string.h>

#define HD_PUT_GET(bits, order, ORDER)                                                             \
  static inline void hd_put_##order##bits (void *to, guint##bits value)                            \
  {                                                                                                \
    value = GUINT##bits##_TO_##ORDER (value);                                                      \
    memcpy (to, &value, sizeof value);                                                             \
  }                                                                                                \
  static inline guint##bits hd_get_##order##bits (const void *from)                                \
  {                                                                                                \
    guint##bits value;                                                                             \
    memcpy (&value, from, sizeof value);                                                           \
    return GUINT##bits##_FROM_##ORDER (value);                                                     \
  }

HD_PUT_GET (16, le, LE)
HD_PUT_GET (32, le, LE)
HD_PUT_GET (64, le, LE)
HD_PUT_GET (16, be, BE)
HD_PUT_GET (32, be, BE)
HD_PUT_GET (64, be, BE)

static inline guint64
hd_round_up (guint64 number, guint64 unit)
{
  return (number + unit - 1) / unit * unit;
}
