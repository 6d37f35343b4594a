/* A sysroot's files, without libostree. */
#include "sample-sysroot.h"

#include "state/paths.h"

GVariant *
sample_commit_value (const char *metadata, guint64 timestamp)
{
  g_autoptr (GError) error = NULL;
  GVariant *values = g_variant_parse (G_VARIANT_TYPE_VARDICT, metadata, NULL, NULL, &error);
  g_assert_no_error (error);
  GVariant *none = g_variant_new_array (G_VARIANT_TYPE_BYTE, NULL, 0);
  GVariant *no_objects = g_variant_new_array (G_VARIANT_TYPE ("(say)"), NULL, 0);
  GVariant *members[] = { values,
                          none,
                          no_objects,
                          g_variant_new_string ("subject"),
                          g_variant_new_string (""),
                          g_variant_new_uint64 (GUINT64_TO_BE (timestamp)),
                          none,
                          none };
  GVariant *value = g_variant_ref_sink (g_variant_new_tuple (members, G_N_ELEMENTS (members)));
  g_variant_unref (values);
  return value;
}

char *
sample_commit_path (const char *checksum)
{
  return g_strdup_printf (HD_PATH_REPO "/objects/%.2s/%s.commit", checksum, checksum + 2);
}

void
sample_commit (const Folder *folder, const char *checksum, const char *metadata, guint64 timestamp)
{
  g_autoptr (GVariant) value = sample_commit_value (metadata, timestamp);
  g_autofree char *path = sample_commit_path (checksum);
  folder_write_bytes (folder, path, g_variant_get_data (value), g_variant_get_size (value));
}

void
sample_deployment (const Folder *folder, int set, int order, const char *commit, const char *origin)
{
  g_autofree char *entry_path
      = g_strdup_printf ("boot/loader.%d/entries/ostree-%d-d.conf", set, order);
  g_autofree char *link_path = g_strdup_printf ("ostree/boot.%d/d/%s/0", set, commit);
  g_autofree char *entry
      = g_strdup_printf ("title Debian\nversion %d\nlinux /ostree/d-%s/vmlinuz-6.%d\n"
                         "options quiet ostree=/%s atomic.deployment=%.8s.0\n",
                         order, commit, order, link_path, commit);
  g_autofree char *target = g_strdup_printf ("../../../deploy/d/deploy/%s.0", commit);
  g_autofree char *tree = g_strdup_printf (HD_PATH_DEPLOY "/d/deploy/%s.0", commit);
  folder_write (folder, entry_path, entry);
  folder_link (folder, target, link_path);
  folder_make (folder, tree);
  if (origin != NULL)
    {
      g_autofree char *origin_path = g_strconcat (tree, ".origin", NULL);
      folder_write (folder, origin_path, origin);
    }
}
