/* Files that were seen under another name: what makes hard links of an archive. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

typedef struct
{
  struct hd_inode *slots;
  size_t count, room;
} hd_inodes;

/* The first path of this file, or NULL: then `path` is remembered as it. Out of memory aborts. */
const char *hd_inodes_seen (hd_inodes *inodes, dev_t device, ino_t inode, const char *path);
void hd_inodes_clear (hd_inodes *inodes);
