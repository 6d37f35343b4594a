/* A kickstart file as a value: its commands and sections in order, and what is wrong with it.
 *
 * parser.h makes it from text, rules.h looks at it as a whole, plan.h says what it will do.
 */
#pragma once

#include "kickstart/entry.h"

/* A section: its header and the lines up to %end. */
typedef struct
{
  HdKsEntry *header;
  GString *body;    /* lines, each with its end; blank ones and comments only of scripts */
  guint first_line; /* of the body in header->place.file */
} HdKsSection;

/* An %include that is read when %pre has run, or in the installer. */
typedef struct
{
  char *name;
  HdKsPlace place;
} HdKsDeferred;

typedef struct
{
  const char *name; /* of the file; belongs to the report */
  HdKsReport *report;
  HdKsVersion version;
  GPtrArray *commands; /* of HdKsEntry */
  GPtrArray *sections; /* of HdKsSection */
  GPtrArray *deferred; /* of HdKsDeferred */
} HdKickstart;

HdKickstart *hd_kickstart_new (void);
void hd_kickstart_free (HdKickstart *kickstart);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdKickstart, hd_kickstart_free)

HdKsSection *hd_ks_section_new (HdKsEntry *header); /* takes the header */
void hd_ks_section_free (HdKsSection *section);

/* The last line with the command of this first name, or NULL. */
const HdKsEntry *hd_kickstart_last (const HdKickstart *kickstart, const char *name);
/* All lines with it, in order. Free with g_ptr_array_unref; the entries belong to the kickstart. */
GPtrArray *hd_kickstart_all (const HdKickstart *kickstart, const char *name);
/* All sections with this name, in order; as above. */
GPtrArray *hd_kickstart_sections (const HdKickstart *kickstart, const char *name);

/* Whether it says what to install: without that it is a part of another file, or for another
 * system. */
gboolean hd_kickstart_has_source (const HdKickstart *kickstart);
/* HD_CONFIG with the first error, or TRUE when there is none. */
gboolean hd_kickstart_check (const HdKickstart *kickstart, GError **error);
