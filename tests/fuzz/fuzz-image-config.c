/* Image configurations: what is taken can be written, and read back the same. */
#include <string.h>
#include "base/error.h"
#include "common/cleanup.h"
#include "engine/image-config.h"
#include "engine/ref.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdImageConfig) config = hd_image_config_parse ((const char *)data, size, &error);

  FUZZ_ASSERT ((config == NULL) == (error != NULL));
  if (config == NULL)
    return 0;
  FUZZ_ASSERT (g_strv_length (config->diff_ids) <= HD_IMAGE_MAX_LAYERS);
  for (char **id = config->diff_ids; *id != NULL; id++)
    FUZZ_ASSERT (hd_digest_is_valid (*id));
  hd_autojson first = hd_image_config_to_json (config);
  hd_autofree char *text = hd_json_to_text (first, false);
  g_autoptr (HdImageConfig) again = hd_image_config_parse (text, strlen (text), NULL);
  FUZZ_ASSERT (again != NULL);
  g_autoptr (HdImageConfig) copy = hd_image_config_copy (again);
  hd_autojson second = hd_image_config_to_json (copy);
  hd_autofree char *same = hd_json_to_text (second, false);
  FUZZ_ASSERT (g_str_equal (text, same));
  return 0;
}
