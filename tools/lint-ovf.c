/* GMarkup's events, with the prefixes of namespaces resolved. It expands no entities of its own, so
 * a small text stays small. */
#include "tools/lint-ovf.h"

#include <string.h>

#define OVF_NAMESPACE "http://schemas.dmtf.org/ovf/envelope/1"
#define RASD_NAMESPACE                                                                             \
  "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
#define VMW_NAMESPACE "http://www.vmware.com/schema/ovf"
#define MAX_VALUE_BYTES 4096u

typedef struct
{
  HdOvf *ovf;
  GHashTable *prefixes; /* prefix to namespace */
  GPtrArray *path;      /* char *: local names */
  GString *text;        /* of the innermost element */
  HdOvfItem *item;
  char *last_rasd; /* for the order in an item */
  guint n_elements;
  int section;         /* how far the envelope's order has come */
  guint foreign_depth; /* of the foreign element that we are in, or 0 */
} Reader;

static void
file_free (HdOvfFile *file)
{
  g_free (file->id);
  g_free (file->href);
  g_free (file->size);
  g_free (file);
}

static void
disk_free (HdOvfDisk *disk)
{
  g_free (disk->id);
  g_free (disk->file);
  g_free (disk->capacity);
  g_free (disk->units);
  g_free (disk->format);
  g_free (disk->populated);
  g_free (disk->volume_format);
  g_free (disk->volume_type);
  g_free (disk->interface);
  g_free (disk->description);
  g_free (disk);
}

static void
item_free (HdOvfItem *item)
{
  g_free (item->type);
  g_free (item->subtype);
  g_free (item->id);
  g_free (item->parent);
  g_free (item->host_resource);
  g_free (item->connection);
  g_free (item->caption);
  g_free (item->name);
  g_free (item->units);
  g_free (item->sockets);
  g_free (item->cores);
  g_free (item);
}

static void
config_free (HdOvfConfig *config)
{
  g_free (config->key);
  g_free (config->value);
  g_free (config->required);
  g_free (config);
}

void
hd_ovf_free (HdOvf *ovf)
{
  g_ptr_array_unref (ovf->files);
  g_ptr_array_unref (ovf->disks);
  g_ptr_array_unref (ovf->items);
  g_ptr_array_unref (ovf->configs);
  g_ptr_array_unref (ovf->networks);
  g_ptr_array_unref (ovf->properties);
  g_ptr_array_unref (ovf->foreign);
  g_free (ovf->root_namespace);
  g_free (ovf->system_type);
  g_free (ovf->system_name);
  g_free (ovf->os_id);
  g_free (ovf->os_type);
  g_free (ovf->ovirt_os_id);
  g_free (ovf->transport);
  g_free (ovf->bios_type);
  g_free (ovf->first_problem);
  g_free (ovf);
}

static const char *
local_name (const char *name)
{
  const char *colon = strchr (name, ':');
  return colon != NULL ? colon + 1 : name;
}

/* The namespace of an element's name; "" when its prefix is unknown or there is none. */
static const char *
namespace_of (const Reader *reader, const char *name)
{
  const char *colon = strchr (name, ':');
  g_autofree char *prefix = colon != NULL ? g_strndup (name, (gsize)(colon - name)) : g_strdup ("");
  const char *found = g_hash_table_lookup (reader->prefixes, prefix);
  return found != NULL ? found : "";
}

/* The value of an attribute, whatever its prefix is; `ovirt` asks for that prefix alone. */
static char *
attribute (const char **names, const char **values, const char *wanted, gboolean ovirt)
{
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_equal (local_name (names[i]), wanted)
        && g_str_has_prefix (names[i], "ovirt:") == ovirt)
      return g_strndup (values[i], MAX_VALUE_BYTES);
  return NULL;
}

static void
take (char **member, const char **names, const char **values, const char *wanted)
{
  if (*member == NULL)
    *member = attribute (names, values, wanted, FALSE);
}

static gboolean
is_ovf (const char *space)
{
  return g_str_has_prefix (space, OVF_NAMESPACE);
}

static void
problem (Reader *reader, const char *name, const char *what)
{
  if (reader->ovf->first_problem == NULL)
    reader->ovf->first_problem = g_strdup_printf ("%s %s", name, what);
}

/* References, sections, then the system: the schema's order. */
static void
check_section (Reader *reader, const char *name)
{
  int now = g_str_equal (name, "References")     ? 0
            : g_str_has_suffix (name, "Section") ? 1
            : g_str_equal (name, "VirtualSystem") || g_str_equal (name, "VirtualSystemCollection")
                ? 2
            : g_str_equal (name, "Strings") ? 3
                                            : -1;
  if (now < 0)
    problem (reader, name, "does not belong into the envelope");
  else if (now < reader->section)
    problem (reader, name, "comes too late in the envelope");
  reader->section = MAX (now, reader->section);
}

