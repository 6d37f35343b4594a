/* What a change ended with: code, message, hint, and data for people and programs.
 *
 * The same value is the last line of a worker's output, the Result property of a job, and what
 * --json prints. Its JSON form is in docs/ARCHITECTURE.md, "Requests, progress, results".
 */
#pragma once

#include <glib.h>
#include "common/err.h"
#include "common/json.h"

typedef struct
{
  hd_code code;
  char *message; /* never NULL, may be empty */
  char *hint;    /* or NULL */
  hd_json *data; /* an object, or NULL */
} HdResult;

/* Strings are copied; `hint` may be NULL. */
HdResult *hd_result_new (hd_code code, const char *message, const char *hint);
/* The code, message and hint of an error. */
HdResult *hd_result_new_error (const GError *error);
void hd_result_free (HdResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdResult, hd_result_free)

/* From {"code", "message", "hint", "data"}; other members are ignored. NULL and HD_WORKER when
 * there is no code. A code without a name of ours is HD_FAILED. */
HdResult *hd_result_from_json (const hd_json *object, GError **error);
/* The same from text. */
HdResult *hd_result_from_text (const char *text, GError **error);
/* A new object; members that are NULL are left out. */
hd_json *hd_result_to_json (const HdResult *result);
/* One line of JSON, free with g_free. */
char *hd_result_to_text (const HdResult *result);
