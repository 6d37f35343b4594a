/* Capabilities: names (linux/capability.h) and sets. */
#include "runtime/caps.h"

#include <strings.h>
#include <string.h>

static const char *const names[] = {
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
};

#define N_NAMES (sizeof names / sizeof *names)

int
rt_cap_from_name (const char *name)
{
  size_t skip = strncasecmp (name, "CAP_", 4) == 0 ? 4 : 0;
  for (size_t i = 0; i < N_NAMES; i++)
    if (strcasecmp (names[i] + 4, name + skip) == 0)
      return (int)i;
  return -1;
}

const char *
rt_cap_name (unsigned number)
{
  return number < N_NAMES ? names[number] : NULL;
}

#define UNKNOWN_MOST 16 /* enough for a message */

/* What no name stands for, as a set of strings. */
typedef struct
{
  rt_strings list;
  rt_arena *arena;
} unknown_names;

static void
add_unknown (unknown_names *unknown, const char *name)
{
  rt_strings *list = &unknown->list;
  if (list->count == UNKNOWN_MOST)
    return;
  for (size_t i = 0; i < list->count; i++)
    if (strcmp (list->items[i], name) == 0)
      return;
  rt_strings_add (list, name, unknown->arena);
}

static uint64_t
bits (const rt_strings *list, unknown_names *unknown)
{
  uint64_t set = 0;
  for (size_t i = 0; i < list->count; i++)
    {
      int number = rt_cap_from_name (list->items[i]);
      if (number < 0)
        add_unknown (unknown, list->items[i]);
      else
        set |= UINT64_C (1) << number;
    }
  return set;
}

const char *
rt_caps_from_spec (const rt_capabilities *caps, rt_cap_sets *ret, rt_arena *arena)
{
  unknown_names unknown = { .arena = arena };
  const char *text = NULL;
  *ret = (rt_cap_sets){ 0 };
  if (caps == NULL)
    return NULL;
  ret->bounding = bits (&caps->bounding, &unknown);
  ret->effective = bits (&caps->effective, &unknown);
  ret->inheritable = bits (&caps->inheritable, &unknown);
  ret->permitted = bits (&caps->permitted, &unknown);
  ret->ambient = bits (&caps->ambient, &unknown);
  for (size_t i = 0; i < unknown.list.count; i++)
    text = text == NULL ? unknown.list.items[i]
                        : rt_printf (arena, "%s, %s", text, unknown.list.items[i]);
  return text;
}
