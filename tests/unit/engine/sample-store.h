/* A store in a temporary folder, with containers that are rows and nothing else. */
#pragma once

#include "engine/store.h"

typedef struct
{
  char *top;
  HdStore *store;
  GHashTable *locks; /* id -> descriptor of the lock by which it counts as living */
} SampleStore;

void sample_store_open (SampleStore *sample, gconstpointer data);
void sample_store_close (SampleStore *sample, gconstpointer data);
/* A row whose id is `name`, filled up to 64 digits with 0, of a container that a command is just
 * changing. Its id; static for each name that was given. */
const char *sample_store_container (SampleStore *sample, const char *name);
/* That command dies. */
void sample_store_abandon (SampleStore *sample, const char *id);
/* begin, `call` and commit, or rollback with an error. */
#define SAMPLE_CHANGE(sample, error, call)                                                         \
  (hd_store_begin ((sample)->store, error)                                                         \
   && ((call) ? hd_store_commit ((sample)->store, error)                                           \
              : (hd_store_rollback ((sample)->store), FALSE)))
/* A literal where a structure owns its texts otherwise. */
#define SAMPLE_TEXT(text) ((char *)(text))
