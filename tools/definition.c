/* Definition files to a value: one table of keys, one table that says which member a key fills.
 *
 * Lists come word by word, and a word that "Remove=" names is taken out again, so that a definition
 * that is laid over another can both add and take away.
 */
#include "tools/definition.h"

#include <string.h>

#include "base/error.h"
#include "tools/digest.h"

/* Sizes that a boot needs: one more kernel and initramfs than the deployments that are kept, and a
 * FAT32 file system. */
#define DISK_MIN_BYTES (2 * G_GUINT64_CONSTANT (1073741824))
#define BOOT_MIN_BYTES (128 * G_GUINT64_CONSTANT (1048576))
#define ESP_MIN_BYTES (34 * G_GUINT64_CONSTANT (1048576))
#define ALIGNMENT_BYTES 1048576

const HdIniKey hd_definition_keys[] = {
  { "Image", "Name", "name of the image; the files that are made begin with it" },
  { "Image", "Title", "name for people" },
  { "Image", "Suite", "Debian suite" },
  { "Image", "Architecture", "Debian architecture" },
  { "Image", "StateRoot", "name of the stateroot; default: the name of the image" },
  { "Image", "Ref", "branch; default NAME/ARCHITECTURE/stable" },
  { "Packages", "Include", "packages to install" },
  { "Packages", "Remove", "words to take out of Include again" },
  { "Packages", "Purge", "packages to remove when the initramfs is made" },
  { "Files", "Tree", "SOURCE[:TARGET], a folder or file that is laid over the tree" },
  { "Files", "Drop", "patterns of paths that do not enter the tree" },
  { "Files", "Passwd", "lines for /etc/passwd: users with fixed numbers" },
  { "Files", "Group", "lines for /etc/group: groups with fixed numbers" },
  { "Hooks", "Essential", "script that runs in the tree before most packages are installed" },
  { "Hooks", "Customize", "script that runs in the tree after all packages are installed" },
  { "Units", "Enable", "units to enable" },
  { "Units", "Disable", "units to disable" },
  { "Units", "Mask", "units to mask" },
  { "Kernel", "Arguments", "kernel arguments" },
  { "Agent", "Source", "folder of the host agent's sources; empty: none" },
  { "Agent", "Build", "packages that building the agent takes" },
  { "Agent", "Enable", "units of the agent to enable" },
  { "Disk", "Size", "virtual size of the disk" },
  { "Disk", "Esp", "size of the EFI system partition" },
  { "Disk", "Boot", "size of /boot" },
  { "Disk", "GrubConfig", "the static grub.cfg" },
  { "Signing", "Key", "user id of the key that signs commits" },
  { "Remote", "Name", "name of the update server in the image" },
  { "Remote", "Url", "its address" },
  { NULL },
};

/* Which member takes which key: texts, paths (made absolute) and lists of words. */
typedef enum
{
  MEMBER_TEXT,
  MEMBER_PATH,
  MEMBER_WORDS
} MemberType;

static const struct
{
  const char *section;
  const char *key;
  MemberType type;
  gboolean required;
  gsize offset;
} members[] = {
#define MEMBER(section, key, type, required, name)                                                 \
  {                                                                                                \
    section, key, type, required, G_STRUCT_OFFSET (HdDefinition, name)                             \
  }
  MEMBER ("Image", "Name", MEMBER_TEXT, TRUE, name),
  MEMBER ("Image", "Title", MEMBER_TEXT, FALSE, title),
  MEMBER ("Image", "Suite", MEMBER_TEXT, TRUE, suite),
  MEMBER ("Image", "Architecture", MEMBER_TEXT, TRUE, arch),
  MEMBER ("Image", "StateRoot", MEMBER_TEXT, FALSE, stateroot),
  MEMBER ("Image", "Ref", MEMBER_TEXT, FALSE, ref),
  MEMBER ("Packages", "Include", MEMBER_WORDS, TRUE, packages),
  MEMBER ("Packages", "Purge", MEMBER_WORDS, FALSE, purge),
  MEMBER ("Files", "Drop", MEMBER_WORDS, FALSE, drop),
  MEMBER ("Files", "Passwd", MEMBER_PATH, TRUE, passwd),
  MEMBER ("Files", "Group", MEMBER_PATH, TRUE, group),
  MEMBER ("Hooks", "Essential", MEMBER_PATH, TRUE, essential_hook),
  MEMBER ("Hooks", "Customize", MEMBER_PATH, TRUE, customize_hook),
  MEMBER ("Units", "Enable", MEMBER_WORDS, FALSE, enable),
  MEMBER ("Units", "Disable", MEMBER_WORDS, FALSE, disable),
  MEMBER ("Units", "Mask", MEMBER_WORDS, FALSE, mask),
  MEMBER ("Kernel", "Arguments", MEMBER_WORDS, FALSE, kargs),
  MEMBER ("Agent", "Source", MEMBER_PATH, FALSE, agent_source),
  MEMBER ("Agent", "Build", MEMBER_WORDS, FALSE, agent_build),
  MEMBER ("Agent", "Enable", MEMBER_WORDS, FALSE, agent_enable),
  MEMBER ("Disk", "GrubConfig", MEMBER_PATH, TRUE, grub_config),
  MEMBER ("Signing", "Key", MEMBER_TEXT, TRUE, key_name),
  MEMBER ("Remote", "Name", MEMBER_TEXT, TRUE, remote),
  MEMBER ("Remote", "Url", MEMBER_TEXT, TRUE, remote_url),
#undef MEMBER
};

