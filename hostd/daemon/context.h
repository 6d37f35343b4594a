/* What the interfaces of hostd share. */
#pragma once

#include <systemd/sd-bus.h>
#include "daemon/queue.h"

typedef struct
{
  sd_bus *bus;
  HdQueue *queue;
  const char *sysroot; /* "/" but in tests */
  guint checks;        /* questions to polkit that are not answered yet */
  gboolean leaving;    /* the name is being given back: nothing new is taken */
} HdContext;
