/* dpkg's status file: stanzas of "Field: value", a line of space begins a continuation. */
#include "tools/packages.h"

#include <string.h>

#include "base/error.h"

typedef struct
{
  char *name;
  char *version;
  char *arch;
} Package;

static void
package_free (Package *package)
{
  g_free (package->name);
  g_free (package->version);
  g_free (package->arch);
  g_free (package);
}

static int
compare_packages (gconstpointer a, gconstpointer b)
{
  const Package *one = *(const Package *const *)a;
  const Package *two = *(const Package *const *)b;
  int order = strcmp (one->name, two->name);
  return order != 0 ? order : strcmp (one->arch, two->arch);
}

/* The value of `field` in the stanza, or NULL; free with g_free. */
static char *
field_value (char **lines, const char *field)
{
  gsize length = strlen (field);
  for (char **line = lines; *line != NULL; line++)
    if (strncmp (*line, field, length) == 0 && (*line)[length] == ':')
      return g_strstrip (g_strdup (*line + length + 1));
  return NULL;
}

static gboolean
add_stanza (GPtrArray *packages, const char *stanza, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (stanza, "\n", -1);
  g_autofree char *status = field_value (lines, "Status");
  if (status == NULL || !g_str_equal (status, "install ok installed"))
    return TRUE;
  Package *package = g_new0 (Package, 1);
  g_ptr_array_add (packages, package);
  package->name = field_value (lines, "Package");
  package->version = field_value (lines, "Version");
  package->arch = field_value (lines, "Architecture");
  if (package->name == NULL || package->version == NULL || package->arch == NULL)
    return hd_throw (error, HD_CORRUPT, NULL, "dpkg's status file: package %s lacks a field",
                     package->name != NULL ? package->name : "?");
  return TRUE;
}

GVariant *
hd_packages_parse (const char *status, GError **error)
{
  g_autoptr (GPtrArray) packages = g_ptr_array_new_with_free_func ((GDestroyNotify)package_free);
  g_auto (GStrv) stanzas = g_strsplit (status, "\n\n", -1);
  for (char **stanza = stanzas; *stanza != NULL; stanza++)
    if (!add_stanza (packages, *stanza, error))
      return NULL;
  g_ptr_array_sort (packages, compare_packages);

  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sss)"));
  for (guint i = 0; i < packages->len; i++)
    {
      const Package *package = g_ptr_array_index (packages, i);
      g_variant_builder_add (&builder, "(sss)", package->name, package->version, package->arch);
    }
  return g_variant_builder_end (&builder);
}
