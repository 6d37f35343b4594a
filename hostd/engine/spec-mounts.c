/* Mounts: Docker's defaults, the files with names, and what the user wants. */
#include "engine/spec.h"

#include <string.h>

#include "common/cleanup.h"

#define SHM_BYTES (64 << 20)
#define INIT_TARGET "/sbin/docker-init"

typedef struct
{
  const char *destination;
  const char *type;
  const char *source;
  const char *options; /* separated by commas */
} Default;

static const Default defaults[] = {
  { "/proc", "proc", "proc", "nosuid,noexec,nodev" },
  { "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k" },
  { "/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" },
  { "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro" },
  { "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,ro" },
  { "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev" },
};

static void
add_mount (hd_json *mounts, const char *destination, const char *type, const char *source,
           const char *const *options)
{
  hd_json *mount = hd_json_new_object ();
  hd_json_set_string (mount, "destination", destination);
  hd_json_set_string (mount, "type", type);
  hd_json_set_string (mount, "source", source);
  hd_json_set (mount, "options", hd_spec_strings (options));
  hd_json_append (mounts, mount);
}

static gboolean
is_given (const hd_json *given, const char *destination)
{
  for (gsize i = 0; i < hd_json_length (given); i++)
    if (strcmp (hd_json_get_string (hd_json_at (given, i), "Destination", ""), destination) == 0)
      return TRUE;
  return FALSE;
}

static void
add_defaults (hd_json *mounts, const hd_json *given, gboolean privileged)
{
  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    {
      g_auto (GStrv) options = g_strsplit (defaults[i].options, ",", -1);
      gsize last = g_strv_length (options) - 1;
      if (is_given (given, defaults[i].destination))
        continue;
      if (privileged && strcmp (options[last], "ro") == 0)
        g_clear_pointer (&options[last], g_free);
      add_mount (mounts, defaults[i].destination, defaults[i].type, defaults[i].source,
                 (const char *const *)options);
    }
}

static void
add_shm (hd_json *mounts, const hd_json *host)
{
  gint64 bytes = hd_json_get_int (host, "ShmSize", 0);
  g_autofree char *size = g_strdup_printf ("size=%" G_GINT64_FORMAT, bytes > 0 ? bytes : SHM_BYTES);
  const char *const options[] = { "nosuid", "noexec", "nodev", "mode=1777", size, NULL };
  const char *const bind[] = { "rbind", NULL };
  if (strcmp (hd_json_get_string (host, "IpcMode", ""), "host") == 0)
    add_mount (mounts, "/dev/shm", "bind", "/dev/shm", bind);
  else
    add_mount (mounts, "/dev/shm", "tmpfs", "shm", options);
}

static void
add_file (hd_json *mounts, const hd_json *given, const HdSpecInput *input, const char *name)
{
  static const char *const options[] = { "rbind", "rprivate", NULL };
  g_autofree char *source = g_build_filename (input->folder, name, NULL);
  g_autofree char *destination = g_strconcat ("/etc/", name, NULL);
  if (!is_given (given, destination))
    add_mount (mounts, destination, "bind", source, options);
}

/* What `create` has worked out of -v, --mount and --tmpfs. */
static void
add_given (hd_json *mounts, const hd_json *given)
{
  for (gsize i = 0; i < hd_json_length (given); i++)
    {
      const hd_json *entry = hd_json_at (given, i);
      const hd_json *options = hd_json_get (entry, "Options");
      gboolean tmpfs = strcmp (hd_json_get_string (entry, "Type", ""), "tmpfs") == 0;
      hd_json *mount = hd_json_new_object ();
      hd_json_set_string (mount, "destination", hd_json_get_string (entry, "Destination", ""));
      hd_json_set_string (mount, "type",
                          hd_json_get_string (entry, "FsType", tmpfs ? "tmpfs" : "bind"));
      hd_json_set_string (
          mount, "source",
          tmpfs ? "tmpfs"
                : hd_json_get_string (entry, "Device", hd_json_get_string (entry, "Source", "")));
      hd_json_set (mount, "options",
                   options != NULL ? hd_json_copy (options) : hd_json_new_array ());
      hd_json_append (mounts, mount);
    }
}

hd_json *
hd_spec_mounts (const HdSpecInput *input, GError **error)
{
  static const char *const init_options[] = { "bind", "ro", NULL };
  const hd_json *host = hd_container_host_config (input->container);
  const hd_json *given = hd_json_get (input->container->body, "Mounts");
  hd_json *mounts = hd_json_new_array ();
  add_defaults (mounts, given, hd_json_get_bool (host, "Privileged", false));
  if (!is_given (given, "/dev/shm"))
    add_shm (mounts, host);
  if (input->has_names)
    {
      add_file (mounts, given, input, "resolv.conf");
      add_file (mounts, given, input, "hostname");
      add_file (mounts, given, input, "hosts");
    }
  if (input->init != NULL)
    add_mount (mounts, INIT_TARGET, "bind", input->init, init_options);
  add_given (mounts, given);
  return mounts;
}
