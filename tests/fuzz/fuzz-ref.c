/* References: what is taken is written in one form, which means the same again. */
#include <string.h>
#include "base/error.h"
#include "engine/ref.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (HdRef) ref = hd_ref_parse (text, &error);

  FUZZ_ASSERT ((ref == NULL) == (error != NULL));
  if (ref == NULL)
    {
      FUZZ_ASSERT (hd_error_code (error) == HD_USAGE);
      FUZZ_ASSERT (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  g_autofree char *repository = hd_ref_repository (ref);
  g_autofree char *whole = hd_ref_text (ref);
  FUZZ_ASSERT (strlen (repository) <= HD_REF_NAME_MAX);
  FUZZ_ASSERT (ref->tag != NULL || ref->digest != NULL);
  FUZZ_ASSERT (strpbrk (ref->path, ":@ \n") == NULL && strstr (ref->path, "..") == NULL);
  g_autoptr (HdRef) again = hd_ref_parse (whole, NULL);
  FUZZ_ASSERT (again != NULL);
  g_autofree char *same = hd_ref_text (again);
  FUZZ_ASSERT (g_str_equal (whole, same));
  g_autofree char *familiar = hd_ref_familiar (repository);
  g_autoptr (HdRef) short_ref = hd_ref_parse (familiar, NULL);
  FUZZ_ASSERT (short_ref != NULL);
  g_autofree char *long_again = hd_ref_repository (short_ref);
  FUZZ_ASSERT (g_str_equal (long_again, repository));
  return 0;
}