static void
overlay_free (HdOverlay *overlay)
{
  g_free (overlay->source);
  g_free (overlay->target);
  g_free (overlay);
}

static char *
resolve_path (const char *folder, const char *path)
{
  return g_canonicalize_filename (path, folder);
}

static gboolean
fill_members (HdDefinition *definition, const HdIni *ini, const char *folder, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    {
      gpointer member = G_STRUCT_MEMBER_P (definition, members[i].offset);
      const char *value = hd_ini_string (ini, members[i].section, members[i].key);
      if (value == NULL && members[i].required)
        return hd_throw (error, HD_CONFIG, "every definition needs it", "%s= is missing in [%s]",
                         members[i].key, members[i].section);
      if (members[i].type == MEMBER_WORDS)
        {
          *(char ***)member = hd_ini_words (ini, members[i].section, members[i].key, error);
          if (*(char ***)member == NULL)
            return FALSE;
        }
      else if (members[i].type == MEMBER_PATH && value != NULL)
        *(char **)member = resolve_path (folder, value);
      else
        *(char **)member = g_strdup (value);
    }
  return TRUE;
}

/* Take the words of Remove= out of the packages; one that is not among them is a mistake. */
static gboolean
remove_packages (HdDefinition *definition, const HdIni *ini, GError **error)
{
  g_auto (GStrv) words = hd_ini_words (ini, "Packages", "Remove", error);
  if (words == NULL)
    return FALSE;
  for (char **word = words; *word != NULL; word++)
    {
      gsize kept = 0;
      gboolean found = FALSE;
      for (char **package = definition->packages; *package != NULL; package++)
        if (g_str_equal (*package, *word))
          {
            found = TRUE;
            g_free (*package);
          }
        else
          definition->packages[kept++] = *package;
      definition->packages[kept] = NULL;
      if (!found)
        return hd_throw (error, HD_CONFIG, "Remove= takes words of Include= only",
                         "%s: package %s is not included", hd_ini_place (ini, "Packages", "Remove"),
                         *word);
    }
  return TRUE;
}

static gboolean
fill_overlays (HdDefinition *definition, const HdIni *ini, const char *folder, GError **error)
{
  g_auto (GStrv) words = hd_ini_words (ini, "Files", "Tree", error);
  if (words == NULL)
    return FALSE;
  for (char **word = words; *word != NULL; word++)
    {
      g_auto (GStrv) parts = g_strsplit (*word, ":", 2);
      const char *target = parts[1] != NULL ? parts[1] : "/";
      if (target[0] != '/')
        return hd_throw (error, HD_CONFIG, "write SOURCE:/ABSOLUTE/TARGET",
                         "%s: target %s is not an absolute path",
                         hd_ini_place (ini, "Files", "Tree"), target);
      HdOverlay *overlay = g_new0 (HdOverlay, 1);
      overlay->source = resolve_path (folder, parts[0]);
      overlay->target = g_strdup (target);
      g_ptr_array_add (definition->overlays, overlay);
    }
  return TRUE;
}

