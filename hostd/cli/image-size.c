/* Sizes as docker prints them. */
#include "cli/image-size.h"

char *
hd_image_size_text (guint64 bytes)
{
  static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
  double size = (double)bytes;
  gsize unit = 0;
  while (size >= 1000 && unit + 1 < G_N_ELEMENTS (units))
    {
      size /= 1000;
      unit++;
    }
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  return g_strconcat (g_ascii_formatd (text, sizeof text, "%.3g", size), units[unit], NULL);
}
