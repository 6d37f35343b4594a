/* The packages of a tree, from dpkg's status file. */
#pragma once

#include <glib.h>

/* Parse the text of /var/lib/dpkg/status to a floating variant a(sss): name, version and
 * architecture of each installed package, sorted by name and then architecture.
 * Errors: HD_CORRUPT when a stanza lacks a field. */
GVariant *hd_packages_parse (const char *status, GError **error);
