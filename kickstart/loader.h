/* Files that a kickstart names: the loader of the programs. */
#pragma once

#include "kickstart/parser.h"

/* Read a kickstart file, or standard input for "-": HD_KS_MAX_FILE_BYTES at most. The text is freed
 * with g_free. Errors: HD_NOT_FOUND, HD_DENIED, HD_CONFIG (too large, or no file), HD_FAILED.
 * Blocks. */
gboolean hd_ks_load (const char *path, char **ret_text, gsize *ret_length, GError **error);

/* The loader for hd_ks_parse: names are looked for in the working folder, then beside the file that
 * has the line, as the reference parser does. Reads no URLs. */
extern const HdKsLoader hd_ks_file_loader;
