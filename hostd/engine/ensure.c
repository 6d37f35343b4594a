/* The image that is wanted, pulled if the policy of pulling wants it. */
#include "engine/image.h"

#include "base/error.h"
#include "engine/image-rows.h"
#include "engine/platform.h"
#include "engine/pull.h"
#include "engine/registries.h"

gboolean
hd_pull_policy_parse (const char *text, HdPullPolicy *ret, GError **error)
{
  static const struct
  {
    const char *name;
    HdPullPolicy policy;
  } policies[] = { { "missing", HD_PULL_MISSING },
                   { "always", HD_PULL_ALWAYS },
                   { "never", HD_PULL_NEVER },
                   { "newer", HD_PULL_NEWER } };
  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    if (g_str_equal (text, policies[i].name))
      {
        *ret = policies[i].policy;
        return TRUE;
      }
  return hd_throw (error, HD_USAGE, "say missing, always, newer or never",
                   "\"%s\" is no way to pull", text);
}

/* Whether an image that is here will do for a platform. */
static gboolean
fits (const HdImage *image, const char *platform, gboolean *ret, GError **error)
{
  g_autoptr (HdPlatform) wanted = hd_platform_parse (platform, error);
  if (wanted == NULL)
    return FALSE;
  *ret = platform == NULL
         || hd_platform_score (wanted, image->os, image->architecture, image->variant) > 0;
  return TRUE;
}

/* Each of what a short name may stand for; the last one's error counts, unless one was refused. */
static HdImage *
pull_first (HdStore *store, const char *text, const HdPullOptions *options, GError **error)
{
  g_autoptr (GPtrArray) refs = hd_registries_resolve (text, error);
  g_autoptr (HdProgress) progress = hd_progress_new (options->quiet);
  const HdPull pull
      = { .platform = options->platform, .authfile = options->authfile, .progress = progress };
  GError *local = NULL;
  for (guint i = 0; refs != NULL && i < refs->len; i++)
    {
      g_clear_error (&local);
      HdImage *image = hd_pull (store, g_ptr_array_index (refs, i), &pull, NULL, NULL, &local);
      if (image != NULL)
        return image;
      if (hd_error_code (local) != HD_NOT_FOUND && hd_error_code (local) != HD_DENIED)
        break;
    }
  if (local != NULL)
    g_propagate_error (error, local);
  return NULL;
}

static HdImage *
find_here (HdStore *store, const char *text, const HdPullOptions *options, GError **error)
{
  GError *local = NULL;
  gboolean good = FALSE;
  g_autoptr (HdImage) image = hd_image_find (store, text, &local);
  if (image != NULL && fits (image, options->platform, &good, &local) && good)
    return g_steal_pointer (&image);
  if (local != NULL)
    g_propagate_error (error, local);
  else
    hd_throw (error, HD_NOT_FOUND, NULL, "No such image: %s for %s", text, options->platform);
  return NULL;
}

HdImage *
hd_image_ensure (HdStore *store, const char *text, const HdPullOptions *given, GError **error)
{
  static const HdPullOptions usual = { .policy = HD_PULL_MISSING };
  const HdPullOptions *options = given != NULL ? given : &usual;
  GError *missing = NULL, *local = NULL;
  HdImage *image = find_here (store, text, options, &missing);
  gboolean pulls = options->policy == HD_PULL_ALWAYS || options->policy == HD_PULL_NEWER
                   || (options->policy == HD_PULL_MISSING && image == NULL
                       && hd_error_code (missing) == HD_NOT_FOUND);
  if (!pulls)
    {
      if (missing != NULL)
        g_propagate_error (error, missing);
      return image;
    }
  HdImage *pulled = pull_first (store, text, options, &local);
  g_clear_error (&missing);
  if (pulled == NULL && image != NULL && options->policy == HD_PULL_NEWER
      && hd_error_code (local) == HD_NETWORK)
    {
      g_clear_error (&local);
      return image;
    }
  hd_image_free (image);
  if (local != NULL)
    g_propagate_error (error, local);
  return pulled;
}
