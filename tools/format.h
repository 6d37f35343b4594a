/* The table of image formats, and the one run that writes any number of them from one raw disk.
 *
 * A format is a row: a name, a file's suffix, the codecs that it wants and four functions. All rows
 * of a run are written side by side from one reading; each block is compressed once for each codec.
 */
#pragma once

#include "tools/format-machine.h"

typedef struct
{
  const char *name;    /* as --format takes it */
  const char *suffix;  /* after NAME-VERSION */
  const char *summary; /* one phrase */
  gboolean in_all;     /* one of those that "all" means */
  guint32 codecs;      /* set of HD_CODEC_BITs; 0 asks for the chunks alone */
  gpointer (*begin) (const HdFormatJob *job, GError **error);
  gboolean (*chunk) (gpointer writer, const HdChunk *chunk, GError **error);
  gboolean (*end) (gpointer writer, GError **error);
  void (*free) (gpointer writer);
} HdFormat; /* the table ends with { NULL } */

extern const HdFormat hd_formats[];

/* The row of this name, or NULL. */
const HdFormat *hd_format_find (const char *name);
/* Names ("all" and lists with commas, too) to rows in the order of the table, each once.
 * Errors: HD_USAGE with the nearest name. Free with g_ptr_array_unref. */
GPtrArray *hd_format_choose (const char *const *names, GError **error);

/* Exchange the qcow2 with zstd for one with zlib under the same name. */
void hd_format_use_zlib (GPtrArray *formats);

typedef struct
{
  const HdFormat *format;
  char *path;
  guint64 size_bytes; /* as it stands, holes included */
  char *sha256;
} HdFormatOutput;
void hd_format_output_free (HdFormatOutput *output);

/* Write `formats` (an array of const HdFormat *) of the raw disk at `disk` to FOLDER/BASE.SUFFIX.
 * Files appear when all are whole. Returns an array of HdFormatOutput; *ret_identity (may be NULL)
 * is the disk's. SIGINT, SIGTERM and SIGHUP are caught meanwhile, and leave nothing half-written.
 * Errors: HD_CONFIG (rule D1, limits of a format), HD_NO_SPACE, HD_CANCELLED. Blocks. */
GPtrArray *hd_format_write (const char *disk, GPtrArray *formats, const HdFormatMachine *machine,
                            const char *folder, const char *base, char **ret_identity,
                            GCancellable *cancellable, GError **error);
