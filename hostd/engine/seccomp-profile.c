/* Rules with conditions (capabilities, architectures, kernel) to rules without. */
#include "engine/seccomp-profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define PROFILE_BYTES_MAX (4u << 20)

static const char *const default_paths[]
    = { "/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json",
        ATOMIC_DATADIR "/seccomp.json", NULL };

/* Names of one machine: of the kernel, of Go, of libseccomp. */
static const struct
{
  const char *machine;
  const char *go;
  const char *scmp;
} architectures[] = {
  { "x86_64", "amd64", "SCMP_ARCH_X86_64" },     { "aarch64", "arm64", "SCMP_ARCH_AARCH64" },
  { "ppc64le", "ppc64le", "SCMP_ARCH_PPC64LE" }, { "s390x", "s390x", "SCMP_ARCH_S390X" },
  { "riscv64", "riscv64", "SCMP_ARCH_RISCV64" },
};

static const char *
go_architecture (void)
{
  struct utsname name;
  uname (&name);
  for (guint i = 0; i < G_N_ELEMENTS (architectures); i++)
    if (strcmp (architectures[i].machine, name.machine) == 0)
      return architectures[i].go;
  return "";
}

static const char *
scmp_architecture (const char *arch)
{
  for (guint i = 0; i < G_N_ELEMENTS (architectures); i++)
    if (strcmp (architectures[i].go, arch) == 0)
      return architectures[i].scmp;
  return NULL;
}

static gboolean
has (const hd_json *list, const char *wanted)
{
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      const char *text;
      if (hd_json_as_string (hd_json_at (list, i), &text) && strcmp (text, wanted) == 0)
        return TRUE;
    }
  return FALSE;
}

/* How many of the list's names are among the capabilities. */
static gsize
count_caps (const hd_json *list, const char *const *caps)
{
  gsize n = 0;
  for (; *caps != NULL; caps++)
    n += has (list, *caps);
  return n;
}

/* Whether the kernel is at least "4.8". */
static gboolean
kernel_is_at_least (const char *version)
{
  struct utsname name;
  int wanted_major = 0, wanted_minor = 0, major = 0, minor = 0;
  uname (&name);
  if (sscanf (version, "%d.%d", &wanted_major, &wanted_minor) < 1
      || sscanf (name.release, "%d.%d", &major, &minor) != 2)
    return TRUE;
  return major > wanted_major || (major == wanted_major && minor >= wanted_minor);
}

static gboolean
applies (const hd_json *rule, const char *const *caps, const char *arch)
{
  const hd_json *includes = hd_json_get (rule, "includes");
  const hd_json *excludes = hd_json_get (rule, "excludes");
  const hd_json *wanted = hd_json_get (includes, "caps");
  const hd_json *arches = hd_json_get (includes, "arches");
  const char *kernel = hd_json_get_string (includes, "minKernel", NULL);
  const char *not_kernel = hd_json_get_string (excludes, "minKernel", NULL);
  if (hd_json_length (wanted) > 0 && count_caps (wanted, caps) < hd_json_length (wanted))
    return FALSE;
  if (count_caps (hd_json_get (excludes, "caps"), caps) > 0)
    return FALSE;
  if (hd_json_length (arches) > 0 && !has (arches, arch))
    return FALSE;
  return !has (hd_json_get (excludes, "arches"), arch)
         && (kernel == NULL || kernel_is_at_least (kernel))
         && (not_kernel == NULL || !kernel_is_at_least (not_kernel));
}

