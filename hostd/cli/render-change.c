/* Headline, facts, packages, next step. */
#include "cli/render-change.h"

#include "base/output.h"
#include "cli/render-status.h"

#define KEY_WIDTH 10 /* of "Downloaded" */

/* The kinds of change of a package, in the order in which they are told. */
static const struct
{
  const char *member;
  const char *title;
} kinds[] = {
  { "upgraded", "Upgraded" },
  { "downgraded", "Downgraded" },
  { "added", "Added" },
  { "removed", "Removed" },
};

static const char *
word_at (const hd_json *array, size_t index)
{
  const char *word = "?";
  hd_json_as_string (hd_json_at (array, index), &word);
  return word;
}

static void
print_packages (FILE *out, const char *title, const hd_json *list, guint max_packages)
{
  g_autoptr (HdTable) table = hd_table_new (NULL);
  size_t n = hd_json_length (list);
  size_t shown = max_packages > 0 ? MIN (n, max_packages) : n;

  if (n == 0)
    return;
  fprintf (out, "\n%s:\n", title);
  for (size_t i = 0; i < shown; i++)
    {
      const hd_json *row = hd_json_at (list, i);
      g_autofree char *name = g_strconcat ("  ", word_at (row, 0), NULL);
      g_autofree char *versions
          = hd_json_length (row) > 2
                ? g_strdup_printf ("%s -> %s", word_at (row, 1), word_at (row, 2))
                : g_strdup (word_at (row, 1));
      hd_table_row (table, (const char *const[]){ name, versions, NULL });
    }
  hd_table_print (table, out);
  if (shown < n)
    fprintf (out, "  and %zu more, with --verbose\n", n - shown);
}

/* "6.12.1 -> 6.12.3", or NULL when it stays. */
static char *
kernel_text (const hd_json *kernel)
{
  const char *from = hd_json_get_string (kernel, "from", NULL);
  const char *to = hd_json_get_string (kernel, "to", NULL);
  if (from == NULL || to == NULL || g_str_equal (from, to))
    return NULL;
  return g_strdup_printf ("%s -> %s", from, to);
}

static char *
signature_text (const hd_json *signature)
{
  const char *key = hd_json_get_string (signature, "key", NULL);
  const char *uid = hd_json_get_string (signature, "uid", NULL);
  if (key == NULL)
    return NULL;
  return uid != NULL ? g_strdup_printf ("good, key %s, %s", key, uid)
                     : g_strdup_printf ("good, key %s", key);
}

static void
print_facts (FILE *out, const hd_json *data)
{
  guint64 bytes = 0;
  g_autofree char *kernel = kernel_text (hd_json_get (data, "kernel"));
  g_autofree char *signature = signature_text (hd_json_get (data, "signature"));
  hd_json_as_uint64 (hd_json_get (data, "download_bytes"), &bytes);
  g_autofree char *size = bytes > 0 ? hd_format_size (bytes) : NULL;

  hd_print_key (out, KEY_WIDTH, "Kernel", kernel);
  hd_print_key (out, KEY_WIDTH, "Downloaded", size);
  hd_print_key (out, KEY_WIDTH, "Signature", signature);
}

void
hd_render_change (FILE *out, const HdResult *result, guint max_packages)
{
  const hd_json *packages = hd_json_get (result->data, "packages");
  const hd_json *kargs = hd_json_get (result->data, "kargs");

  if (*result->message != '\0')
    {
      g_autofree char *message = hd_printable (result->message);
      fprintf (out, "%s%s%s\n", hd_style (out, "bold"), message, hd_style (out, "reset"));
    }
  for (size_t i = 0; i < hd_json_length (kargs); i++)
    {
      g_autofree char *karg = hd_printable (word_at (kargs, i));
      fprintf (out, "  %s\n", karg);
    }
  print_facts (out, result->data);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    print_packages (out, kinds[i].title, hd_json_get (packages, kinds[i].member), max_packages);
  if (result->hint != NULL)
    {
      g_autofree char *hint = hd_printable (result->hint);
      fprintf (out, "\nnext: %s\n", hint);
    }
}
