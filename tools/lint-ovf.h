/* An OVF description as a typed value, from a stranger's text. */
#pragma once

#include <glib.h>

#define HD_OVF_MAX_ELEMENTS 20000u
#define HD_OVF_MAX_DEPTH 64u

/* All strings may be NULL: the attribute or element is not there. */
typedef struct
{
  char *id;
  char *href;
  char *size;
} HdOvfFile;

typedef struct
{
  char *id;
  char *file;
  char *capacity;
  char *units;
  char *format;
  char *populated;
  char *volume_format;
  char *volume_type;
  char *interface;
  char *description;
} HdOvfDisk;

typedef struct
{
  char *type;
  char *subtype;
  char *id;
  char *parent;
  char *host_resource;
  char *connection;
  char *caption;
  char *name;
  char *units;
  char *sockets;
  char *cores;
  gboolean ordered; /* elements of CIM in the order of the schema */
} HdOvfItem;

typedef struct
{
  char *key;
  char *value;
  char *required;
} HdOvfConfig;

typedef struct
{
  char *root_namespace;
  gboolean is_envelope; /* the root's name */
  gboolean ovirt;       /* the text declares xmlns:ovirt, by which oVirt tells its own */
  gboolean old;         /* <Section xsi:type=...>, as RHEV 3.x has it */
  GPtrArray *files;
  GPtrArray *disks;
  GPtrArray *items;
  GPtrArray *configs;
  GPtrArray *networks;   /* char * */
  GPtrArray *properties; /* char *: keys */
  GPtrArray *foreign;    /* char *: elements of other namespaces that are not marked optional */
  char *system_type;
  char *system_name;
  char *os_id;
  char *os_type;
  char *ovirt_os_id;
  char *transport;
  char *bios_type;
  char *first_problem; /* of the schema's order; NULL: none */
} HdOvf;

/* Errors: those of GMarkup, or that it is too large or too deep. */
HdOvf *hd_ovf_parse (const char *text, gsize length, GError **error);
void hd_ovf_free (HdOvf *ovf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdOvf, hd_ovf_free)
