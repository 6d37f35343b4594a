/* cloud-localds' options to tools/seed.h. */
#include "tools/seed-verbs.h"

#include <stdio.h>

#include "base/error.h"
#include "tools/build.h"
#include "tools/seed.h"

static const HdOption seed_options[] = {
  { "disk-format", 'd', HD_OPT_STRING, "FORMAT",
    "raw, one of qemu-img's, tar, tar-seed-local or tar-seed-net [raw]" },
  { "filesystem", 'f', HD_OPT_STRING, "TYPE", "iso or vfat [iso]" },
  { "hostname", 'H', HD_OPT_STRING, "NAME", "host name in the meta-data" },
  { "interfaces", 'i', HD_OPT_STRING, "FILE", "network interfaces in the meta-data" },
  { "dsmode", 'm', HD_OPT_STRING, "MODE", "local or net, in the meta-data" },
  { "network-config", 'N', HD_OPT_STRING, "FILE", "network configuration" },
  { "vendor-data", 'V', HD_OPT_STRING, "FILE", "vendor data" },
  { "verbose", 'v', HD_OPT_FLAG, NULL, "say what was checked" },
  { NULL },
};

static void
print_note (const char *text, gpointer verbose)
{
  if (*(gboolean *)verbose)
    fprintf (stderr, "%s\n", text);
}

static int
run_seed (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  const char *const *args = hd_inv_args (inv);
  gboolean verbose = hd_inv_flag (inv, "verbose");
  HdSeed seed = {
    .output = args[0],
    .user_data = args[1],
    .meta_data = hd_inv_n_args (inv) > 2 ? args[2] : NULL,
    .vendor_data = hd_inv_string (inv, "vendor-data"),
    .network_config = hd_inv_string (inv, "network-config"),
    .interfaces = hd_inv_string (inv, "interfaces"),
    .hostname = hd_inv_string (inv, "hostname"),
    .dsmode = hd_inv_string (inv, "dsmode"),
    .file_system = hd_inv_string (inv, "filesystem"),
    .disk_format = hd_inv_string (inv, "disk-format"),
    .on_note = print_note,
    .data = &verbose,
  };
  if (!hd_build_fixed_epoch (&seed.epoch, &error) || !hd_seed_write (&seed, NULL, &error))
    return hd_error_report (error);
  return 0;
}

const HdVerb hd_seed_verbs[] = {
  { "seed", "OUTPUT USER-DATA [META-DATA]", 2, 3, FALSE, seed_options,
    "files for cloud-init as a seed disk, checked, and the same bytes each time",
    "Takes what cloud-localds takes, and - for standard input and output. What cloud-init would "
    "silently ignore is refused with its "
    "line: "
    "an unknown first line, an unknown or repeated key, tabs, meta-data without instance-id, a "
    "network "
    "configuration without version. Where cloud-init is installed, its own schema is asked as "
    "well. "
    "Without META-DATA the instance-id follows from the content, so that a changed seed is a new "
    "instance.",
    run_seed },
  { NULL },
};
