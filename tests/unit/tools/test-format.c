/* The table of formats, and what is pure in the writers. */
#include "tools/format.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "tools/format-bytes.h"
#include "tools/ova-vsphere.h"
#include "tools/ova.h"
#include "tools/vhd.h"
#include "tools/vhdx.h"
#include "tools/vmdk.h"

static const char identity[] = "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static char *
chosen (const char *list, GError **error)
{
  const char *const names[] = { list, NULL };
  g_autoptr (GPtrArray) rows = hd_format_choose (names, error);
  if (rows == NULL)
    return NULL;
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (text, "%s ", ((const HdFormat *)rows->pdata[i])->name);
  return g_string_free (text, FALSE);
}

static void
test_choose (void)
{
  g_autofree char *some = chosen ("vhdx,qcow2,vhdx", NULL);
  g_autofree char *all = chosen ("all", NULL);
  g_assert_cmpstr (some, ==, "qcow2 vhdx ");
  g_assert_cmpstr (all, ==, "qcow2 vsphere rhev rhev3 vhd vhd-fixed.zst vhdx raw.zst raw.gz ");
  g_autoptr (GError) error = NULL;
  g_assert_null (chosen ("qcow2,vmdkk", &error));
  g_assert_error (error, HD_ERROR, HD_USAGE);
  g_assert_cmpstr (hd_error_hint (error), ==, "did you mean vmdk?");
}

/* Suffixes are names of files beside each other. */
static void
test_rows (void)
{
  for (const HdFormat *one = hd_formats; one->name != NULL; one++)
    {
      g_assert_true (hd_format_find (one->name) == one);
      g_assert_nonnull (one->begin);
      for (const HdFormat *other = hd_formats; other != one; other++)
        g_assert_cmpstr (one->suffix, !=, other->suffix);
    }
}

static void
test_zlib (void)
{
  const char *const names[] = { "qcow2", NULL };
  g_autoptr (GPtrArray) rows = hd_format_choose (names, NULL);
  hd_format_use_zlib (rows);
  const HdFormat *row = rows->pdata[0];
  g_assert_cmpuint (row->codecs, ==, HD_CODEC_BIT (HD_CODEC_DEFLATE));
  g_assert_cmpstr (row->suffix, ==, ".qcow2");
}

static void
test_tar_header (void)
{
  guint8 header[HD_TAR_BLOCK];
  g_autoptr (GError) error = NULL;
  g_assert_true (hd_tar_header (header, "disk.vmdk", HD_TAR_MAX_BYTES, 1700000000, &error));
  g_assert_cmpstr ((const char *)header + 124, ==, "77777777777");
  g_assert_cmpstr ((const char *)header + 136, ==, "14524770400");
  guint sum = 0, said = (guint)g_ascii_strtoull ((const char *)header + 148, NULL, 8);
  memset (header + 148, ' ', 8);
  for (guint i = 0; i < HD_TAR_BLOCK; i++)
    sum += header[i];
  g_assert_cmpuint (sum, ==, said);
  g_assert_false (hd_tar_header (header, "disk.vmdk", HD_TAR_MAX_BYTES + 1, 0, &error));
  g_assert_error (error, HD_ERROR, HD_CONFIG);
  g_assert_true (g_str_has_prefix (error->message, "O1: "));
  g_clear_error (&error);
  g_autofree char *name = g_strnfill (100, 'x');
  g_assert_false (hd_tar_header (header, name, 0, 0, &error));
  g_assert_error (error, HD_ERROR, HD_CONFIG);
}

static void
test_manifest (void)
{
  g_autofree char *text = hd_ova_manifest ("SHA256", "a.ovf", identity, "disk.vmdk", identity);
  g_autofree char *expected
      = g_strdup_printf ("SHA256(a.ovf)= %s\nSHA256(disk.vmdk)= %s\n", identity, identity);
  g_assert_cmpstr (text, ==, expected);
}

/* "ffffffff" would mean that there is no disk below. */
static void
test_descriptor (void)
{
  g_autofree char *text = hd_vmdk_descriptor (8 * G_GUINT64_CONSTANT (1073741824), identity);
  g_assert_nonnull (strstr (text, "\nCID=e1234567\n"));
  g_assert_nonnull (strstr (text, "\nRW 16777216 SPARSE \"disk.vmdk\"\n"));
  g_assert_nonnull (strstr (text, "ddb.geometry.cylinders = \"1044\"\n"));
  g_assert_cmpuint (strlen (text), <, 20 * 512);
}

