/* The rows: thin functions between the table's form and each writer's own. */
#include "tools/format.h"

#include <string.h>

#include "base/error.h"
#include "common/parse.h"
#include "tools/format-qcow2.h"
#include "tools/format-stream.h"
#include "tools/ova-ovirt.h"
#include "tools/ova-rhev3.h"
#include "tools/ova-vsphere.h"
#include "tools/vhd.h"
#include "tools/vhdx.h"
#include "tools/vmdk.h"

#define DEFLATE HD_CODEC_BIT (HD_CODEC_DEFLATE)

/* Raw: the used blocks in their places. */
typedef struct
{
  HdFormatFile *file;
  guint64 disk_bytes;
  gboolean vhd;
  guint8 footer[HD_VHD_FOOTER_BYTES];
} Raw;

static gpointer
raw_begin (const HdFormatJob *job, GError **error)
{
  Raw *raw = g_new0 (Raw, 1);
  raw->file = job->file;
  raw->disk_bytes = hd_format_source_size (job->source);
  return raw;
}

static gpointer
vhd_fixed_begin (const HdFormatJob *job, GError **error)
{
  Raw *raw = raw_begin (job, error);
  raw->vhd = TRUE;
  hd_vhd_footer (raw->footer, HD_VHD_FIXED, raw->disk_bytes,
                 hd_format_source_identity (job->source));
  return raw;
}

static gboolean
raw_chunk (gpointer writer, const HdChunk *chunk, GError **error)
{
  Raw *raw = writer;
  return hd_format_file_seek (raw->file, chunk->index * HD_CHUNK_BYTES, error)
         && hd_format_file_append_sparse (raw->file, chunk->data, chunk->size_bytes, error);
}

static gboolean
raw_end (gpointer writer, GError **error)
{
  Raw *raw = writer;
  return hd_format_file_seek (raw->file, raw->disk_bytes, error)
         && (!raw->vhd
             || hd_format_file_append (raw->file, raw->footer, sizeof raw->footer, error));
}

/* Compressed raw. */
static gpointer
zst_begin (const HdFormatJob *job, GError **error)
{
  return hd_format_stream_new (job->file, job->source, HD_CODEC_ZSTD_CHUNK);
}

static gpointer
gz_begin (const HdFormatJob *job, GError **error)
{
  return hd_format_stream_new (job->file, job->source, HD_CODEC_GZIP_CHUNK);
}

static gpointer
xz_begin (const HdFormatJob *job, GError **error)
{
  return hd_format_stream_new (job->file, job->source, HD_CODEC_XZ_CHUNK);
}

static gboolean
stream_chunk (gpointer writer, const HdChunk *chunk, GError **error)
{
  return hd_format_stream_chunk (writer, chunk, error);
}

static gboolean
stream_end (gpointer writer, GError **error)
{
  return hd_format_stream_end (writer, NULL, 0, error);
}

/* A fixed VHD, compressed: the pieces of the raw disk and one more for the footer. */
typedef struct
{
  HdFormatStream *stream;
  guint8 footer[HD_VHD_FOOTER_BYTES];
} PackedVhd;

static gpointer
vhd_zst_begin (const HdFormatJob *job, GError **error)
{
  PackedVhd *vhd = g_new0 (PackedVhd, 1);
  vhd->stream = hd_format_stream_new (job->file, job->source, HD_CODEC_ZSTD_CHUNK);
  hd_vhd_footer (vhd->footer, HD_VHD_FIXED, hd_format_source_size (job->source),
                 hd_format_source_identity (job->source));
  return vhd;
}

static gboolean
vhd_zst_chunk (gpointer writer, const HdChunk *chunk, GError **error)
{
  return hd_format_stream_chunk (((PackedVhd *)writer)->stream, chunk, error);
}

static gboolean
vhd_zst_end (gpointer writer, GError **error)
{
  PackedVhd *vhd = writer;
  return hd_format_stream_end (vhd->stream, vhd->footer, sizeof vhd->footer, error);
}

static void
vhd_zst_free (gpointer writer)
{
  hd_format_stream_free (((PackedVhd *)writer)->stream);
  g_free (writer);
}

static gpointer
qcow2_zlib_begin (const HdFormatJob *job, GError **error)
{
  return hd_qcow2_new (job->file, hd_format_source_size (job->source), 3, FALSE, error);
}

static gpointer
qcow2_zstd_begin (const HdFormatJob *job, GError **error)
{
  return hd_qcow2_new (job->file, hd_format_source_size (job->source), 3, TRUE, error);
}

static gpointer
vmdk_begin (const HdFormatJob *job, GError **error)
{
  return hd_vmdk_new (job->file, hd_format_source_size (job->source),
                      hd_format_source_identity (job->source), error);
}

static gpointer
vhd_begin (const HdFormatJob *job, GError **error)
{
  return hd_vhd_new (job->file, job->source, error);
}

static gpointer
vhdx_begin (const HdFormatJob *job, GError **error)
{
  return hd_vhdx_new (job->file, job->source, error);
}

#define FORWARD(name, Type)                                                                        \
  static gboolean name##_chunk (gpointer writer, const HdChunk *chunk, GError **error)             \
  {                                                                                                \
    return hd_##name##_chunk ((Type *)writer, chunk, error);                                       \
  }                                                                                                \
  static gboolean name##_end (gpointer writer, GError **error)                                     \
  {                                                                                                \
    return hd_##name##_end ((Type *)writer, error);                                                \
  }                                                                                                \
  static void name##_free (gpointer writer) { hd_##name##_free ((Type *)writer); }
FORWARD (qcow2, HdQcow2)
FORWARD (vmdk, HdVmdk)
FORWARD (vhd, HdVhd)
FORWARD (vhdx, HdVhdx)

