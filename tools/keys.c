/* gpg, run in batch mode with nothing of the user's own configuration. */
#include "tools/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "common/parse.h"

/* Before any build: gpg refuses to sign with a key that is younger than the signature. */
#define KEY_TIME "20200101T000000"

/* Run gpg with `arguments` (NULL-terminated); results go to files, so that they may be binary. */
static gboolean
run_gpg (const char *home, const char *const *arguments, char **ret_stdout,
         GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  const char *const common[] = { "gpg",          "--homedir",    home,
                                 "--batch",      "--no-tty",     "--quiet",
                                 "--no-options", "--yes",        "--pinentry-mode",
                                 "loopback",     "--passphrase", "" };
  for (gsize i = 0; i < G_N_ELEMENTS (common); i++)
    g_ptr_array_add (argv, (gpointer)common[i]);
  for (const char *const *argument = arguments; *argument != NULL; argument++)
    g_ptr_array_add (argv, (gpointer)*argument);
  g_ptr_array_add (argv, NULL);

  const HdSpawn options = { .capture_stdout = ret_stdout != NULL };
  GError *local = NULL;
  if (hd_spawn_run ((const char *const *)argv->pdata, &options, ret_stdout, cancellable, &local))
    return TRUE;
  if (g_error_matches (local, HD_ERROR, HD_NOT_FOUND))
    hd_error_set_hint (local, "apt-get install gpg gpg-agent");
  g_propagate_error (error, local);
  return FALSE;
}

/* Field `number` of the first line of `kind` in gpg's listing, free with g_free, or NULL. */
static char *
listed_field (const char *listing, const char *kind, guint number)
{
  g_auto (GStrv) lines = g_strsplit (listing, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) fields = g_strsplit (*line, ":", -1);
      if (g_strv_length (fields) > number && g_str_equal (fields[0], kind))
        return g_strdup (fields[number]);
    }
  return NULL;
}

gboolean
hd_keys_created (const char *home, const char *fingerprint, gint64 *ret_epoch,
                 GCancellable *cancellable, GError **error)
{
  const char *const arguments[] = { "--with-colons", "--list-secret-keys", fingerprint, NULL };
  g_autofree char *listing = NULL;
  if (!run_gpg (home, arguments, &listing, cancellable, error))
    return FALSE;
  g_autofree char *text = listed_field (listing, "sec", 5);
  if (text != NULL && hd_parse_int64 (text, ret_epoch) == 0)
    return TRUE;
  return hd_throw (error, HD_SIGNATURE, NULL, "gpg tells no time for the key %s", fingerprint);
}

char *
hd_keys_fingerprint (const char *home, const char *name, GCancellable *cancellable, GError **error)
{
  const char *const arguments[] = { "--with-colons", "--list-secret-keys", name, NULL };
  g_autofree char *listing = NULL;
  g_autoptr (GError) local = NULL;
  if (!run_gpg (home, arguments, &listing, cancellable, &local)
      && g_error_matches (local, HD_ERROR, HD_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  char *fingerprint = listed_field (listing != NULL ? listing : "", "fpr", 9);
  if (fingerprint != NULL)
    return fingerprint;
  hd_throw (error, HD_SIGNATURE, "atomic-image keygen makes one",
            "there is no secret key \"%s\" in %s", name != NULL ? name : "", home);
  return NULL;
}

gboolean
hd_keys_ensure (const char *home, const char *name, gboolean *ret_made, GCancellable *cancellable,
                GError **error)
{
  if (g_mkdir_with_parents (home, 0700) < 0)
    return hd_throw_errno (error, errno, "making the key folder %s", home);
  /* Two builds that begin together make one key. */
  hd_autofd lock_fd = open (home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_fd < 0 || flock (lock_fd, LOCK_EX) < 0)
    return hd_throw_errno (error, errno, "locking the key folder %s", home);
  g_autoptr (GError) local = NULL;
  g_autofree char *present = hd_keys_fingerprint (home, name, cancellable, &local);
  if (ret_made != NULL)
    *ret_made = present == NULL;
  if (present != NULL)
    return TRUE;
  if (!g_error_matches (local, HD_ERROR, HD_SIGNATURE))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  const char *const arguments[] = { "--faked-system-time",
                                    KEY_TIME "!",
                                    "--quick-generate-key",
                                    name,
                                    "ed25519",
                                    "sign",
                                    "never",
                                    NULL };
  if (run_gpg (home, arguments, NULL, cancellable, error))
    return TRUE;
  g_prefix_error (error, "making the signing key \"%s\": ", name);
  return FALSE;
}

/* Run gpg so that it writes `output` below a private folder, and read that. */
static GBytes *
run_to_bytes (const char *home, const char *output, const char *const *arguments,
              GCancellable *cancellable, GError **error)
{
  char *data;
  gsize length;
  if (!run_gpg (home, arguments, NULL, cancellable, error)
      || !g_file_get_contents (output, &data, &length, error))
    return NULL;
  return g_bytes_new_take (data, length);
}

GBytes *
hd_keys_export (const char *home, const char *fingerprint, GCancellable *cancellable,
                GError **error)
{
  g_autofree char *output = g_build_filename (home, "exported.gpg", NULL);
  const char *const arguments[]
      = { "--output", output, "--export-options", "export-minimal", "--export", fingerprint, NULL };
  g_autoptr (GBytes) key = run_to_bytes (home, output, arguments, cancellable, error);
  g_unlink (output);
  return g_steal_pointer (&key);
}

GBytes *
hd_keys_sign (const char *home, const char *fingerprint, GBytes *data, gint64 epoch,
              GCancellable *cancellable, GError **error)
{
  g_autofree char *input = g_build_filename (home, "to-sign", NULL);
  g_autofree char *output = g_build_filename (home, "to-sign.sig", NULL);
  g_autofree char *when = g_strdup_printf ("%" G_GINT64_FORMAT "!", epoch);
  const char *const arguments[] = { "--faked-system-time", when,       "--local-user",
                                    fingerprint,           "--output", output,
                                    "--detach-sign",       input,      NULL };
  g_autoptr (GBytes) signature = NULL;
  if (g_file_set_contents (input, g_bytes_get_data (data, NULL), (gssize)g_bytes_get_size (data),
                           error))
    signature = run_to_bytes (home, output, arguments, cancellable, error);
  g_unlink (input);
  g_unlink (output);
  if (signature == NULL)
    g_prefix_error (error, "signing with key %s: ", fingerprint);
  return g_steal_pointer (&signature);
}
