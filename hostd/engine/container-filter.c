/* Filters. */
#include "engine/container-filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

typedef gboolean (*Test) (const char *value, const HdContainer *container, const HdStatusNow *now);

typedef struct
{
  guint key; /* in `tests` */
  char *value;
} Condition;

struct _HdContainerFilter
{
  GArray *conditions; /* of Condition */
};

static gboolean
has_id (const char *value, const HdContainer *container, const HdStatusNow *now)
{
  return g_str_has_prefix (container->id, value);
}

/* A part of the name, or an expression. */
static gboolean
has_name (const char *value, const HdContainer *container, const HdStatusNow *now)
{
  g_autofree char *slashed = g_strconcat ("/", container->name, NULL);
  return g_regex_match_simple (value, container->name, 0, 0)
         || g_regex_match_simple (value, slashed, 0, 0);
}

static gboolean
has_label (const char *value, const HdContainer *container, const HdStatusNow *now)
{
  gsize length = strcspn (value, "=");
  g_autofree char *key = g_strndup (value, length);
  const char *found
      = hd_json_get_string (hd_json_get (hd_container_config (container), "Labels"), key, NULL);
  return found != NULL && (value[length] == '\0' || strcmp (value + length + 1, found) == 0);
}

static gboolean
has_status (const char *value, const HdContainer *container, const HdStatusNow *now)
{
  return strcmp (value, now->broken ? "dead" : mon_status_name (now->state.status)) == 0;
}

static gboolean
has_exited (const char *value, const HdContainer *container, const HdStatusNow *now)
{
  return !now->lives && now->state.status == MON_EXITED_STATUS
         && atoi (value) == now->state.exit_code;
}

static gboolean
has_health (const char *value, const HdContainer *container, const HdStatusNow *now)
{
  return strcmp (value, mon_health_name (now->state.health)) == 0;
}

static gboolean
has_ancestor (const char *value, const HdContainer *container, const HdStatusNow *now)
{
  g_autofree char *latest = g_strconcat (value, ":latest", NULL);
  const char *hex = g_str_has_prefix (value, "sha256:") ? value + 7 : value;
  return strcmp (container->image_name, value) == 0 || strcmp (container->image_name, latest) == 0
         || (container->image != NULL && strlen (hex) >= 12
             && g_str_has_prefix (container->image, hex));
}

static gboolean
has_network (const char *value, const HdContainer *container, const HdStatusNow *now)
{
  const char *mode
      = hd_json_get_string (hd_container_host_config (container), "NetworkMode", "default");
  return strcmp (strcmp (mode, "default") == 0 ? "bridge" : mode, value) == 0;
}

static gboolean
has_volume (const char *value, const HdContainer *container, const HdStatusNow *now)
{
  const hd_json *mounts = hd_json_get (container->body, "Mounts");
  for (gsize i = 0; i < hd_json_length (mounts); i++)
    {
      const hd_json *mount = hd_json_at (mounts, i);
      if (strcmp (hd_json_get_string (mount, "Name", ""), value) == 0
          || strcmp (hd_json_get_string (mount, "Destination", ""), value) == 0)
        return TRUE;
    }
  return FALSE;
}

static const struct
{
  const char *key;
  Test test;
} tests[] = {
  { "id", has_id },
  { "name", has_name },
  { "label", has_label },
  { "status", has_status },
  { "exited", has_exited },
  { "health", has_health },
  { "ancestor", has_ancestor },
  { "network", has_network },
  { "volume", has_volume },
};

void
hd_container_filter_free (HdContainerFilter *filter)
{
  if (filter == NULL)
    return;
  for (guint i = 0; i < filter->conditions->len; i++)
    g_free (g_array_index (filter->conditions, Condition, i).value);
  g_array_unref (filter->conditions);
  g_free (filter);
}

static gboolean
add_condition (HdContainerFilter *filter, const char *text, GError **error)
{
  gsize length = strcspn (text, "=");
  for (guint i = 0; text[length] == '=' && i < G_N_ELEMENTS (tests); i++)
    if (strlen (tests[i].key) == length && strncmp (tests[i].key, text, length) == 0)
      {
        Condition condition = { i, g_strdup (text + length + 1) };
        g_array_append_val (filter->conditions, condition);
        return TRUE;
      }
  return hd_throw (error, HD_USAGE,
                   "id, name, label, status, exited, health, ancestor, network or volume",
                   "--filter: \"%s\" is not understood", text);
}

HdContainerFilter *
hd_container_filter_parse (const char *const *texts, GError **error)
{
  g_autoptr (HdContainerFilter) filter = g_new0 (HdContainerFilter, 1);
  filter->conditions = g_array_new (FALSE, FALSE, sizeof (Condition));
  for (; *texts != NULL; texts++)
    if (!add_condition (filter, *texts, error))
      return NULL;
  return g_steal_pointer (&filter);
}

gboolean
hd_container_filter_has_status (const HdContainerFilter *filter)
{
  for (guint i = 0; filter != NULL && i < filter->conditions->len; i++)
    {
      Test test = tests[g_array_index (filter->conditions, Condition, i).key].test;
      if (test == has_status || test == has_exited)
        return TRUE;
    }
  return FALSE;
}

/* Labels must all be there; of another key one is enough. */
static gboolean
matches_key (const HdContainerFilter *filter, guint key, const HdContainer *container,
             const HdStatusNow *now)
{
  gboolean asked = FALSE, every = tests[key].test == has_label;
  for (guint i = 0; i < filter->conditions->len; i++)
    {
      const Condition *condition = &g_array_index (filter->conditions, Condition, i);
      if (condition->key != key)
        continue;
      asked = TRUE;
      gboolean good = tests[key].test (condition->value, container, now);
      if (good != every)
        return good;
    }
  return !asked || every;
}

gboolean
hd_container_filter_matches (const HdContainerFilter *filter, const HdContainer *container,
                             const HdStatusNow *now)
{
  for (guint key = 0; key < G_N_ELEMENTS (tests); key++)
    if (!matches_key (filter, key, container, now))
      return FALSE;
  return TRUE;
}