static void
stream_free (gpointer writer)
{
  hd_format_stream_free (writer);
}

const HdFormat hd_formats[] = {
  { "qcow2", ".qcow2", "KVM and OpenStack, QEMU 5.1 and newer", TRUE, HD_CODEC_BIT (HD_CODEC_ZSTD),
    qcow2_zstd_begin, qcow2_chunk, qcow2_end, qcow2_free },
  { "qcow2-zlib", "-zlib.qcow2", "KVM and OpenStack, any QEMU from 1.1 on", FALSE, DEFLATE,
    qcow2_zlib_begin, qcow2_chunk, qcow2_end, qcow2_free },
  { "vsphere", "-vsphere.ova", "VMware vSphere, ESXi 6.5 and newer", TRUE, DEFLATE,
    hd_ova_vsphere_begin, hd_ova_vsphere_chunk, hd_ova_vsphere_end, hd_ova_vsphere_free },
  { "rhev", "-rhev.ova", "RHEV and oVirt 4.1 and newer", TRUE, DEFLATE, hd_ova_ovirt_begin,
    hd_ova_ovirt_chunk, hd_ova_ovirt_end, hd_ova_ovirt_free },
  { "rhev3", "-rhev3.ova", "RHEV and oVirt 3.x, as an export domain", TRUE, DEFLATE,
    hd_ova_rhev3_begin, hd_ova_rhev3_chunk, hd_ova_rhev3_end, hd_ova_rhev3_free },
  { "vhd", ".vhd", "Hyper-V generation 1, dynamic", TRUE, 0, vhd_begin, vhd_chunk, vhd_end,
    vhd_free },
  { "vhd-fixed", "-fixed.vhd", "Azure and Hyper-V generation 1, fixed", FALSE, 0, vhd_fixed_begin,
    raw_chunk, raw_end, g_free },
  { "vhd-fixed.zst", "-fixed.vhd.zst", "the fixed VHD, compressed", TRUE,
    HD_CODEC_BIT (HD_CODEC_ZSTD_CHUNK), vhd_zst_begin, vhd_zst_chunk, vhd_zst_end, vhd_zst_free },
  { "vhdx", ".vhdx", "Hyper-V generation 2", TRUE, 0, vhdx_begin, vhdx_chunk, vhdx_end, vhdx_free },
  { "vmdk", ".vmdk", "the streamOptimized disk of the vSphere archive", FALSE, DEFLATE, vmdk_begin,
    vmdk_chunk, vmdk_end, vmdk_free },
  { "raw", ".raw", "the disk itself", FALSE, 0, raw_begin, raw_chunk, raw_end, g_free },
  { "raw.zst", ".raw.zst", "the disk, compressed by zstd", TRUE, HD_CODEC_BIT (HD_CODEC_ZSTD_CHUNK),
    zst_begin, stream_chunk, stream_end, stream_free },
  { "raw.gz", ".raw.gz", "the disk, compressed by gzip", TRUE, HD_CODEC_BIT (HD_CODEC_GZIP_CHUNK),
    gz_begin, stream_chunk, stream_end, stream_free },
  { "raw.xz", ".raw.xz", "the disk, compressed by xz: smallest, and minutes of work", FALSE,
    HD_CODEC_BIT (HD_CODEC_XZ_CHUNK), xz_begin, stream_chunk, stream_end, stream_free },
  { NULL },
};

const HdFormat *
hd_format_find (const char *name)
{
  for (const HdFormat *format = hd_formats; format->name != NULL; format++)
    if (g_str_equal (format->name, name))
      return format;
  return NULL;
}

/* Set `*chosen` bits for one name. */
static gboolean
choose_one (const char *name, guint64 *chosen, GError **error)
{
  const char *words[G_N_ELEMENTS (hd_formats) + 1] = { "all" };
  gboolean found = FALSE;
  for (guint i = 0; hd_formats[i].name != NULL; i++)
    {
      words[i + 1] = hd_formats[i].name;
      if (g_str_equal (name, "all") ? hd_formats[i].in_all : g_str_equal (name, words[i + 1]))
        *chosen |= G_GUINT64_CONSTANT (1) << i, found = TRUE;
    }
  if (found)
    return TRUE;
  const char *near = hd_nearest_word (name, words);
  g_autofree char *all = g_strjoinv (" ", (char **)words);
  g_autofree char *hint = near != NULL ? g_strdup_printf ("did you mean %s?", near)
                                       : g_strdup_printf ("formats: %s", all);
  return hd_throw (error, HD_USAGE, hint, "there is no format %s", name);
}

GPtrArray *
hd_format_choose (const char *const *names, GError **error)
{
  guint64 chosen = 0;
  for (const char *const *list = names; *list != NULL; list++)
    {
      g_auto (GStrv) words = g_strsplit (*list, ",", -1);
      for (char **word = words; *word != NULL; word++)
        if (!choose_one (*word, &chosen, error))
          return NULL;
    }
  GPtrArray *rows = g_ptr_array_new ();
  for (guint i = 0; hd_formats[i].name != NULL; i++)
    if ((chosen & (G_GUINT64_CONSTANT (1) << i)) != 0)
      g_ptr_array_add (rows, (gpointer)&hd_formats[i]);
  return rows;
}

void
hd_format_use_zlib (GPtrArray *formats)
{
  static const HdFormat plain = { "qcow2",     ".qcow2",  "KVM and OpenStack, any QEMU from 1.1 on",
                                  TRUE,        DEFLATE,   qcow2_zlib_begin,
                                  qcow2_chunk, qcow2_end, qcow2_free };
  for (guint i = 0; i < formats->len; i++)
    if (formats->pdata[i] == hd_formats)
      formats->pdata[i] = (gpointer)&plain;
}