static void
start_known (Reader *reader, const char *name, const char **names, const char **values)
{
  HdOvf *ovf = reader->ovf;
  if (g_str_equal (name, "File"))
    {
      HdOvfFile *file = g_new0 (HdOvfFile, 1);
      g_ptr_array_add (ovf->files, file);
      take (&file->id, names, values, "id");
      take (&file->href, names, values, "href");
      take (&file->size, names, values, "size");
    }
  else if (g_str_equal (name, "Disk"))
    {
      HdOvfDisk *disk = g_new0 (HdOvfDisk, 1);
      g_ptr_array_add (ovf->disks, disk);
      take (&disk->id, names, values, "diskId");
      take (&disk->file, names, values, "fileRef");
      take (&disk->capacity, names, values, "capacity");
      take (&disk->units, names, values, "capacityAllocationUnits");
      take (&disk->format, names, values, "format");
      take (&disk->populated, names, values, "populatedSize");
      take (&disk->volume_format, names, values, "volume-format");
      take (&disk->volume_type, names, values, "volume-type");
      take (&disk->interface, names, values, "disk-interface");
      take (&disk->description, names, values, "description");
    }
  else if (g_str_equal (name, "Network"))
    {
      char *network = attribute (names, values, "name", FALSE);
      g_ptr_array_add (ovf->networks, network != NULL ? network : g_strdup (""));
    }
  else if (g_str_equal (name, "Property"))
    {
      char *key = attribute (names, values, "key", FALSE);
      g_ptr_array_add (ovf->properties, key != NULL ? key : g_strdup (""));
    }
  else if (g_str_equal (name, "OperatingSystemSection"))
    {
      take (&ovf->os_id, names, values, "id");
      take (&ovf->os_type, names, values, "osType");
      ovf->ovirt_os_id
          = ovf->ovirt_os_id != NULL ? ovf->ovirt_os_id : attribute (names, values, "id", TRUE);
    }
  else if (g_str_equal (name, "VirtualHardwareSection"))
    take (&ovf->transport, names, values, "transport");
  else if (g_str_equal (name, "Section"))
    ovf->old = TRUE;
  else if (g_str_equal (name, "Item"))
    {
      reader->item = g_new0 (HdOvfItem, 1);
      reader->item->ordered = TRUE;
      g_clear_pointer (&reader->last_rasd, g_free);
      g_ptr_array_add (ovf->items, reader->item);
    }
}

static void
start_foreign (Reader *reader, const char *space, const char *name, const char **names,
               const char **values)
{
  g_autofree char *required = attribute (names, values, "required", FALSE);
  if (g_str_equal (space, VMW_NAMESPACE)
      && (g_str_equal (name, "Config") || g_str_equal (name, "ExtraConfig")))
    {
      HdOvfConfig *config = g_new0 (HdOvfConfig, 1);
      g_ptr_array_add (reader->ovf->configs, config);
      take (&config->key, names, values, "key");
      take (&config->value, names, values, "value");
      config->required = g_steal_pointer (&required);
      return;
    }
  gboolean cim = strstr (space, "/cim-schema/2/") != NULL;
  if (cim || reader->foreign_depth != 0)
    return;
  if (g_strcmp0 (required, "false") != 0)
    g_ptr_array_add (reader->ovf->foreign, g_strdup (name));
  reader->foreign_depth = reader->path->len + 1;
}

static void
start (GMarkupParseContext *context, const char *qualified, const char **names, const char **values,
       gpointer data, GError **error)
{
  Reader *reader = data;
  gboolean second = reader->path->len == 0 && reader->ovf->root_namespace != NULL;
  if (second || ++reader->n_elements > HD_OVF_MAX_ELEMENTS || reader->path->len >= HD_OVF_MAX_DEPTH)
    {
      g_set_error_literal (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT,
                           "a second root, too many elements, or too deep");
      return;
    }
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], "xmlns"))
      g_hash_table_replace (reader->prefixes, g_strdup (""), g_strdup (values[i]));
    else if (g_str_has_prefix (names[i], "xmlns:"))
      {
        g_hash_table_replace (reader->prefixes, g_strdup (names[i] + 6), g_strdup (values[i]));
        reader->ovf->ovirt = reader->ovf->ovirt || g_str_equal (names[i], "xmlns:ovirt");
      }
  const char *name = local_name (qualified), *space = namespace_of (reader, qualified);
  if (reader->path->len == 0)
    {
      reader->ovf->is_envelope = g_str_equal (name, "Envelope");
      reader->ovf->root_namespace = g_strdup (space);
    }
  else if (reader->path->len == 1)
    check_section (reader, name);
  /* oVirt's own elements have no namespace. */
  if (is_ovf (space) || *space == '\0')
    start_known (reader, name, names, values);
  else
    start_foreign (reader, space, name, names, values);
  if (reader->item != NULL && g_str_equal (space, RASD_NAMESPACE))
    {
      if (reader->last_rasd != NULL && strcmp (reader->last_rasd, name) > 0)
        reader->item->ordered = FALSE;
      g_free (reader->last_rasd);
      reader->last_rasd = g_strdup (name);
    }
  g_ptr_array_add (reader->path, g_strdup (name));
  g_string_truncate (reader->text, 0);
}

