/* Text of a kickstart file to its value.
 *
 * Lines are commands up to the first section; a section begins with a line like "%post" and ends
 * with "%end", between and behind sections commands may follow. "%include FILE" puts another file
 * in its place, "%ksappend FILE" the same before anything is carried out. Reads no file itself:
 * a loader does.
 */
#pragma once

#include "kickstart/kickstart.h"

/* Limits for files of strangers. */
#define HD_KS_MAX_FILE_BYTES (1u << 20)
#define HD_KS_MAX_TOTAL_BYTES (8u << 20) /* with all files that it includes */
#define HD_KS_MAX_LINE_BYTES (64u << 10)
#define HD_KS_MAX_DEPTH 16 /* of files in files */
#define HD_KS_MAX_FILES 256
#define HD_KS_MAX_COMMANDS 2000

typedef struct
{
  /* Read the file or URL `name` that a line of the file `from` names. On success its text (free
   * with g_free) and the name by which it is known from now on. Errors: HD_NOT_FOUND when it is
   * not there, which is forgiven when %pre may write it; others are reported. May block. */
  gboolean (*load) (gpointer data, const char *name, const char *from, char **ret_name,
                    char **ret_text, gsize *ret_length, GError **error);
  gpointer data;
  gboolean urls; /* it also reads URLs; else they are left for the installer */
} HdKsLoader;

/* Parse the `length_bytes` bytes of the file `name`. Never fails: what is wrong is in the value's
 * report. Without a loader (NULL) all includes are left for later. */
HdKickstart *hd_ks_parse (const char *name, const char *text, gsize length_bytes,
                          const HdKsLoader *loader);
