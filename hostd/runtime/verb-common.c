/* What several verbs share. */
#include "runtime/verb-common.h"

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"

int
rt_verb_open (const rt_args *args, rt_container *ret, rt_arena *arena, hd_err *err)
{
  return rt_container_open (rt_state_root (args->root, arena), args->words[0], ret, err);
}

int
rt_verb_format (const rt_args *args, bool *ret_json, hd_err *err)
{
  *ret_json = args->format != NULL && strcmp (args->format, "json") == 0;
  if (args->format == NULL || *ret_json || strcmp (args->format, "table") == 0)
    return 0;
  return hd_err_set (err, HD_USAGE, NULL, "--format: expected table or json, got \"%.40s\"",
                     args->format);
}

void
rt_verb_print (const hd_json *json, bool pretty)
{
  hd_autofree char *text = hd_json_to_text (json, pretty);
  printf ("%s\n", text);
}
