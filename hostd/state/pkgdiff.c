/* Two package lists -> what changed. */
#include "state/pkgdiff.h"

#include <string.h>

#include "state/commit.h"
#include "state/debversion.h"

/* A key for a package: two architectures of one name are two packages. */
static char *
package_key (const char *name, const char *arch)
{
  return g_strconcat (name, ":", arch, NULL);
}

/* key -> version; the versions belong to `packages`. */
static GHashTable *
index_packages (GVariant *packages)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GVariantIter iter;
  const char *name, *version, *arch;
  g_variant_iter_init (&iter, packages);
  while (g_variant_iter_next (&iter, "(&s&s&s)", &name, &version, &arch))
    g_hash_table_insert (index, package_key (name, arch), (gpointer)version);
  return index;
}

static int
compare_changes (gconstpointer a, gconstpointer b)
{
  return strcmp (((const HdPkgChange *)a)->name, ((const HdPkgChange *)b)->name);
}

/* Put each package of the new list where it belongs. */
static void
sort_new (HdPkgDiff *diff, GHashTable *old_index, GVariant *new_packages)
{
  GVariantIter iter;
  const char *name, *version, *arch;
  g_variant_iter_init (&iter, new_packages);
  while (g_variant_iter_next (&iter, "(&s&s&s)", &name, &version, &arch))
    {
      g_autofree char *key = package_key (name, arch);
      HdPkgChange change = { name, g_hash_table_lookup (old_index, key), version };
      if (change.old_version == NULL)
        g_array_append_val (diff->added, change);
      else if (strcmp (change.old_version, version) != 0)
        g_array_append_val (hd_debversion_compare (change.old_version, version) <= 0
                                ? diff->upgraded
                                : diff->downgraded,
                            change);
    }
}

static void
find_removed (HdPkgDiff *diff, GVariant *old_packages, GHashTable *new_index)
{
  GVariantIter iter;
  const char *name, *version, *arch;
  g_variant_iter_init (&iter, old_packages);
  while (g_variant_iter_next (&iter, "(&s&s&s)", &name, &version, &arch))
    {
      g_autofree char *key = package_key (name, arch);
      HdPkgChange change = { name, version, NULL };
      if (!g_hash_table_contains (new_index, key))
        g_array_append_val (diff->removed, change);
    }
}

HdPkgDiff *
hd_pkgdiff_new (GVariant *old_packages, GVariant *new_packages)
{
  HdPkgDiff *diff = g_new0 (HdPkgDiff, 1);
  GArray **arrays[] = { &diff->upgraded, &diff->downgraded, &diff->added, &diff->removed };
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    *arrays[i] = g_array_new (FALSE, FALSE, sizeof (HdPkgChange));
  if (old_packages == NULL || new_packages == NULL)
    return diff;

  diff->lists[0] = g_variant_ref (old_packages);
  diff->lists[1] = g_variant_ref (new_packages);
  g_autoptr (GHashTable) old_index = index_packages (old_packages);
  g_autoptr (GHashTable) new_index = index_packages (new_packages);
  sort_new (diff, old_index, new_packages);
  find_removed (diff, old_packages, new_index);
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_array_sort (*arrays[i], compare_changes);
  return diff;
}

void
hd_pkgdiff_free (HdPkgDiff *diff)
{
  if (diff == NULL)
    return;
  g_array_unref (diff->upgraded);
  g_array_unref (diff->downgraded);
  g_array_unref (diff->added);
  g_array_unref (diff->removed);
  for (gsize i = 0; i < G_N_ELEMENTS (diff->lists); i++)
    g_clear_pointer (&diff->lists[i], g_variant_unref);
  g_free (diff);
}

static hd_json *
changes_to_json (GArray *changes)
{
  hd_json *array = hd_json_new_array ();
  for (guint i = 0; i < changes->len; i++)
    {
      const HdPkgChange *change = &g_array_index (changes, HdPkgChange, i);
      hd_json *row = hd_json_new_array ();
      hd_json_append (row, hd_json_new_string (change->name));
      if (change->old_version != NULL)
        hd_json_append (row, hd_json_new_string (change->old_version));
      if (change->new_version != NULL)
        hd_json_append (row, hd_json_new_string (change->new_version));
      hd_json_append (array, row);
    }
  return array;
}

hd_json *
hd_pkgdiff_to_json (const HdPkgDiff *diff)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set (object, "upgraded", changes_to_json (diff->upgraded));
  hd_json_set (object, "added", changes_to_json (diff->added));
  hd_json_set (object, "removed", changes_to_json (diff->removed));
  hd_json_set (object, "downgraded", changes_to_json (diff->downgraded));
  return object;
}
