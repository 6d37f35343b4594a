/* What is wrong with an image, and who refuses it for that: the rules of docs/formats.md, held to
 * any file, also to a stranger's.
 *
 * Every reader is bounded: by the file's size, by the limits of its format, and by those below. No
 * reader believes a number before it has looked.
 */
#pragma once

#include <gio/gio.h>

/* Bytes of a file, or of a part of one. */
typedef struct
{
  int fd; /* or -1: `data` has them */
  const guint8 *data;
  guint64 offset_bytes;
  guint64 size_bytes;
} HdBytes;

/* Exactly `length` bytes at `at`, or FALSE when they are not there. */
gboolean hd_bytes_read (const HdBytes *bytes, guint64 at, void *to, gsize length);
/* A part; cut to what is there. */
HdBytes hd_bytes_part (const HdBytes *bytes, guint64 at, guint64 length);
/* SHA-256 of all of it, 64 hexadecimal digits, free with g_free; NULL when it cannot be read. */
char *hd_bytes_sha256 (const HdBytes *bytes);

typedef struct
{
  const char *id;    /* "V4" */
  const char *title; /* what has to be so */
  const char *who;   /* the products that refuse it, or what goes wrong */
  gboolean refused;  /* else it is a note: it works, but not everywhere or not the same twice */
  gboolean mendable; /* --fix can */
} HdLintRule;        /* the table ends with { NULL } */

extern const HdLintRule hd_lint_rules[];
const HdLintRule *hd_lint_rule (const char *id);

typedef struct
{
  const HdLintRule *rule;
  char *detail;
} HdLintFinding;

/* The findings of one file; at most HD_LINT_MAX_FINDINGS are kept. */
#define HD_LINT_MAX_FINDINGS 200u
typedef struct
{
  const char *kind; /* what it was taken for: "VMDK", "OVA for vSphere"; static storage */
  GPtrArray *findings;
} HdLint;

HdLint *hd_lint_new (void);
void hd_lint_free (HdLint *lint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdLint, hd_lint_free)
/* Add a finding; `id` is in the table (asserted). Text that strangers wrote is made printable. */
void hd_lint_add (HdLint *lint, const char *id, const char *format, ...) G_GNUC_PRINTF (3, 4);
gboolean hd_lint_has (const HdLint *lint, const char *id);
/* Whether somebody refuses the image. */
gboolean hd_lint_is_refused (const HdLint *lint);

/* Look at bytes of any format. */
void hd_lint_bytes (HdLint *lint, const HdBytes *bytes);
/* The same for a file. Errors: HD_NOT_FOUND, HD_DENIED, HD_CONFIG when it is no file. Blocks. */
HdLint *hd_lint_path (const char *path, GError **error);

/* The readers, one for each format. */
void hd_lint_raw (HdLint *lint, const HdBytes *bytes);
void hd_lint_qcow2 (HdLint *lint, const HdBytes *bytes);
void hd_lint_vmdk (HdLint *lint, const HdBytes *bytes);
void hd_lint_vhd (HdLint *lint, const HdBytes *bytes);
void hd_lint_vhdx (HdLint *lint, const HdBytes *bytes);
void hd_lint_ova (HdLint *lint, const HdBytes *bytes);
/* Dialect B: the archive of an export domain, gzip around tar. */
void hd_lint_rhev3 (HdLint *lint, const HdBytes *bytes);
