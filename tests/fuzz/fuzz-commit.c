/* Commit objects, read without libostree: as hd_commit_read() does with a file's bytes. A commit
 * compared with itself has gained and lost no package. */
#include <glib.h>
#include "fuzz.h"
#include "state/commit.h"
#include "state/pkgdiff.h"

static void
check_packages (GVariant *packages)
{
  g_autoptr (HdPkgDiff) same = hd_pkgdiff_new (packages, packages);
  g_autoptr (HdPkgDiff) unknown = hd_pkgdiff_new (NULL, packages);
  hd_autojson json = hd_pkgdiff_to_json (same);

  FUZZ_ASSERT (same->added->len == 0 && same->removed->len == 0);
  FUZZ_ASSERT (unknown->added->len == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GVariant) variant = g_variant_ref_sink (
      g_variant_new_from_bytes (G_VARIANT_TYPE ("(a{sv}aya(say)sstayay)"), bytes, FALSE));
  HdCommit *commit;

  if (!g_variant_is_normal_form (variant))
    return 0;
  commit = hd_commit_from_variant (variant);
  if (commit->packages != NULL)
    check_packages (commit->packages);
  hd_commit_free (commit);
  return 0;
}
