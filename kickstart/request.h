/* The command line of atomic-install, as a value. */
#pragma once

#include <gio/gio.h>
#include <stdio.h>

#include "base/verb-table.h"

/* Rows of the table, with its end. */
#define HD_KS_MAX_OPTIONS 24

/* All options; help and the man page are made from them, too. */
extern const HdOption hd_ks_request_options[];

typedef struct
{
  const char *given[HD_KS_MAX_OPTIONS]; /* "" for flags; of --disk the last */
  GPtrArray *disks;                     /* what was given to --disk; NULL-terminated */
  const char *file;
  gboolean dump_man; /* for the build */
} HdKsRequest;

/* Parse the words behind the program's name into a request whose `disks` is an empty array. They
 * have to live as long. Errors: HD_USAGE with the nearest option. */
gboolean hd_ks_request_parse (HdKsRequest *request, char **words, GError **error);
/* The value of an option ("" for a flag); NULL when it was not given. The name is in the table
 * (asserted). */
const char *hd_ks_request_get (const HdKsRequest *request, const char *name);
/* --help. */
void hd_ks_request_help (FILE *out);
