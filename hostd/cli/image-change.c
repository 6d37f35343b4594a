/* Names of images, and images that go. */
#include "cli/image-change.h"

#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/engine.h"
#include "cli/image-size.h"
#include "engine/image-rows.h"
#include "engine/imageremove.h"

static void
print_removed (const HdRemoved *removed)
{
  for (guint i = 0; i < removed->untagged->len; i++)
    printf ("Untagged: %s\n", (const char *)g_ptr_array_index (removed->untagged, i));
  for (guint i = 0; i < removed->deleted->len; i++)
    printf ("Deleted: %s\n", (const char *)g_ptr_array_index (removed->deleted, i));
}

static gboolean
remove_one (HdStore *store, const char *name, const HdInvocation *inv, GError **error)
{
  g_auto (HdRemoved) removed = { NULL };
  gboolean force = hd_inv_flag (inv, "force");
  GError *local = NULL;
  if (hd_image_remove (store, name, force, &removed, &local))
    {
      print_removed (&removed);
      return TRUE;
    }
  if (force && hd_error_code (local) == HD_NOT_FOUND)
    {
      g_clear_error (&local);
      return TRUE;
    }
  g_propagate_error (error, local);
  return FALSE;
}

int
hd_cli_rmi (const HdInvocation *inv)
{
  return hd_engine_each (inv, remove_one, FALSE);
}

int
hd_cli_tag (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  const char *const *args = hd_inv_args (inv);
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdImage) image = store != NULL ? hd_image_find (store, args[0], &error) : NULL;
  g_autoptr (HdRef) ref = image != NULL ? hd_ref_parse (args[1], &error) : NULL;
  if (ref != NULL && ref->digest != NULL)
    hd_throw (&error, HD_USAGE, NULL, "\"%s\": a name that is given has no digest", args[1]);
  if (error != NULL || !hd_image_name (store, image->id, ref, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

/* Ask on a terminal, as docker does; elsewhere only -f says yes. */
static gboolean
confirm (const HdInvocation *inv, const char *warning)
{
  char answer[16] = "";
  if (hd_inv_flag (inv, "force"))
    return TRUE;
  printf ("WARNING! This will remove %s.\nAre you sure you want to continue? [y/N] ", warning);
  fflush (stdout);
  if (fgets (answer, sizeof answer, stdin) == NULL)
    putchar ('\n');
  return answer[0] == 'y' || answer[0] == 'Y';
}

int
hd_cli_image_prune (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_auto (HdRemoved) removed = { NULL };
  gboolean all = hd_inv_flag (inv, "all");
  guint64 bytes = 0;
  if (!confirm (inv, all ? "all images without at least one container associated to them"
                         : "all dangling images"))
    return 0;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store == NULL || !hd_image_prune (store, all, &removed, &bytes, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  g_autofree char *size = hd_image_size_text (bytes);
  if (removed.untagged->len + removed.deleted->len > 0)
    {
      puts ("Deleted Images:");
      for (guint i = 0; i < removed.untagged->len; i++)
        printf ("untagged: %s\n", (const char *)g_ptr_array_index (removed.untagged, i));
      for (guint i = 0; i < removed.deleted->len; i++)
        printf ("deleted: %s\n", (const char *)g_ptr_array_index (removed.deleted, i));
      putchar ('\n');
    }
  printf ("Total reclaimed space: %s\n", size);
  return 0;
}
