/* The members of a tar, as the strictest importer sees them. */
#pragma once

#include "tools/lint.h"

#define HD_TAR_MAX_MEMBERS 1000u

typedef struct
{
  char *name;
  HdBytes bytes; /* the content */
  guint64 header_at;
  gboolean plain;    /* ustar, a regular file of root's with mode 0644, a short name */
  gboolean readable; /* by who knows no extension: a regular file, its whole name in its place */
  char type;         /* '0' for regular files, those of old archives included */
} HdTarMember;

typedef struct
{
  GPtrArray *members; /* HdTarMember; extensions of pax and GNU are members, too */
  gboolean ended;     /* two blocks of zeros */
  gboolean broken;    /* a header could not be believed; members before it are there */
} HdTar;

HdTar *hd_tar_read (const HdBytes *bytes);
void hd_tar_free (HdTar *tar);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdTar, hd_tar_free)

/* The member with this name (may be NULL), or NULL. */
const HdTarMember *hd_tar_member (const HdTar *tar, const char *name);
/* The first member whose name ends so, or NULL. */
const HdTarMember *hd_tar_find (const HdTar *tar, const char *suffix);
/* A member's text, up to 1 MiB, free with g_free; NULL when it is longer, or no UTF-8. */
char *hd_tar_text (const HdTarMember *member);
