/* A container as a row of `ps`: strings with Docker's names of columns. */
#pragma once

#include "engine/status.h"

typedef struct
{
  gboolean truncate; /* ids to 12 digits, commands to 20 characters */
  gboolean size;     /* what it has written; takes its time */
} HdContainerRowOptions;

/* The row; free with hd_json_free. */
hd_json *hd_container_row (HdStore *store, const HdContainer *container, const HdStatusNow *now,
                           const HdContainerRowOptions *options);
/* "KEY=VALUE,..." of an object of strings; free with g_free. */
char *hd_container_labels_text (const hd_json *labels);
