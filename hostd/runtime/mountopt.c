/* Mount options: one table of words. */
#include "runtime/mountopt.h"

#include <string.h>

#include "runtime/mountapi.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

typedef enum
{
  SET,   /* a mount attribute */
  CLEAR, /* ... taken away */
  ATIME, /* one of the values of the attribute field MOUNT_ATTR__ATIME */
  PROPAGATE,
  SUPER, /* a flag of the superblock, handed to the file system under its own name */
  BIND,
  RBIND,
  REMOUNT,
  COPY_UP,
  IDMAP,
  RIDMAP,
  NOTHING
} effect;

/* Each SET, CLEAR and ATIME word also exists with an "r" before it, for the whole tree
 * (specification, config.md, Linux mount options). */
static const struct
{
  const char *name;
  effect effect;
  uint64_t value;
} words[] = {
  { "async", SUPER },
  { "atime", CLEAR, MOUNT_ATTR_NOATIME },
  { "bind", BIND },
  { "defaults", NOTHING },
  { "dev", CLEAR, MOUNT_ATTR_NODEV },
  { "diratime", CLEAR, MOUNT_ATTR_NODIRATIME },
  { "dirsync", SUPER },
  { "exec", CLEAR, MOUNT_ATTR_NOEXEC },
  { "idmap", IDMAP },
  { "iversion", NOTHING }, /* up to the file system since Linux 5.17 */
  { "lazytime", SUPER },
  { "loud", NOTHING },
  { "mand", SUPER },
  { "noatime", ATIME, MOUNT_ATTR_NOATIME },
  { "nodev", SET, MOUNT_ATTR_NODEV },
  { "nodiratime", SET, MOUNT_ATTR_NODIRATIME },
  { "noexec", SET, MOUNT_ATTR_NOEXEC },
  { "noiversion", NOTHING },
  { "nolazytime", SUPER },
  { "nomand", SUPER },
  { "norelatime", ATIME,
    MOUNT_ATTR_RELATIME }, /* mount(8) takes a flag away, and it is the default */
  { "nostrictatime", ATIME, MOUNT_ATTR_RELATIME },
  { "nosuid", SET, MOUNT_ATTR_NOSUID },
  { "nosymfollow", SET, MOUNT_ATTR_NOSYMFOLLOW },
  { "private", PROPAGATE, MS_PRIVATE },
  { "rbind", RBIND },
  { "relatime", ATIME, MOUNT_ATTR_RELATIME },
  { "remount", REMOUNT },
  { "ridmap", RIDMAP },
  { "ro", SET, MOUNT_ATTR_RDONLY },
  { "rprivate", PROPAGATE, MS_PRIVATE | MS_REC },
  { "rshared", PROPAGATE, MS_SHARED | MS_REC },
  { "rslave", PROPAGATE, MS_SLAVE | MS_REC },
  { "runbindable", PROPAGATE, MS_UNBINDABLE | MS_REC },
  { "rw", CLEAR, MOUNT_ATTR_RDONLY },
  { "shared", PROPAGATE, MS_SHARED },
  { "silent", NOTHING },
  { "slave", PROPAGATE, MS_SLAVE },
  { "strictatime", ATIME, MOUNT_ATTR_STRICTATIME },
  { "suid", CLEAR, MOUNT_ATTR_NOSUID },
  { "symfollow", CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
  { "sync", SUPER },
  { "tmpcopyup", COPY_UP },
  { "unbindable", PROPAGATE, MS_UNBINDABLE },
};

#define N_WORDS (sizeof words / sizeof *words)

static bool
is_attribute (size_t i)
{
  return words[i].effect == SET || words[i].effect == CLEAR || words[i].effect == ATIME;
}

/* The row of an option, or N_WORDS; *ret_tree is set for the form with "r". */
static size_t
find (const char *name, bool *ret_tree)
{
  *ret_tree = false;
  for (size_t i = 0; i < N_WORDS; i++)
    if (strcmp (words[i].name, name) == 0)
      return i;
  *ret_tree = true;
  for (size_t i = 0; name[0] == 'r' && i < N_WORDS; i++)
    if (is_attribute (i) && strcmp (words[i].name, name + 1) == 0)
      return i;
  return N_WORDS;
}

static void
apply_attribute (effect what, uint64_t value, uint64_t *set, uint64_t *clear)
{
  if (what == CLEAR)
    {
      *set &= ~value;
      *clear |= value == MOUNT_ATTR_NOATIME ? MOUNT_ATTR__ATIME : value;
      return;
    }
  if (what == ATIME)
    {
      *set &= ~(uint64_t)MOUNT_ATTR__ATIME;
      *clear |= MOUNT_ATTR__ATIME;
    }
  else
    *clear &= ~value;
  *set |= value;
}

static void
add_data (rt_map *data, const char *option, rt_arena *arena)
{
  const char *equals = strchr (option, '=');
  rt_pair *pair = &data->items[data->count++];
  *pair = (rt_pair){ option, NULL };
  if (equals == NULL)
    return;
  char *key = rt_strdup (arena, option);
  key[equals - option] = '\0';
  *pair = (rt_pair){ key, equals + 1 };
}

static void
apply (rt_mount_options *o, const char *option, rt_arena *arena)
{
  bool tree;
  size_t i = find (option, &tree);
  if (i == N_WORDS || words[i].effect == SUPER)
    {
      add_data (&o->data, option, arena);
      return;
    }
  switch (words[i].effect)
    {
    case SET:
    case CLEAR:
    case ATIME:
      if (tree)
        apply_attribute (words[i].effect, words[i].value, &o->tree_set, &o->tree_clear);
      else
        apply_attribute (words[i].effect, words[i].value, &o->attr_set, &o->attr_clear);
      break;
    case PROPAGATE:
      o->propagation = words[i].value;
      break;
    case RBIND:
      o->recursive = true;
      o->bind = true;
      break;
    case BIND:
      o->bind = true;
      break;
    case REMOUNT:
      o->remount = true;
      break;
    case COPY_UP:
      o->copy_up = true;
      break;
    case RIDMAP:
      o->idmap_recursive = true;
      o->idmap = true;
      break;
    case IDMAP:
      o->idmap = true;
      break;
    case SUPER:
    case NOTHING:
      break;
    }
}

void
rt_mount_options_sort (const rt_mount *mount, rt_mount_options *ret, rt_arena *arena)
{
  *ret
      = (rt_mount_options){ .data.items = rt_new_array (arena, rt_pair, mount->options.count + 1) };
  for (size_t i = 0; i < mount->options.count; i++)
    apply (ret, mount->options.items[i], arena);
  if (mount->type != NULL && strcmp (mount->type, "bind") == 0)
    ret->bind = true;
  if (mount->uid_mappings.count > 0 || mount->gid_mappings.count > 0)
    ret->idmap = true;
}

const char **
rt_mount_option_names (rt_arena *arena)
{
  const char **names = rt_new_array (arena, const char *, N_WORDS * 2 + 1);
  size_t n = 0;
  for (size_t i = 0; i < N_WORDS; i++)
    names[n++] = words[i].name;
  for (size_t i = 0; i < N_WORDS; i++)
    if (is_attribute (i))
      names[n++] = rt_printf (arena, "r%s", words[i].name);
  return names;
}
