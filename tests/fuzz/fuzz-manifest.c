/* Manifests: whatever is taken has valid digests, and no more than the limits allow. */
#include <string.h>
#include "base/error.h"
#include "engine/image-config.h"
#include "engine/manifest.h"
#include "engine/ref.h"
#include "fuzz.h"

static void
check_index (const HdManifest *manifest)
{
  g_autoptr (GError) error = NULL;
  const HdDescriptor *chosen = hd_manifest_choose (manifest, hd_platform_host (), &error);
  FUZZ_ASSERT ((chosen == NULL) == (error != NULL));
  FUZZ_ASSERT (manifest->entries->len <= HD_MANIFEST_MAX_ENTRIES && manifest->config == NULL);
}

static void
check_manifest (const HdManifest *manifest)
{
  FUZZ_ASSERT (manifest->entries->len <= HD_IMAGE_MAX_LAYERS);
  FUZZ_ASSERT (hd_digest_is_valid (manifest->config->digest));
  FUZZ_ASSERT (manifest->config->size_bytes <= HD_IMAGE_CONFIG_MAX_BYTES);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const types[]
      = { NULL, HD_MEDIA_OCI_MANIFEST, HD_MEDIA_OCI_INDEX, "application/json" };
  const char *type = types[size > 0 ? data[0] % G_N_ELEMENTS (types) : 0];
  g_autoptr (GError) error = NULL;
  g_autoptr (HdManifest) manifest = hd_manifest_parse ((const char *)data, size, type, &error);

  FUZZ_ASSERT ((manifest == NULL) == (error != NULL));
  if (manifest == NULL)
    return 0;
  FUZZ_ASSERT (manifest->media_type != NULL);
  for (guint i = 0; i < manifest->entries->len; i++)
    {
      const HdDescriptor *entry = g_ptr_array_index (manifest->entries, i);
      FUZZ_ASSERT (hd_digest_is_valid (entry->digest) && entry->size_bytes <= G_MAXINT64);
    }
  if (manifest->is_index)
    check_index (manifest);
  else
    check_manifest (manifest);
  return 0;
}
