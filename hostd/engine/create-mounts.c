/* One entry of "Mounts" has what `inspect` shows, and "Options" for the bundle. */
#include "engine/create-mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/container-root.h"
#include "engine/mountspec.h"
#include "engine/strv.h"
#include "engine/volume.h"

void
hd_create_mounts_clear (HdCreateMounts *mounts)
{
  g_clear_pointer (&mounts->volumes, g_ptr_array_unref);
  g_clear_pointer (&mounts->targets, g_ptr_array_unref);
  g_clear_pointer (&mounts->fresh, g_array_unref);
}

static hd_json *
new_entry (const HdMountSpec *spec, const char *type, const char *source)
{
  hd_json *entry = hd_json_new_object ();
  hd_json_set_string (entry, "Type", type);
  hd_json_set_string (entry, "Source", source);
  hd_json_set_string (entry, "Destination", spec->target);
  hd_json_set_string (entry, "Mode", spec->read_only ? "ro" : "");
  hd_json_set_bool (entry, "RW", !spec->read_only);
  return entry;
}

static void
add_option (hd_json *options, const char *text)
{
  hd_json_append (options, hd_json_new_string (text));
}

static void
set_bind_options (hd_json *entry, const HdMountSpec *spec)
{
  hd_json *options = hd_json_new_array ();
  const char *propagation = spec->propagation != NULL ? spec->propagation : "rprivate";
  add_option (options, spec->no_recursive ? "bind" : "rbind");
  add_option (options, propagation);
  if (spec->read_only)
    add_option (options, "ro");
  hd_json_set_string (entry, "Propagation", propagation);
  hd_json_set (entry, "Options", options);
}

/* Bind */

static gboolean
check_source (const HdMountSpec *spec, GError **error)
{
  struct stat stat_of;
  if (stat (spec->source, &stat_of) == 0)
    return TRUE;
  if (errno != ENOENT || !spec->make_source)
    return hd_throw_errno (error, errno, "the mount's source %s", spec->source);
  int r = hd_fs_mkdirs (AT_FDCWD, spec->source, 0755);
  return r == 0 || hd_throw_errno (error, -r, "making the mount's source %s", spec->source);
}

static hd_json *
make_bind (const HdMountSpec *spec, GError **error)
{
  if (spec->relabel != 0 && faccessat (AT_FDCWD, "/sys/fs/selinux/enforce", F_OK, 0) == 0)
    {
      hd_throw (error, HD_USAGE, "label the folder on the host (chcon)",
                "relabelling %s for SELinux is not possible", spec->source);
      return NULL;
    }
  if (!check_source (spec, error))
    return NULL;
  hd_json *entry = new_entry (spec, "bind", spec->source);
  set_bind_options (entry, spec);
  return entry;
}

/* Tmpfs */

static hd_json *
make_tmpfs (const HdMountSpec *spec)
{
  hd_json *entry = new_entry (spec, "tmpfs", "");
  hd_json *options = hd_json_new_array ();
  g_autofree char *mode = g_strdup_printf ("mode=%o", spec->mode);
  add_option (options, "nosuid");
  add_option (options, "nodev");
  if (!spec->exec)
    add_option (options, "noexec");
  add_option (options, mode);
  if (spec->read_only)
    add_option (options, "ro");
  if (spec->size_bytes > 0)
    {
      g_autofree char *size = g_strdup_printf ("size=%" G_GUINT64_FORMAT, spec->size_bytes);
      add_option (options, size);
    }
  for (char **option = spec->options; option != NULL && *option != NULL; option++)
    add_option (options, *option);
  hd_json_set (entry, "Options", options);
  return entry;
}

/* Volumes */

/* One of driver options is mounted by the runtime. */
static void
set_driver_options (hd_json *entry, const HdVolume *volume)
{
  const char *const *given = (const char *const *)volume->options;
  const char *type = hd_strv_value (given, "type"), *device = hd_strv_value (given, "device");
  const char *words = hd_strv_value (given, "o");
  if (type == NULL && device == NULL)
    return;
  g_auto (GStrv) options = g_strsplit (words != NULL ? words : "", ",", -1);
  hd_json *list = hd_json_new_array ();
  for (char **option = options; *option != NULL; option++)
    if (**option != '\0')
      add_option (list, *option);
  hd_json_set_string (entry, "FsType", type != NULL ? type : "none");
  hd_json_set_string (entry, "Device", device != NULL ? device : "none");
  hd_json_set (entry, "Options", list);
}

