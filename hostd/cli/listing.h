/* Lists as docker prints them: a table or --format, from rows that are JSON objects. */
#pragma once

#include "common/json.h"
#include "engine/format.h"

typedef struct
{
  const char *key;   /* of the row, as templates name it: "Name" */
  const char *title; /* "NAME" */
  gboolean shown;    /* in the table; else for templates alone */
} HdColumn;          /* tables end with { NULL } */

/* Print rows (of hd_json *, objects whose members are strings). `format` is that of --format: NULL
 * or "table", "json" (an object a line), a template, or "table TEMPLATE"; .Label "KEY" finds one of
 * the member Labels ("A=1,B=2"). HD_USAGE for a wrong
 * template. */
gboolean hd_listing_print (const GPtrArray *rows, const HdColumn *columns, const char *format,
                           GError **error);
/* `inspect`: an indented array of the values, or with `format` (a template, or NULL) a line for
 * each. */
gboolean hd_listing_inspect (const GPtrArray *values, const char *format, GError **error);
/* A new array for rows, which it frees. */
GPtrArray *hd_listing_new (void);