static gboolean
fill_size (const HdIni *ini, const char *key, guint64 fallback, guint64 least, guint64 *ret,
           GError **error)
{
  guint64 size_bytes;
  if (!hd_ini_size (ini, "Disk", key, fallback, &size_bytes, error))
    return FALSE;
  if (size_bytes < least || size_bytes % ALIGNMENT_BYTES != 0)
    return hd_throw (error, HD_CONFIG, "sizes are whole MiB, as 512M or 8G",
                     "%s: %s=%" G_GUINT64_FORMAT " must be a multiple of 1 MiB and at least %" //
                     G_GUINT64_FORMAT " MiB",
                     hd_ini_place (ini, "Disk", key), key, size_bytes, least / ALIGNMENT_BYTES);
  *ret = size_bytes;
  return TRUE;
}

static gboolean
fill_sizes (HdDefinition *definition, const HdIni *ini, GError **error)
{
  return fill_size (ini, "Size", 8 * G_GUINT64_CONSTANT (1073741824), DISK_MIN_BYTES,
                    &definition->disk_bytes, error)
         && fill_size (ini, "Esp", 64 * 1048576, ESP_MIN_BYTES, &definition->esp_bytes, error)
         && fill_size (ini, "Boot", 512 * 1048576, BOOT_MIN_BYTES, &definition->boot_bytes, error);
}

static void
fill_defaults (HdDefinition *definition)
{
  if (definition->title == NULL)
    definition->title = g_strdup (definition->name);
  if (definition->stateroot == NULL)
    definition->stateroot = g_strdup (definition->name);
  if (definition->ref == NULL)
    definition->ref = g_strdup_printf ("%s/%s/stable", definition->name, definition->arch);
}

HdDefinition *
hd_definition_new (const HdIni *ini, const char *folder, GError **error)
{
  g_autoptr (HdDefinition) definition = g_new0 (HdDefinition, 1);
  definition->overlays = g_ptr_array_new_with_free_func ((GDestroyNotify)overlay_free);
  if (!fill_members (definition, ini, folder, error) || !remove_packages (definition, ini, error)
      || !fill_overlays (definition, ini, folder, error) || !fill_sizes (definition, ini, error))
    return NULL;
  fill_defaults (definition);
  return g_steal_pointer (&definition);
}

/* Everything that decides what the image becomes: each value by its key, and the content of the
 * files that the values name. */
static gboolean
digest_of (const HdDefinition *definition, const HdIni *ini, char **ret_digest, GError **error)
{
  g_autoptr (HdDigest) digest = hd_digest_new ();
  for (const HdIniKey *key = hd_definition_keys; key->section != NULL; key++)
    for (const char *const *value = hd_ini_values (ini, key->section, key->key); *value; value++)
      hd_digest_text (digest, key->key, *value);

  const char *const files[] = { definition->passwd, definition->group, definition->essential_hook,
                                definition->customize_hook, definition->grub_config };
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    if (!hd_digest_tree (digest, files[i], error))
      return FALSE;
  for (guint i = 0; i < definition->overlays->len; i++)
    {
      const HdOverlay *overlay = g_ptr_array_index (definition->overlays, i);
      if (!hd_digest_tree (digest, overlay->source, error))
        return FALSE;
    }
  *ret_digest = hd_digest_finish (digest);
  return TRUE;
}

HdDefinition *
hd_definition_load (const char *path, const char *const *overlays, GError **error)
{
  g_autoptr (HdIni) ini = hd_ini_new (hd_definition_keys);
  if (!hd_ini_load (ini, path, error))
    return NULL;
  for (const char *const *overlay = overlays; overlay != NULL && *overlay != NULL; overlay++)
    if (!hd_ini_load (ini, *overlay, error))
      return NULL;

  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *folder = g_path_get_dirname (absolute);
  g_autoptr (HdDefinition) definition = hd_definition_new (ini, folder, error);
  if (definition == NULL || !digest_of (definition, ini, &definition->digest, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  return g_steal_pointer (&definition);
}

void
hd_definition_free (HdDefinition *definition)
{
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    {
      gpointer member = G_STRUCT_MEMBER_P (definition, members[i].offset);
      if (members[i].type == MEMBER_WORDS)
        g_strfreev (*(char ***)member);
      else
        g_free (*(char **)member);
    }
  g_ptr_array_unref (definition->overlays);
  g_free (definition->digest);
  g_free (definition);
}
