/* engine/manifest: the two formats, platforms, and documents that mean two things. */
#include "engine/manifest.h"

#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"

#define D "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DESCRIPTOR "{\"digest\":\"" D "\",\"size\":5}"
#define LAYERS "\"config\":" DESCRIPTOR ",\"layers\":[" DESCRIPTOR "," DESCRIPTOR "]"
#define ENTRY(os, arch)                                                                            \
  "{\"digest\":\"" D "\",\"size\":5,\"platform\":{\"os\":\"" os "\",\"architecture\":\"" arch "\"" \
  "}}"

static HdManifest *
parse (const char *text, const char *served_as, hd_code code)
{
  g_autoptr (GError) error = NULL;
  HdManifest *manifest = hd_manifest_parse (text, strlen (text), served_as, &error);
  g_assert_cmpint (manifest != NULL ? HD_OK : hd_error_code (error), ==, code);
  return manifest;
}

static void
test_manifest (void)
{
  g_autoptr (HdManifest) manifest = parse ("{\"schemaVersion\":2," LAYERS "}", NULL, HD_OK);
  g_assert_false (manifest->is_index);
  g_assert_cmpuint (manifest->entries->len, ==, 2);
  g_assert_cmpstr (manifest->config->digest, ==, D);
  g_assert_cmpstr (manifest->media_type, ==, HD_MEDIA_OCI_MANIFEST);
  g_autoptr (HdManifest) docker = parse ("{" LAYERS "}", HD_MEDIA_DOCKER_MANIFEST, HD_OK);
  g_assert_cmpstr (docker->media_type, ==, HD_MEDIA_DOCKER_MANIFEST);
}

static void
test_index (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdManifest) index = parse (
      "{\"manifests\":[" ENTRY ("windows", "amd64") "," ENTRY ("linux", "arm64") "]}", NULL, HD_OK);
  g_autoptr (HdPlatform) arm = hd_platform_parse ("linux/arm64", NULL);
  g_autoptr (HdPlatform) s390 = hd_platform_parse ("linux/s390x", NULL);
  g_assert_true (index->is_index);
  g_assert_true (hd_manifest_choose (index, arm, &error) == g_ptr_array_index (index->entries, 1));
  g_assert_null (hd_manifest_choose (index, s390, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_ARCH);
  g_assert_nonnull (strstr (hd_error_hint (error), "linux/arm64"));
}

static void
test_refused (void)
{
  static const struct
  {
    const char *text, *served_as;
    hd_code code;
  } cases[] = {
    { "", NULL, HD_CORRUPT },
    { "[]", NULL, HD_CORRUPT },
    { "{}", NULL, HD_CORRUPT },
    { "{\"schemaVersion\":1,\"fsLayers\":[]}", NULL, HD_FAILED },
    { "{" LAYERS ",\"manifests\":[]}", NULL, HD_CORRUPT },
    { "{" LAYERS "}", HD_MEDIA_OCI_INDEX, HD_CORRUPT },
    { "{\"manifests\":[]}", HD_MEDIA_OCI_MANIFEST, HD_CORRUPT },
    { "{\"mediaType\":\"" HD_MEDIA_OCI_INDEX "\"," LAYERS "}", NULL, HD_CORRUPT },
    { "{\"mediaType\":\"" HD_MEDIA_OCI_MANIFEST "\"," LAYERS "}", HD_MEDIA_DOCKER_MANIFEST,
      HD_CORRUPT },
    { "{\"mediaType\":\"text/plain\"," LAYERS "}", NULL, HD_CORRUPT },
    { "{\"config\":{\"digest\":\"" D "\",\"size\":-1},\"layers\":[]}", NULL, HD_CORRUPT },
    { "{\"config\":{\"digest\":\"" D "\",\"size\":5000000},\"layers\":[]}", NULL, HD_CORRUPT },
    { "{\"config\":{\"digest\":\"sha512:00\",\"size\":1},\"layers\":[]}", NULL, HD_CORRUPT },
    { "{\"config\":" DESCRIPTOR ",\"layers\":[{}]}", NULL, HD_CORRUPT },
    { "{\"config\":" DESCRIPTOR ",\"layers\":{}}", NULL, HD_CORRUPT },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_null (parse (cases[i].text, cases[i].served_as, cases[i].code));
}

static void
test_write (void)
{
  g_autoptr (GPtrArray) layers
      = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_descriptor_free);
  g_ptr_array_add (layers, hd_descriptor_new (HD_MEDIA_OCI_GZIP, D, 7));
  hd_autofree char *text = hd_manifest_write (D, 3, layers);
  g_autoptr (HdManifest) manifest = parse (text, HD_MEDIA_OCI_MANIFEST, HD_OK);
  const HdDescriptor *layer = g_ptr_array_index (manifest->entries, 0);
  g_assert_cmpuint (manifest->config->size_bytes, ==, 3);
  g_assert_cmpuint (layer->size_bytes, ==, 7);
  g_assert_cmpstr (layer->media_type, ==, HD_MEDIA_OCI_GZIP);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manifest/manifest", test_manifest);
  g_test_add_func ("/manifest/index", test_index);
  g_test_add_func ("/manifest/refused", test_refused);
  g_test_add_func ("/manifest/write", test_write);
  return g_test_run ();
}