static void
test_checksums (void)
{
  guint8 footer[HD_VHD_FOOTER_BYTES];
  hd_vhd_footer (footer, HD_VHD_FIXED, 1048576, identity);
  g_assert_cmpuint (hd_get_be32 (footer + 64), ==, hd_vhd_checksum (footer, sizeof footer, 64));
  /* The check value of CRC-32C; "never" there. */
  g_assert_cmphex (hd_vhdx_checksum ((const guint8 *)"123456789", 9, 9), ==, 0xe3069283);
}

static void
test_machine (void)
{
  HdFormatMachine machine;
  g_autoptr (GError) error = NULL;
  hd_format_machine_init (&machine);
  machine.name = "host";
  g_assert_true (hd_format_machine_check (&machine, &error));
  machine.hardware = 16;
  g_assert_false (hd_format_machine_check (&machine, &error));
  g_assert_error (error, HD_ERROR, HD_USAGE);
  g_assert_cmpstr (hd_format_os_type ("trixie"), ==, "debian13_64Guest");
}

/* What compressors make of a block is packed once and in its place. */
static void
test_codecs (void)
{
  const guint32 set = HD_CODEC_BIT (HD_CODEC_DEFLATE) | HD_CODEC_BIT (HD_CODEC_ZSTD)
                      | HD_CODEC_BIT (HD_CODEC_GZIP_CHUNK);
  g_autoptr (HdCodecs) codecs = hd_codecs_new (set);
  g_autoptr (HdChunk) chunk = hd_chunk_new (set);
  chunk->size_bytes = HD_CHUNK_BYTES;
  memset (chunk->data + 3 * HD_BLOCK_BYTES, 'x', 100);
  hd_chunk_look (chunk);
  hd_chunk_pack (chunk, codecs);
  g_assert_cmphex (chunk->used, ==, 1u << 3);
  g_assert_cmpuint (chunk->deflate[3].size_bytes, <, 200);
  g_assert_cmpuint (chunk->deflate[2].size_bytes, ==, 0);
  g_assert_cmphex (hd_get_le32 (chunk->zstd[3].data), ==, 0xfd2fb528);
  g_assert_cmphex (hd_get_le16 (chunk->whole[HD_CODEC_GZIP_CHUNK].data), ==, 0x8b1f);
}

static gboolean
count_chunk (const HdChunk *chunk, gpointer data, GError **error)
{
  ++*(guint *)data;
  return TRUE;
}

/* Two passes see the same, or say so. */
static void
test_source (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("test-format-XXXXXX", &path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ftruncate (fd, 9 * 1048576), ==, 0);
  g_assert_cmpint (pwrite (fd, "x", 1, 5 * 1048576), ==, 1);
  g_autoptr (HdFormatSource) source = hd_format_source_open (path, &error);
  g_assert_true (hd_format_source_scan (source, NULL, &error));
  g_assert_cmpuint (hd_format_source_n_used (source), ==, 1);
  g_assert_true (hd_format_source_is_used (source, 80));
  guint n = 0;
  g_assert_true (hd_format_source_read (source, 0, count_chunk, &n, NULL, &error));
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpint (pwrite (fd, "x", 1, 5 * 1048576 + 70000), ==, 1);
  g_assert_false (hd_format_source_read (source, 0, count_chunk, &n, NULL, &error));
  g_assert_error (error, HD_ERROR, HD_BUSY);
  close (fd);
  unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/format/choose", test_choose);
  g_test_add_func ("/format/rows", test_rows);
  g_test_add_func ("/format/zlib", test_zlib);
  g_test_add_func ("/format/tar-header", test_tar_header);
  g_test_add_func ("/format/manifest", test_manifest);
  g_test_add_func ("/format/descriptor", test_descriptor);
  g_test_add_func ("/format/checksums", test_checksums);
  g_test_add_func ("/format/machine", test_machine);
  g_test_add_func ("/format/codecs", test_codecs);
  g_test_add_func ("/format/source", test_source);
  return g_test_run ();
}
