/* Rows of containers with Docker's columns and filters. Asks nobody: rows and state files. */
#include "cli/container-ps.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/engine.h"
#include "cli/listing.h"
#include "common/cleanup.h"
#include "engine/container-filter.h"
#include "engine/container-row.h"
#include "engine/recover.h"

static const HdColumn columns[] = {
  { "ID", "CONTAINER ID", TRUE },
  { "Image", "IMAGE", TRUE },
  { "Command", "COMMAND", TRUE },
  { "CreatedAt", "CREATED AT", FALSE },
  { "RunningFor", "CREATED", TRUE },
  { "Status", "STATUS", TRUE },
  { "State", "STATE", FALSE },
  { "Ports", "PORTS", TRUE },
  { "Names", "NAMES", TRUE },
  { "Size", "SIZE", FALSE },
  { "Labels", "LABELS", FALSE },
  { "LocalVolumes", "LOCAL VOLUMES", FALSE },
  { "Mounts", "MOUNTS", FALSE },
  { "Networks", "NETWORKS", FALSE },
  { NULL },
};

/* What the options ask for. */
typedef struct
{
  gboolean all;
  gint64 last; /* 0: no limit */
  HdContainerFilter *filter;
  HdContainerRowOptions row;
} Wanted;

/* The state; a dead container is made right first. FALSE: it is gone. */
static gboolean
look_at (HdStore *store, const HdContainer *container, HdStatusNow *ret)
{
  /* A state that cannot be read is shown as dead. */
  if (!hd_status_now (store, container->id, ret, NULL))
    {
      ret->broken = TRUE;
      return TRUE;
    }
  if (!hd_recover_is_needed (container, ret))
    return TRUE;
  hd_recover_try (store, container);
  hd_status_now_clear (ret);
  g_autoptr (HdContainer) again = hd_container_find (store, container->id, NULL);
  return again != NULL && hd_status_now (store, container->id, ret, NULL);
}

static gboolean
add_rows (HdStore *store, const Wanted *wanted, GPtrArray *rows, GError **error)
{
  g_autoptr (GPtrArray) list = hd_container_list (store, error);
  if (list == NULL)
    return FALSE;
  for (guint i = 0; i < list->len && (wanted->last == 0 || rows->len < wanted->last); i++)
    {
      const HdContainer *container = g_ptr_array_index (list, i);
      g_auto (HdStatusNow) now = { .lives = FALSE };
      if (!look_at (store, container, &now) || (!wanted->all && !now.lives)
          || !hd_container_filter_matches (wanted->filter, container, &now))
        continue;
      g_ptr_array_add (rows, hd_container_row (store, container, &now, &wanted->row));
    }
  hd_recover_folders (store, list);
  return TRUE;
}

static void
free_row (gpointer row)
{
  hd_json_free (row);
}

int
hd_cli_ps (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdContainerFilter) filter
      = hd_container_filter_parse (hd_inv_strings (inv, "filter"), &error);
  g_autoptr (HdStore) store = filter != NULL ? hd_engine_open (&error) : NULL;
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (free_row);
  gint64 last = hd_inv_flag (inv, "latest") ? 1 : hd_inv_int (inv, "last", 0);
  const char *format = hd_inv_string (inv, "format");
  gboolean size = hd_inv_flag (inv, "size");
  Wanted wanted = {
    /* Who asks for a status or the last ones means those that have ended, too. */
    .all = hd_inv_flag (inv, "all") || last > 0 || hd_container_filter_has_status (filter),
    .last = MAX (last, 0),
    .filter = filter,
    .row = { .truncate = !hd_inv_flag (inv, "no-trunc"), .size = size },
  };
  if (store == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  if (!add_rows (store, &wanted, rows, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  if (hd_inv_flag (inv, "quiet") && format == NULL)
    format = "{{.ID}}";
  HdColumn shown[G_N_ELEMENTS (columns)];
  memcpy (shown, columns, sizeof columns);
  for (HdColumn *column = shown; column->key != NULL; column++)
    if (size && strcmp (column->key, "Size") == 0)
      column->shown = TRUE;
  if (!hd_listing_print (rows, shown, format, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}
