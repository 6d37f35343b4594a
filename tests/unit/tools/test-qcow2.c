/* The arguments of qemu-img, and what is refused before it runs. */
#include "tools/qcow2.h"

#include <string.h>

#include "base/error.h"

static void
test_argv (void)
{
  g_auto (GStrv) argv = hd_qcow2_argv ("a.raw", "a.qcow2", "zlib");
  g_autofree char *text = g_strjoinv (" ", argv);
  g_assert_cmpstr (text, ==,
                   "qemu-img convert -f raw -O qcow2 -c -m 4 -o compat=1.1,lazy_refcounts=off,"
                   "refcount_bits=16,cluster_size=64k,compression_type=zlib a.raw a.qcow2");
}

static void
test_no_disk (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (hd_qcow2_write ("/nonexistent.raw", "/tmp/x.qcow2", "zstd", NULL, &error));
  g_assert_error (error, HD_ERROR, HD_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "/nonexistent.raw"));
  g_assert_nonnull (strstr (hd_error_hint (error), "atomic-image disk"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qcow2/argv", test_argv);
  g_test_add_func ("/qcow2/no-disk", test_no_disk);
  return g_test_run ();
}
