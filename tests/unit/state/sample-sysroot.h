/* Files of a sysroot as libostree and hostd leave them, made by hand: boot entries, links, origins,
 * commit objects. */
#pragma once

#include "folder.h"

/* Two checksums, for commits. */
#define SAMPLE_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SAMPLE_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SAMPLE_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

/* A commit object's value with these members of its metadata; `metadata` is a{sv} in the text form
 * of GVariant ("@a{sv} {}"). A new, sunk reference. */
GVariant *sample_commit_value (const char *metadata, guint64 timestamp);
/* Put it into the repository under `checksum`. */
void sample_commit (const Folder *folder, const char *checksum, const char *metadata,
                    guint64 timestamp);
/* The place of a commit object, "ostree/repo/objects/aa/aa....commit"; free with g_free. */
char *sample_commit_path (const char *checksum);

/* A deployment of stateroot "d" with serial 0 in boot set `set`: entry with version `order` (the
 * higher, the earlier), link, empty tree. `origin` is the text of its origin file, NULL: none. */
void sample_deployment (const Folder *folder, int set, int order, const char *commit,
                        const char *origin);
