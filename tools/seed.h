/* NoCloud seeds: what cloud-init reads at the first start, as a small disk or an archive. */
#pragma once

#include <gio/gio.h>

/* Paths of files, and values; all but `output` and `user_data` may be NULL. */
typedef struct
{
  const char *output;    /* "-": standard output */
  const char *user_data; /* "-": standard input */
  const char *meta_data; /* likewise; NULL: made from the rest */
  const char *vendor_data;
  const char *network_config;
  const char *interfaces; /* /etc/network/interfaces, as meta-data has it */
  const char *hostname;
  const char *dsmode;      /* "local" or "net" */
  const char *file_system; /* "iso" (NULL) or "vfat" */
  const char
      *disk_format; /* "raw" (NULL), one of qemu-img's, "tar", "tar-seed-local" or "tar-seed-net" */
  gint64 epoch;
  void (*on_note) (const char *text, gpointer data); /* what was checked, or could not be */
  gpointer data;
} HdSeed;

/* Check the files (tools/seed-check.h, and cloud-init's own schema when it is installed) and write
 * `output`, replaced whole or not at all. The same input gives the same bytes.
 * Errors: HD_CONFIG with file and line; HD_NOT_FOUND for a file or program that is not there.
 * Blocks. */
gboolean hd_seed_write (const HdSeed *seed, GCancellable *cancellable, GError **error);
