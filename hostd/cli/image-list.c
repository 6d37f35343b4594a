/* Images with docker's columns and filters. */
#include "cli/image-list.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "cli/engine.h"
#include "cli/image-size.h"
#include "cli/listing.h"
#include "engine/image-filter.h"
#include "engine/imageinfo.h"
#include "engine/imagetime.h"
#include "engine/layer.h"
#include "engine/status.h"

#define NONE "<none>"

#define COLUMNS(digest)                                                                            \
  {                                                                                                \
    { "Repository", "REPOSITORY", TRUE }, { "Tag", "TAG", TRUE }, { "Digest", "DIGEST", digest },  \
        { "ID", "IMAGE ID", TRUE }, { "CreatedSince", "CREATED", TRUE },                           \
        { "CreatedAt", "CREATED AT", FALSE }, { "Size", "SIZE", TRUE },                            \
        { "VirtualSize", "VIRTUAL SIZE", FALSE }, { "Containers", "CONTAINERS", FALSE },           \
        { "SharedSize", "SHARED SIZE", FALSE }, { "UniqueSize", "UNIQUE SIZE", FALSE },            \
    {                                                                                              \
      NULL                                                                                         \
    }                                                                                              \
  }

static const HdColumn columns[] = COLUMNS (FALSE);
static const HdColumn columns_with_digest[] = COLUMNS (TRUE);

static const HdColumn history_columns[] = {
  { "ID", "IMAGE", TRUE },
  { "CreatedSince", "CREATED", TRUE },
  { "CreatedAt", "CREATED AT", FALSE },
  { "CreatedBy", "CREATED BY", TRUE },
  { "Size", "SIZE", TRUE },
  { "Comment", "COMMENT", TRUE },
  { NULL },
};

/* "2 weeks ago", or "N/A". */
static char *
age_text (gint64 created)
{
  if (created == 0)
    return g_strdup ("N/A");
  g_autofree char *text = hd_status_duration (time (NULL) - created);
  return g_strconcat (text, " ago", NULL);
}

static char *
time_text (gint64 created)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (created);
  return when != NULL ? g_date_time_format (when, "%Y-%m-%d %H:%M:%S %z %Z") : g_strdup ("");
}

/* ---- images ---- */

typedef struct
{
  const HdImageFilter *filter;
  gboolean no_trunc, digests;
  GPtrArray *rows;
} List;

static void
add_row (List *list, const HdImage *image, const char *repository, const char *tag,
         const char *digest)
{
  hd_json *row = hd_json_new_object ();
  g_autofree char *id
      = list->no_trunc ? g_strconcat ("sha256:", image->id, NULL) : hd_digest_short (image->id);
  g_autofree char *since = age_text (image->created);
  g_autofree char *at = time_text (image->created);
  g_autofree char *size = hd_image_size_text (image->size_bytes);
  hd_json_set_string (row, "Repository", repository);
  hd_json_set_string (row, "Tag", tag);
  hd_json_set_string (row, "Digest", digest);
  hd_json_set_string (row, "ID", id);
  hd_json_set_string (row, "CreatedSince", since);
  hd_json_set_string (row, "CreatedAt", at);
  hd_json_set_string (row, "Size", size);
  hd_json_set_string (row, "VirtualSize", size);
  hd_json_set_string (row, "Containers", "N/A");
  hd_json_set_string (row, "SharedSize", "N/A");
  hd_json_set_string (row, "UniqueSize", "N/A");
  g_ptr_array_add (list->rows, row);
}

/* The digest that an image has in a repository, or "<none>". */
static const char *
digest_in (char **digests, const char *repository)
{
  gsize length = strlen (repository);
  for (; *digests != NULL; digests++)
    if (strncmp (*digests, repository, length) == 0 && (*digests)[length] == '@')
      return *digests + length + 1;
  return NONE;
}

static char **
texts_of (GHashTable *all, const char *id)
{
  static char *none[] = { NULL };
  const GPtrArray *texts = g_hash_table_lookup (all, id);
  return texts != NULL ? (char **)texts->pdata : none;
}

/* A row for each name; for none, one with its repository if it has a digest of one. */
static void
add_image (List *list, const HdImage *image, char **names, char **digests)
{
  gboolean any = names[0] != NULL;
  for (; *names != NULL; names++)
    {
      if (!hd_image_filter_matches_name (list->filter, *names))
        continue;
      const char *colon = strrchr (*names, ':');
      g_autofree char *repository = g_strndup (*names, (gsize)(colon - *names));
      add_row (list, image, repository, colon + 1, digest_in (digests, repository));
    }
  if (any || !hd_image_filter_matches_name (list->filter, NULL))
    return;
  const char *at = digests[0] != NULL ? strchr (digests[0], '@') : NULL;
  g_autofree char *repository
      = at != NULL ? g_strndup (digests[0], (gsize)(at - digests[0])) : g_strdup (NONE);
  add_row (list, image, repository, NONE, at != NULL ? at + 1 : NONE);
}

static gboolean
fill (List *list, HdStore *store, GError **error)
{
  g_autoptr (GPtrArray) images = hd_image_list (store, error);
  g_autoptr (GHashTable) names = images != NULL ? hd_image_all_names (store, error) : NULL;
  g_autoptr (GHashTable) digests = names != NULL ? hd_image_all_digests (store, error) : NULL;
  for (guint i = 0; digests != NULL && i < images->len; i++)
    {
      const HdImage *image = g_ptr_array_index (images, i);
      gboolean matches;
      if (!hd_image_filter_matches (list->filter, store, image, &matches, error))
        return FALSE;
      if (matches)
        add_image (list, image, texts_of (names, image->id), texts_of (digests, image->id));
    }
  return digests != NULL;
}

