/* Findings as lines or JSON. */
#include "tools/lint-verbs.h"

#include <stdio.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "tools/lint-fix.h"
#include "tools/lint.h"

static const HdOption lint_options[] = {
  { "fix", 0, HD_OPT_FLAG, NULL, "mend what can be mended, and look again" },
  { "output", 'o', HD_OPT_STRING, "FILE", "with --fix of one file: write it there [in its place]" },
  { "json", 0, HD_OPT_FLAG, NULL, "an array of findings" },
  { "rules", 0, HD_OPT_FLAG, NULL, "print the rules, and look at nothing" },
  { NULL },
};

static void
print_lines (const char *path, const HdLint *lint)
{
  for (guint i = 0; i < lint->findings->len; i++)
    {
      const HdLintFinding *finding = g_ptr_array_index (lint->findings, i);
      const HdLintRule *rule = finding->rule;
      printf ("%s: %s %s: %s (%s: %s)%s\n", path, rule->id, rule->refused ? "refused" : "note",
              finding->detail, rule->title, rule->who, rule->mendable ? " [--fix]" : "");
    }
  if (lint->findings->len == 0)
    printf ("%s: %s, nothing found\n", path, lint->kind);
}

static void
add_json (hd_json *array, const char *path, const HdLint *lint)
{
  for (guint i = 0; i < lint->findings->len; i++)
    {
      const HdLintFinding *finding = g_ptr_array_index (lint->findings, i);
      hd_json *object = hd_json_new_object ();
      hd_json_set_string (object, "file", path);
      hd_json_set_string (object, "kind", lint->kind);
      hd_json_set_string (object, "rule", finding->rule->id);
      hd_json_set_string (object, "detail", finding->detail);
      hd_json_set_string (object, "title", finding->rule->title);
      hd_json_set_string (object, "who", finding->rule->who);
      hd_json_set_bool (object, "refused", finding->rule->refused);
      hd_json_set_bool (object, "mendable", finding->rule->mendable);
      hd_json_append (array, object);
    }
}

static int
print_rules (void)
{
  for (const HdLintRule *rule = hd_lint_rules; rule->id != NULL; rule++)
    printf ("%-4s %s (%s%s)%s\n", rule->id, rule->title, rule->refused ? "refused: " : "",
            rule->who, rule->mendable ? " [--fix]" : "");
  return 0;
}

static int
run_lint (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  const char *output = hd_inv_string (inv, "output");
  gboolean fix = hd_inv_flag (inv, "fix"), refused = FALSE;
  hd_autojson array = hd_json_new_array ();
  if (hd_inv_flag (inv, "rules"))
    return print_rules ();
  if (hd_inv_n_args (inv) == 0)
    return hd_inv_usage_error (inv, "a file is needed");
  if (output != NULL && (!fix || hd_inv_n_args (inv) != 1))
    return hd_inv_usage_error (inv, "--output goes with --fix and one file");
  for (const char *const *path = hd_inv_args (inv); *path != NULL; path++)
    {
      gboolean mended = FALSE;
      const char *target = output != NULL ? output : *path;
      if (fix && !hd_lint_fix (*path, target, &mended, &error))
        return hd_error_report (error);
      g_autoptr (HdLint) lint = hd_lint_path (mended ? target : *path, &error);
      if (lint == NULL)
        return hd_error_report (error);
      refused = refused || hd_lint_is_refused (lint);
      if (mended && !hd_inv_flag (inv, "json"))
        printf ("%s: mended\n", target);
      if (hd_inv_flag (inv, "json"))
        add_json (array, mended ? target : *path, lint);
      else
        print_lines (mended ? target : *path, lint);
    }
  if (hd_inv_flag (inv, "json"))
    {
      hd_autofree char *text = hd_json_to_text (array, TRUE);
      printf ("%s\n", text);
    }
  return refused ? 1 : 0;
}

const HdVerb hd_lint_verbs[] = {
  { "lint", "FILE...", 0, -1, FALSE, lint_options,
    "name the rules that an image breaks, and who refuses it for that",
    "Looks at raw disks, qcow2, VMDK, VHD, VHDX and OVA, whoever made them. Exit status 1: "
    "somebody "
    "refuses the image.",
    run_lint },
  { NULL },
};
