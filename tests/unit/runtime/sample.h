/* A small valid config.json, and ways to change one member of it. */
#pragma once

#include <glib.h>
#include "runtime/spec.h"

/* The sample with the member at `path` ("linux.namespaces", "" for none) replaced by the JSON text
 * `value`, or taken out for NULL.  Objects on the way are made.  Free with g_free. */
char *sample_config (const char *path, const char *value);

/* A parsed config and what it lives in. */
typedef struct
{
  rt_spec spec;
  hd_json *json;
  rt_arena arena;
} sample;

/* Parse `config`, which must be valid.  Free with sample_free. */
sample *sample_parse (const char *config);
/* The content of tests/data/runtime/NAME.json, parsed. */
sample *sample_load (const char *name);
void sample_free (sample *s);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sample, sample_free)
