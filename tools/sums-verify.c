/* Signature first: nothing that is not signed is believed. */
#include "tools/sums-verify.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"
#include "tools/lint.h"
#include "tools/sums-list.h"
#include "tools/sums.h"

#define MAX_JSON_BYTES 16777216u

static const HdSumsEntry *
find_entry (GPtrArray *entries, const char *name)
{
  for (guint i = 0; name != NULL && i < entries->len; i++)
    {
      const HdSumsEntry *entry = g_ptr_array_index (entries, i);
      if (g_str_equal (entry->name, name))
        return entry;
    }
  return NULL;
}

/* gpgv takes binary keys alone. */
static char *
dearmoured (const char *key, GError **error)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("atomic-image-key-XXXXXX", &path, error);
  if (fd < 0)
    return NULL;
  const char *const argv[]
      = { "gpg", "--batch", "--no-options", "--quiet", "--dearmor", "--output", "-", key, NULL };
  const HdSpawn options = { .stdout_fd = fd };
  gboolean ok = hd_spawn_run (argv, &options, NULL, NULL, error);
  close (fd);
  if (ok)
    return g_steal_pointer (&path);
  g_unlink (path);
  return NULL;
}

static gboolean
is_armoured (const char *key)
{
  g_autofree char *text = NULL;
  return g_file_get_contents (key, &text, NULL, NULL)
         && g_str_has_prefix (text, "-----BEGIN PGP PUBLIC KEY BLOCK-----");
}

static gboolean
check_signature (const HdSumsVerify *verify, GCancellable *cancellable, GError **error)
{
  g_autofree char *list = g_build_filename (verify->folder, HD_SUMS_FILE, NULL);
  g_autofree char *signature = g_build_filename (verify->folder, HD_SUMS_SIGNATURE, NULL);
  if (verify->no_signature)
    return TRUE;
  if (verify->key == NULL)
    return hd_throw (error, HD_USAGE,
                     "--key=FILE with a public key from a place that you trust, or --no-signature",
                     "a key is needed to check the signature");
  if (!g_file_test (signature, G_FILE_TEST_EXISTS))
    return hd_throw (error, HD_SIGNATURE, "--no-signature checks the sums alone",
                     "there is no signature %s", signature);
  if (!g_file_test (verify->key, G_FILE_TEST_EXISTS))
    return hd_throw (error, HD_NOT_FOUND, NULL, "there is no key %s", verify->key);
  gboolean armoured = is_armoured (verify->key);
  g_autofree char *key
      = armoured ? dearmoured (verify->key, error) : g_canonicalize_filename (verify->key, NULL);
  if (key == NULL)
    return FALSE;
  const char *const argv[] = { "gpgv", "--quiet", "--keyring", key, signature, list, NULL };
  g_autoptr (GError) local = NULL;
  gboolean ok = hd_spawn_run (argv, NULL, NULL, cancellable, &local);
  if (armoured)
    g_unlink (key);
  if (ok)
    return TRUE;
  if (g_error_matches (local, HD_ERROR, HD_NOT_FOUND))
    return hd_throw (error, HD_NOT_FOUND, "apt-get install gpgv", "gpgv is not there");
  return hd_throw (error, HD_SIGNATURE,
                   "fetch list and signature again; look whether the key is right",
                   "the signature of %s is not by this key: %s", list, local->message);
}

/* The digest of one file; follows no link. */
static gboolean
check_file (const HdSumsVerify *verify, int folder_fd, const HdSumsEntry *entry, GError **error)
{
  struct stat info;
  hd_autofd fd = hd_fs_open_in (folder_fd, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, 0);
  if (fd == -ENOENT && verify->some)
    {
      verify->on_file (entry->name, "not here", verify->data);
      return TRUE;
    }
  if (fd == -ENOENT)
    return hd_throw (error, HD_NOT_FOUND, "--some, when it was not fetched",
                     "%s is in the list, and not in the folder", entry->name);
  if (fd < 0 || fstat (fd, &info) < 0)
    return hd_throw_errno (error, fd < 0 ? -fd : errno, "opening %s", entry->name);
  if (!S_ISREG (info.st_mode))
    return hd_throw (error, HD_CORRUPT, NULL, "%s is no file", entry->name);
  const HdBytes bytes = { .fd = fd, .size_bytes = (guint64)info.st_size };
  g_autofree char *sha256 = hd_bytes_sha256 (&bytes);
  if (sha256 == NULL)
    return hd_throw (error, HD_FAILED, NULL, "%s could not be read to its end", entry->name);
  if (!g_str_equal (sha256, entry->sha256))
    return hd_throw (error, HD_CORRUPT, "fetch it again",
                     "%s is not the file that was published: its digest is %s", entry->name,
                     sha256);
  verify->on_file (entry->name, "good", verify->data);
  return TRUE;
}

