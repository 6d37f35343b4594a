/* atomic-image: definitions to commits, disks and images. Options become a build, a verb becomes a
 * set of parts, the plan does the rest.
 */
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/verbs.h"
#include "tools/commit.h"
#include "tools/format-verbs.h"
#include "tools/keys.h"
#include "tools/lint-verbs.h"
#include "tools/plan.h"
#include "tools/seed-verbs.h"
#include "tools/sums-verbs.h"

#define COMMON_OPTIONS                                                                             \
  { "with", 0, HD_OPT_STRINGS, "FILE", "lay this definition over it (may be repeated)" },          \
      { "cache", 0, HD_OPT_STRING, "DIR", "what is kept between runs [.cache/atomic-image]" },     \
      { "dry-run", 'n', HD_OPT_FLAG, NULL, "print the plan and do nothing" },                      \
  {                                                                                                \
    "quiet", 'q', HD_OPT_FLAG, NULL, "print errors only"                                           \
  }
#define REPO_OPTION                                                                                \
  {                                                                                                \
    "repo", 0, HD_OPT_STRING, "DIR", "repository of commits [out/repo]"                            \
  }
#define PACKAGE_OPTIONS                                                                            \
  {                                                                                                \
    "mirror", 0, HD_OPT_STRINGS, "URL", "Debian mirror, as mmdebstrap takes it [its own]"          \
  }
#define COMPOSE_OPTIONS                                                                            \
  { "version", 0, HD_OPT_STRING, "VERSION", "version of the commit (needed)" },                    \
      { "package", 0, HD_OPT_STRING, "FILE", "the agent's package [built from its sources]" },     \
  {                                                                                                \
    "key", 0, HD_OPT_STRING, "DIR", "GnuPG folder of the signing key [CACHE/keys]"                 \
  }
#define OUTPUT_OPTION                                                                              \
  {                                                                                                \
    "output", 'o', HD_OPT_STRING, "DIR", "folder for disks [out]"                                  \
  }
#define COMMIT_OPTION                                                                              \
  {                                                                                                \
    "commit", 0, HD_OPT_STRING, "COMMIT", "commit or branch [the definition's branch]"             \
  }
#define COMPRESSION_OPTION                                                                         \
  {                                                                                                \
    "compression", 0, HD_OPT_STRING, "TYPE", "zstd (QEMU 5.1 and newer) or zlib (any) [zstd]"      \
  }

static const HdOption no_options[] = { { NULL } };
static const HdOption build_options[]
    = { COMMON_OPTIONS,
        REPO_OPTION,
        PACKAGE_OPTIONS,
        COMPOSE_OPTIONS,
        OUTPUT_OPTION,
        COMPRESSION_OPTION,
        { "format", 0, HD_OPT_STRINGS, "LIST", "formats, with commas between, or all [qcow2]" },
        HD_FORMAT_MACHINE_OPTIONS,
        { NULL } };
static const HdOption compose_options[]
    = { COMMON_OPTIONS, REPO_OPTION, PACKAGE_OPTIONS, COMPOSE_OPTIONS, { NULL } };
static const HdOption disk_options[]
    = { COMMON_OPTIONS, REPO_OPTION, OUTPUT_OPTION, COMMIT_OPTION, { NULL } };
static const HdOption qcow2_options[]
    = { COMMON_OPTIONS, REPO_OPTION, OUTPUT_OPTION, COMMIT_OPTION, COMPRESSION_OPTION, { NULL } };
static const HdOption images_options[]
    = { COMMON_OPTIONS,
        REPO_OPTION,
        OUTPUT_OPTION,
        COMMIT_OPTION,
        COMPRESSION_OPTION,
        { "key", 0, HD_OPT_STRING, "DIR", "GnuPG folder of the signing key [CACHE/keys]" },
        { "format", 0, HD_OPT_STRINGS, "LIST", "formats, with commas between, or all [qcow2]" },
        HD_FORMAT_MACHINE_OPTIONS,
        { NULL } };
static const HdOption package_options[] = { COMMON_OPTIONS, PACKAGE_OPTIONS, { NULL } };
static const HdOption keygen_options[]
    = { COMMON_OPTIONS,
        { "key", 0, HD_OPT_STRING, "DIR", "GnuPG folder of the signing key [CACHE/keys]" },
        { NULL } };

/* Strings that a build needs for as long as it lasts. */
typedef struct
{
  HdDefinition *definition;
  char *cache;
  char *keys;
  char *repo;
  char *output;
} Context;

