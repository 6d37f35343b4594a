/* The parts of config.json put together. */
#include "engine/spec.h"

#include <string.h>

#define OCI_VERSION "1.0.2"

hd_json *
hd_spec_strings (const char *const *list)
{
  hd_json *array = hd_json_new_array ();
  for (; list != NULL && *list != NULL; list++)
    hd_json_append (array, hd_json_new_string (*list));
  return array;
}

static hd_json *
make_root (const HdSpecInput *input)
{
  hd_json *root = hd_json_new_object ();
  const hd_json *host = hd_container_host_config (input->container);
  hd_json_set_string (root, "path", "rootfs");
  hd_json_set_bool (root, "readonly", hd_json_get_bool (host, "ReadonlyRootfs", false));
  return root;
}

static hd_json *
make_annotations (const HdSpecInput *input)
{
  hd_json *annotations = hd_json_new_object ();
  const hd_json *given = hd_json_get (hd_container_host_config (input->container), "Annotations");
  if (given != NULL)
    {
      hd_json_free (annotations);
      annotations = hd_json_copy (given);
    }
  hd_json_set_string (annotations, "org.atomichost.name", input->container->name);
  return annotations;
}

hd_json *
hd_spec_make (const HdSpecInput *input, GError **error)
{
  const hd_json *config = hd_container_config (input->container);
  const char *uts = hd_json_get_string (hd_container_host_config (input->container), "UTSMode", "");
  hd_autojson process = hd_spec_process (input, error);
  hd_autojson mounts = process != NULL ? hd_spec_mounts (input, error) : NULL;
  hd_autojson linux_part = mounts != NULL ? hd_spec_linux (input, process, error) : NULL;
  if (linux_part == NULL)
    return NULL;
  hd_json *spec = hd_json_new_object ();
  hd_json_set_string (spec, "ociVersion", OCI_VERSION);
  hd_json_set (spec, "process", g_steal_pointer (&process));
  hd_json_set (spec, "root", make_root (input));
  if (strcmp (uts, "host") != 0 && input->uts_ns == NULL)
    {
      hd_json_set_string (spec, "hostname", hd_json_get_string (config, "Hostname", NULL));
      const char *domain = hd_json_get_string (config, "Domainname", "");
      if (*domain != '\0')
        hd_json_set_string (spec, "domainname", domain);
    }
  hd_json_set (spec, "mounts", g_steal_pointer (&mounts));
  hd_json_set (spec, "annotations", make_annotations (input));
  hd_json_set (spec, "linux", g_steal_pointer (&linux_part));
  return spec;
}
