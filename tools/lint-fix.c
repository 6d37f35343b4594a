/* Each kind has one function that writes the file anew from what was read. */
#include "tools/lint-fix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "tools/format-bytes.h"
#include "tools/format-file.h"
#include "tools/lint-ovf.h"
#include "tools/lint-tar.h"
#include "tools/ova.h"
#include "tools/vhd.h"
#include "tools/vmdk-layout.h"
#include "tools/vmdk-read.h"
#include "tools/vmdk.h"

#define COPY_BYTES 262144u
/* The time of members: mending shall give the same bytes each time. */
#define EPOCH 315532800

static gboolean
copy_bytes (HdFormatFile *file, const HdBytes *bytes, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (COPY_BYTES);
  for (guint64 done = 0; done < bytes->size_bytes;)
    {
      gsize length = (gsize)MIN (COPY_BYTES, bytes->size_bytes - done);
      if (!hd_bytes_read (bytes, done, buffer, length))
        return hd_throw (error, HD_FAILED, NULL, "the image could not be read to its end");
      if (!hd_format_file_append_sparse (file, buffer, length, error))
        return FALSE;
      done += length;
    }
  return TRUE;
}

/* How long a VMDK is up to its end of stream; 0 when it is no sound streamOptimized one. */
static guint64
vmdk_length (const HdBytes *bytes, HdVmdkHead *head)
{
  g_autoptr (HdLint) ignored = hd_lint_new ();
  g_autoptr (HdVmdkWalk) walk = hd_vmdk_walk_new ();
  if (!hd_vmdk_head_read (bytes, 0, head) || head->descriptor_at != 1 || head->descriptor_size < 4
      || head->descriptor_size >= head->overhead || head->capacity > G_MAXINT64 / HD_SECTOR)
    return 0;
  hd_vmdk_walk_run (walk, ignored, bytes, head);
  guint64 length = walk->end_at + HD_SECTOR;
  return walk->ended && length <= bytes->size_bytes ? length : 0;
}

/* The VMDK up to its end, with a descriptor of ours. */
static gboolean
write_vmdk (HdFormatFile *file, const HdBytes *bytes, const HdVmdkHead *head, guint64 length,
            GError **error)
{
  guint64 base = hd_format_file_position (file);
  const HdBytes grains
      = hd_bytes_part (bytes, head->overhead * HD_SECTOR, length - head->overhead * HD_SECTOR);
  const HdBytes first = hd_bytes_part (bytes, 0, HD_SECTOR);
  /* qemu-img has the tables between descriptor and grains. */
  guint64 rest_at = (head->descriptor_at + head->descriptor_size) * HD_SECTOR;
  const HdBytes rest = hd_bytes_part (bytes, rest_at, length - rest_at);
  g_autofree char *identity = hd_bytes_sha256 (&grains);
  if (identity == NULL)
    return hd_throw (error, HD_FAILED, NULL, "the disk could not be read");
  g_autofree char *descriptor = hd_vmdk_descriptor (head->capacity * HD_SECTOR, identity);
  if (strlen (descriptor) > head->descriptor_size * HD_SECTOR)
    return hd_throw (error, HD_CONFIG, "convert it from a raw disk",
                     "V6: there is no room for a descriptor");
  return copy_bytes (file, &first, error) && hd_format_file_text (file, descriptor, error)
         && hd_format_file_seek (file, base + rest_at, error) && copy_bytes (file, &rest, error);
}

static gboolean
fix_vmdk (HdFormatFile *file, const HdBytes *bytes, GError **error)
{
  HdVmdkHead head;
  guint64 length = vmdk_length (bytes, &head);
  if (length == 0)
    return hd_throw (error, HD_CONFIG, "convert it from a raw disk",
                     "V7: the VMDK is no sound streamOptimized one, and cannot be mended");
  return write_vmdk (file, bytes, &head, length, error);
}

static gboolean
fix_vhd (HdFormatFile *file, const HdBytes *bytes, GError **error)
{
  guint8 footer[HD_VHD_FOOTER_BYTES], header[1024];
  guint64 end = bytes->size_bytes - sizeof footer;
  if (bytes->size_bytes < sizeof footer || !hd_bytes_read (bytes, end, footer, sizeof footer)
      || memcmp (footer, "conectix", 8) != 0)
    return hd_throw (error, HD_CONFIG, "the file was cut: fetch it again",
                     "H1: there is no footer");
  hd_put_be32 (footer + 64, hd_vhd_checksum (footer, sizeof footer, 64));
  if (!copy_bytes (file, bytes, error)
      || !hd_format_file_patch (file, end, footer, sizeof footer, error))
    return FALSE;
  if (hd_get_be32 (footer + 60) != HD_VHD_DYNAMIC)
    return TRUE;
  guint64 at = hd_get_be64 (footer + 16);
  if (!hd_bytes_read (bytes, at, header, sizeof header) || memcmp (header, "cxsparse", 8) != 0)
    return hd_throw (error, HD_CONFIG, "convert it from a raw disk",
                     "H5: there is no header of a dynamic disk");
  hd_put_be32 (header + 36, hd_vhd_checksum (header, sizeof header, 36));
  return hd_format_file_patch (file, 0, footer, sizeof footer, error)
         && hd_format_file_patch (file, at, header, sizeof header, error);
}

