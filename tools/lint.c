/* Findings, bytes, and the choice of a reader by what a file holds. */
#include "tools/lint.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/output.h"
#include "common/cleanup.h"
#include "tools/format-identity.h"

#define HASH_BYTES 262144u
#define MAX_DETAIL_BYTES 400u

gboolean
hd_bytes_read (const HdBytes *bytes, guint64 at, void *to, gsize length)
{
  if (at > bytes->size_bytes || length > bytes->size_bytes - at)
    return FALSE;
  if (bytes->fd < 0)
    {
      memcpy (to, bytes->data + bytes->offset_bytes + at, length);
      return TRUE;
    }
  for (gsize done = 0; done < length;)
    {
      ssize_t n = pread (bytes->fd, (guint8 *)to + done, length - done,
                         (off_t)(bytes->offset_bytes + at + done));
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      done += (gsize)n;
    }
  return TRUE;
}

HdBytes
hd_bytes_part (const HdBytes *bytes, guint64 at, guint64 length)
{
  HdBytes part = *bytes;
  at = MIN (at, bytes->size_bytes);
  part.offset_bytes += at;
  part.size_bytes = MIN (length, bytes->size_bytes - at);
  return part;
}

char *
hd_bytes_sha256 (const HdBytes *bytes)
{
  g_autofree guint8 *buffer = g_malloc (HASH_BYTES);
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gboolean ok = EVP_DigestInit_ex (context, EVP_sha256 (), NULL) == 1;
  for (guint64 done = 0; ok && done < bytes->size_bytes;)
    {
      gsize length = (gsize)MIN (HASH_BYTES, bytes->size_bytes - done);
      ok = hd_bytes_read (bytes, done, buffer, length)
           && EVP_DigestUpdate (context, buffer, length) == 1;
      done += length;
    }
  guint8 digest[32];
  ok = ok && EVP_DigestFinal_ex (context, digest, NULL) == 1;
  EVP_MD_CTX_free (context);
  return ok ? hd_identity_hex (digest, sizeof digest) : NULL;
}

const HdLintRule *
hd_lint_rule (const char *id)
{
  for (const HdLintRule *rule = hd_lint_rules; rule->id != NULL; rule++)
    if (g_str_equal (rule->id, id))
      return rule;
  return NULL;
}

static void
finding_free (HdLintFinding *finding)
{
  g_free (finding->detail);
  g_free (finding);
}

HdLint *
hd_lint_new (void)
{
  HdLint *lint = g_new0 (HdLint, 1);
  lint->kind = "unknown";
  lint->findings = g_ptr_array_new_with_free_func ((GDestroyNotify)finding_free);
  return lint;
}

void
hd_lint_free (HdLint *lint)
{
  g_ptr_array_unref (lint->findings);
  g_free (lint);
}

void
hd_lint_add (HdLint *lint, const char *id, const char *format, ...)
{
  if (lint->findings->len >= HD_LINT_MAX_FINDINGS)
    return;
  const HdLintRule *rule = hd_lint_rule (id);
  g_assert (rule != NULL);
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (strlen (text) > MAX_DETAIL_BYTES)
    strcpy (text + MAX_DETAIL_BYTES - 3, "...");
  HdLintFinding *finding = g_new0 (HdLintFinding, 1);
  finding->rule = rule;
  finding->detail = hd_printable (text);
  g_ptr_array_add (lint->findings, finding);
}

gboolean
hd_lint_has (const HdLint *lint, const char *id)
{
  for (guint i = 0; i < lint->findings->len; i++)
    {
      const HdLintFinding *finding = g_ptr_array_index (lint->findings, i);
      if (g_str_equal (finding->rule->id, id))
        return TRUE;
    }
  return FALSE;
}

gboolean
hd_lint_is_refused (const HdLint *lint)
{
  for (guint i = 0; i < lint->findings->len; i++)
    if (((const HdLintFinding *)g_ptr_array_index (lint->findings, i))->rule->refused)
      return TRUE;
  return FALSE;
}

static void
lint_packed (HdLint *lint, const HdBytes *bytes)
{
  lint->kind = "compressed file";
  hd_lint_add (lint, "X", "unpack it, and look at what is inside");
}

static void
lint_iso (HdLint *lint, const HdBytes *bytes)
{
  lint->kind = "ISO image";
  hd_lint_add (lint, "X", "xorriso -indev FILE -report_el_torito plain looks at those");
}

void
hd_lint_bytes (HdLint *lint, const HdBytes *bytes)
{
  static const struct
  {
    guint64 at; /* G_MAXUINT64: 512 bytes before the end */
    const char *magic;
    gsize length;
    void (*look) (HdLint *lint, const HdBytes *bytes);
  } kinds[] = {
    { 0, "KDMV", 4, hd_lint_vmdk },
    { 0, "# Disk DescriptorFile", 21, hd_lint_vmdk },
    { 0, "QFI\xfb", 4, hd_lint_qcow2 },
    { 0, "vhdxfile", 8, hd_lint_vhdx },
    { 0, "conectix", 8, hd_lint_vhd },
    { 257, "ustar", 5, hd_lint_ova },
    { 0, "\x1f\x8b", 2, hd_lint_rhev3 },
    { 0, "\x28\xb5\x2f\xfd", 4, lint_packed },
    { 0,
      "\xfd"
      "7zXZ",
      5, lint_packed },
    { 32769, "CD001", 5, lint_iso },
    /* Last: an archive may end with a disk. */
    { G_MAXUINT64, "conectix", 8, hd_lint_vhd },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      char magic[32];
      guint64 at = kinds[i].at == G_MAXUINT64
                       ? (bytes->size_bytes < 512 ? G_MAXUINT64 : bytes->size_bytes - 512)
                       : kinds[i].at;
      if (hd_bytes_read (bytes, at, magic, kinds[i].length)
          && memcmp (magic, kinds[i].magic, kinds[i].length) == 0)
        {
          kinds[i].look (lint, bytes);
          return;
        }
    }
  hd_lint_raw (lint, bytes);
}

HdLint *
hd_lint_path (const char *path, GError **error)
{
  struct stat info;
  hd_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &info) < 0)
    {
      hd_throw_errno (error, errno, "opening %s", path);
      return NULL;
    }
  if (!S_ISREG (info.st_mode))
    {
      hd_throw (error, HD_CONFIG, "give an image", "%s is no file", path);
      return NULL;
    }
  const HdBytes bytes = { .fd = fd, .size_bytes = (guint64)info.st_size };
  HdLint *lint = hd_lint_new ();
  hd_lint_bytes (lint, &bytes);
  return lint;
}
