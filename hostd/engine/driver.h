/* Storage drivers: how a container's root is made of layers, as one table. */
#pragma once

#include "engine/store.h"

typedef struct
{
  const char *name;
  const char *summary;
  /* Why it cannot be used on this host with this store; NULL: it can. Free with g_free. */
  char *(*refuse) (HdStore *store);
} HdDriver; /* the table ends with { NULL } */

extern const HdDriver hd_drivers[];

/* The first that can be used: what containers get. HD_CONFIG with the reasons when there is none.
 */
const HdDriver *hd_driver_choose (HdStore *store, GError **error);
/* The file system of the store, as mount(8) names it: "ext4". Free with g_free. */
char *hd_driver_backing (HdStore *store);