/* One file of an OVA on its way. */
typedef struct
{
  const HdTarMember *member;
  gboolean vmdk; /* to be mended */
  HdVmdkHead head;
  guint64 length;
  char *sha256;
} Part;

static void
part_free (Part *part)
{
  g_free (part->sha256);
  g_free (part);
}

/* Set or replace the attribute size of the File element that has this href. */
static char *
set_size (const char *text, const char *href, guint64 size_bytes)
{
  g_autofree char *escaped = g_regex_escape_string (href, -1);
  g_autofree char *pattern
      = g_strdup_printf ("<(\\w+:)?File\\b[^<>]*\\bhref=[\"']%s[\"'][^<>]*?>", escaped);
  g_autoptr (GRegex) element = g_regex_new (pattern, 0, 0, NULL);
  g_autoptr (GRegex) old = g_regex_new ("\\s(\\w+:)?size=[\"'][^\"']*[\"']", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  int start, end;
  if (element == NULL || !g_regex_match (element, text, 0, &match)
      || !g_match_info_fetch_pos (match, 0, &start, &end))
    return g_strdup (text);
  g_autofree char *found = g_match_info_fetch (match, 0);
  g_autofree char *bare = g_regex_replace_literal (old, found, -1, 0, "", 0, NULL);
  gboolean prefixed = strstr (found, "ovf:href") != NULL;
  gsize tail = g_str_has_suffix (bare, "/>") ? 2 : 1;
  gsize keep = strlen (bare) - tail;
  return g_strdup_printf ("%.*s%.*s %ssize=\"%" G_GUINT64_FORMAT "\"%s%s", start, text, (int)keep,
                          bare, prefixed ? "ovf:" : "", size_bytes, bare + keep, text + end);
}

static GPtrArray *
collect_parts (const HdTar *tar, const HdOvf *ovf, GError **error)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify)part_free);
  for (guint i = 0; i < ovf->files->len; i++)
    {
      const HdOvfFile *file = g_ptr_array_index (ovf->files, i);
      const HdTarMember *member = hd_tar_member (tar, file->href);
      if (member == NULL || strchr (member->name, '/') != NULL)
        {
          hd_throw (error, HD_CONFIG, "unpack it, and make it anew",
                    "O2: the file %s is not in the archive", file->href != NULL ? file->href : "");
          return NULL;
        }
      for (guint n = 0; n < parts->len; n++)
        if (((const Part *)g_ptr_array_index (parts, n))->member == member)
          {
            hd_throw (error, HD_CONFIG, "unpack it, and make it anew",
                      "O2: the file %s is listed twice", file->href);
            return NULL;
          }
      Part *part = g_new0 (Part, 1);
      g_ptr_array_add (parts, part);
      part->member = member;
      g_autoptr (HdLint) lint = hd_lint_new ();
      hd_lint_vmdk (lint, &member->bytes);
      if (hd_lint_has (lint, "V4") || hd_lint_has (lint, "V6"))
        part->length = vmdk_length (&member->bytes, &part->head);
      part->vmdk = part->length != 0;
      if (!part->vmdk)
        part->length = member->bytes.size_bytes;
    }
  return g_steal_pointer (&parts);
}

static gboolean
write_part (HdFormatFile *file, Part *part, GError **error)
{
  guint8 header[HD_TAR_BLOCK];
  if (!hd_tar_header (header, part->member->name, part->length, EPOCH, error)
      || !hd_format_file_append (file, header, sizeof header, error))
    return FALSE;
  guint64 start = hd_format_file_position (file);
  gboolean ok = part->vmdk
                    ? write_vmdk (file, &part->member->bytes, &part->head, part->length, error)
                    : copy_bytes (file, &part->member->bytes, error);
  if (!ok)
    return FALSE;
  part->sha256 = hd_format_file_digest (file, start, part->length, FALSE, error);
  return part->sha256 != NULL && hd_format_file_align (file, 0, HD_TAR_BLOCK, error);
}

