/* mmdebstrap makes the root, and, with a root that is there already, also runs the build in it:
 * so that root and ordinary user go the same way.
 */
#include "tools/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/fs.h"
#include "tools/bootstrap.h"
#include "tools/digest.h"

/* What of the sources decides what the package is. */
static const char *const sources[]
    = { "CMakeLists.txt", "hostd", "tools/package.cmake", "docs/org.atomichost.Host1.xml" };

/* The package's own times: it is the same whenever it is built, so that its bytes are too. */
#define AGENT_EPOCH "1704067200"

static char *
package_key (const HdDefinition *definition, const char *const *build, GError **error)
{
  g_autoptr (HdDigest) digest = hd_digest_new ();
  hd_digest_text (digest, "suite", definition->suite);
  hd_digest_text (digest, "architecture", definition->arch);
  for (const char *const *package = build; *package != NULL; package++)
    hd_digest_text (digest, "package", *package);
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autofree char *path = g_build_filename (definition->agent_source, sources[i], NULL);
      hd_digest_text (digest, "source", sources[i]);
      if (!hd_digest_tree (digest, path, error))
        {
          g_prefix_error (error, "sources of the agent: ");
          return NULL;
        }
    }
  return hd_digest_finish (digest);
}

/* The kept root for this list of packages, made when it is not there. */
static char *
ensure_root (const HdDefinition *definition, const char *const *mirrors, const char *cache,
             gint64 epoch, void (*on_line) (const char *line, gpointer data), gpointer data,
             GCancellable *cancellable, GError **error)
{
  g_autoptr (HdDigest) digest = hd_digest_new ();
  g_autofree char *packages = g_strjoinv (" ", definition->agent_build);
  hd_digest_text (digest, definition->suite, definition->arch);
  hd_digest_text (digest, "packages", packages);
  g_autofree char *key = hd_digest_finish (digest);
  g_autofree char *path = g_strdup_printf ("%s/build-root-%.12s.tar", cache, key);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);

  g_autofree char *debs = g_build_filename (cache, "debs", NULL);
  g_autofree char *partial = g_strconcat (path, ".new", NULL);
  const HdBootstrap bootstrap = {
    .suite = definition->suite,
    .arch = definition->arch,
    .packages = (const char *const *)definition->agent_build,
    .mirrors = mirrors,
    .debs = debs,
    .output = partial,
  };
  if (!hd_bootstrap_run (&bootstrap, epoch, on_line, data, cancellable, error))
    return NULL;
  if (g_rename (partial, path) < 0)
    {
      hd_throw_errno (error, errno, "keeping %s", path);
      return NULL;
    }
  return g_steal_pointer (&path);
}

static void add (GPtrArray *argv, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add (GPtrArray *argv, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_ptr_array_add (argv, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* Unpack the root, copy the sources in, configure, build, pack, copy the package out. */
static char **
build_argv (const HdDefinition *definition, const char *root, const char *output)
{
  GPtrArray *argv = g_ptr_array_new ();
  g_autofree char *quoted_root = g_shell_quote (root);
  g_autofree char *quoted_output = g_shell_quote (output);
  add (argv, "mmdebstrap");
  add (argv, "--variant=custom");
  add (argv, "--architectures=%s", definition->arch);
  add (argv, "--skip=update,cleanup");
  add (argv, "--setup-hook=tar-in %s /", quoted_root);
  /* The kept root has no device nodes, for an ordinary user cannot make them. */
  add (argv, "--setup-hook=mkdir -p \"$1/dev\"");
  add (argv, "--customize-hook=mkdir -p \"$1/source/tools\" \"$1/source/docs\" \"$1/package\"");
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autofree char *path = g_build_filename (definition->agent_source, sources[i], NULL);
      g_autofree char *quoted = g_shell_quote (path);
      g_autofree char *folder = g_path_get_dirname (sources[i]);
      add (argv, "--customize-hook=copy-in %s /source/%s", quoted, folder);
    }
  add (argv, "--customize-hook=chroot \"$1\" cmake -S /source -B /build -G Ninja"
             " -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX=/usr"
             " -DATOMIC_TOOLS=OFF -DATOMIC_TESTS=OFF");
  add (argv, "--customize-hook=chroot \"$1\" cmake --build /build");
  add (argv, "--customize-hook=chroot \"$1\" env -C /build cpack -G DEB -B /package");
  add (argv, "--customize-hook=rm -rf \"$1/package/_CPack_Packages\"");
  add (argv, "--customize-hook=sync-out /package %s", quoted_output);
  add (argv, "%s", definition->suite);
  add (argv, "/dev/null");
  g_ptr_array_add (argv, NULL);
  return (char **)g_ptr_array_free (argv, FALSE);
}

/* The one package in `folder`. */
static char *
find_deb (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    if (g_str_has_suffix (name, ".deb"))
      return g_build_filename (folder, name, NULL);
  return NULL;
}

static gboolean
build (const HdDefinition *definition, const char *root, const char *folder,
       void (*on_line) (const char *line, gpointer data), gpointer data, GCancellable *cancellable,
       GError **error)
{
  g_autofree char *partial = g_strconcat (folder, ".new", NULL);
  const char *const env[] = { "SOURCE_DATE_EPOCH=" AGENT_EPOCH, "LC_ALL=C.UTF-8", NULL };
  const HdSpawn options = { .env = env, .on_line = on_line, .on_line_data = data };
  g_auto (GStrv) argv = build_argv (definition, root, partial);
  hd_fs_remove_tree (AT_FDCWD, partial);
  if (g_mkdir_with_parents (partial, 0755) < 0)
    return hd_throw_errno (error, errno, "making the folder %s", partial);
  if (!hd_spawn_run ((const char *const *)argv, &options, NULL, cancellable, error))
    {
      g_prefix_error (error, "building the agent: ");
      return FALSE;
    }
  if (g_rename (partial, folder) < 0)
    return hd_throw_errno (error, errno, "keeping %s", folder);
  return TRUE;
}

gboolean
hd_agent_ensure (const HdDefinition *definition, const char *const *mirrors, const char *cache,
                 gint64 epoch, char **ret_deb, gboolean *ret_built,
                 void (*on_line) (const char *line, gpointer data), gpointer data,
                 GCancellable *cancellable, GError **error)
{
  g_autofree char *key
      = package_key (definition, (const char *const *)definition->agent_build, error);
  if (key == NULL)
    return FALSE;
  g_autofree char *folder = g_strdup_printf ("%s/agent/%.12s", cache, key);
  char *deb = find_deb (folder);
  if (ret_built != NULL)
    *ret_built = deb == NULL;
  if (deb == NULL)
    {
      g_autofree char *root
          = ensure_root (definition, mirrors, cache, epoch, on_line, data, cancellable, error);
      if (root == NULL || !build (definition, root, folder, on_line, data, cancellable, error))
        return FALSE;
      deb = find_deb (folder);
    }
  if (deb == NULL)
    return hd_throw (error, HD_FAILED, "see tools/package.cmake",
                     "building the agent left no package in %s", folder);
  *ret_deb = deb;
  return TRUE;
}
