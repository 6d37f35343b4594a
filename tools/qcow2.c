/* qemu-img convert, without -W: with it the order of clusters, and so the bytes, would differ from
 * run to run.
 */
#include "tools/qcow2.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "base/error.h"
#include "base/spawn.h"

char **
hd_qcow2_argv (const char *image, const char *output, const char *compression)
{
  g_autofree char *options = g_strdup_printf (
      "compat=1.1,lazy_refcounts=off,refcount_bits=16,cluster_size=64k,compression_type=%s",
      compression);
  const char *const argv[] = { "qemu-img", "convert", "-f", "raw",   "-O",  "qcow2", "-c",
                               "-m",       "4",       "-o", options, image, output,  NULL };
  return g_strdupv ((char **)argv);
}

static gboolean
run (const char *const *argv, GCancellable *cancellable, GError **error)
{
  GError *local = NULL;
  if (hd_spawn_run (argv, NULL, NULL, cancellable, &local))
    return TRUE;
  if (g_error_matches (local, HD_ERROR, HD_NOT_FOUND))
    hd_error_set_hint (local, "apt-get install qemu-utils");
  g_propagate_prefixed_error (error, local, "qcow2: ");
  return FALSE;
}

gboolean
hd_qcow2_write (const char *image, const char *output, const char *compression,
                GCancellable *cancellable, GError **error)
{
  if (!g_file_test (image, G_FILE_TEST_EXISTS))
    return hd_throw (error, HD_NOT_FOUND, "atomic-image disk makes it", "there is no disk %s",
                     image);
  g_autofree char *partial = g_strconcat (output, ".new", NULL);
  g_auto (GStrv) argv = hd_qcow2_argv (image, partial, compression);
  const char *const check[] = { "qemu-img", "check", "-q", "-f", "qcow2", partial, NULL };
  gboolean ok
      = run ((const char *const *)argv, cancellable, error) && run (check, cancellable, error);
  if (ok && g_rename (partial, output) < 0)
    ok = hd_throw_errno (error, errno, "putting %s in place", output);
  if (!ok)
    g_unlink (partial);
  return ok;
}
