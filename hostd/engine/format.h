/* Go templates as people know them from --format, evaluated over JSON values.
 *
 * What scripts use: fields and indices, pipes, `if`, `else if`, `range` (with variables), `with`,
 * comparisons, and the functions of Docker's command line: json, join, lower, upper, title, split,
 * println, print, printf, len, index, slice, truncate, pad, and, or, not, eq, ne, lt, le, gt, ge. A
 * field that is not there is "<no value>" (text/template, option missingkey=default).
 */
#pragma once

#include "common/json.h"

#include <glib.h>

#define HD_FORMAT_DEPTH_MAX 32
#define HD_FORMAT_OUTPUT_MAX (64u << 20)

typedef struct _HdFormat HdFormat;

/* Parse a template. HD_USAGE with the place of what is wrong. */
HdFormat *hd_format_parse (const char *text, GError **error);
void hd_format_free (HdFormat *format);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdFormat, hd_format_free)

/* A method of the values, as `.Label "key"` of `ps`: NULL with HD_USAGE when it is none of them, or
 * a new value. */
typedef hd_json *(*HdFormatMethod) (const hd_json *dot, const char *name, const char *argument);

/* Append what the template makes of `dot`. HD_USAGE for what cannot be done with the values. */
gboolean hd_format_write (const HdFormat *format, const hd_json *dot, HdFormatMethod method,
                          GString *out, GError **error);
