/* Images from and to registries, with the lines that docker prints. */
#include "cli/image-pull.h"

#include <stdio.h>

#include "base/error.h"
#include "cli/engine.h"
#include "engine/pull.h"
#include "engine/push.h"
#include "engine/registries.h"

/* "bb:1", "bb@sha256:...": as people read it. */
static char *
familiar_name (const HdRef *ref)
{
  g_autofree char *repository = hd_ref_repository (ref);
  g_autofree char *familiar = hd_ref_familiar (repository);
  return g_strconcat (familiar, ref->tag != NULL ? ":" : "@",
                      ref->tag != NULL ? ref->tag : ref->digest, NULL);
}

static void
say_pulled (const HdRef *ref, gboolean quiet, gboolean is_new, const char *digest)
{
  g_autofree char *name = familiar_name (ref);
  g_autofree char *whole = hd_ref_text (ref);
  if (!quiet)
    printf ("Digest: %s\nStatus: %s for %s\n", digest,
            is_new ? "Downloaded newer image" : "Image is up to date", name);
  puts (whole);
}

static HdImage *
pull_one (HdStore *store, const HdRef *ref, const HdInvocation *inv, HdProgress *progress,
          GError **error)
{
  const HdPull pull = { .platform = hd_inv_string (inv, "platform"),
                        .authfile = hd_inv_string (inv, "authfile"),
                        .progress = progress };
  gboolean quiet = hd_inv_flag (inv, "quiet");
  g_autofree char *digest = NULL;
  gboolean is_new = FALSE;
  if (!quiet)
    {
      printf ("%s: Pulling from %s\n", ref->tag != NULL ? ref->tag : ref->digest, ref->path);
      fflush (stdout);
    }
  HdImage *image = hd_pull (store, ref, &pull, &is_new, &digest, error);
  if (image != NULL)
    say_pulled (ref, quiet, is_new, digest);
  return image;
}

int
hd_cli_pull (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) refs = hd_registries_resolve (hd_inv_args (inv)[0], &error);
  g_autoptr (HdStore) store = refs != NULL ? hd_engine_open (&error) : NULL;
  g_autoptr (HdImage) image = NULL;
  if (store == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  g_autoptr (HdProgress) progress = hd_progress_new (hd_inv_flag (inv, "quiet"));
  for (guint i = 0; image == NULL && i < refs->len; i++)
    {
      g_clear_error (&error);
      image = pull_one (store, g_ptr_array_index (refs, i), inv, progress, &error);
      if (image == NULL && hd_error_code (error) != HD_NOT_FOUND
          && hd_error_code (error) != HD_DENIED)
        break;
    }
  return image != NULL ? 0 : hd_engine_fail (error, HD_STATUS_FAILED);
}

int
hd_cli_push (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdRef) ref = hd_ref_parse (hd_inv_args (inv)[0], &error);
  g_autoptr (HdStore) store = ref != NULL ? hd_engine_open (&error) : NULL;
  if (store == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  g_autoptr (HdProgress) progress = hd_progress_new (hd_inv_flag (inv, "quiet"));
  const HdPush push = { .authfile = hd_inv_string (inv, "authfile"), .progress = progress };
  g_autofree char *digest = NULL;
  guint64 size = 0;
  if (!hd_push (store, ref, &push, &digest, &size, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  g_autofree char *repository = hd_ref_repository (ref);
  if (!hd_inv_flag (inv, "quiet"))
    printf ("The push refers to repository [%s]\n", repository);
  printf ("%s: digest: %s size: %" G_GUINT64_FORMAT "\n", ref->tag != NULL ? ref->tag : "", digest,
          size);
  return 0;
}
