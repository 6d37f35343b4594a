/* Archives for RHEV 3.x, read by libarchive: names, and the shape of the two texts. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "tools/lint-ovf.h"
#include "tools/lint.h"

#define MAX_ARCHIVE_MEMBERS 1000u
/* What an honest archive unpacks to: raw disks pack well, though. */
#define MAX_RATIO 64u
#define SPARE_BYTES (G_GUINT64_CONSTANT (64) << 20)

/* RHEV 3.x: names and the shape of the two texts, by libarchive ----------------------------------
 */

typedef struct
{
  const HdBytes *bytes;
  guint64 at;
  guint8 buffer[65536];
} Feed;

static la_ssize_t
feed (struct archive *archive, void *data, const void **ret_buffer)
{
  Feed *from = data;
  gsize length = (gsize)MIN (sizeof from->buffer, from->bytes->size_bytes - from->at);
  if (!hd_bytes_read (from->bytes, from->at, from->buffer, length))
    return -1;
  from->at += length;
  *ret_buffer = from->buffer;
  return (la_ssize_t)length;
}

/* The text of the present entry, up to 64 KiB. */
static char *
entry_text (struct archive *archive)
{
  char *text = g_malloc0 (65537);
  la_ssize_t length = archive_read_data (archive, text, 65536);
  if (length < 0)
    text[0] = '\0';
  return text;
}

static void
look_at_meta (HdLint *lint, const char *name, const char *text)
{
  static const char *const keys[] = {
    "DOMAIN=", "VOLTYPE=LEAF",   "CTIME=",     "MTIME=", "FORMAT=", "IMAGE=",       "DISKTYPE=",
    "PUUID=",  "LEGALITY=LEGAL", "POOL_UUID=", "SIZE=",  "TYPE=",   "DESCRIPTION=", "EOF"
  };
  g_auto (GStrv) lines = g_strsplit (text, "\n", 100);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      gboolean found = FALSE;
      for (char **line = lines; *line != NULL; line++)
        found = found || g_str_has_prefix (*line, keys[i]);
      if (!found)
        hd_lint_add (lint, "B", "%s has no line %s", name, keys[i]);
    }
}

static void
look_at_old_ovf (HdLint *lint, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdOvf) ovf
      = g_utf8_validate (text, -1, NULL) ? hd_ovf_parse (text, strlen (text), &error) : NULL;
  if (ovf == NULL)
    hd_lint_add (lint, "B", "%s: %s", name, error != NULL ? error->message : "no UTF-8");
  else if (!ovf->old
           || g_strcmp0 (ovf->root_namespace, "http://schemas.dmtf.org/ovf/envelope/1/") != 0)
    hd_lint_add (lint, "B", "%s is not in the dialect of OVF 0.9", name);
}

/* Pass over an entry's data; FALSE when the archive unpacks to more than such a one can. */
static gboolean
pass_over (struct archive *archive, guint64 *left_bytes)
{
  const void *block;
  size_t length;
  la_int64_t offset;
  while (archive_read_data_block (archive, &block, &length, &offset) == ARCHIVE_OK)
    {
      if (length > *left_bytes)
        return FALSE;
      *left_bytes -= length;
    }
  return TRUE;
}

static void
look_at_members (HdLint *lint, struct archive *archive, guint64 left_bytes)
{
  struct archive_entry *entry;
  guint n_disks = 0, n_metas = 0, n_ovfs = 0, n = 0;
  while (n++ < MAX_ARCHIVE_MEMBERS && archive_read_next_header (archive, &entry) == ARCHIVE_OK)
    {
      const char *path = archive_entry_pathname (entry);
      if (path == NULL || archive_entry_filetype (entry) != AE_IFREG)
        continue;
      const char *name = g_str_has_prefix (path, "./") ? path + 2 : path;
      gboolean in_images = g_str_has_prefix (name, "images/");
      g_autofree char *shown_name = g_strdup (name);
      if (in_images && g_str_has_suffix (name, ".meta"))
        {
          g_autofree char *text = entry_text (archive);
          look_at_meta (lint, shown_name, text);
          n_metas++;
        }
      else if (in_images)
        n_disks++;
      else if (g_str_has_prefix (name, "master/vms/") && g_str_has_suffix (name, ".ovf"))
        {
          g_autofree char *text = entry_text (archive);
          look_at_old_ovf (lint, shown_name, text);
          n_ovfs++;
        }
      else
        hd_lint_add (lint, "B", "%s belongs to no export domain", shown_name);
      if (!pass_over (archive, &left_bytes))
        {
          hd_lint_add (lint, "B", "it unpacks to far more than it is");
          return;
        }
    }
  if (n_disks == 0 || n_metas != n_disks || n_ovfs != 1)
    hd_lint_add (lint, "B", "%u disks, %u .meta files, %u descriptions", n_disks, n_metas, n_ovfs);
}

void
hd_lint_rhev3 (HdLint *lint, const HdBytes *bytes)
{
  g_autofree Feed *from = g_new0 (Feed, 1);
  from->bytes = bytes;
  lint->kind = "archive of RHEV 3.x";
  struct archive *archive = archive_read_new ();
  archive_read_support_filter_gzip (archive);
  archive_read_support_format_tar (archive);
  if (archive_read_open (archive, from, NULL, feed, NULL) == ARCHIVE_OK)
    look_at_members (lint, archive, SPARE_BYTES + bytes->size_bytes * MAX_RATIO);
  else
    {
      lint->kind = "compressed file";
      hd_lint_add (lint, "X", "unpack it, and look at what is inside");
    }
  archive_read_free (archive);
}
