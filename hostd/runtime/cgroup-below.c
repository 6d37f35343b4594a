/* Cgroups below the container's own: `exec --cgroup`. */
#include "runtime/cgroup-internal.h"

#include <errno.h>
#include <string.h>

/* ".." would lead to what is not the container's. */
static bool
stays_below (const char *path)
{
  for (const char *c = path; *c != '\0'; c += strcspn (c, "/"), c += *c == '/')
    if (strncmp (c, "..", 2) == 0 && (c[2] == '/' || c[2] == '\0'))
      return false;
  return true;
}

static void
descend_one (const rt_cgroup *cgroup, rt_cgroup_entry *entry, const char *path)
{
  path += strspn (path, "/");
  if (path[0] != '\0')
    entry->path = rt_printf (cgroup->arena, "%s/%s", entry->path, path);
}

/* "CONTROLLER,CONTROLLER:PATH": in the hierarchies of these alone. */
static int
descend_some (rt_cgroup *cgroup, const char *text, const char *colon, hd_err *err)
{
  char *names = rt_printf (cgroup->arena, "%.*s", (int)(colon - text), text);
  const rt_cgroup_entry *last = NULL;
  if (cgroup->ops == &rt_cgroup_v2)
    return hd_err_set (err, HD_USAGE, "version 2 has one hierarchy for all: give the path alone",
                       "--cgroup: \"%.100s\" names controllers", text);
  for (char *name; (name = strsep (&names, ",")) != NULL;)
    {
      const rt_cgroup_entry *entry = rt_cgroup_entry_of (cgroup, name);
      if (entry == NULL)
        return hd_err_set (err, HD_USAGE, NULL, "--cgroup: unknown controller \"%.40s\"", name);
      /* Two that are mounted together are one. */
      if (entry != last)
        descend_one (cgroup, &cgroup->entries[entry - cgroup->entries], colon + 1);
      last = entry;
    }
  return 0;
}

int
rt_cgroup_descend (rt_cgroup *cgroup, const rt_strings *places, hd_err *err)
{
  for (size_t i = 0; i < places->count; i++)
    {
      const char *text = places->items[i], *colon = strchr (text, ':');
      const char *path = colon != NULL ? colon + 1 : text;
      int r = 0;
      if (!stays_below (path))
        return hd_err_set (err, HD_USAGE, NULL, "--cgroup: %.200s is not a sub cgroup path", path);
      if (colon != NULL)
        r = descend_some (cgroup, text, colon, err);
      else
        for (size_t j = 0; j < cgroup->count; j++)
          descend_one (cgroup, &cgroup->entries[j], path);
      if (r < 0)
        return r;
    }
  return 0;
}
