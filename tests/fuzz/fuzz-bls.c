/* Boot entries, and the kernel arguments in them: words that are joined are split the same way. */
#include <string.h>
#include "fuzz.h"
#include "state/bls.h"
#include "state/kargs.h"

static void
check_kargs (const char *const *kargs)
{
  g_autofree char *joined = g_strjoinv (" ", (char **)kargs);
  g_auto (GStrv) again = hd_kargs_split (joined);
  g_auto (GStrv) visible = hd_kargs_visible (kargs);

  /* A quote that is not closed swallows the words behind it, once they are joined. */
  if (strchr (joined, '"') == NULL)
    FUZZ_ASSERT (g_strv_equal (kargs, (const char *const *)again));
  FUZZ_ASSERT (g_strv_length (visible) <= g_strv_length ((char **)kargs));
  FUZZ_ASSERT (hd_kargs_get ((const char *const *)visible, "ostree") == NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (HdBlsEntry) entry = hd_bls_parse ("name", text, &error);

  FUZZ_ASSERT ((entry == NULL) == (error != NULL));
  if (entry == NULL)
    return 0;
  FUZZ_ASSERT (entry->kernel != NULL && entry->version >= 0);
  (void)hd_bls_kernel_release (entry);
  check_kargs ((const char *const *)entry->options);
  return 0;
}