static void
end (GMarkupParseContext *context, const char *qualified, gpointer data, GError **error)
{
  Reader *reader = data;
  const char *name = local_name (qualified);
  HdOvf *ovf = reader->ovf;
  g_autofree char *value = g_strstrip (g_strdup (reader->text->str));
  const struct
  {
    const char *name;
    char **member;
  } of_system[] = {
    { "VirtualSystemType", &ovf->system_type },
    { "Name", &ovf->system_name },
    { "BiosType", &ovf->bios_type },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (of_system); i++)
    if (g_str_equal (name, of_system[i].name) && *of_system[i].member == NULL)
      *of_system[i].member = g_strdup (value);
  if (reader->item != NULL)
    {
      HdOvfItem *item = reader->item;
      const struct
      {
        const char *name;
        char **member;
      } of_item[] = {
        { "ResourceType", &item->type },     { "ResourceSubType", &item->subtype },
        { "InstanceID", &item->id },         { "InstanceId", &item->id },
        { "Parent", &item->parent },         { "HostResource", &item->host_resource },
        { "Connection", &item->connection }, { "Caption", &item->caption },
        { "AllocationUnits", &item->units }, { "num_of_sockets", &item->sockets },
        { "cpu_per_socket", &item->cores },  { "ElementName", &item->name },
      };
      for (gsize i = 0; i < G_N_ELEMENTS (of_item); i++)
        if (g_str_equal (name, of_item[i].name) && *of_item[i].member == NULL)
          *of_item[i].member = g_strdup (value);
      if (g_str_equal (name, "Item"))
        reader->item = NULL;
    }
  g_string_truncate (reader->text, 0);
  if (reader->foreign_depth == reader->path->len)
    reader->foreign_depth = 0;
  g_ptr_array_set_size (reader->path, (int)reader->path->len - 1);
}

static void
text (GMarkupParseContext *context, const char *data_text, gsize length, gpointer data,
      GError **error)
{
  Reader *reader = data;
  if (reader->text->len + length <= MAX_VALUE_BYTES)
    g_string_append_len (reader->text, data_text, (gssize)length);
}

HdOvf *
hd_ovf_parse (const char *data, gsize length, GError **error)
{
  static const GMarkupParser parser = { .start_element = start, .end_element = end, .text = text };
  g_autoptr (HdOvf) ovf = g_new0 (HdOvf, 1);
  ovf->files = g_ptr_array_new_with_free_func ((GDestroyNotify)file_free);
  ovf->disks = g_ptr_array_new_with_free_func ((GDestroyNotify)disk_free);
  ovf->items = g_ptr_array_new_with_free_func ((GDestroyNotify)item_free);
  ovf->configs = g_ptr_array_new_with_free_func ((GDestroyNotify)config_free);
  ovf->networks = g_ptr_array_new_with_free_func (g_free);
  ovf->properties = g_ptr_array_new_with_free_func (g_free);
  ovf->foreign = g_ptr_array_new_with_free_func (g_free);
  Reader reader = {
    .ovf = ovf,
    .prefixes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
    .path = g_ptr_array_new_with_free_func (g_free),
    .text = g_string_new (NULL),
  };
  GMarkupParseContext *context = g_markup_parse_context_new (
      &parser, G_MARKUP_TREAT_CDATA_AS_TEXT | G_MARKUP_PREFIX_ERROR_POSITION, &reader, NULL);
  gboolean ok = g_markup_parse_context_parse (context, data, (gssize)length, error)
                && g_markup_parse_context_end_parse (context, error);
  g_markup_parse_context_free (context);
  g_hash_table_unref (reader.prefixes);
  g_ptr_array_unref (reader.path);
  g_string_free (reader.text, TRUE);
  g_free (reader.last_rasd);
  if (ok && ovf->root_namespace == NULL)
    {
      g_set_error_literal (error, G_MARKUP_ERROR, G_MARKUP_ERROR_EMPTY, "there is no element");
      return NULL;
    }
  return ok ? g_steal_pointer (&ovf) : NULL;
}
