/* Options to tools/sums-verify.h. */
#include "tools/sums-verbs.h"

#include <stdio.h>

#include "base/error.h"
#include "tools/sums-verify.h"

static const HdOption verify_options[] = {
  { "key", 0, HD_OPT_STRING, "FILE", "public key that has to have signed SHA256SUMS" },
  { "no-signature", 0, HD_OPT_FLAG, NULL, "check the sums alone" },
  { "some", 0, HD_OPT_FLAG, NULL, "files that were not fetched are not missed" },
  { "quiet", 'q', HD_OPT_FLAG, NULL, "print errors only" },
  { NULL },
};

static void
print_file (const char *name, const char *what, gpointer quiet)
{
  if (!*(gboolean *)quiet)
    printf ("%s: %s\n", name, what);
}

static int
run_verify (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  gboolean quiet = hd_inv_flag (inv, "quiet");
  const HdSumsVerify verify = {
    .folder = hd_inv_args (inv)[0],
    .key = hd_inv_string (inv, "key"),
    .no_signature = hd_inv_flag (inv, "no-signature"),
    .some = hd_inv_flag (inv, "some"),
    .on_file = print_file,
    .data = &quiet,
  };
  return hd_sums_verify (&verify, NULL, &error) ? 0 : hd_error_report (error);
}

const HdVerb hd_sums_verbs[] = {
  { "verify", "FOLDER", 1, 1, FALSE, verify_options,
    "check images by their SHA256SUMS, its signature, provenance and lists of packages",
    "The key has to come from a place that you trust; signing-key.gpg beside the images proves "
    "nothing.",
    run_verify },
  { NULL },
};
