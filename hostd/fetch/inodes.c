/* Files that were seen under another name: a hash table with linear probing. */
#include "fetch/inodes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct hd_inode
{
  dev_t device;
  ino_t inode;
  char *path; /* NULL: the slot is free */
};

static struct hd_inode *
find (const hd_inodes *inodes, dev_t device, ino_t inode)
{
  uint64_t hash = (inode ^ (device << 32)) * 0x9e3779b97f4a7c15ull;
  size_t at = (size_t)(hash >> 20) & (inodes->room - 1);
  while (inodes->slots[at].path != NULL
         && (inodes->slots[at].inode != inode || inodes->slots[at].device != device))
    at = (at + 1) & (inodes->room - 1);
  return &inodes->slots[at];
}

/* At least a third is free. */
static void
grow (hd_inodes *inodes)
{
  hd_inodes larger = { .count = inodes->count, .room = inodes->room == 0 ? 64 : inodes->room * 2 };
  if (inodes->count * 3 < inodes->room * 2)
    return;
  larger.slots = calloc (larger.room, sizeof *larger.slots);
  if (larger.slots == NULL)
    abort ();
  for (size_t i = 0; i < inodes->room; i++)
    if (inodes->slots[i].path != NULL)
      *find (&larger, inodes->slots[i].device, inodes->slots[i].inode) = inodes->slots[i];
  free (inodes->slots);
  *inodes = larger;
}

const char *
hd_inodes_seen (hd_inodes *inodes, dev_t device, ino_t inode, const char *path)
{
  grow (inodes);
  struct hd_inode *slot = find (inodes, device, inode);
  if (slot->path != NULL)
    return slot->path;
  *slot = (struct hd_inode){ device, inode, strdup (path) };
  if (slot->path == NULL)
    abort ();
  inodes->count++;
  return NULL;
}

void
hd_inodes_clear (hd_inodes *inodes)
{
  for (size_t i = 0; i < inodes->room; i++)
    free (inodes->slots[i].path);
  free (inodes->slots);
  memset (inodes, 0, sizeof *inodes);
}