/* Description, manifest, files. */
static gboolean
write_ova (HdFormatFile *file, const char *name, const char *text, GPtrArray *parts, GError **error)
{
  guint64 manifest_at;
  gsize length = strlen (text);
  g_autofree char *base = g_strndup (name, strlen (name) - strlen (".ovf"));
  g_autofree char *manifest_name = g_strconcat (base, ".mf", NULL);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, (gssize)length);
  g_autoptr (GString) manifest = g_string_new (NULL);
  g_string_append_printf (manifest, "SHA256(%s)= %s\n", name, sum);
  gsize manifest_bytes = manifest->len;
  for (guint i = 0; i < parts->len; i++)
    manifest_bytes += strlen ("SHA256()= \n") + 64
                      + strlen (((const Part *)g_ptr_array_index (parts, i))->member->name);
  if (!hd_tar_append (file, name, text, length, EPOCH, error)
      || !hd_tar_reserve (file, manifest_bytes, &manifest_at, error))
    return FALSE;
  for (guint i = 0; i < parts->len; i++)
    {
      Part *part = g_ptr_array_index (parts, i);
      if (!write_part (file, part, error))
        return FALSE;
      g_string_append_printf (manifest, "SHA256(%s)= %s\n", part->member->name, part->sha256);
    }
  return hd_tar_end (file, error)
         && hd_tar_fill (file, manifest_at, manifest_name, manifest->str, manifest->len, EPOCH,
                         error);
}

/* vm.ovf, and each disk behind its pad; what oVirt would take for a disk and is none stays out. */
static gboolean
write_ovirt (HdFormatFile *file, const char *text, GPtrArray *parts, GError **error)
{
  if (!hd_tar_append (file, "vm.ovf", text, strlen (text), EPOCH, error))
    return FALSE;
  for (guint i = 0; i < parts->len; i++)
    if (!hd_tar_pad (file, EPOCH, error) || !write_part (file, g_ptr_array_index (parts, i), error))
      return FALSE;
  return hd_tar_end (file, error);
}

/* Both dialects. */
static gboolean
fix_ova (HdFormatFile *file, const HdBytes *bytes, GError **error)
{
  g_autoptr (HdTar) tar = hd_tar_read (bytes);
  const HdTarMember *member = hd_tar_find (tar, ".ovf");
  g_autofree char *text = member != NULL ? hd_tar_text (member) : NULL;
  if (text == NULL || tar->broken || strchr (member->name, '/') != NULL)
    return hd_throw (error, HD_CONFIG, "fetch it again, or unpack it and make it anew",
                     "O2: the archive has no readable description");
  g_autoptr (HdOvf) ovf = hd_ovf_parse (text, strlen (text), error);
  g_autoptr (GPtrArray) parts = ovf != NULL ? collect_parts (tar, ovf, error) : NULL;
  if (parts == NULL)
    return FALSE;
  if (ovf->ovirt)
    return write_ovirt (file, text, parts, error);
  for (guint i = 0; i < parts->len; i++)
    {
      const Part *part = g_ptr_array_index (parts, i);
      char *changed = set_size (text, part->member->name, part->length);
      g_free (text);
      text = changed;
    }
  return write_ova (file, member->name, text, parts, error);
}

static gboolean
has_mendable (const HdLint *lint)
{
  for (guint i = 0; i < lint->findings->len; i++)
    if (((const HdLintFinding *)g_ptr_array_index (lint->findings, i))->rule->mendable)
      return TRUE;
  return FALSE;
}

gboolean
hd_lint_fix (const char *path, const char *output, gboolean *ret_mended, GError **error)
{
  static const struct
  {
    const char *kind;
    gboolean (*fix) (HdFormatFile *file, const HdBytes *bytes, GError **error);
  } kinds[] = { { "VMDK", fix_vmdk },
                { "VHD", fix_vhd },
                { "OVA for vSphere", fix_ova },
                { "OVA for RHEV and oVirt", fix_ova } };
  g_autoptr (HdLint) lint = hd_lint_path (path, error);
  if (lint == NULL)
    return FALSE;
  gboolean mend = has_mendable (lint);
  if (ret_mended != NULL)
    *ret_mended = mend;
  if (!mend)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (!g_str_equal (lint->kind, kinds[i].kind))
        continue;
      struct stat info;
      hd_autofd fd = open (path, O_RDONLY | O_CLOEXEC);
      if (fd < 0 || fstat (fd, &info) < 0)
        return hd_throw_errno (error, errno, "opening %s", path);
      const HdBytes bytes = { .fd = fd, .size_bytes = (guint64)info.st_size };
      g_autoptr (HdFormatFile) file = hd_format_file_new (output, error);
      return file != NULL && kinds[i].fix (file, &bytes, error)
             && hd_format_file_commit (file, error);
    }
  return hd_throw (error, HD_CONFIG, "convert it from a raw disk", "%s: a %s cannot be mended",
                   path, lint->kind);
}