static hd_json *
convert_rule (const hd_json *rule)
{
  static const char *const copied[] = { "names", "action", "errnoRet" };
  const hd_json *args = hd_json_get (rule, "args");
  const char *name = hd_json_get_string (rule, "name", NULL);
  hd_json *out = hd_json_new_object ();
  for (guint i = 0; i < G_N_ELEMENTS (copied); i++)
    if (hd_json_get (rule, copied[i]) != NULL)
      hd_json_set (out, copied[i], hd_json_copy (hd_json_get (rule, copied[i])));
  if (hd_json_get (rule, "names") == NULL && name != NULL)
    {
      hd_json *names = hd_json_new_array ();
      hd_json_append (names, hd_json_new_string (name));
      hd_json_set (out, "names", names);
    }
  if (hd_json_length (args) > 0)
    hd_json_set (out, "args", hd_json_copy (args));
  return out;
}

static hd_json *
convert_architectures (const hd_json *profile, const char *arch)
{
  const char *own = scmp_architecture (arch);
  const hd_json *map = hd_json_get (profile, "archMap");
  hd_json *list = hd_json_new_array ();
  if (map == NULL && hd_json_get (profile, "architectures") != NULL)
    {
      hd_json_free (list);
      return hd_json_copy (hd_json_get (profile, "architectures"));
    }
  if (own != NULL)
    hd_json_append (list, hd_json_new_string (own));
  for (gsize i = 0; own != NULL && i < hd_json_length (map); i++)
    {
      const hd_json *entry = hd_json_at (map, i);
      const hd_json *subs = hd_json_get (entry, "subArchitectures");
      if (strcmp (hd_json_get_string (entry, "architecture", ""), own) != 0)
        continue;
      for (gsize j = 0; j < hd_json_length (subs); j++)
        hd_json_append (list, hd_json_copy (hd_json_at (subs, j)));
    }
  return list;
}

hd_json *
hd_seccomp_convert (const hd_json *profile, const char *const *caps, const char *arch,
                    GError **error)
{
  static const char *const copied[]
      = { "defaultAction", "defaultErrnoRet", "flags", "listenerPath", "listenerMetadata" };
  const hd_json *rules = hd_json_get (profile, "syscalls");
  if (hd_json_get_string (profile, "defaultAction", NULL) == NULL)
    {
      hd_throw (error, HD_CONFIG, NULL, "the seccomp profile has no defaultAction");
      return NULL;
    }
  hd_json *out = hd_json_new_object ();
  for (guint i = 0; i < G_N_ELEMENTS (copied); i++)
    if (hd_json_get (profile, copied[i]) != NULL)
      hd_json_set (out, copied[i], hd_json_copy (hd_json_get (profile, copied[i])));
  hd_json_set (out, "architectures", convert_architectures (profile, arch));
  hd_json *list = hd_json_new_array ();
  for (gsize i = 0; i < hd_json_length (rules); i++)
    if (applies (hd_json_at (rules, i), caps, arch))
      hd_json_append (list, convert_rule (hd_json_at (rules, i)));
  hd_json_set (out, "syscalls", list);
  return out;
}

static const char *
find_default (GError **error)
{
  for (const char *const *path = default_paths; *path != NULL; path++)
    if (access (*path, R_OK) == 0)
      return *path;
  hd_throw (error, HD_NOT_FOUND,
            "apt-get install golang-github-containers-common, or --security-opt seccomp=unconfined",
            "there is no seccomp profile %s", default_paths[1]);
  return NULL;
}

hd_json *
hd_seccomp_profile (const char *path, const char *const *caps, GError **error)
{
  hd_autofree char *text = NULL;
  gsize size;
  hd_err err = { 0 };
  if (path == NULL)
    path = find_default (error);
  if (path == NULL)
    return NULL;
  int r = hd_fs_read (AT_FDCWD, path, PROFILE_BYTES_MAX, &text, &size);
  if (r < 0)
    {
      hd_throw_errno (error, -r, "reading the seccomp profile %s", path);
      return NULL;
    }
  hd_autojson profile = hd_json_parse (text, size, &err);
  if (profile == NULL)
    {
      hd_throw (error, HD_CONFIG, NULL, "%s: %s", path, err.message);
      return NULL;
    }
  return hd_seccomp_convert (profile, caps, go_architecture (), error);
}