static gboolean
add_subpath (const HdVolume *volume, const HdMountSpec *spec, hd_json *entry, GError **error)
{
  if (spec->subpath == NULL)
    return TRUE;
  hd_autofd root = open (volume->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  hd_autofd found = root < 0 ? -errno : hd_fs_open_in (root, spec->subpath, O_PATH, 0, 0);
  if (found < 0)
    return hd_throw_errno (error, -found, "volume-subpath %s of volume %s", spec->subpath,
                           volume->name);
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", found);
  g_autofree char *path = g_file_read_link (link, error);
  if (path == NULL)
    return FALSE;
  hd_json_set_string (entry, "Source", path);
  return TRUE;
}

static hd_json *
make_volume (HdStore *store, const HdMountSpec *spec, HdCreateMounts *used, GError **error)
{
  gboolean fresh = FALSE;
  if (spec->driver != NULL && strcmp (spec->driver, "local") != 0)
    {
      hd_throw (error, HD_USAGE, "use local", "there is no volume driver \"%s\"", spec->driver);
      return NULL;
    }
  HdVolume *volume = hd_volume_ensure (store, spec->source, (const char *const *)spec->labels,
                                       (const char *const *)spec->driver_options, &fresh, error);
  if (volume == NULL)
    return NULL;
  hd_autojson entry = new_entry (spec, "volume", volume->path);
  gboolean fill = fresh && !spec->no_copy && spec->subpath == NULL;
  hd_json_set_string (entry, "Name", volume->name);
  hd_json_set_string (entry, "Driver", volume->driver);
  set_bind_options (entry, spec);
  set_driver_options (entry, volume);
  g_ptr_array_add (used->volumes, volume);
  g_ptr_array_add (used->targets, g_strdup (spec->target));
  g_array_append_val (used->fresh, fill);
  return add_subpath (volume, spec, entry, error) ? g_steal_pointer (&entry) : NULL;
}

static hd_json *
make_entry (HdStore *store, const HdMountSpec *spec, HdCreateMounts *used, GError **error)
{
  switch (spec->kind)
    {
    case HD_MOUNT_BIND:
      return make_bind (spec, error);
    case HD_MOUNT_TMPFS:
      return make_tmpfs (spec);
    default:
      return make_volume (store, spec, used, error);
    }
}

typedef struct
{
  HdStore *store;
  hd_json *mounts;
  HdCreateMounts *used;
  GError **error;
} ImageVolumes;

static gboolean
is_target (const hd_json *mounts, const char *target)
{
  for (gsize i = 0; i < hd_json_length (mounts); i++)
    if (strcmp (hd_json_get_string (hd_json_at (mounts, i), "Destination", ""), target) == 0)
      return TRUE;
  return FALSE;
}

/* A VOLUME of the image that nothing is mounted on becomes an anonymous one. */
static int
add_image_volume (const char *target, const hd_json *value, void *data)
{
  ImageVolumes *image = data;
  g_autofree char *path = g_canonicalize_filename (target, "/");
  HdMountSpec spec = { .kind = HD_MOUNT_VOLUME, .target = path };
  if (is_target (image->mounts, path))
    return 0;
  hd_json *entry = make_volume (image->store, &spec, image->used, image->error);
  if (entry == NULL)
    return -1;
  hd_json_append (image->mounts, entry);
  return 0;
}

/* What lies below another one is mounted after it. */
static gboolean
check_targets (const hd_json *mounts, GError **error)
{
  for (gsize i = 0; i < hd_json_length (mounts); i++)
    for (gsize j = 0; j < i; j++)
      {
        const char *a = hd_json_get_string (hd_json_at (mounts, i), "Destination", "");
        const char *b = hd_json_get_string (hd_json_at (mounts, j), "Destination", "");
        if (strcmp (a, b) == 0)
          return hd_throw (error, HD_USAGE, NULL, "two mounts on %s", a);
      }
  return TRUE;
}

static int
compare_targets (gconstpointer a, gconstpointer b)
{
  const char *x = hd_json_get_string (*(const hd_json *const *)a, "Destination", "");
  const char *y = hd_json_get_string (*(const hd_json *const *)b, "Destination", "");
  return strcmp (x, y);
}

static hd_json *
sorted (const hd_json *mounts)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  for (gsize i = 0; i < hd_json_length (mounts); i++)
    g_ptr_array_add (entries, (gpointer)hd_json_at (mounts, i));
  g_ptr_array_sort (entries, compare_targets);
  hd_json *list = hd_json_new_array ();
  for (guint i = 0; i < entries->len; i++)
    hd_json_append (list, hd_json_copy (g_ptr_array_index (entries, i)));
  return list;
}

gboolean
hd_create_mounts (HdStore *store, hd_json *body, const GPtrArray *specs, HdCreateMounts *ret,
                  GError **error)
{
  hd_autojson mounts = hd_json_new_array ();
  const hd_json *volumes = hd_json_get (hd_json_get (body, "Config"), "Volumes");
  ImageVolumes image = { store, mounts, ret, error };
  ret->volumes = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_volume_free);
  ret->targets = g_ptr_array_new_with_free_func (g_free);
  ret->fresh = g_array_new (FALSE, FALSE, sizeof (gboolean));
  for (guint i = 0; specs != NULL && i < specs->len; i++)
    {
      hd_json *entry = make_entry (store, g_ptr_array_index (specs, i), ret, error);
      if (entry == NULL)
        return FALSE;
      hd_json_append (mounts, entry);
    }
  if (!check_targets (mounts, error)
      || (volumes != NULL && hd_json_each (volumes, add_image_volume, &image) != 0))
    return FALSE;
  hd_json_set (body, "Mounts", sorted (mounts));
  return TRUE;
}

gboolean
hd_create_mounts_use (HdStore *store, const char *id, const HdCreateMounts *mounts, GError **error)
{
  for (guint i = 0; i < mounts->volumes->len; i++)
    {
      const HdVolume *volume = g_ptr_array_index (mounts->volumes, i);
      if (!hd_volume_use (store, volume->name, id, g_ptr_array_index (mounts->targets, i), error))
        return FALSE;
    }
  return TRUE;
}

gboolean
hd_create_mounts_fill (HdStore *store, const HdContainer *container, const HdCreateMounts *mounts,
                       GError **error)
{
  hd_autofd root = -1;
  for (guint i = 0; i < mounts->volumes->len; i++)
    {
      if (!g_array_index (mounts->fresh, gboolean, i))
        continue;
      if (root < 0)
        root = hd_container_root_open (store, container, error);
      if (root < 0
          || !hd_volume_fill (store, g_ptr_array_index (mounts->volumes, i), root,
                              g_ptr_array_index (mounts->targets, i), error))
        return FALSE;
    }
  return TRUE;
}