static void
context_clear (Context *context)
{
  g_clear_pointer (&context->definition, hd_definition_free);
  g_free (context->cache);
  g_free (context->keys);
  g_free (context->repo);
  g_free (context->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Context, context_clear)

static gboolean
has_option (const HdInvocation *inv, const char *name)
{
  for (const HdOption *option = hd_inv_verb (inv)->options; option->name != NULL; option++)
    if (g_str_equal (option->name, name))
      return TRUE;
  return FALSE;
}

/* The value of an option that this verb may not have. */
static const char *
option_or (const HdInvocation *inv, const char *name, const char *fallback)
{
  const char *value = has_option (inv, name) ? hd_inv_string (inv, name) : NULL;
  return value != NULL ? value : fallback;
}

static gboolean
check_definition (const HdDefinition *definition, GError **error)
{
  if (hd_commit_architecture (definition->arch) == NULL)
    return hd_throw (error, HD_ARCH, "Architecture= is amd64 or arm64",
                     "the architecture %s is unknown", definition->arch);
  return TRUE;
}

/* Options and definition to a build. The paths become absolute: steps run in other folders. */
static gboolean
prepare (const HdInvocation *inv, Context *context, HdBuild *build, GError **error)
{
  const char *path = hd_inv_args (inv)[0];
  context->definition = hd_definition_load (path, hd_inv_strings (inv, "with"), error);
  if (context->definition == NULL || !check_definition (context->definition, error)
      || !hd_build_epoch (&build->epoch, error))
    return FALSE;
  context->cache = g_canonicalize_filename (option_or (inv, "cache", ".cache/atomic-image"), NULL);
  const char *keys = option_or (inv, "key", NULL);
  context->keys = keys != NULL ? g_canonicalize_filename (keys, NULL)
                               : g_build_filename (context->cache, "keys", NULL);
  context->repo = g_canonicalize_filename (option_or (inv, "repo", "out/repo"), NULL);
  context->output = g_canonicalize_filename (option_or (inv, "output", "out"), NULL);

  build->definition = context->definition;
  build->definition_path = path;
  build->with = hd_inv_strings (inv, "with");
  build->version = option_or (inv, "version", NULL);
  build->repo = context->repo;
  build->output = context->output;
  build->cache = context->cache;
  build->key_home = context->keys;
  build->package = option_or (inv, "package", NULL);
  build->mirrors = has_option (inv, "mirror") ? hd_inv_strings (inv, "mirror") : NULL;
  hd_format_machine_init (&build->machine);
  build->machine.name = build->definition->name;
  build->machine.os_type = hd_format_os_type (build->definition->suite);
  if (has_option (inv, "firmware") && !hd_format_machine_options (inv, &build->machine, error))
    return FALSE;
  build->ref_or_commit = option_or (inv, "commit", NULL);
  return TRUE;
}

/* The rows that were asked for; the raw disk itself is none of them, but is kept. */
static gboolean
choose_formats (const HdInvocation *inv, HdBuild *build, GError **error)
{
  static const char *const only_qcow2[] = { "qcow2", NULL };
  const char *const *names = has_option (inv, "format") ? hd_inv_strings (inv, "format") : NULL;
  build->formats = hd_format_choose (names != NULL && *names != NULL ? names : only_qcow2, error);
  if (build->formats == NULL)
    return FALSE;
  if (g_ptr_array_remove (build->formats, (gpointer)hd_format_find ("raw")))
    build->keep_raw = TRUE;
  if (g_str_equal (option_or (inv, "compression", "zstd"), "zlib"))
    hd_format_use_zlib (build->formats);
  return TRUE;
}

static int
run_parts (const HdInvocation *inv, HdPlanParts parts, gboolean keep_raw)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) formats = NULL;
  g_auto (Context) context = { 0 };
  HdBuild build = { .lock_fd = -1, .keep_raw = keep_raw };
  if (!prepare (inv, &context, &build, &error) || !choose_formats (inv, &build, &error))
    return hd_error_report (error);
  formats = build.formats;
  if (formats->len == 0)
    parts &= ~(HdPlanParts)(HD_PLAN_IMAGES | HD_PLAN_SUMS);
  if ((parts & HD_PLAN_COMPOSE) != 0 && build.version == NULL)
    return hd_inv_usage_error (inv, "--version=VERSION is needed");
  const char *compression = option_or (inv, "compression", "zstd");
  if (!g_str_equal (compression, "zstd") && !g_str_equal (compression, "zlib"))
    return hd_inv_usage_error (inv, "--compression is zstd or zlib, not %s", compression);

  g_autoptr (GPtrArray) plan = hd_plan_new (&build, parts, geteuid () != 0);
  if (hd_inv_flag (inv, "dry-run"))
    {
      hd_plan_print (plan, stdout);
      return 0;
    }
  g_autoptr (HdProgress) progress = hd_progress_new (hd_inv_flag (inv, "quiet"));
  build.progress = progress;
  const char *work = (parts & HD_PLAN_COMPOSE) != 0 ? "build" : "disk";
  gboolean ok = hd_build_open (&build, work, &error) && hd_plan_run (plan, &build, &error);
  hd_build_close (&build);
  g_clear_pointer (&progress, hd_progress_free);
  return ok ? 0 : hd_error_report (error);
}

