/* system prune: containers that do not run, networks, volumes, images. */
#include "cli/system-prune.h"

#include <stdio.h>

#include "base/error.h"
#include "cli/confirm.h"
#include "cli/engine.h"
#include "cli/image-size.h"
#include "cli/network-list.h"
#include "cli/volume-prune.h"
#include "common/cleanup.h"
#include "engine/container-lock.h"
#include "engine/imageremove.h"
#include "engine/remove.h"
#include "engine/status.h"
#include "engine/tree-size.h"

static void
print_list (const char *title, const GPtrArray *names)
{
  if (names->len > 0)
    printf ("%s:\n", title);
  for (guint i = 0; i < names->len; i++)
    puts (g_ptr_array_index (names, i));
  if (names->len > 0)
    putchar ('\n');
}

/* One that does not run, and that no command is just changing. */
static gboolean
prune_container (HdStore *store, const HdContainer *listed, GPtrArray *removed, guint64 *bytes,
                 GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  hd_autofd lock = hd_container_lock (store, listed->id, FALSE, NULL);
  if (lock < 0 || !hd_status_now (store, listed->id, &now, NULL) || now.lives
      || hd_status_monitor_lives (store, listed->id))
    return TRUE;
  g_autofree char *folder = hd_container_folder (store, listed->id);
  g_autofree char *upper = g_build_filename (folder, "upper", NULL);
  guint64 size = hd_tree_size (upper);
  if (!hd_remove (store, listed, FALSE, error))
    return FALSE;
  *bytes += size;
  g_ptr_array_add (removed, g_strdup (listed->id));
  return TRUE;
}

static gboolean
prune_containers (HdStore *store, guint64 *bytes, GError **error)
{
  g_autoptr (GPtrArray) removed = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) list = hd_container_list (store, error);
  for (guint i = 0; list != NULL && i < list->len; i++)
    if (!prune_container (store, g_ptr_array_index (list, i), removed, bytes, error))
      return FALSE;
  print_list ("Deleted Containers", removed);
  return list != NULL;
}

static gboolean
prune_networks (HdStore *store, const char *const *filters, GError **error)
{
  g_autoptr (GPtrArray) removed = hd_network_prune (store, filters, error);
  if (removed == NULL)
    return FALSE;
  print_list ("Deleted Networks", removed);
  return TRUE;
}

static gboolean
prune_volumes (HdStore *store, guint64 *bytes, GError **error)
{
  static const char *const no_filters[] = { NULL };
  guint64 freed;
  g_autoptr (GPtrArray) removed = hd_volume_prune (store, FALSE, no_filters, &freed, error);
  if (removed == NULL)
    return FALSE;
  *bytes += freed;
  print_list ("Deleted Volumes", removed);
  return TRUE;
}

static gboolean
prune_images (HdStore *store, gboolean all, guint64 *bytes, GError **error)
{
  g_auto (HdRemoved) removed = { NULL, NULL };
  guint64 freed;
  if (!hd_image_prune (store, all, &removed, &freed, error))
    return FALSE;
  *bytes += freed;
  if (removed.untagged->len + removed.deleted->len > 0)
    puts ("Deleted Images:");
  for (guint i = 0; i < removed.untagged->len; i++)
    printf ("untagged: %s\n", (char *)g_ptr_array_index (removed.untagged, i));
  for (guint i = 0; i < removed.deleted->len; i++)
    printf ("deleted: %s\n", (char *)g_ptr_array_index (removed.deleted, i));
  if (removed.untagged->len + removed.deleted->len > 0)
    putchar ('\n');
  return TRUE;
}

int
hd_cli_system_prune (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  gboolean all = hd_inv_flag (invocation, "all"), volumes = hd_inv_flag (invocation, "volumes");
  guint64 bytes = 0;
  if (store == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  g_autofree char *what
      = g_strdup_printf ("all stopped containers, all networks that no container uses%s, and %s",
                         volumes ? ", anonymous volumes that no container uses" : "",
                         all ? "all images that no container uses" : "images without a name");
  if (!hd_inv_flag (invocation, "force") && !hd_confirm (what))
    return 0;
  if (!prune_containers (store, &bytes, &error)
      || !prune_networks (store, hd_inv_strings (invocation, "filter"), &error)
      || (volumes && !prune_volumes (store, &bytes, &error))
      || !prune_images (store, all, &bytes, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  g_autofree char *size = hd_image_size_text (bytes);
  printf ("Total reclaimed space: %s\n", size);
  return 0;
}