int
hd_cli_images (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdImageFilter) filter
      = store != NULL ? hd_image_filter_new (store, hd_inv_strings (inv, "filter"),
                                             hd_inv_args (inv)[0], &error)
                      : NULL;
  g_autoptr (GPtrArray) rows = hd_listing_new ();
  const char *format = hd_inv_string (inv, "format");
  gboolean digests = hd_inv_flag (inv, "digests");
  List list = {
    .filter = filter, .no_trunc = hd_inv_flag (inv, "no-trunc"), .digests = digests, .rows = rows
  };
  if (filter == NULL || !fill (&list, store, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  if (hd_inv_flag (inv, "quiet") && format == NULL)
    format = "{{.ID}}";
  if (!hd_listing_print (rows, digests ? columns_with_digest : columns, format, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

/* ---- history ---- */

#define CREATED_BY_WIDTH 45

/* Cut to a width in characters, as docker does. */
static char *
cut (const char *text, gboolean no_trunc)
{
  if (no_trunc || g_utf8_strlen (text, -1) <= CREATED_BY_WIDTH)
    return g_strdup (text);
  g_autofree char *start = g_utf8_substring (text, 0, CREATED_BY_WIDTH - 1);
  return g_strconcat (start, "…", NULL);
}

static char *
history_size (guint64 bytes, gboolean human)
{
  return human ? hd_image_size_text (bytes) : g_strdup_printf ("%" G_GUINT64_FORMAT, bytes);
}

static hd_json *
history_row (const HdHistory *entry, const char *id, guint64 bytes, const HdInvocation *inv)
{
  gboolean no_trunc = hd_inv_flag (inv, "no-trunc");
  gboolean human = !hd_inv_given (inv, "human") || hd_inv_flag (inv, "human");
  gint64 created = hd_image_time_seconds (entry->created);
  g_autofree char *since = human ? age_text (created) : g_strdup (entry->created);
  g_autofree char *by = cut (entry->created_by != NULL ? entry->created_by : "", no_trunc);
  g_autofree char *size = history_size (bytes, human);
  hd_json *row = hd_json_new_object ();
  hd_json_set_string (row, "ID", id);
  hd_json_set_string (row, "CreatedSince", since != NULL ? since : "N/A");
  hd_json_set_string (row, "CreatedAt", entry->created != NULL ? entry->created : "");
  hd_json_set_string (row, "CreatedBy", by);
  hd_json_set_string (row, "Size", size);
  hd_json_set_string (row, "Comment", entry->comment != NULL ? entry->comment : "");
  return row;
}

/* The newest first; sizes belong to entries that made a layer. */
static void
add_history (GPtrArray *rows, const HdImage *image, const HdImageConfig *config,
             const GArray *sizes, const HdInvocation *inv)
{
  guint layer = sizes->len;
  g_autofree char *id = hd_inv_flag (inv, "no-trunc") ? g_strconcat ("sha256:", image->id, NULL)
                                                      : hd_digest_short (image->id);
  for (guint i = config->history->len; i > 0; i--)
    {
      const HdHistory *entry = g_ptr_array_index (config->history, i - 1);
      guint64 bytes = 0;
      if (!entry->empty_layer && layer > 0)
        bytes = g_array_index (sizes, guint64, --layer);
      g_ptr_array_add (
          rows, history_row (entry, i == config->history->len ? id : "<missing>", bytes, inv));
    }
}

int
hd_cli_history_of_image (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdImage) image
      = store != NULL ? hd_image_find (store, hd_inv_args (inv)[0], &error) : NULL;
  g_autoptr (HdImageConfig) config = image != NULL ? hd_image_config (store, image, &error) : NULL;
  g_autoptr (GArray) sizes = config != NULL ? hd_layer_sizes (store, image->layer, &error) : NULL;
  g_autoptr (GPtrArray) rows = hd_listing_new ();
  const char *format = hd_inv_string (inv, "format");
  if (sizes == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  add_history (rows, image, config, sizes, inv);
  if (hd_inv_flag (inv, "quiet") && format == NULL)
    format = "{{.ID}}";
  if (!hd_listing_print (rows, history_columns, format, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return 0;
}

/* ---- inspect ---- */

int
hd_cli_image_inspect (const HdInvocation *inv)
{
  g_autoptr (GError) open_error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&open_error);
  g_autoptr (GPtrArray) values = hd_listing_new ();
  int status = 0;
  if (store == NULL)
    return hd_engine_fail (open_error, HD_STATUS_FAILED);
  for (const char *const *name = hd_inv_args (inv); *name != NULL; name++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (HdImage) image = hd_image_find (store, *name, &error);
      hd_json *value = image != NULL ? hd_image_describe (store, image, &error) : NULL;
      if (value != NULL)
        g_ptr_array_add (values, value);
      else
        status = hd_engine_fail (error, HD_STATUS_FAILED);
    }
  g_autoptr (GError) error = NULL;
  if (!hd_listing_inspect (values, hd_inv_string (inv, "format"), &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return status;
}
