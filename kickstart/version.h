/* Versions of the kickstart language, as "#version=" names them.
 *
 * The language grew with the releases of Fedora; each release of RHEL is one of Fedora with some
 * later words. A version is a number that orders all of them. Pure.
 */
#pragma once

#include <glib.h>

typedef int HdKsVersion;

/* No version is named, or DEVEL: all that RHEL 7 and everything newer accepts, since what follows
 * RHEL 7's documentation has to work, and what was dropped before it is refused. */
#define HD_KS_ANY 0
#define HD_KS_FEDORA(n) ((n)*100)
/* RHEL's releases behind the release of Fedora that each was made from. */
#define HD_KS_RHEL6 1350
#define HD_KS_RHEL7 2150
#define HD_KS_RHEL8 2850
#define HD_KS_RHEL9 3450
#define HD_KS_RHEL10 4050

/* RHEL releases that had a word earlier than the numbers say. */
enum
{
  HD_KS_IN_RHEL6 = 1 << 0,
  HD_KS_IN_RHEL7 = 1 << 1,
  HD_KS_IN_RHEL8 = 1 << 2,
  HD_KS_IN_RHEL9 = 1 << 3,
  HD_KS_IN_RHEL10 = 1 << 4,
};

/* When a command, an option or a value belongs to the language. */
typedef struct
{
  HdKsVersion since;      /* 0: always */
  HdKsVersion deprecated; /* from then on it says so and has no effect; 0: never */
  HdKsVersion removed;    /* from then on it is refused; 0: never */
  unsigned also;          /* HD_KS_IN_*: in these although `since` is later */
} HdKsSpan;

typedef enum
{
  HD_KS_CURRENT,
  HD_KS_DEPRECATED,
  HD_KS_TOO_NEW, /* not yet in this version */
  HD_KS_REMOVED, /* no longer in this version */
} HdKsAge;

/* What `span` means to those who write in `version`. */
HdKsAge hd_ks_age (const HdKsSpan *span, HdKsVersion version);

/* A name as "F34", "RHEL7", "DEVEL", "Fedora 34" or "Red Hat Enterprise Linux 7.9", in any case.
 * FALSE when there is no such version; *ret_nearest becomes the nearest short name or NULL (static
 * storage). */
gboolean hd_ks_version_parse (const char *text, HdKsVersion *ret, const char **ret_nearest);
/* "Fedora 34", "RHEL 7"; "any" for HD_KS_ANY. Free with g_free. */
char *hd_ks_version_name (HdKsVersion version);
