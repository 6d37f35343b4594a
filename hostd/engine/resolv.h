/* The pure part of resolv.conf: the host's text and what is wanted to the container's text. */
#pragma once

#include <glib.h>

typedef struct
{
  const char *const *servers; /* each list NULL or empty: the host's */
  const char *const *search;
  const char *const *options;
  gboolean host_network; /* keep name servers on the loopback */
} HdResolv;

/* Free with g_free. */
char *hd_resolv_text (const char *host, const HdResolv *want);
/* Whether all name servers of the text are on the loopback. */
gboolean hd_resolv_is_stub (const char *host);
