/* Pulling: the recipe. */
#include "engine/pull.h"

#include <string.h>

#include "base/error.h"
#include "engine/addition.h"
#include "engine/image-rows.h"
#include "engine/policy.h"
#include "engine/pull-layers.h"
#include "engine/remote.h"
#include "engine/sigstore.h"

/* An index within an index has a meaning, one within that has none that anybody uses. */
#define MAX_INDEX_DEPTH 2

typedef struct
{
  HdStore *store;
  const HdRef *ref;
  const HdPull *options;
  HdPlatform *platform;
  GPtrArray *requirements; /* of the policy */
  HdFetcher *fetcher;
  HdRemote *remote;
  char *top_digest;     /* of what the reference names */
  HdDocument *document; /* the manifest */
  HdManifest *manifest;
  HdDocument *config_document;
  HdImageConfig *config;
} Pull;

static void
pull_clear (Pull *pull)
{
  hd_platform_free (pull->platform);
  g_clear_pointer (&pull->requirements, g_ptr_array_unref);
  hd_remote_free (pull->remote);
  hd_fetcher_free (pull->fetcher);
  g_free (pull->top_digest);
  hd_document_free (pull->document);
  hd_manifest_free (pull->manifest);
  hd_document_free (pull->config_document);
  hd_image_config_free (pull->config);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pull, pull_clear)

/* ---- What the reference names ---- */

/* Ask one registry. */
static gboolean
ask (Pull *pull, HdEndpoint *endpoint, GError **error)
{
  const char *name = pull->ref->digest != NULL ? pull->ref->digest : pull->ref->tag;
  pull->remote = hd_remote_new (pull->fetcher, endpoint, pull->options->authfile, "pull", error);
  if (pull->remote == NULL)
    return FALSE;
  pull->document = hd_remote_manifest (pull->remote, name, error);
  if (pull->document == NULL)
    g_clear_pointer (&pull->remote, hd_remote_free);
  return pull->document != NULL;
}

/* Mirrors may lack it or be gone; what its own registry says counts. */
static gboolean
ask_registries (Pull *pull, GError **error)
{
  g_autoptr (GPtrArray) endpoints = hd_registries_endpoints (pull->ref, TRUE, error);
  GError *local = NULL;
  if (endpoints == NULL)
    return FALSE;
  while (endpoints->len > 0)
    {
      g_clear_error (&local);
      if (ask (pull, g_ptr_array_steal_index (endpoints, 0), &local))
        return TRUE;
      if (endpoints->len > 0 && pull->options->progress != NULL)
        hd_progress_message (pull->options->progress, local->message);
    }
  g_propagate_error (error, local);
  return FALSE;
}

/* From an index to the manifest for the platform. */
static gboolean
descend (Pull *pull, GError **error)
{
  for (int depth = 0;; depth++)
    {
      g_clear_pointer (&pull->manifest, hd_manifest_free);
      pull->manifest = hd_manifest_parse (pull->document->text, pull->document->size,
                                          pull->document->type, error);
      if (pull->manifest == NULL)
        return FALSE;
      if (!pull->manifest->is_index)
        return TRUE;
      if (depth == MAX_INDEX_DEPTH)
        return hd_throw (error, HD_CORRUPT, NULL, "indices within indices");
      const HdDescriptor *chosen = hd_manifest_choose (pull->manifest, pull->platform, error);
      HdDocument *next
          = chosen != NULL ? hd_remote_manifest (pull->remote, chosen->digest, error) : NULL;
      if (next == NULL)
        return FALSE;
      hd_document_free (pull->document);
      pull->document = next;
      if (next->size != chosen->size_bytes)
        return hd_throw (error, HD_CORRUPT, NULL, "the manifest %s has another size than announced",
                         chosen->digest);
    }
}

static gboolean
find_manifest (Pull *pull, GError **error)
{
  if (!ask_registries (pull, error))
    return FALSE;
  pull->top_digest = g_strdup (pull->document->digest);
  return descend (pull, error);
}