static int
run_build (const HdInvocation *inv)
{
  return run_parts (inv, HD_PLAN_COMPOSE | HD_PLAN_DISK | HD_PLAN_IMAGES | HD_PLAN_SUMS, FALSE);
}

static int
run_compose (const HdInvocation *inv)
{
  return run_parts (inv, HD_PLAN_COMPOSE, FALSE);
}

static int
run_disk (const HdInvocation *inv)
{
  return run_parts (inv, HD_PLAN_DISK, TRUE);
}

static int
run_qcow2 (const HdInvocation *inv)
{
  return run_parts (inv, HD_PLAN_IMAGES, TRUE);
}

static int
run_images (const HdInvocation *inv)
{
  return run_parts (inv, HD_PLAN_IMAGES | HD_PLAN_SUMS, TRUE);
}

static int
run_package (const HdInvocation *inv)
{
  return run_parts (inv, HD_PLAN_PACKAGE, FALSE);
}

static int
run_keygen (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_auto (Context) context = { 0 };
  HdBuild build = { .lock_fd = -1 };
  gboolean made = FALSE;
  if (!prepare (inv, &context, &build, &error))
    return hd_error_report (error);
  if (hd_inv_flag (inv, "dry-run"))
    {
      printf ("make the key \"%s\" in %s when it is not there\n", build.definition->key_name,
              build.key_home);
      return 0;
    }
  g_autofree char *fingerprint = NULL;
  if (!hd_keys_ensure (build.key_home, build.definition->key_name, &made, NULL, &error)
      || (fingerprint
          = hd_keys_fingerprint (build.key_home, build.definition->key_name, NULL, &error))
             == NULL)
    return hd_error_report (error);
  printf ("%s\n", fingerprint);
  return made ? 0 : hd_code_exit_status (HD_NOTHING);
}

static const HdVerb verbs[] = {
  { "build", "DEFINITION", 1, 1, FALSE, build_options,
    "compose a commit, and make a disk and its images from it", NULL, run_build },
  { "compose", "DEFINITION", 1, 1, FALSE, compose_options,
    "packages to a signed commit in a repository", NULL, run_compose },
  { "disk", "DEFINITION", 1, 1, FALSE, disk_options,
    "a commit to a raw disk that boots under BIOS and UEFI", NULL, run_disk },
  { "qcow2", "DEFINITION", 1, 1, FALSE, qcow2_options, "a raw disk to a compressed qcow2", NULL,
    run_qcow2 },
  { "images", "DEFINITION", 1, 1, FALSE, images_options,
    "a raw disk to images, with what goes with them", NULL, run_images },
  { "package", "DEFINITION", 1, 1, FALSE, package_options,
    "build the host agent's Debian package for the image's suite", NULL, run_package },
  { "keygen", "DEFINITION", 1, 1, FALSE, keygen_options,
    "make the signing key unless it is there (exit status 77)", NULL, run_keygen },
  { NULL },
};
static const HdVerb *const tables[]
    = { verbs, hd_format_verbs, hd_lint_verbs, hd_sums_verbs, hd_seed_verbs, NULL };

int
main (int argc, char **argv)
{
  static const HdProgram program = {
    .name = "atomic-image",
    .summary = "make immutable Debian hosts: commits, disks, images",
    .version = ATOMIC_VERSION,
    .options = no_options,
    .verb_tables = tables,
    .section = 1,
    .keys = hd_definition_keys,
    .details = "ENVIRONMENT\n\n"
               " SOURCE_DATE_EPOCH   the time of the commit and of every file system\n\n"
               "EXAMPLES\n\n"
               " atomic-image build images/atomic-host.conf --version 1\n"
               " atomic-image compose images/atomic-host.conf --version 2 --with my.conf\n"
               " atomic-image build images/atomic-host.conf --version 1 --dry-run\n"
               " atomic-image build images/atomic-host.conf --version 1 --format all\n"
               " atomic-image convert disk.raw --format vsphere,vhdx\n\n"
               "SEE ALSO\n\n"
               "atomic(1), mmdebstrap(1), qemu-img(1)",
  };
  /* Names in archives are UTF-8, whatever the builder's language; modes are what is asked for. */
  setlocale (LC_CTYPE, "C.UTF-8");
  umask (022);
  return hd_verbs_main (&program, argc, argv);
}