static hd_json *
read_json (int folder_fd, const char *name, GError **error)
{
  hd_autofree char *text = NULL;
  size_t length;
  hd_err problem = { 0 };
  hd_autofd fd = hd_fs_open_in (folder_fd, name, O_RDONLY | O_NOFOLLOW, 0, 0);
  int status = fd < 0 ? fd : hd_fs_read_fd (fd, MAX_JSON_BYTES, &text, &length);
  if (status < 0)
    {
      hd_throw_errno (error, -status, "reading %s", name);
      return NULL;
    }
  hd_json *value = hd_json_parse (text, length, &problem);
  if (value == NULL)
    hd_throw (error, HD_CORRUPT, NULL, "%s: %s", name, problem.message);
  return value;
}

/* Every image that the statement is about is in the list, with the same digest. */
static gboolean
check_provenance (int folder_fd, GPtrArray *entries, const char *name, GError **error)
{
  hd_autojson statement = read_json (folder_fd, name, error);
  if (statement == NULL)
    return FALSE;
  const hd_json *subjects = hd_json_get (statement, "subject");
  if (hd_json_length (subjects) == 0)
    return hd_throw (error, HD_CORRUPT, NULL, "%s is about no image", name);
  for (size_t i = 0; i < hd_json_length (subjects); i++)
    {
      const hd_json *subject = hd_json_at (subjects, i);
      const char *image = hd_json_get_string (subject, "name", NULL);
      const char *digest = hd_json_get_string (hd_json_get (subject, "digest"), "sha256", "");
      const HdSumsEntry *entry = find_entry (entries, image);
      if (entry == NULL || !g_str_equal (entry->sha256, digest))
        return hd_throw (error, HD_CORRUPT, NULL, "%s speaks of another %s", name,
                         image != NULL ? image : "file");
    }
  return TRUE;
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* The package URLs of a list, sorted, a line each. */
static char *
purls_of (const hd_json *document, gboolean spdx)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new ();
  const hd_json *array = hd_json_get (document, spdx ? "packages" : "components");
  for (size_t i = 0; i < hd_json_length (array); i++)
    {
      const hd_json *package = hd_json_at (array, i);
      const hd_json *reference = hd_json_at (hd_json_get (package, "externalRefs"), 0);
      const char *purl = spdx ? hd_json_get_string (reference, "referenceLocator", NULL)
                              : hd_json_get_string (package, "purl", NULL);
      if (purl != NULL)
        g_ptr_array_add (lines, (gpointer)purl);
    }
  g_ptr_array_sort (lines, compare_texts);
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s\n", (const char *)g_ptr_array_index (lines, i));
  return g_string_free (text, FALSE);
}

static gboolean
check_packages (int folder_fd, const char *spdx_name, const char *cdx_name, GError **error)
{
  hd_autojson spdx = read_json (folder_fd, spdx_name, error);
  hd_autojson cdx = spdx != NULL ? read_json (folder_fd, cdx_name, error) : NULL;
  if (cdx == NULL)
    return FALSE;
  g_autofree char *one = purls_of (spdx, TRUE);
  g_autofree char *other = purls_of (cdx, FALSE);
  return g_str_equal (one, other)
         || hd_throw (error, HD_CORRUPT, NULL, "%s and %s list different packages", spdx_name,
                      cdx_name);
}

static gboolean
check_documents (const HdSumsVerify *verify, int folder_fd, GPtrArray *entries, GError **error)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const HdSumsEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *path = g_build_filename (verify->folder, entry->name, NULL);
      if (verify->some && !g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      if (g_str_has_suffix (entry->name, ".provenance.json")
          && !check_provenance (folder_fd, entries, entry->name, error))
        return FALSE;
      if (!g_str_has_suffix (entry->name, ".spdx.json"))
        continue;
      g_autofree char *base = g_strndup (entry->name, strlen (entry->name) - strlen (".spdx.json"));
      g_autofree char *other = g_strconcat (base, ".cdx.json", NULL);
      g_autofree char *other_path = g_build_filename (verify->folder, other, NULL);
      if (find_entry (entries, other) != NULL
          && (!verify->some || g_file_test (other_path, G_FILE_TEST_EXISTS))
          && !check_packages (folder_fd, entry->name, other, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
hd_sums_verify (const HdSumsVerify *verify, GCancellable *cancellable, GError **error)
{
  hd_autofree char *text = NULL;
  size_t length;
  hd_autofd folder_fd = open (verify->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd < 0)
    return hd_throw_errno (error, errno, "opening the folder %s", verify->folder);
  int status = hd_fs_read (folder_fd, HD_SUMS_FILE, HD_SUMS_MAX_BYTES, &text, &length);
  if (status < 0)
    return hd_throw_errno (error, -status, "reading %s/" HD_SUMS_FILE, verify->folder);
  if (!check_signature (verify, cancellable, error))
    return FALSE;
  g_autoptr (GPtrArray) entries = hd_sums_parse (text, length, error);
  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !check_file (verify, folder_fd, g_ptr_array_index (entries, i), error))
      return FALSE;
  return check_documents (verify, folder_fd, entries, error);
}