static gboolean
get_config (Pull *pull, GError **error)
{
  const HdDescriptor *descriptor = pull->manifest->config;
  pull->config_document = hd_remote_blob (pull->remote, descriptor, error);
  if (pull->config_document == NULL)
    return FALSE;
  pull->config
      = hd_image_config_parse (pull->config_document->text, pull->config_document->size, error);
  if (pull->config == NULL)
    return hd_throw (error, HD_FAILED, NULL, "%s is no image of a container",
                     descriptor->media_type != NULL ? descriptor->media_type : "it");
  if (g_strv_length (pull->config->diff_ids) != pull->manifest->entries->len)
    return hd_throw (error, HD_CORRUPT, NULL,
                     "the manifest has %u layers, and the configuration %u",
                     pull->manifest->entries->len, g_strv_length (pull->config->diff_ids));
  if (pull->options->platform != NULL
      && hd_platform_score (pull->platform, pull->config->os, pull->config->architecture,
                            pull->config->variant)
             == 0)
    return hd_throw (error, HD_ARCH, NULL, "the image is for %s/%s", pull->config->os,
                     pull->config->architecture);
  return TRUE;
}

/* ---- What the policy wants ---- */

/* Before anything is asked for: what is refused in any case. */
static gboolean
find_policy (Pull *pull, GError **error)
{
  pull->requirements = hd_policy_find (pull->ref, error);
  for (guint i = 0; pull->requirements != NULL && i < pull->requirements->len; i++)
    {
      const HdPolicyRequirement *requirement = g_ptr_array_index (pull->requirements, i);
      if (requirement->type == HD_POLICY_SIGNED_BY)
        return hd_throw (error, HD_SIGNATURE, "sigstoreSigned with a key is supported",
                         "the policy wants a signature by GPG, which cannot be checked");
    }
  return pull->requirements != NULL;
}

/* A signature of an index is one of all that it names. */
static gboolean
check_signatures (Pull *pull, GError **error)
{
  for (guint i = 0; i < pull->requirements->len; i++)
    {
      const HdPolicyRequirement *requirement = g_ptr_array_index (pull->requirements, i);
      g_autoptr (GError) local = NULL;
      if (requirement->type != HD_POLICY_SIGSTORE
          || hd_sigstore_check (pull->remote, pull->ref, pull->top_digest, requirement, &local))
        continue;
      if (g_str_equal (pull->document->digest, pull->top_digest)
          || hd_error_code (local) != HD_SIGNATURE)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (!hd_sigstore_check (pull->remote, pull->ref, pull->document->digest, requirement, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- The image ---- */

/* The names that it gets: that which was asked for, known under the digest that the registry has.
 */
static HdRef *
name_for (const Pull *pull)
{
  HdRef *name = hd_ref_copy (pull->ref);
  g_free (name->digest);
  name->digest = g_strdup (pull->top_digest);
  return name;
}

static HdImage *
add (Pull *pull, GError **error)
{
  const HdDocuments documents = { .manifest = pull->document->text,
                                  .manifest_size = pull->document->size,
                                  .config = pull->config_document->text,
                                  .config_size = pull->config_document->size,
                                  .parsed = pull->config };
  g_autoptr (HdRef) name = name_for (pull);
  const HdRef *const names[] = { name };
  g_autoptr (HdAddition) addition
      = hd_addition_new (pull->store, (const char *const *)pull->config->diff_ids, error);
  if (addition == NULL
      || !hd_pull_layers (addition, pull->remote, pull->manifest, pull->options->progress, error))
    return NULL;
  return hd_addition_commit (addition, &documents, names, G_N_ELEMENTS (names), error);
}

static HdImage *
run (Pull *pull, gboolean *ret_new, GError **error)
{
  GError *local = NULL;
  pull->platform = hd_platform_parse (pull->options->platform, error);
  if (pull->platform == NULL || !find_policy (pull, error))
    return NULL;
  pull->fetcher = hd_fetcher_new (error);
  if (pull->fetcher == NULL || !find_manifest (pull, error) || !check_signatures (pull, error))
    return NULL;
  g_autoptr (HdImage) here
      = hd_image_by_id (pull->store, hd_digest_hex (pull->manifest->config->digest), &local);
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return NULL;
    }
  if (ret_new != NULL)
    *ret_new = here == NULL;
  return get_config (pull, error) ? add (pull, error) : NULL;
}

HdImage *
hd_pull (HdStore *store, const HdRef *ref, const HdPull *options, gboolean *ret_new,
         char **ret_digest, GError **error)
{
  g_auto (Pull) pull = { .store = store, .ref = ref, .options = options };
  HdImage *image = run (&pull, ret_new, error);
  if (image == NULL)
    {
      g_autofree char *text = hd_ref_text (ref);
      g_prefix_error (error, "pulling %s: ", text);
    }
  else if (ret_digest != NULL)
    *ret_digest = g_steal_pointer (&pull.top_digest);
  return image;
}
